"""Orders that wait for a time: their own end, an auction, a delay, the end of a halt or a day."""

from typing import ClassVar

from tests.sequencer.restarts.exchange import DELAY_S
from tests.sequencer.restarts.story import Story

LIMIT_STATE_S = 15
HALT_S = 300
REOPENING_S = 60
CLOSE_S = 5 * 3600 + 1800
"""From noon to the close of the calendar; the stories begin a little later."""


class UntilATime(Story):
    after = 3600

    def place(self):
        lasts = {"time_in_force": "gtd", "expires_at": self.exchange.moment(self.after)}
        self.bid(5, "98")
        self.orders = [
            self.limit("buy", 5, "97", **lasts),
            self.limit("sell", 9, "120", display_quantity="2", **lasts),
            self.enter("stop", "sell", 5, stop_price="90", **lasts),
            self.enter("trailing_stop", "sell", 5, trail="9", **lasts),
            self.enter("pegged", "buy", 5, peg="bid", peg_offset="-3", **lasts),
        ]
        longer = {**lasts, "expires_at": self.exchange.moment(10 * self.after)}
        self.lasts = self.limit("buy", 5, "96", **longer)

    def move(self):
        for order in self.orders:
            self.is_now(order, "new")

    def later(self):
        self.exchange.until(lambda: len(self.owner.open_orders()) == 1)
        for order in self.orders:
            self.is_now(order, "expired", reason="expired")
        self.is_now(self.lasts, "new")
        assert self.balance()["held"] == "0"


class ForTheDay(Story):
    def place(self):
        self.orders = [
            self.limit("buy", 5, "97", time_in_force="day"),
            self.enter("stop", "sell", 5, stop_price="90", time_in_force="day"),
        ]
        self.lasts = self.limit("buy", 5, "96")

    def move(self):
        self.exchange.move_to(self.symbol, "closed")
        for order in self.orders:
            self.is_now(order, "expired", reason="expired")
        self.is_now(self.lasts, "new")


class OpeningCall(Story):
    """All that an auction knows waits for the opening."""

    listing: ClassVar = {"phase": "pre_open"}

    def place(self):
        self.opens = self.limit("buy", 5, "101", time_in_force="opg")
        self.closes = self.limit("buy", 5, "102", time_in_force="cls")
        self.market = self.enter("market", "buy", 3, time_in_force="day")
        self.ask(6, "100")
        self.ask(6, "100.50", display_quantity="1")

    def auction(self):
        return self.exchange.call("GET", f"/auction/{self.symbol}").json()

    def move(self):
        assert self.auction()["paired_quantity"] == "8"
        self.exchange.move_to(self.symbol, "continuous")
        self.is_now(self.market, "filled", average_price="100.50")
        self.is_now(self.opens, "filled", average_price="100.50")
        self.is_now(self.closes, "new", cum_quantity="0")
        self.exchange.move_to(self.symbol, "auction")
        self.exchange.move_to(self.symbol, "closed")
        self.is_now(self.closes, "canceled", cum_quantity="4", average_price="102.00")


class ClosingCall(Story):
    """A call that a halt interrupts goes on."""

    def place(self):
        self.closes = self.limit("sell", 5, "99", time_in_force="cls")
        self.exchange.move_to(self.symbol, "auction")
        self.rests = self.limit("buy", 4, "100")
        self.exchange.move_to(self.symbol, "halted")

    def move(self):
        self.exchange.move_to(self.symbol, "auction")
        crossing = self.book()
        assert crossing[0] == [["100.00", "4", self.rests["order_id"]]]
        self.exchange.move_to(self.symbol, "closed")
        self.is_now(self.rests, "expired", reason="self_trade")


class PriorityInACall(Story):
    """Who came before the restart comes first in an auction after it."""

    def place(self):
        self.limit("buy", 1, "90")
        self.first = self.limit("buy", 5, "100")

    def move(self):
        self.bid(5, "100")
        self.exchange.move_to(self.symbol, "auction")
        self.ask(5, "100")
        self.exchange.move_to(self.symbol, "continuous")
        self.is_now(self.first, "filled")


