"""Orders that hang together: pairs, parents and held legs, brackets, and what only reduces."""

from tests.sequencer.restarts.story import Story


def leg(kind, side, quantity, **terms):
    return {"type": kind, "side": side, "quantity": str(quantity), **terms}


PROFIT = leg("limit", "sell", 5, price="110")
LOSS = leg("stop", "sell", 5, stop_price="90")
ENTRY = leg("limit", "buy", 5, price="99")


class Pair(Story):
    """The one leg shrinks with the other, and ends with it."""

    def place(self):
        self.print_at("100")
        self.bid(50, "89")
        self.profit, self.loss = self.group(
            "oco", {**PROFIT, "quantity": "10"}, {**LOSS, "quantity": "10"}
        )
        self.buy(3, "110")
        self.is_now(self.loss, "new", leaves_quantity="7", canceled_quantity="3")
        assert self.balance()["held"] == "7"

    def move(self):
        self.buy(1, "110")
        self.is_now(self.loss, "new", leaves_quantity="6", canceled_quantity="4")
        self.print_at("90")
        self.is_now(self.loss, "filled", cum_quantity="6", average_price="89.00")
        self.is_now(self.profit, "canceled", reason="group", cum_quantity="4")
        assert self.balance()["held"] == "0"


class PairToBuy(Story):
    """Legs of different sizes and prices, which share what they hold."""

    def place(self):
        self.print_at("100")
        self.ask(50, "106")
        self.low, self.high = self.group(
            "oco",
            leg("limit", "buy", 5, price="95"),
            leg("stop_limit", "buy", 8, stop_price="105", price="107"),
        )
        self.held = self.balance("USD")["held"]
        assert float(self.held) >= 8 * 107

    def move(self):
        self.sell(2, "95")
        left = self.is_now(self.high, "new", leaves_quantity="6")
        assert float(self.balance("USD")["held"]) < float(self.held)
        self.owner.amend(self.high, price="94")
        assert self.balance("USD")["held"] == str(6 * 94 + 3 * (95 - 94))
        self.owner.amend(self.high, price="107")
        self.print_at("105")
        self.is_now(self.high, "filled", average_price="106.00", group_id=left["group_id"])
        self.is_now(self.low, "canceled", reason="group")
        assert self.balance("USD")["held"] == "0"


class HeldLeg(Story):
    def place(self):
        self.parent, self.leg = self.group("oto", ENTRY, leg("limit", "sell", 3, price="105"))
        self.is_now(self.leg, "held", parent_id=self.parent["order_id"])

    def move(self):
        self.sell(5, "99")
        self.is_now(self.parent, "filled")
        self.is_now(self.leg, "new")
        self.buy(3, "105")
        self.is_now(self.leg, "filled")


class HeldLegOfOneThatTrades(Story):
    """Its parent is filled in part, and ends unfilled."""

    def place(self):
        self.parent, self.leg = self.group("oto", ENTRY, leg("stop", "sell", 5, stop_price="90"))
        self.sell(2, "99")
        self.is_now(self.parent, "partially_filled")

    def move(self):
        self.is_now(self.leg, "held")
        self.owner.call("DELETE", f"/orders/{self.parent['order_id']}")
        self.is_now(self.leg, "canceled", reason="parent")


class BracketBefore(Story):
    """Nothing of it has happened yet."""

    def place(self):
        self.print_at("100")
        self.entry, self.profit, self.loss = self.group("bracket", ENTRY, PROFIT, LOSS)
        self.sell(2, "99")

    def move(self):
        self.is_now(self.profit, "held")
        self.sell(3, "99")
        self.is_now(self.entry, "filled")
        self.is_now(self.profit, "new", leaves_quantity="5")
        self.is_now(self.loss, "new", leaves_quantity="5")
        self.bid(50, "88")
        self.print_at("90")
        self.is_now(self.loss, "filled", average_price="88.00")
        self.is_now(self.profit, "canceled", reason="group")


class BracketArmed(Story):
    """Its exits are at market, and one of them trails."""

    def place(self):
        self.print_at("100")
        trails = leg("trailing_stop", "sell", 5, trail="4")
        self.entry, self.profit, self.loss = self.group("bracket", ENTRY, PROFIT, trails)
        self.sell(5, "99")
        self.print_at("106")
        self.is_now(self.loss, "new", stop_price="102.00")

    def move(self):
        self.print_at("107")
        self.bid(50, "100")
        self.print_at("103")
        self.is_now(self.loss, "filled", average_price="100.00")
        self.is_now(self.profit, "canceled", reason="group")


class BracketThatTrades(Story):
    """Its profit has been taken in part."""

    def place(self):
        self.print_at("100")
        self.entry, self.profit, self.loss = self.group("bracket", ENTRY, PROFIT, LOSS)
        self.sell(5, "99")
        self.buy(3, "110")

    def move(self):
        self.is_now(self.loss, "new", leaves_quantity="2")
        self.buy(2, "110")
        self.is_now(self.profit, "filled")
        self.is_now(self.loss, "canceled", reason="group")


class BracketThatExpires(Story):
    """Held legs have a time of their own."""

    after = 7200

    def place(self):
        self.print_at("100")
        until = self.exchange.moment(7200)
        lasts = {"time_in_force": "gtd", "expires_at": until}
        self.entry, self.profit, self.loss = self.group(
            "bracket", ENTRY, {**PROFIT, **lasts}, {**LOSS, **lasts}
        )

    def move(self):
        self.sell(5, "99")
        self.is_now(self.profit, "new")

    def later(self):
        self.exchange.until(lambda: self.owner.order(self.profit)["status"] != "new")
        ends = {self.owner.order(order)["status"] for order in (self.profit, self.loss)}
        assert "expired" in ends
        assert ends <= {"expired", "canceled"}


class OnlyReducing(Story):
    """They never sum up to more than the position; the newest shrink first."""

    def place(self):
        self.ask(10, "100")
        self.limit("buy", 10, "100")
        self.first = self.limit("sell", 4, "110", reduce_only=True)
        self.second = self.limit("sell", 6, "111", reduce_only=True)
        self.bid(50, "99")

    def move(self):
        assert self.refused("limit", "sell", 1, price="112", reduce_only=True) == (
            "reduce_only_would_increase"
        )
        self.limit("sell", 3, "99")
        self.is_now(self.first, "new", leaves_quantity="4")
        self.is_now(self.second, "new", leaves_quantity="3", canceled_quantity="3")
        self.limit("sell", 5, "99")
        self.is_now(self.first, "new", leaves_quantity="2")
        self.is_now(self.second, "canceled", reason="reduce_only")


STORIES = (
    Pair,
    PairToBuy,
    HeldLeg,
    HeldLegOfOneThatTrades,
    BracketBefore,
    BracketArmed,
    BracketThatTrades,
    BracketThatExpires,
    OnlyReducing,
)
