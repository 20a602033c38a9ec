"""Accounts in a state that decides: on margin, called, bounded, blocked, busted, remembered."""

from typing import ClassVar

from tests.sequencer.restarts.exchange import GRACE_S
from tests.sequencer.restarts.story import Story


class OnMargin(Story):
    account: ClassVar = {"margin": 2, "cash": "1000"}
    assets = "0"

    def figures(self):
        account = self.owner.get("/account")
        return account["equity"], account["initial_margin"], account["maintenance_margin"]


class Short(OnMargin):
    """It is short, with an order that would close it and one that would open more."""

    def place(self):
        self.bid(10, "100")
        self.limit("sell", 10, "100")
        self.closes = self.limit("buy", 10, "90")
        self.opens = self.limit("sell", 10, "101")
        assert self.position() == "-10"
        assert self.figures() == ("1000", "1000", "300")

    def move(self):
        assert self.refused("limit", "sell", 1, price="101") == "insufficient_funds"
        self.sell(4, "90")
        assert self.position() == "-6"
        assert self.owner.get("/account")["equity"] == "1100"
        self.sell(6, "90")
        assert self.position() == "0"
        self.buy(10, "101")
        assert self.position() == "-10"


class ShortUntilCalled(OnMargin):
    """It is called after the restart, and liquidated when the grace is over."""

    account: ClassVar = {"margin": 4, "cash": "1000"}
    after = GRACE_S

    def place(self):
        self.bid(30, "100")
        self.limit("sell", 30, "100")

    def move(self):
        self.print_at("102")
        self.limit("sell", 1, "150")
        self.print_at("103")
        assert self.refused("limit", "sell", 1, price="120") == "account_blocked"
        self.ask(50, "104")

    def later(self):
        self.exchange.until(lambda: self.position() == "0")
        assert self.owner.open_orders() == []


class Called(OnMargin):
    """It was called before the restart; the span goes on."""

    account: ClassVar = {"margin": 4, "cash": "1000"}
    after = GRACE_S

    def place(self):
        self.ask(40, "100")
        self.limit("buy", 40, "100")
        self.rests = self.limit("sell", 5, "130")
        self.stop = self.enter("stop", "sell", 5, stop_price="50")
        self.print_at("97")

    def move(self):
        assert self.refused("limit", "buy", 1, price="50") == "account_blocked"
        self.bid(50, "96")

    def later(self):
        self.exchange.until(lambda: self.position() == "0")
        self.is_now(self.rests, "canceled", reason="liquidation")
        self.is_now(self.stop, "canceled", reason="liquidation")


class Restored(OnMargin):
    """It was called and has paid in; nothing comes of it."""

    account: ClassVar = {"margin": 4, "cash": "1000"}
    after = GRACE_S + 1

    def place(self):
        self.ask(40, "100")
        self.limit("buy", 40, "100")
        self.print_at("98")
        self.exchange.deposit(self.owner, "USD", "500")
        self.bid(50, "97")

    def later(self):
        assert self.position() == "40"


class OpenOrdersLimit(Story):
    account: ClassVar = {"limits": {"open_orders": 2}}

    def place(self):
        self.limit("buy", 1, "90")
        self.enter("stop", "sell", 1, stop_price="80")

    def move(self):
        assert self.refused("limit", "buy", 1, price="91") == "open_orders_limit"


class PositionLimit(Story):
    """Position, open orders and a pair that counts once."""

    def __init__(self, exchange, street, number):
        symbol = f"{type(self).__name__}{number}".upper()
        self.account = {"limits": {"positions": {symbol: "10"}}}
        super().__init__(exchange, street, number)

    def place(self):
        self.ask(2, "100")
        self.limit("buy", 2, "100")
        self.limit("buy", 3, "95")
        low = {"type": "limit", "side": "buy", "quantity": "4", "price": "94"}
        high = {"type": "stop", "side": "buy", "quantity": "4", "stop_price": "120"}
        self.group("oco", low, high)

    def move(self):
        assert self.refused("limit", "buy", 2, price="93") == "position_limit"
        self.limit("buy", 1, "93")


class Quotes(Story):
    """Six of its quotes were taken a moment ago; ten are too many."""

    account: ClassVar = {"limits": {"mass_quote": {"quantity": "10", "window_s": 600}}}

    def place(self):
        self.taken = self.limit("sell", 20, "100")
        self.other = self.limit("buy", 5, "90")
        self.buy(6, "100")

    def move(self):
        self.buy(3, "100")
        self.is_now(self.taken, "partially_filled", cum_quantity="9")
        self.buy(1, "100")
        self.is_now(self.taken, "canceled", reason="mass_quote_protection")
        self.is_now(self.other, "canceled", reason="mass_quote_protection")


