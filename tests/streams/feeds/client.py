"""Clients written from the documents alone: they know what a message says, and nothing of us.

Each keeps its own copy, and checks what a client can: who came before, and the checksum.
"""

import json
import zlib


def digits(text):
    return text.replace(".", "").lstrip("0")


class Copy:
    """What every channel has: a snapshot first, then updates that follow one another."""

    def __init__(self):
        self.last = None
        self.updates = 0

    def hear(self, body):
        message = json.loads(body)
        assert {"channel", "type", "epoch", "sequence", "previous", "at"} <= message.keys()
        if message["type"] == "snapshot":
            assert message["previous"] is None
            self.load(message)
        else:
            assert message["type"] == "update"
            assert message["previous"] == self.last, message
            assert message["sequence"] > self.last, message
            self.updates += 1
            self.update(message)
        self.last = message["sequence"]


class BookCopy(Copy):
    """Level 2: levels by price."""

    def load(self, message):
        self.depth = message["depth"]
        self.bids = dict(map(tuple, message["bids"]))
        self.asks = dict(map(tuple, message["asks"]))
        self._check(message)

    def update(self, message):
        assert message["bids"] or message["asks"]
        for side, levels in (("bids", message["bids"]), ("asks", message["asks"])):
            mine = getattr(self, side)
            for price, quantity in levels:
                if float(quantity) == 0:
                    del mine[price]
                else:
                    assert mine.get(price) != quantity, "only what has changed"
                    mine[price] = quantity
        self._check(message)

    def sides(self):
        bids = sorted(self.bids.items(), key=lambda level: -float(level[0]))
        asks = sorted(self.asks.items(), key=lambda level: float(level[0]))
        return bids, asks

    def _check(self, message):
        bids, asks = self.sides()
        self.bids, self.asks = dict(bids[: self.depth]), dict(asks[: self.depth])
        text = "".join(digits(p) + digits(q) for p, q in asks[:10])
        text += "".join(digits(p) + digits(q) for p, q in bids[:10])
        assert zlib.crc32(text.encode()) == message["checksum"]


class OrdersCopy(Copy):
    """Level 3: a list of orders a side, in the order in which they came."""

    def load(self, message):
        self.bids = [tuple(order) for order in message["bids"]]
        self.asks = [tuple(order) for order in message["asks"]]
        self._check(message)

    def update(self, message):
        side = self.bids if message["side"] == "buy" else self.asks
        order = (message["price"], message["quantity"], message["order_id"])
        if message["action"] == "add":
            assert order[2] not in [one[2] for one in side]
            side.append(order)
        else:
            (place,) = [n for n, one in enumerate(side) if one[2] == order[2]]
            assert side[place][0] == order[0]
            assert float(order[1]) < float(side[place][1])
            if float(order[1]) == 0:
                assert message["action"] in ("remove", "fill")
                del side[place]
            else:
                assert message["action"] in ("reduce", "fill")
                side[place] = order
        assert (message["trade_id"] is not None) is (message["action"] == "fill")
        self._check(message)

    def sides(self):
        """Return both sides, the best price first, at a price the first that came."""
        bids = sorted(self.bids, key=lambda order: -float(order[0]))
        asks = sorted(self.asks, key=lambda order: float(order[0]))
        return bids, asks

    def _check(self, message):
        bids, asks = self.sides()
        text = ""
        for side in (asks, bids):
            best = list(dict.fromkeys(order[0] for order in side))[:10]
            text += "".join(digits(p) + digits(q) for p, q, _ in side if p in best)
        assert zlib.crc32(text.encode()) == message["checksum"]


class ExecutionsCopy(Copy):
    """The open orders by id, and what was filled."""

    OPEN = ("pending_new", "held", "new", "partially_filled")

    def load(self, message):
        self.orders = {order["order_id"]: order for order in message["orders"]}
        self.fills = [fill["trade_id"] for fill in message["fills"]]

    def update(self, message):
        order, event = message["order"], message["event"]
        assert message["client_order_id"] == order["client_order_id"]
        if event == "rejected":
            assert message["code"]
            assert message["detail"]
            assert "order_id" not in order
            return
        order_id = order["order_id"]
        total = sum(
            float(order[f"{name}_quantity"]) for name in ("cum", "leaves", "canceled", "prevented")
        )
        assert abs(total - float(order["quantity"])) < 1e-6
        if event in ("pending_new", "held", "new") and order_id not in self.orders:
            assert float(order["cum_quantity"]) == 0, "the first is told before it executes"
        elif event != "bust":
            assert order_id in self.orders
        if event == "fill":
            assert message["trade_id"] not in self.fills
            self.fills.insert(0, message["trade_id"])
            assert message["liquidity"] in ("maker", "taker", "auction")
        if event in ("canceled", "expired"):
            assert order["status"] == event
        self.orders.pop(order_id, None)
        if order["status"] in self.OPEN:
            self.orders[order_id] = order


class BalancesCopy(Copy):
    """What there is of every asset."""

    def load(self, message):
        self.balances = {one["asset"]: one for one in message["balances"]}

    def update(self, message):
        assert message["balances"]
        changed = [one for one in message["balances"] if self.balances.get(one["asset"]) != one]
        assert changed, "something has changed"
        for one in message["balances"]:
            self.balances[one["asset"]] = one


class PositionsCopy(Copy):
    """Every position."""

    def load(self, message):
        self.positions = {one["symbol"]: one for one in message["positions"]}

    def update(self, message):
        assert message["positions"]
        for one in message["positions"]:
            self.positions[one["symbol"]] = one


class TradesCopy(Copy):
    """The trades, each once."""

    def load(self, message):
        self.trades = [trade["trade_id"] for trade in message["trades"]]

    def update(self, message):
        if "action" not in message:
            assert message["trade_id"] not in self.trades
            self.trades.insert(0, message["trade_id"])


class PlainCopy(Copy):
    """A chain of messages and the last of them."""

    def load(self, message):
        self.message = message

    def update(self, message):
        self.message = message
