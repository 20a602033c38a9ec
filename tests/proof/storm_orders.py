"""Drawing what a storm does about orders: placed one by one, in batches and groups, ended.

Their quantities are numbers that nothing else has.
"""

from datetime import UTC, datetime, timedelta

from tests.proof.storm_drawing import HALTED, SYMBOL, Drawing

PRICES = [f"{100 + cents / 100:.2f}" for cents in range(-20, 21)]


class OrderDrawing(Drawing):
    """Draws what traders send."""

    def _order(self, holder, **more):
        """Return an order of any type, or nearly; its quantity is its number's."""
        self.number += 1
        dice = self.dice
        side = dice.choice(("buy", "sell"))
        # The two sides overlap a little: some trade, most rest, to be amended and canceled.
        price = dice.choice(PRICES[:23] if side == "buy" else PRICES[-23:])
        symbol = dice.choice((SYMBOL,) * 9 + (HALTED,))
        content = {"symbol": symbol, "side": side, "quantity": str(self.number)}
        lasting = ({}, {"time_in_force": "day"}, {"post_only": "slide"}, {"post_only": "reject"})
        until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        forms = (
            {"type": "limit", "price": price, **dice.choice(lasting)},
            {"type": "limit", "price": price, "display_quantity": "7"},
            {"type": "limit", "price": price, "time_in_force": "gtd", "expires_at": until},
            {"type": "limit", "price": price, "time_in_force": "ioc", "minimum_quantity": "5"},
            {"type": "limit", "price": price, "time_in_force": "fok", "stp": "cancel_oldest"},
            {"type": "limit", "price": f"{price}5"},
            {"type": "market"},
            {"type": "market", "reduce_only": True},
            {"type": "market_to_limit"},
            {"type": "stop", "stop_price": price, "trigger": dice.choice(("last", "quote"))},
            {"type": "stop_limit", "stop_price": price, "price": price},
            {"type": "trailing_stop", "trail": "0.05"},
            {"type": "trailing_stop", "trail_bps": 50, "activation_price": price},
            {"type": "pegged", "peg": dice.choice(("bid", "ask", "mid")), "peg_offset": "-0.02"},
        )
        return {**content, **dice.choice(forms), **more}

    def _named(self, content, name):
        """Return whether an Idempotency-Key is used beside, or instead of, a name in a body."""
        by = self.dice.choice(("name", "key", "both"))
        if by != "key":
            content["client_order_id"] = name
        return None if by == "name" else ""

    # Orders.

    def _place(self, route):
        holder = self._trader()
        content = self._order(holder)
        key = self._named(content, self._name("c", holder))
        method = ("order.place", content)
        return self._of(route, holder, "/orders", content, key=key, method=method)

    def _open_order(self):
        return self.dice.choice(self.orders[-12:]) if self.orders else None

    def _amend(self, route):
        if (found := self._open_order()) is None:
            return None
        holder, order = found
        content = self.dice.choice(
            (
                {"price": self.dice.choice(PRICES)},
                {"quantity": str(self.dice.randint(1, self.number))},
                {"quantity": str(self.number), "price": self.dice.choice(PRICES)},
                {"quantity": str(self.number)},
            )
        )
        key = self._named(content, f"amended-{self.number}")
        by_its_name = key is not None and order["client_order_id"] and self.dice.random() < 0.5
        if by_its_name:
            content["client_order_id"] = order["client_order_id"]
        order_id = order["order_id"]
        method = ("order.amend", {**content, "order_id": order_id})
        asked = self._of(route, holder, f"/orders/{order_id}", content, key=key, method=method)
        asked.may_conflict = by_its_name  # It may have got another one by now.
        return asked

    def _cancel(self, route):
        if (found := self._open_order()) is None:
            return None
        holder, order = found
        order_id = order["order_id"]
        method = ("order.cancel", {"order_id": order_id})
        return self._of(route, holder, f"/orders/{order_id}", method=method)

    def _cancel_all(self, route):
        holder = self.holders[self.dice.choice(("rex", "rex", "mia"))]
        query, params = self.dice.choice(
            (
                (f"?symbol={HALTED}", {"symbol": HALTED}),
                ("?side=buy", {"side": "buy"}),
                (f"?side=sell&symbol={HALTED}", {"side": "sell", "symbol": HALTED}),
            )
        )
        return self._of(route, holder, f"/orders{query}", method=("orders.cancel_all", params))

    def _batch(self, route):
        holder = self._trader()
        orders, number = [], self.number
        by = self.dice.choice(("name", "key", "both"))
        for place in range(self.dice.randint(1, 6)):
            orders.append(self._order(holder))
            if by != "key":
                orders[-1]["client_order_id"] = f"b{number}-{place}"
        if by != "name":
            wrong = ({"symbol": SYMBOL}, 7, {**self._order(holder), "quantity": 10**30}, {})
            orders += self.dice.sample(wrong, self.dice.randint(0, 2))
            self.dice.shuffle(orders)
        content = {"orders": orders}
        key, method = None if by == "name" else "", ("order.batch", content)
        self.number += 1
        return self._of(route, holder, "/orders/batch", content, key=key, method=method)

    def _group(self, route):
        holder = self._trader()
        leg = {"symbol": SYMBOL, "quantity": str(self.number), "side": "buy"}
        parent = {**leg, "type": "limit", "price": self.dice.choice(PRICES)}
        exits = {**leg, "side": "sell"}
        take, stop = (
            {**exits, "type": "limit", "price": "110.00"},
            {**exits, "type": "stop", "stop_price": "90.00"},
        )
        kind = self.dice.choice(("oco", "oto", "bracket"))
        orders = {
            "oco": [{**parent, "price": "91.00"}, {**leg, "type": "stop", "stop_price": "109.00"}],
            "oto": [parent, stop],
            "bracket": [parent, take, stop],
        }[kind]
        by = self.dice.choice(("name", "key", "both"))
        if by != "key":
            for place, order in enumerate(orders):
                order["client_order_id"] = f"g{self.number}-{place}"
        content = {"kind": kind, "orders": orders}
        return self._of(route, holder, "/orders/group", content, key=None if by == "name" else "")

    def _cancel_after(self, route):
        content = {"timeout_s": self.dice.choice((0, 1, 3600))}
        holder = self.holders["rex"]
        method = ("cancel_after", content)
        return self._of(route, holder, "/cancel-after", content, method=method)
