"""Orders that rest in ways of their own: icebergs, slid, amended, prevented, outside of a band."""

from decimal import Decimal
from typing import ClassVar

from tests.sequencer.restarts.story import Story


class Icebergs(Story):
    """Half of what it showed is gone, and somebody stands behind it."""

    def place(self):
        self.berg = self.limit("sell", 10, "100", display_quantity="3")
        self.behind = self.ask(4, "100")
        self.buy(2, "100")
        self.shows(("1", self.berg), ("4", self.behind))

    def shows(self, *queue):
        assert self.book()[1] == [["100.00", shown, o["order_id"]] for shown, o in queue]

    def move(self):
        self.is_now(self.berg, "partially_filled", leaves_quantity="8", cum_quantity="2")
        self.buy(1, "100")
        self.shows(("4", self.behind), ("3", self.berg))
        self.buy(6, "100")
        self.shows(("1", self.berg))
        self.buy(5, "100")
        self.is_now(self.berg, "filled", average_price="100.00")


class Slid(Story):
    """It was sent at a price that would have crossed."""

    def place(self):
        self.ask(5, "100")
        self.slid = self.limit("buy", 5, "101", post_only="slide")
        self.is_now(self.slid, "new", price="99.99")

    def move(self):
        self.sell(2, "99.99")
        self.is_now(self.slid, "partially_filled", average_price="99.99", post_only="slide")


class Queues(Story):
    """Who came first at a price is served first, and an amend may cost the place."""

    def place(self):
        self.first, self.second, self.third = (self.limit("buy", n, "99") for n in (1, 2, 3))
        self.owner.amend(self.second, quantity="4")
        self.owner.amend(self.third, quantity="2")

    def move(self):
        queue = [self.first, self.third, self.second]
        assert [row[2] for row in self.book()[0]] == [order["order_id"] for order in queue]
        revision = self.is_now(self.second, "new", quantity="4")["revision"]
        assert revision > 0
        self.sell(4, "99")
        self.is_now(self.third, "filled", quantity="2")
        self.is_now(self.second, "partially_filled", cum_quantity="1")
        self.owner.amend(self.second, quantity="3", client_order_id=f"{self.name}-amended")
        self.is_now(self.second, "partially_filled", leaves_quantity="2", revision=revision + 1)


class ToLimit(Story):
    """It took what there was and rests at that price."""

    def place(self):
        self.ask(4, "101")
        self.rests = self.enter("market_to_limit", "buy", 10)
        self.is_now(self.rests, "partially_filled", cum_quantity="4")

    def move(self):
        price = self.owner.order(self.rests)["price"]
        assert self.book()[0] == [[price, "6", self.rests["order_id"]]]
        self.sell(6, price)
        self.is_now(self.rests, "filled")


class PreventedInPart(Story):
    account: ClassVar = {"stp": "decrement"}

    def place(self):
        self.rests = self.limit("buy", 5, "100")
        self.enter("limit", "sell", 2, price="100")
        self.is_now(self.rests, "new", prevented_quantity="2", leaves_quantity="3")

    def move(self):
        self.limit("sell", 1, "100")
        self.sell(2, "100")
        self.is_now(self.rests, "filled", prevented_quantity="3", cum_quantity="2")


class GroupOfAccounts(Story):
    """Two accounts of one group do not trade with each other."""

    def __init__(self, exchange, street, number):
        self.account = {"stp_group": f"desk-{number}", "stp": "cancel_both"}
        super().__init__(exchange, street, number)
        self.other = self.open_account(**self.account)

    def place(self):
        self.rests = self.limit("buy", 5, "100")

    def move(self):
        met = self.other.enter(self.symbol, "limit", "sell", 2, price="100")
        assert (met["status"], met["reason"]) == ("expired", "self_trade")
        self.is_now(self.rests, "expired", reason="self_trade")


