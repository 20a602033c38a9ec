"""Orders that wait for a price: stops of every kind, and pegs, in every state they can be open."""

from tests.sequencer.restarts.story import Story


class StopsOfTrades(Story):
    def place(self):
        self.print_at("100")
        self.bid(50, "94")
        self.ask(50, "106")
        self.down = self.enter("stop", "sell", 5, stop_price="95")
        self.up = self.enter("stop", "buy", 5, stop_price="105", time_in_force="day")

    def move(self):
        self.print_at("95.01", "104.99")
        self.is_now(self.down, "new", triggered_at=None)
        self.print_at("95")
        self.is_now(self.down, "filled", average_price="94.00")
        self.is_now(self.up, "new", triggered_at=None)
        self.print_at("105")
        self.is_now(self.up, "filled", average_price="106.00")


class StopsOfQuotes(Story):
    def place(self):
        self.print_at("100")
        self.low = self.ask(5, "101")
        self.ask(50, "105")
        self.high = self.bid(5, "99")
        self.bid(50, "95")
        self.up = self.enter("stop", "buy", 5, stop_price="105", trigger="quote")
        self.down = self.enter("stop", "sell", 5, stop_price="95", trigger="quote")

    def move(self):
        self.west.call("DELETE", f"/orders/{self.low['order_id']}")
        self.is_now(self.up, "filled", average_price="105.00")
        self.is_now(self.down, "new", triggered_at=None)
        self.east.call("DELETE", f"/orders/{self.high['order_id']}")
        self.is_now(self.down, "filled", average_price="95.00")


class StopLimits(Story):
    def place(self):
        self.print_at("100")
        self.bid(50, "94")
        self.down = self.enter("stop_limit", "sell", 5, stop_price="95", price="96")

    def move(self):
        self.print_at("95")
        triggered = self.is_now(self.down, "new", leaves_quantity="5")
        assert triggered["triggered_at"] is not None
        assert self.book()[1] == [["96.00", "5", self.down["order_id"]]]
        self.buy(5, "96")
        self.is_now(self.down, "filled", average_price="96.00")


class TriggeredStopLimits(Story):
    """One that has run already, has taken what there was, and rests with what is left."""

    def place(self):
        self.print_at("100")
        self.bid(4, "95")
        self.ran = self.enter("stop_limit", "sell", 10, stop_price="96", price="95")
        self.print_at("96")
        self.before = self.is_now(self.ran, "partially_filled", cum_quantity="4")
        assert self.before["triggered_at"] is not None

    def move(self):
        self.print_at("94.99")
        self.buy(5, "95")
        self.is_now(self.ran, "partially_filled", triggered_at=self.before["triggered_at"])
        self.buy(1, "95")
        self.is_now(self.ran, "filled", triggered_at=self.before["triggered_at"])


class TrailsByDistance(Story):
    def place(self):
        self.print_at("100")
        self.bid(50, "94")
        self.ask(50, "140")
        self.down = self.enter("trailing_stop", "sell", 5, trail="5")
        self.up = self.enter("trailing_stop", "buy", 5, trail="15")
        self.print_at("110")
        self.is_now(self.down, "new", stop_price="105.00")
        self.is_now(self.up, "new", stop_price="115.00")

    def move(self):
        self.print_at("105.01")
        self.is_now(self.down, "new", stop_price="105.00")
        self.print_at("105")
        self.is_now(self.down, "filled", average_price="94.00")
        self.is_now(self.up, "new", stop_price="109.00")


class TrailsByPoints(Story):
    def place(self):
        self.print_at("100")
        self.ask(50, "96")
        self.up = self.enter("trailing_stop", "buy", 5, trail_bps=500)
        self.print_at("90")
        self.is_now(self.up, "new", stop_price="94.50")

    def move(self):
        self.print_at("80", "83.99")
        self.is_now(self.up, "new", stop_price="84.00")
        self.ask(5, "84.50")
        self.print_at("84")
        self.is_now(self.up, "filled", average_price="84.50")


