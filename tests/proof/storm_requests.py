"""What a storm sends: for every call that changes something one way to draw requests for it."""

import base64
from datetime import UTC, datetime, timedelta

from tests.proof.storm_drawing import COMMON, HALTED, SYMBOL
from tests.proof.storm_orders import OrderDrawing

KILL_SWITCH = ("PUT", "/admin/kill-switch")
MORE = [("POST", "/orders")] * 7 + [("PATCH", "/orders/{order_id}")] * 3
"""Of these more than one in a deck."""
PAST_S = 1.0
"""A key may end so soon, so that its making is repeated when it has ended."""


class Requests(OrderDrawing):
    """Draws requests; `deal` has each kind come up as often as any other."""

    def __init__(self, dice, holders):
        super().__init__(dice, holders)
        self._deck = []
        self._is_killed = False

    def deal(self, count):
        """Return the next requests of a shuffled deck of all kinds."""
        drawn = []
        while len(drawn) < count:
            if not self._deck:
                self._deck = [*DRAWN, *MORE]
                self.dice.shuffle(self._deck)
            self.number += 1
            # A venue that was killed is revived at once: what is refused proves less.
            route = KILL_SWITCH if self._is_killed and not drawn else self._deck.pop()
            asked = DRAWN[route](self, route)
            if asked is not None:
                drawn.append(asked)
        return drawn

    # Accounts as a whole.

    def _reset_own(self, route):
        content = {"cash": str(self.number)}
        return self._of(route, self.holders["rex"], "/account/reset", content)

    def _flatten(self, route):
        return self._of(route, self._trader(), f"/positions/{SYMBOL}")

    # Administration.

    def _account_id(self):
        known = [self.holders[name].account_id for name in (*COMMON, "rex")]
        return self.dice.choice([*known, *self.accounts[-4:]])

    def _open_account(self, route):
        more = self.dice.choice(
            ({}, {"margin": 4}, {"limits": {"open_orders": 3, "positions": {SYMBOL: "500"}}})
        )
        content = {"name": f"account {self.number}", "cash": str(self.number), **more}
        return self._admin(route, content)

    def _change_account(self, route):
        content = self.dice.choice(
            (
                {"name": f"renamed {self.number}"},
                {"stp": "decrement", "stp_group": f"g{self.number}"},
                {"limits": {"mass_quote": {"quantity": "100000000", "window_s": 5}}},
                {"stp_group": None, "limits": {"mass_quote": None}},
                {"tier": self.dice.choice([None, *self.tiers[-3:]])},
            )
        )
        account_id = self.dice.choice((self._account_id(), self.holders["mia"].account_id))
        if account_id == self.holders["rex"].account_id:
            content = {**content, "status": self.dice.choice(("active", "active", "blocked"))}
        return self._admin(route, content, account_id=account_id)

    def _reset_account(self, route):
        content = {"cash": str(self.number)}
        of = self.dice.choice([self.holders["rex"].account_id, *self.accounts[-4:]])
        return self._admin(route, content, account_id=of)

    def _add_key(self, route):
        dice = self.dice
        content = {"permissions": dice.choice((["read"], ["trade"], ["read", "trade"]))}
        if dice.random() < 0.5:
            content["allowed_ips"] = [f"10.{self.number >> 16}.{self.number >> 8 & 255}.0/24"]
        if dice.random() < 0.3:
            ends = datetime.now(UTC) + timedelta(seconds=dice.choice((PAST_S, 3600)))
            content["expires_at"] = ends.isoformat()
        if dice.random() < 0.3:
            content["public_key"] = base64.b64encode(self.number.to_bytes(32)).decode()
        return self._admin(route, content, account_id=self._account_id())

    def _revoke_key(self, route):
        key_id = self.dice.choice(self.keys) if self.keys else "none"
        return self._admin(route, key_id=key_id)

    def _deposit(self, route):
        asset = self.dice.choice(("TOKEN", "TOKEN", "USD"))
        amount = self.dice.choice((self.number, self.number, -1, -(10**15)))
        content = {"asset": asset, "quantity": str(amount)}
        return self._admin(route, content, account_id=self._account_id())

    def _list(self, route):
        symbol = f"N{self.number}"
        if self.symbols and self.dice.random() < 0.2:
            symbol = self.dice.choice(self.symbols)  # It may be listed, or have been.
        content = {
            "symbol": symbol,
            "price_increment": "0.01",
            "quantity_increment": "1",
            "reference_price": "100",
            "band_bps": 900,
        }
        return self._admin(route, content)

    def _symbol(self):
        return self.dice.choice([HALTED, *self.symbols[-6:]])

    def _change_instrument(self, route):
        content = self.dice.choice(
            (
                {"protection_bps": self.number % 5_000},
                {"minimum_quantity": "5"},
                {"reference_price": "101.01", "price_increment": "0.01"},
                {"price_increment": "0.05", "reference_price": "100.05"},
                {"band_bps": None, "collar_bps": 700},
            )
        )
        return self._admin(route, content, symbol=self._symbol())

    def _delist(self, route):
        return self._admin(route, symbol=self.dice.choice(self.symbols or ["NONE"]))

    def _phase(self, route):
        phase = self.dice.choice(("continuous", "continuous", "auction", "halted", "closed"))
        content = {"phase": phase, "reason": f"because {self.number}"}
        return self._admin(route, content, symbol=self._symbol())

    def _bust(self, route):
        trade_id = self.dice.choice(self.trades) if self.trades else 10**9
        content = {"reason": f"because {self.number}"}
        return self._admin(route, content, trade_id=trade_id)

    def _tier(self, route):
        name = self.dice.choice([f"tier-{self.number}", *self.tiers[-2:]])
        content = {"maker_fee_bps": "-0.5", "taker_fee_bps": str(self.number % 9)}
        return self._admin(route, content, name=name)

    def _kill_switch(self, route):
        content = {"on": self.dice.random() < 0.5, "reason": f"because {self.number}"}
        if self._is_killed or self.dice.random() < 0.1:
            content["on"] = self._is_killed = not self._is_killed  # The venue's, and off again.
        else:
            content["account_id"] = self.holders["rex"].account_id
        return self._admin(route, content)


