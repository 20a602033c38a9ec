"""What every story of the restarts has: an instrument of its own, an owner, and two counterparts.

A story is told in three parts: `place` before the restart, `move` after it, and `later` once the
clock has passed `after` seconds.
"""

from typing import ClassVar


class Story:
    """One kind of order, or of state, and what must become of it; each has its own `place`."""

    listing: ClassVar = {}
    """Terms of the instrument."""
    account: ClassVar = {}
    """Terms of the owner's account."""
    assets = "1000"
    """What the owner has of what is traded."""
    after = 0
    lead: tuple = ()
    """What the instrument has gone through before the others begin: seconds, and the phase then."""

    def __init__(self, exchange, street, number):
        self.exchange, self.number = exchange, number
        self.east, self.west = street
        self.name = f"{type(self).__name__}{number}"
        self.symbol = self.name.upper()
        exchange.list(self.symbol, **self.listing)
        self.owner = self.open_account(**self.account)
        for trader in street:
            exchange.deposit(trader, self.symbol, "1000000")

    def open_account(self, **terms):
        """Open an account with some of the asset."""
        trader = self.exchange.open_account(self.name, **terms)
        if self.assets != "0":
            self.exchange.deposit(trader, self.symbol, self.assets)
        return trader

    def move(self):
        """Let the market move. Nothing has to become of what waits for its time."""

    def later(self):
        """Time has passed."""

    # What the owner does.

    def enter(self, kind, side, quantity, **terms):
        return self.owner.enter(self.symbol, kind, side, quantity, **terms)

    def limit(self, side, quantity, price, **terms):
        return self.enter("limit", side, quantity, price=price, **terms)

    def refused(self, kind, side, quantity, **terms):
        """Send an order that is refused; return why."""
        answer = self.owner.send(self.symbol, kind, side, quantity, **terms)
        assert answer.status == 422, answer
        return answer.json()["code"]

    def group(self, kind, *orders):
        """Enter a group of the owner's; return its orders."""
        content = {"kind": kind, "orders": [{"symbol": self.symbol, **one} for one in orders]}
        answer = self.owner.call("POST", "/orders/group", content)
        assert answer.status == 201, answer
        return answer.json()["orders"]

    # What the street does.

    def bid(self, quantity, price, **terms):
        """Let the street want to buy."""
        return self.east.enter(self.symbol, "limit", "buy", quantity, price=price, **terms)

    def ask(self, quantity, price, **terms):
        """Let the street want to sell."""
        return self.west.enter(self.symbol, "limit", "sell", quantity, price=price, **terms)

    def buy(self, quantity, price):
        """Let the street take what is offered; it is filled wholly."""
        taken = self.bid(quantity, price, time_in_force="ioc")
        assert taken["status"] == "filled", taken

    def sell(self, quantity, price):
        """Let the street give what is wanted; it is filled wholly."""
        taken = self.ask(quantity, price, time_in_force="ioc")
        assert taken["status"] == "filled", taken

    def print_at(self, *prices):
        """Let the street trade one lot with itself at each price."""
        for price in prices:
            self.west.enter(self.symbol, "limit", "sell", 1, price=price)
            self.buy(1, price)

    # What has become of it.

    def is_now(self, order, status, **fields):
        """Assert how an order stands."""
        now = self.owner.order(order)
        wanted = {"status": status, **fields}
        assert {name: now[name] for name in wanted} == wanted, now
        return now

    def book(self):
        """Return what the book shows, order by order: price, quantity and order."""
        book = self.exchange.call("GET", f"/book/{self.symbol}?level=3").json()
        return book["bids"], book["asks"]

    def phase(self):
        return self.exchange.call("GET", f"/instruments/{self.symbol}").json()["phase"]

    def until_phase(self, phase):
        self.exchange.until(lambda: self.phase() == phase)

    def position(self):
        positions = self.owner.get("/positions")
        return next((p["quantity"] for p in positions if p["symbol"] == self.symbol), "0")

    def balance(self, asset=None):
        balances = {one["asset"]: one for one in self.owner.get("/balances")}
        return balances[asset or self.symbol]