class Indicative(Story):
    """What a call would come to is told a second after it was told last."""

    listing: ClassVar = {"phase": "pre_open"}
    after = 2

    def place(self):
        before = self.exchange.sequence()
        self.bid(5, "101")
        self.ask(5, "100")
        assert len(self.told_after(before)) == 1
        self.bid(5, "102")
        assert len(self.told_after(before)) == 1

    def told_after(self, sequence):
        events = self.exchange.events(sequence)
        kinds = [event["event"] for event in events if event.get("symbol") == self.symbol]
        return [kind for kind in kinds if kind == "indicative_changed"]

    def move(self):
        self.before = self.exchange.sequence()
        self.bid(5, "103")
        assert self.told_after(self.before) == []

    def later(self):
        self.exchange.until(lambda: self.told_after(self.before))


class CancelAfter(Story):
    after = 120

    def place(self):
        self.orders = [
            self.limit("buy", 5, "97"),
            self.enter("stop", "sell", 5, stop_price="90"),
            *self.group("oco", *self.exits()),
        ]
        answer = self.owner.call("PUT", "/cancel-after", {"timeout_s": self.after})
        assert answer.status == 200, answer

    def exits(self):
        yield {"type": "limit", "side": "sell", "quantity": "5", "price": "110"}
        yield {"type": "stop", "side": "sell", "quantity": "5", "stop_price": "91"}

    def move(self):
        for order in self.orders:
            self.is_now(order, "new")

    def later(self):
        self.exchange.until(lambda: self.owner.open_orders() == [])
        ends = [self.owner.order(order)["reason"] for order in self.orders]
        assert set(ends) <= {"cancel_after", "group"}
        assert ends[:2] == ["cancel_after"] * 2


class Delayed(Story):
    """Simple orders that wait for their delay: one goes to market, one is canceled before."""

    after = DELAY_S

    def place(self):
        self.ask(50, "100")
        self.goes, self.canceled = (self.send(n) for n in (3, 4))

    def send(self, quantity):
        content = {"stocks": self.symbol, "quantity": quantity}
        answer = self.owner.simply("POST", "/orders", content)
        assert answer.status == 201, answer
        return answer.json()

    def status(self, order):
        return self.owner.simply("GET", f"/orders/{order['id']}").json()["status"]

    def move(self):
        assert self.owner.simply("DELETE", f"/orders/{self.canceled['id']}").status == 204
        assert self.status(self.goes) == "PENDING"

    def later(self):
        self.exchange.until(lambda: self.status(self.goes) == "EXECUTED")
        assert self.status(self.canceled) == "CANCELLED"
        assert self.position() == "3"


class EndOfItsDay(Story):
    """The calendar closes its market."""

    listing: ClassVar = {"calendar": "floor"}
    after = CLOSE_S

    def place(self):
        self.day = self.limit("buy", 5, "97", time_in_force="day")
        self.lasts = self.limit("buy", 5, "96")

    def move(self):
        assert self.phase() == "continuous"

    def later(self):
        self.until_phase("closed")
        self.is_now(self.day, "expired", reason="expired")
        self.is_now(self.lasts, "new")


class AtTheBand(Story):
    """Its market stands at its band, and halts if that lasts."""

    listing: ClassVar = {"band_bps": 500}
    after = LIMIT_STATE_S

    def place(self):
        self.rests = self.limit("buy", 5, "105")

    def move(self):
        assert self.phase() == "continuous"

    def later(self):
        self.until_phase("halted")
        self.is_now(self.rests, "new")


class Halted(AtTheBand):
    """It has halted, and reopens by a call of the venue's own."""

    after = HALT_S
    lead = ((LIMIT_STATE_S, "halted"),)

    def move(self):
        assert self.phase() == "halted"

    def later(self):
        self.until_phase("auction")


class Reopening(AtTheBand):
    """It is in that call, and goes on afterwards."""

    after = REOPENING_S
    lead = (*Halted.lead, (HALT_S, "auction"))

    def move(self):
        assert self.phase() == "auction"
        self.more = self.ask(3, "104")

    def later(self):
        self.until_phase("continuous")
        self.is_now(self.rests, "partially_filled", cum_quantity="3")


STORIES = (
    UntilATime,
    ForTheDay,
    OpeningCall,
    ClosingCall,
    PriorityInACall,
    Indicative,
    CancelAfter,
    Delayed,
    EndOfItsDay,
    AtTheBand,
    Halted,
    Reopening,
)