class TrailsFromAPrice(Story):
    """One is not active yet, the other has become so."""

    def place(self):
        self.print_at("100")
        self.bid(50, "94")
        self.waits = self.enter("trailing_stop", "sell", 5, trail="5", activation_price="110")
        self.follows = self.enter("trailing_stop", "sell", 5, trail="5", activation_price="103")
        self.print_at("104")
        self.is_now(self.waits, "new", stop_price=None)
        self.is_now(self.follows, "new", stop_price="99.00")

    def move(self):
        self.print_at("101")
        self.is_now(self.waits, "new", stop_price=None)
        self.print_at("112")
        self.is_now(self.waits, "new", stop_price="107.00")
        self.is_now(self.follows, "new", stop_price="107.00")
        self.print_at("107")
        self.is_now(self.follows, "filled")
        self.is_now(self.waits, "filled")


class HitInACall(Story):
    """Its price was there, but nothing runs before trading goes on; others sleep beside it."""

    def place(self):
        self.print_at("100")
        self.exchange.move_to(self.symbol, "auction")
        self.bid(50, "99")
        self.hit = self.enter("stop", "sell", 5, stop_price="105")
        self.sleeps = self.enter("stop", "sell", 5, stop_price="98")

    def move(self):
        self.is_now(self.hit, "new", triggered_at=None)
        self.exchange.move_to(self.symbol, "continuous")
        self.is_now(self.hit, "filled", average_price="99.00")
        self.is_now(self.sleeps, "new", triggered_at=None)


class StopMeetsItsOwner(Story):
    """The mode that it was sent with counts when it runs."""

    def place(self):
        self.print_at("100")
        self.own = self.limit("buy", 5, "94")
        self.bid(50, "93")
        self.down = self.enter("stop", "sell", 5, stop_price="95", stp="cancel_oldest")

    def move(self):
        self.print_at("95")
        self.is_now(self.own, "expired", reason="self_trade")
        self.is_now(self.down, "filled", average_price="93.00")


class Pegs(Story):
    def place(self):
        self.bid(5, "99")
        self.ask(5, "101")
        self.below = self.enter("pegged", "buy", 2, peg="bid", peg_offset="-1")
        self.middle = self.enter("pegged", "buy", 3, peg="mid")
        self.bounded = self.enter("pegged", "buy", 4, peg="bid", price="99.20")
        self.above = self.enter("pegged", "sell", 5, peg="ask", peg_offset="0.5")
        self.is_now(self.below, "new", price="98.00")
        self.is_now(self.middle, "new", price="100.00")

    def move(self):
        self.bid(1, "99.50")
        self.ask(1, "100.50")
        self.is_now(self.below, "new", price="98.50")
        self.is_now(self.bounded, "new", price="99.20")
        self.is_now(self.above, "new", price="101.00")
        self.bid(1, "99.70")
        self.is_now(self.middle, "new", price="100.10")
        self.sell(3, "100.10")
        self.is_now(self.middle, "filled", average_price="100.10")


class PegWithoutAReference(Story):
    """What it followed has gone: it waits outside of the book, and comes back."""

    def place(self):
        self.bid(5, "99")
        gone = self.ask(5, "101")
        self.peg = self.enter("pegged", "sell", 5, peg="ask")
        self.west.call("DELETE", f"/orders/{gone['order_id']}")
        assert self.book()[1] == []

    def move(self):
        self.is_now(self.peg, "new", leaves_quantity="5")
        last = self.ask(1, "103")
        shown = [["103.00", "1", last["order_id"]], ["103.00", "5", self.peg["order_id"]]]
        assert self.book()[1] == shown
        self.buy(3, "103")
        self.is_now(self.peg, "partially_filled", cum_quantity="2")


STORIES = (
    StopsOfTrades,
    StopsOfQuotes,
    StopLimits,
    TriggeredStopLimits,
    TrailsByDistance,
    TrailsByPoints,
    TrailsFromAPrice,
    HitInACall,
    StopMeetsItsOwner,
    Pegs,
    PegWithoutAReference,
)
