"""A naive venue of one instrument, written from the rules of the market alone: what orders do to
each other, in every phase. Plain lists, nothing indexed, no money.

It exists to be obviously right. The engine is compared with it over long streams of commands: what
happened, in the same words, and the whole book.
"""

from copy import deepcopy
from fractions import Fraction

from msgspec.structs import replace

from openoutcry.model import commands as asks
from openoutcry.model import order as words
from openoutcry.model.instrument import Phase
from openoutcry.model.order import OrderType, Peg, PostOnly, Side, Special, Trigger
from tests.reference_phases import Order, ReferencePhases

Told = tuple[object, ...]
Stp, Tif = words.SelfTradePrevention, words.TimeInForce
STOPS = (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)
UNPRICED = (OrderType.MARKET, OrderType.MARKET_TO_LIMIT, OrderType.STOP, OrderType.TRAILING_STOP)
CHANGES = words.SpecialChange.__struct_fields__


class ReferenceRules(ReferencePhases):
    def __init__(self, reference_price: int, protection_bps: int) -> None:
        super().__init__(reference_price)
        self.ended, self.released, self.positions, self.modes, self.desks = [], [], {}, {}, {}
        self.number = self.stamp = 0
        self.protection_bps = protection_bps

    def apply(self, command: object, at: int) -> list[Told]:  # noqa: C901 -- a table
        """Return what the command causes, all that follows from it included."""
        self.told, self.now = [], at
        match command:
            case asks.EnterOrder():
                self.enter((command,), None)
            case asks.EnterGroup():
                self.enter(command.orders, command.kind)
            case asks.CancelOrder():
                self.on_own(command, "cancel_rejected", lambda o: self.end(o, "canceled", "user"))
            case asks.CancelAllOrders():
                for o in [o for o in self.orders if o.owner == command.account_id]:
                    self.end(o, "canceled", "user")
            case asks.AmendOrder():
                self.on_own(command, "amend_rejected", lambda o: self.amend(o, command))
            case asks.ChangeAccount():
                self.modes[command.account_id] = command.stp or Stp.CANCEL_NEWEST
                self.desks[command.account_id] = command.stp_group or ""
            case asks.SetPhase():
                self.move(command.phase)
            case asks.ChangeInstrument():
                self.set_band(command.instrument.band)
            case asks.AdvanceTime():
                self.advance()
        self.settle()
        return self.told

    def on_own(self, command, refused, act) -> None:
        found = next((o for o in self.orders if o.number == command.order_id), None)
        if found is not None and found.owner == command.account_id:
            act(found)
        else:
            late = found is None and 0 < command.order_id <= self.number
            self.told.append((refused, "too_late" if late else "unknown_order"))

    def settle(self) -> None:
        """One thing after the other, until it is quiet."""
        self.hear()
        steps = (self.move_pegs, self.fire, self.release, self.see_quotes, self.see_band)
        while any(step() for step in steps):
            self.hear()

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

    # Coming in.

    def enter(self, commands: tuple[asks.EnterOrder, ...], kind: words.GroupKind | None) -> None:
        orders = [Order(number, asked) for number, asked in enumerate(commands, self.number + 1)]
        if kind is not None:
            legs = orders if kind is words.GroupKind.OCO else orders[1:]
            orders[0].legs = [] if legs is orders else legs
            for o in orders:
                o.grouped, o.held = True, legs is not orders and o in legs
                o.pair = [other for other in legs if other is not o and o in legs]
        for place, o in enumerate(orders):
            over = o.special.expires_at is not None and o.special.expires_at <= self.now
            refusal = self.forbidden(o) or ("not_allowed_combination" if over else None)
            refusal = refusal or (None if o.held else self.refusal(o))
            if refusal is not None:
                self.told.append(("rejected", refusal, *(() if kind is None else (place,))))
                return
        self.number += len(orders)
        self.orders += orders
        self.come_in([o for o in orders if not o.held], [o for o in orders if o.held])

    def refusal(self, o: Order, *worked: int | None) -> str | None:
        """What the market says, at the price that it works at if there is one."""
        lasts = o.kind is OrderType.MARKET and o.tif in (Tif.GTC, Tif.DAY)
        price = worked[0] if worked else self.work_price(o)
        price = None if o.kind in STOPS and not o.triggered else price
        if lasts and self.trades():
            return "not_allowed_combination"
        if o.kind is not OrderType.MARKET and self.outside(o.side, price):
            return "price_outside_band"
        if o.kind is OrderType.PEGGED and price is None and (o.price or not o.at_market):
            return "no_reference_price"
        if o.special.reduce_only and not self.room(o):
            return "reduce_only_would_increase"
        crosses = o.asked.post_only is not None and self.facing(o, price)
        return "would_cross" if crosses else None

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

    def amend(self, o: Order, command: asks.AmendOrder) -> None:
        total = o.total if command.quantity is None else command.quantity
        limit = o.limit if command.price is None else command.price
        special, leaves = self.changed(o, command, total), total - (o.total - o.leaves)
        before = o.limit, o.special
        moves = total > o.total or command.special or command.price not in (None, o.limit, o.price)
        refusal = None if self.phase is Phase.HALTED and not moves else self.forbidden(o)
        refusal = refusal or self.contradicts(o, command, special, total)
        working, room = o.price, leaves
        if refusal is None and leaves > 0 and not o.held:
            o.limit, o.special = limit, special
            if limit != before[0] or o.kind is OrderType.PEGGED:
                working = limit if o.asleep else self.work_price(o)
            room = self.room(o) if special.reduce_only else leaves
            refusal = self.refusal(o, working) if moves else None
            o.limit, o.special = before
        if refusal is not None:
            self.told.append(("amend_rejected", refusal))
        elif leaves <= 0:
            self.end(o, "canceled", "amended_below_filled")
        else:
            grown, o.limit, o.special, o.total = total > o.total, limit, special, total
            self.put_in_force(o, min(leaves, room), working, grown)

    def changed(self, o: Order, command: asks.AmendOrder, total: int) -> Special:
        if command.special is not None:
            sent = {name: getattr(command.special, name) for name in CHANGES}
            return replace(o.special, **{n: v for n, v in sent.items() if v is not None})
        shown = o.special.display_quantity
        return replace(o.special, display_quantity=shown and min(shown, max(total, 1)))

    def contradicts(self, o: Order, command: asks.AmendOrder, special: Special, total: int):
        change, expires_at = command.special, special.expires_at
        contradicts = (
            (command.price is not None and o.kind in UNPRICED)
            or (special.display_quantity or 0) > total
            or (expires_at is not None and expires_at <= self.now)
            or (change is not None and o.triggered and (change.stop_price or change.trail))
        )
        return "not_allowed_combination" if contradicts else None

    def put_in_force(self, o: Order, leaves: int, working: int | None, grown: bool) -> None:
        requeued = bool(o.stamp) and (working != o.price or grown)
        if requeued or o.asleep:
            o.shown, o.stamp, o.price, o.waits, o.suspended = 0, 0, working, False, False
        self.shrink(o, o.leaves - leaves)
        self.told.append(("replaced", o.number, o.total, o.price, requeued))
        if o.asleep:
            self.fall_asleep(o)
        if requeued:
            self.take(o)

    # What follows.

    def move_pegs(self) -> bool:
        pegs = [o for o in self.orders if o.kind is OrderType.PEGGED and not o.held]
        pegs, moved = pegs if self.trades() else [], False
        for o in sorted(pegs, key=lambda o: (o.stamp, o.number)):
            price = self.peg_price(o)
            if price == o.price:
                continue
            moved = True
            if o.price is not None:
                why = "no_reference_price" if price is None else None
                o.price, o.stamp, o.shown, o.suspended = None, 0, 0, False
                self.told.append(("restated", o.number, o.leaves, why))
            if self.outside(o.side, price):
                self.end(o, "canceled", "price_outside_band")
            elif price is not None:
                o.price = price
                self.rest(o)
        return moved

    def fire(self) -> bool:
        hit = [o for o in self.orders if o.hit]
        if not hit or not self.trades():
            return False
        # The nearest trigger first, in ticks; equal ones by entry.
        turns = [(-o.sign, o.sign * o.round(self.level(o), away=False), o.number) for o in hit]
        o = hit[turns.index(min(turns))]
        o.asleep, o.hit, o.triggered = False, False, True
        o.price = self.work_price(o)
        self.told.append(("triggered", o.number, o.price))
        if self.outside(o.side, o.price):
            self.end(o, "canceled", "price_outside_band")
        else:
            self.take(o)
        return True

    def see_quotes(self) -> bool:
        for o in self.orders:
            if o.asleep and o.special.trigger is Trigger.QUOTE and self.trades():
                o.hit = o.hit or self.through(o, self.across(o))
        return self.trades() and any(o.hit for o in self.orders)

    def release(self) -> bool:
        if not self.released:
            return False
        legs = [leg for leg in self.released.pop(0).legs if leg.held and leg.leaves]
        refused = [leg for leg in legs if self.forbidden(leg) or self.refusal(leg)]
        if refused:
            leg = refused[0]
            self.end(leg, "canceled", self.forbidden(leg) or self.refusal(leg))
        else:
            self.come_in(legs)
        return True
