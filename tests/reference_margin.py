"""The naive venue's accounts on margin: what equity carries, margin calls, and liquidation.

All others have more than they could ever spend. Money is counted in ticks times lots.
"""

from fractions import Fraction

from openoutcry.model import commands as asks
from openoutcry.model.instrument import Phase
from openoutcry.model.order import OrderType, Side
from openoutcry.model.order import TimeInForce as Tif
from tests.reference_phases import SECOND, Order, ReferencePhases

CALL = "liquidation "


class ReferenceMargin(ReferencePhases):
    def __init__(self, reference_price: int, multiples: dict[str, int], grace: int) -> None:
        super().__init__(reference_price)
        self.multiples, self.grace = multiples, grace
        self.cash, self.positions = {}, {}

    def has(self, owner: str) -> int:
        return self.positions.get(owner, 0)

    def equity(self, owner: str) -> int:
        return self.cash.get(owner, 0) + self.has(owner) * self.reference()

    def maintenance(self, owner: str) -> Fraction:
        lots = self.has(owner)
        return Fraction(abs(lots) * self.reference() * (25 if lots > 0 else 30), 100)

    def could_trade(self, owner: str, side: Side, without: list[Order]) -> int:
        """What its orders of a side come to; of two legs of a pair only the larger counts."""
        mine = [o for o in self.orders if o.owner == owner and o.side is side and o.at_market]
        sizes = {}
        for o in [o for o in mine if o not in without]:
            pair = frozenset((o.number, *(leg.number for leg in o.pair)))
            sizes[pair] = max(o.leaves, sizes.get(pair, 0))
        return sum(sizes.values())

    def worst(self, owner: str, without: list[Order] = (), side: Side = Side.BUY, lots: int = 0):
        """The largest position that its orders could make, some left out and some lots more."""
        more = {side: lots}
        buys, sells = (self.could_trade(owner, s, without) + more.get(s, 0) for s in Side)
        return max(abs(self.has(owner) + buys), abs(self.has(owner) - sells))

    def carries(self, o: Order, leaves: int) -> bool:
        """Whether equity carries an order that comes to market, its other leg counted with it."""
        if o.owner not in self.multiples:
            return True
        beside = [self.size(leg) for leg in o.pair if leg.at_market or leg.number < o.number]
        before = self.worst(o.owner, [o, *o.pair])
        after = self.worst(o.owner, [o, *o.pair], o.side, max(leaves, *beside, 0))
        most = self.multiples[o.owner] * self.equity(o.owner)
        return after <= before or after * self.reference() <= most

    def size(self, o: Order) -> int:
        """What is left of an order once it is at market."""
        cut = o.special.reduce_only and not o.at_market
        return min(o.leaves, self.room(o)) if cut else o.leaves

    def blocked(self, o: Order, leaves: int) -> bool:
        """Whether it is called, and an order would do more than close its position."""
        if CALL + o.owner not in self.alarms or leaves <= 0:
            return False
        lots = max(leaves, *(leg.leaves for leg in o.pair if leg.at_market), 0)
        others = self.could_trade(o.owner, o.side, [o, *o.pair])
        return others + lots > -o.sign * self.has(o.owner)

    def pay(self, owner: str, amount: int) -> None:
        """Move cash in or out; what comes of open orders must be carried by what stays."""
        left, most = self.cash.get(owner, 0) + amount, self.multiples[owner]
        exposed = self.worst(owner) * self.reference()
        if amount < 0 and (left < 0 or exposed > most * (self.equity(owner) + amount)):
            self.told.append(("refused", "insufficient_funds"))
        else:
            self.cash[owner] = left

    def see_margin(self) -> None:
        for owner in sorted(self.multiples):
            equity, needed = self.equity(owner), self.maintenance(owner)
            below, called = needed > max(0, equity), CALL + owner in self.alarms
            if below and not called:
                self.alarms[CALL + owner] = self.now + self.grace
                self.told.append(("called", owner, equity, needed))
            elif called and not below:
                del self.alarms[CALL + owner]
                self.told.append(("restored", owner))

    def liquidate(self, owner: str) -> None:
        """Cancel everything, then close the position at market; what is left is tried again."""
        for o in [o for o in self.orders if o.owner == owner]:
            self.end(o, "canceled", "liquidation")
        self.alarms[CALL + owner] = self.now + 10 * SECOND
        lots = self.has(owner)
        closing = asks.EnterOrder(
            account_id=owner,
            symbol="ACME",
            side=Side.SELL if lots > 0 else Side.BUY,
            type=OrderType.MARKET,
            quantity=abs(lots),
            time_in_force=Tif.IOC,
        )
        o = Order(self.number + 1, closing)
        if lots and self.phase is Phase.CONTINUOUS and self.work_price(o) is not None:
            self.number += 1
            self.orders.append(o)
            self.come_in([o])
