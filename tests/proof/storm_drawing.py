"""Drawing a storm's requests: what every kind of them has in common.

Each request has a number of its own, which its keys, names and journaled request ids carry, so
whoever reads the journal afterwards finds what became of it.
"""

from typing import NamedTuple

PREFIX = "/api/v1"
SYMBOL = "AAPL"
HALTED = "HALT"
"""Listed for the storm; its phase comes and goes."""
OPEN = ("new", "partially_filled", "held", "pending_new")
COMMON = ("ann", "bob", "mia")
"""Traders who are left in peace. Mia trades on margin; Rex is blocked, reset and cut off."""


class Holder(NamedTuple):
    """Who sends: an account and its key; the operator has none of its own."""

    name: str
    account_id: str
    key: str


class Asked:
    """One request, however often it is sent, and by which doors."""

    may_conflict = False
    """Whether it uses a name that another request may have taken."""

    def __init__(self, number, route, holder, path, content=None, *, key=None, method=None):  # noqa: PLR0913 -- what a request has
        self.number = number
        self.route = route
        self.holder = holder
        self.path = path
        self.content = content
        self.key = key
        """Its Idempotency-Key; None where a client_order_id serves."""
        self.method = method
        """(method, params) of the same call on the stream; None where there is none."""

    def __repr__(self):
        return f"{self.number}: {self.holder.name} {self.route[0]} {self.path} {self.content}"


class Drawing:
    """What was drawn so far, and what its answers made known."""

    def __init__(self, dice, holders):
        self.dice = dice
        self.holders = holders
        self.number = 1_000
        self.orders = []
        """Orders that were answered, by (holder, order)."""
        self.keys, self.accounts, self.symbols, self.tiers, self.trades = [], [], [], [], []
        self._used = set()

    def learn(self, asked, body):
        """Take what an answer made known, so that later requests are about it."""
        if asked.route == ("POST", "/admin/accounts"):
            self.accounts.append(body["account_id"])
        elif asked.route == ("POST", "/admin/instruments"):
            self.symbols.append(body["symbol"])
        elif asked.route == ("POST", "/admin/accounts/{account_id}/keys"):
            self.keys.append(body["key_id"])
        elif asked.route == ("PUT", "/admin/tiers/{name}"):
            self.tiers.append(body["name"])
        else:
            listed = [one.get("order") for one in body.get("results", ())] + body.get("orders", [])
            self.orders += [
                (asked.holder, order)
                for order in (body, *listed)
                if isinstance(order, dict) and order.get("status") in OPEN
            ]

    def _trader(self, *, peaceful=False):
        names = COMMON if peaceful or self.dice.random() < 0.7 else ("rex",)
        return self.holders[self.dice.choice(names)]

    def _of(self, route, holder, path, content=None, *, key="", method=None):
        """Return a request under an Idempotency-Key; two accounts use the same one."""
        if key is not None:
            key = self._name("k", holder)
        return Asked(self.number, route, holder, path, content, key=key, method=method)

    def _name(self, kind, holder):
        """Return a name that this account has not used, and another one may have."""
        name = f"{kind}{self.number // 2}"
        if (holder.name, name) in self._used:
            name = f"{name}-b"
        self._used.add((holder.name, name))
        return name

    def _admin(self, route, content=None, **parts):
        path = route[1].replace(":path", "").format(**parts)
        return self._of(route, self.holders["admin"], path, content)