DRAWN = {
    ("POST", "/orders"): Requests._place,
    ("PATCH", "/orders/{order_id}"): Requests._amend,
    ("DELETE", "/orders/{order_id}"): Requests._cancel,
    ("DELETE", "/orders"): Requests._cancel_all,
    ("POST", "/orders/batch"): Requests._batch,
    ("POST", "/orders/group"): Requests._group,
    ("PUT", "/cancel-after"): Requests._cancel_after,
    ("POST", "/account/reset"): Requests._reset_own,
    ("DELETE", "/positions/{symbol:path}"): Requests._flatten,
    ("POST", "/admin/accounts"): Requests._open_account,
    ("PATCH", "/admin/accounts/{account_id}"): Requests._change_account,
    ("POST", "/admin/accounts/{account_id}/reset"): Requests._reset_account,
    ("POST", "/admin/accounts/{account_id}/keys"): Requests._add_key,
    ("DELETE", "/admin/keys/{key_id}"): Requests._revoke_key,
    ("POST", "/admin/accounts/{account_id}/deposits"): Requests._deposit,
    ("POST", "/admin/instruments"): Requests._list,
    ("PATCH", "/admin/instruments/{symbol:path}"): Requests._change_instrument,
    ("DELETE", "/admin/instruments/{symbol:path}"): Requests._delist,
    ("PUT", "/admin/instruments/{symbol:path}/phase"): Requests._phase,
    ("POST", "/admin/trades/{trade_id}/bust"): Requests._bust,
    ("PUT", "/admin/tiers/{name}"): Requests._tier,
    KILL_SWITCH: Requests._kill_switch,
}
"""Every call of the native API that changes something, and how requests for it are drawn."""
SPOKEN = {
    "order.place": ("POST", "/orders"),
    "order.amend": ("PATCH", "/orders/{order_id}"),
    "order.cancel": ("DELETE", "/orders/{order_id}"),
    "orders.cancel_all": ("DELETE", "/orders"),
    "order.batch": ("POST", "/orders/batch"),
    "cancel_after": ("PUT", "/cancel-after"),
}
"""The methods of the stream that change something, and which calls they are."""
