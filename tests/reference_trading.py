"""The naive venue's book: what orders work at, and what they do to each other when they meet,
shrink and end. Plain lists, nothing indexed.
"""

from copy import deepcopy
from fractions import Fraction

from openoutcry.model.order import OrderType, Peg, PostOnly, SelfTradePrevention, Side, Trigger
from openoutcry.model.order import TimeInForce as Tif
from tests.reference_margin import ReferenceMargin
from tests.reference_phases import Order

Stp = SelfTradePrevention
STOPS = (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)
UNPRICED = (OrderType.MARKET, OrderType.MARKET_TO_LIMIT, OrderType.STOP, OrderType.TRAILING_STOP)


class ReferenceTrading(ReferenceMargin):
    def __init__(
        self, reference_price: int, protection_bps: int, multiples: dict[str, int], grace: int
    ) -> None:
        super().__init__(reference_price, multiples, grace)
        self.ended, self.released, self.modes, self.desks = [], [], {}, {}
        self.number = self.stamp = 0
        self.protection_bps = protection_bps

    # What there is to go by.

    def peg_price(self, o: Order) -> int | None:
        others = [m for m in self.orders if m.shown and m.kind is not OrderType.PEGGED]
        bids, asks = ([m.price for m in others if m.side is side] for side in Side)
        bid, ask = max(bids, default=None), min(asks, default=None)
        if o.special.peg is Peg.MID:
            middle = None if bid is None or ask is None else Fraction(bid + ask, 2)
            start = None if middle is None else o.round(middle, away=True)
        else:
            start = bid if o.special.peg is Peg.BID else ask
        if start is None:
            return None
        best = self.across(o)
        beside = None if best is None else best - o.sign
        price = o.worse(start + (o.special.peg_offset or 0), o.limit, beside)
        return price if price > 0 else None

    def work_price(self, o: Order) -> int | None:
        """The limit that an order works at once it is at market."""
        if o.kind is OrderType.PEGGED:
            return self.peg_price(o)
        best = self.across(o)
        if o.limit is not None:
            slides = o.asked.post_only is PostOnly.SLIDE and best is not None
            return o.worse(o.limit, best - o.sign) if slides else o.limit
        if o.kind is OrderType.MARKET_TO_LIMIT:
            best = self.reference() if best is None else best
        elif self.call or o.tif is Tif.CLS:
            best = -o.worse(-self.reference(), best and -best)
        if best is None:
            return None
        limit = o.round(best + o.sign * Fraction(best * self.protection_bps, 10_000), away=True)
        ends = self.ends() or (limit, limit)
        return o.worse(limit, ends[o.side is Side.BUY])

    def level(self, o: Order) -> Fraction | None:
        """Where a stop is, exactly."""
        if o.kind is not OrderType.TRAILING_STOP:
            return Fraction(o.special.stop_price)
        if o.extreme is None:
            return None
        trail = o.special.trail or Fraction(o.extreme * o.special.trail_bps, 10_000)
        return Fraction(o.extreme) + o.sign * trail

    def through(self, o: Order, price: int | None) -> bool:
        level = self.level(o)
        return price is not None and level is not None and o.sign * price >= o.sign * level

    def room(self, o: Order) -> int:
        """What reduce-only orders of its account and side leave of the position."""
        units = self.units(o.owner, o.side)
        others = [unit for unit in units if not any(leg in (o, *o.pair) for leg in unit)]
        taken = sum(max(leg.leaves for leg in unit) for unit in others)
        return max(0, -o.sign * self.positions.get(o.owner, 0) - taken)

    def units(self, owner: str, side: Side) -> list[list[Order]]:
        """Reduce-only orders at market, the newest first; both legs of a pair together."""
        mine = [o for o in self.orders if o.owner == owner and o.side is side]
        mine = [o for o in mine if o.special.reduce_only and o.at_market]
        found = []
        for o in sorted(mine, key=lambda o: -o.number):
            if not any(o in unit for unit in found):
                found.append([o, *(leg for leg in o.pair if leg in mine)])
        return found

    # At market.

    def come_in(self, orders: list[Order], waiting: list[Order] = ()) -> None:
        """Accept orders that enter together, then let each match that is still there."""
        rooms = [self.room(o) for o in orders]
        prices = [o.limit if o.kind in STOPS else self.work_price(o) for o in orders]
        for o, room, price in zip(orders, rooms, prices, strict=True):
            o.held, o.at_market, o.price = False, True, price
            o.leaves = min(o.leaves, room) if o.special.reduce_only else o.leaves
            self.told.append(("accepted", o.number, o.price, o.leaves))
            if o.kind in STOPS:
                o.asleep = True
                self.fall_asleep(o)
        self.told += [("held", o.number) for o in waiting]
        for o in orders:
            if o.leaves and not o.asleep:
                self.take(o)

    def fall_asleep(self, o: Order) -> None:
        o.hit = False
        if o.kind is OrderType.TRAILING_STOP:
            if o.extreme is None and self.last is not None:
                self.trail(o, self.last)
        elif o.special.trigger is not Trigger.QUOTE:
            o.hit = self.through(o, self.last)

    def trail(self, o: Order, price: int) -> None:
        start = o.special.activation_price
        if o.extreme is not None or start is None or o.sign * price <= o.sign * start:
            o.extreme = o.worse(price, o.extreme)

    def take(self, o: Order) -> None:
        """Match an order, then let rest or end what is left; in a call it waits."""
        wanted = o.leaves if o.tif is Tif.FOK else o.special.minimum_quantity or 0
        market = o.kind in UNPRICED and o.kind is not OrderType.MARKET_TO_LIMIT
        reason = "insufficient_liquidity" if market else "ioc" if o.tif is Tif.IOC else None
        quiet = self.told[-1][:2] in (("accepted", o.number), ("triggered", o.number))
        if self.call or o.tif is Tif.CLS:
            o.waits = o.kind is OrderType.MARKET or o.tif in (Tif.OPG, Tif.CLS)
            return self.rest(o, quiet=quiet)
        if o.price is None or (wanted and self.there(o) < wanted):
            none = "insufficient_liquidity" if o.price is None else "minimum_quantity"
            self.end(o, "canceled", "fok" if o.tif is Tif.FOK else none)
        while o.leaves and (met := self.facing(o, o.price)):
            quiet = False
            (self.prevent if self.kin(o, met[0]) else self.trade)(o, met[0])
        if o.leaves and reason is not None:
            self.end(o, "canceled", reason)
        elif o.leaves:
            self.rest(o, quiet=quiet)
        return None

    def rest(self, o: Order, *, quiet: bool = False) -> None:
        self.stamp += 1
        o.stamp = self.stamp
        o.shown = 0 if o.waits else min(o.leaves, o.special.display_quantity or o.leaves)
        if not o.waits and (o.grouped or not quiet):
            self.told.append(("rested", o.number, o.shown, o.price))

    def kin(self, o: Order, other: Order) -> bool:
        mine, theirs = o.owner, other.owner
        desk = self.desks.get(mine, "")
        return mine == theirs or (desk != "" and desk == self.desks.get(theirs, ""))

    def mode(self, o: Order) -> Stp:
        return o.special.stp or self.modes.get(o.owner, Stp.CANCEL_NEWEST)

    def there(self, o: Order) -> int:
        """What two passes count: the first is played on a copy, up to an order of its own."""
        copy = deepcopy(self)
        twin = next(other for other in copy.orders if other.number == o.number)
        while twin.leaves and (met := copy.facing(twin, twin.price)):
            if not copy.kin(twin, met[0]):
                copy.trade(twin, met[0])
            elif copy.mode(twin) is Stp.CANCEL_OLDEST:
                copy.end(met[0], "expired", "self_trade")
            else:
                break
        return o.leaves - twin.leaves

    def trade(self, o: Order, met: Order, at: int | None = None) -> None:
        """Fill two orders at the maker's price, or at an auction's, where both may rest."""
        quantity, price = min(o.leaves, met.leaves if at else met.shown), at or met.price
        resting = [one for one in (o, met) if one.shown]
        for one in (o, met):
            one.leaves -= quantity
            one.shown = max(0, one.shown - quantity)
            position = self.positions.get(one.owner, 0)
            self.positions[one.owner] = position + one.sign * quantity
            self.cash[one.owner] = self.cash.get(one.owner, 0) - one.sign * quantity * price
        self.told += [("allotted", o.number, o.shown)] if len(resting) > 1 else []
        self.last, self.fresh = price, [*self.fresh, price] if self.band_bps else []
        self.told.append(("executed", o.number, met.number, quantity, price))
        for one in [one for one in self.orders if one.asleep and not one.hit]:
            if one.special.trigger is not Trigger.QUOTE:
                one.hit = self.through(one, price)
            if not one.hit and one.kind is OrderType.TRAILING_STOP:
                self.trail(one, price)
        for one in [one for one in ((o, met) if at else (met, o)) if not one.leaves]:
            self.end(one, "filled")
        for one in [one for one in resting if one.leaves and not one.shown]:
            self.rest(one)
        for leg in [leg for one in (o, met) if one.leaves for leg in one.pair if leg.leaves]:
            self.reduce(leg, quantity, "group")
        self.hear()
        for one in (o, met):
            self.keep_within(one.owner)

    def prevent(self, o: Order, met: Order) -> None:
        mode, quantity = self.mode(o), min(o.leaves, met.leaves)
        if mode is Stp.DECREMENT:
            self.shrink(o, quantity)
            self.shrink(met, quantity)
        self.told += [("prevented", a.number, b.number, quantity) for a, b in ((o, met), (met, o))]
        expires = {
            Stp.CANCEL_NEWEST: [o],
            Stp.CANCEL_OLDEST: [met],
            Stp.CANCEL_BOTH: [met, o],
            Stp.DECREMENT: [one for one in (met, o) if not one.leaves],
        }[mode]
        for one in expires:
            self.end(one, "expired", "self_trade")
        self.hear()

    # Shrinking and ending.

    def shrink(self, o: Order, quantity: int) -> None:
        """What is hidden goes first."""
        o.leaves -= quantity
        o.shown = min(o.shown, o.leaves)

    def reduce(self, o: Order, quantity: int, reason: str) -> None:
        if quantity >= o.leaves:
            self.end(o, "canceled", reason)
        else:
            self.shrink(o, quantity)
            self.told.append(("restated", o.number, o.leaves, reason))

    def end(self, o: Order, what: str, reason: str | None = None) -> None:
        o.leaves = o.shown = o.stamp = 0
        o.waits = o.suspended = False
        o.asleep, o.hit, o.filled = False, False, what == "filled"
        self.orders.remove(o)
        self.ended.append(o)
        self.told += [] if o.filled else [(what, o.number, reason)]

    def hear(self) -> None:
        """Let the orders of a group hear of an end."""
        while self.ended:
            o = self.ended.pop(0)
            for leg in [leg for leg in o.pair if leg.leaves]:
                self.end(leg, "canceled", "group")
            if o.filled and o.legs:
                self.released.append(o)
            for leg in [leg for leg in o.legs if leg.leaves and not o.filled]:
                self.end(leg, "canceled", "parent")

    def keep_within(self, owner: str) -> None:
        for units in (self.units(owner, side) for side in Side):
            sizes = [max(leg.leaves for leg in unit) for unit in units]
            position = -units[0][0].sign * self.positions[owner] if units else 0
            excess = sum(sizes) - max(0, position)
            for unit, size in zip(units, sizes, strict=True):
                for leg in unit:
                    if excess > 0 and leg.leaves > max(0, size - excess):
                        self.reduce(leg, leg.leaves - max(0, size - excess), "reduce_only")
                excess -= size
        self.hear()