class Blocked(Story):
    def place(self):
        self.rests = self.limit("buy", 5, "99")
        account = f"/accounts/{self.owner.account_id}"
        self.exchange.admin("PATCH", account, {"status": "blocked"})

    def move(self):
        assert self.refused("limit", "buy", 1, price="99") == "account_blocked"
        self.sell(2, "99")
        self.owner.call("DELETE", f"/orders/{self.rests['order_id']}")
        self.is_now(self.rests, "canceled", reason="user", cum_quantity="2")


class Stopped(Story):
    """The kill switch was thrown for it, and is taken back."""

    def place(self):
        self.ended = self.limit("buy", 5, "99")
        self.throw(on=True)

    def throw(self, *, on):
        content = {"on": on, "account_id": self.owner.account_id}
        self.exchange.admin("PUT", "/kill-switch", content)

    def move(self):
        self.is_now(self.ended, "canceled", reason="kill_switch")
        assert self.refused("limit", "buy", 1, price="99") == "account_blocked"
        self.throw(on=False)
        self.limit("buy", 1, "99")


class Busted(Story):
    """A trade that made an order was undone; another one of a live order too."""

    def place(self):
        self.made = self.limit("buy", 5, "99")
        self.sell(5, "99")
        self.lives = self.limit("buy", 5, "98")
        self.sell(2, "98")
        self.trades = [fill["trade_id"] for fill in self.owner.get("/fills")["items"]]
        for trade_id in self.trades:
            self.exchange.admin("POST", f"/trades/{trade_id}/bust", {})
        self.is_now(self.made, "canceled", reason="administrator")

    def move(self):
        for trade_id in self.trades:
            again = self.exchange.call("POST", f"/admin/trades/{trade_id}/bust", {})
            assert (again.status, again.json()["code"]) == (409, "already_busted")
        assert self.position() == "0"
        self.sell(3, "98")
        self.is_now(self.lives, "filled", cum_quantity="3", canceled_quantity="2")


class Delisted(Story):
    """A position stays; what rested has ended."""

    def place(self):
        self.ended = self.limit("buy", 5, "99")
        self.sell(2, "99")
        self.exchange.admin("DELETE", f"/instruments/{self.symbol}")

    def move(self):
        self.is_now(self.ended, "canceled", reason="delisted")
        assert self.refused("limit", "buy", 1, price="99") == "unknown_instrument"
        positions = {one["symbol"]: one for one in self.owner.get("/positions")}
        assert positions[self.symbol]["quantity"] == "2"
        assert positions[self.symbol]["mark_price"] is None
        self.exchange.deposit(self.owner, self.symbol, "-2")


class ListedByUse(Story):
    """What is listed by its use is no asset that there has been, not even one traded no more."""

    def place(self):
        old = f"OLD{self.number}"
        self.exchange.list(old, asset=f"USED{self.number}")
        self.exchange.admin("DELETE", f"/instruments/{old}")
        assert self.asset_by_use(f"NEW{self.number}") == f"NEW{self.number}"

    def asset_by_use(self, symbol):
        """Let a simple order list a symbol; return the asset that it trades."""
        answer = self.owner.simply("POST", "/orders", {"stocks": symbol, "quantity": 1})
        assert answer.status == 201, answer
        return self.exchange.call("GET", f"/instruments/{symbol}").json()["asset"]

    def move(self):
        assert self.asset_by_use(f"USED{self.number}") != f"USED{self.number}"


class Remembered(Story):
    """What was sent before is not done again."""

    def place(self):
        self.first = self.send("one")
        self.keyed = self.send(None, Idempotency_Key=f"{self.name}-key")

    def send(self, name, **headers):
        order = {"symbol": self.symbol, "side": "buy", "type": "limit", "quantity": "1"}
        named = {} if name is None else {"client_order_id": f"{self.name}-{name}"}
        answer = self.owner.call("POST", "/orders", {**order, "price": "90", **named}, **headers)
        assert answer.status == 201, answer
        return answer

    def move(self):
        assert self.send("one") == self.first
        assert self.send(None, Idempotency_Key=f"{self.name}-key") == self.keyed
        assert len(self.owner.open_orders()) == 2


STORIES = (
    Short,
    ShortUntilCalled,
    Called,
    Restored,
    OpenOrdersLimit,
    PositionLimit,
    Quotes,
    Blocked,
    Stopped,
    Busted,
    Delisted,
    ListedByUse,
    Remembered,
)