class FeesOfItsTime(Story):
    """An order pays what its account paid when it was entered."""

    listing: ClassVar = {"maker_fee_bps": "5", "taker_fee_bps": "6"}

    def tell(self, maker, taker):
        fees = {"maker_fee_bps": maker, "taker_fee_bps": taker}
        self.exchange.admin("PUT", f"/tiers/{self.name}", fees)

    def place(self):
        self.tell("1", "2")
        account = f"/accounts/{self.owner.account_id}"
        self.exchange.admin("PATCH", account, {"tier": self.name})
        self.before = self.limit("buy", 10, "100")
        self.sell(1, "100")
        self.moves = self.limit("buy", 1, "95")
        self.stop = self.enter("stop", "sell", 1, stop_price="90")
        self.tell("10", "20")

    def move(self):
        self.sell(9, "100")
        self.is_now(self.before, "filled", fees="0.1")
        after = self.limit("buy", 10, "100")
        self.sell(10, "100")
        self.is_now(after, "filled", fees="1")
        self.ask(1, "96")
        self.owner.amend(self.moves, price="96")
        self.is_now(self.moves, "filled", fees="0.0192")
        self.bid(1, "80")
        self.print_at("90")
        self.is_now(self.stop, "filled", fees="0.16")


class OutsideTheBand(Story):
    """The band has left it behind; it waits beside the book until the band comes back."""

    listing: ClassVar = {"band_bps": 1000}

    def place(self):
        self.limit("sell", 2, "100")
        self.berg = self.limit("sell", 8, "91", display_quantity="3")
        self.plain = self.limit("sell", 5, "91")
        self.exchange.change(self.symbol, band_bps=500)
        assert len(self.book()[1]) == 1

    def move(self):
        self.is_now(self.plain, "new", leaves_quantity="5")
        self.exchange.change(self.symbol, band_bps=1000)
        shown = [(self.berg, "3"), (self.plain, "5")]
        assert self.book()[1][:2] == [["91.00", n, order["order_id"]] for order, n in shown]
        self.buy(5, "91")
        self.is_now(self.plain, "partially_filled", leaves_quantity="3")


class BandThatMoves(Story):
    """Its reference follows the trades before the restart."""

    listing: ClassVar = {"band_bps": 1000}
    after = 31

    def place(self):
        self.print_at("100", "104", "106", "106")

    def highest(self):
        body = {"symbol": self.symbol, "side": "buy", "type": "limit", "quantity": "1"}
        preview = self.owner.call("POST", "/orders/preview", body | {"price": "150"}).json()
        assert preview["refusal"]["code"] == "price_outside_band"
        return Decimal(preview["refusal"]["allowed"]["upper"])

    def move(self):
        self.print_at("106")
        assert self.highest() == Decimal("112.2"), "a tenth more than (100 + 104) / 2, for a while"

    def later(self):
        self.exchange.until(lambda: self.highest() != Decimal("112.2"))
        assert self.highest() == Decimal("114.84"), "a tenth more than the mean of all five"


class CollarOfTheLastTrade(Story):
    listing: ClassVar = {"collar_bps": 500, "reference_price": "50"}

    def place(self):
        self.print_at("52", "54")

    def move(self):
        assert self.refused("limit", "buy", 1, price="56.71") == "price_collar"
        self.limit("buy", 1, "56.70")


class AnotherGrid(Story):
    """Its prices were counted in another way once."""

    def place(self):
        self.exchange.change(self.symbol, price_increment="0.05", reference_price="80")
        self.rests = self.limit("buy", 5, "79.95")

    def move(self):
        assert self.refused("limit", "buy", 1, price="79.96") == "price_increment"
        self.sell(5, "79.95")
        self.is_now(self.rests, "filled", average_price="79.95")


STORIES = (
    Icebergs,
    Slid,
    Queues,
    ToLimit,
    PreventedInPart,
    GroupOfAccounts,
    FeesOfItsTime,
    OutsideTheBand,
    BandThatMoves,
    CollarOfTheLastTrade,
    AnotherGrid,
)
