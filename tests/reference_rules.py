"""A naive venue of one instrument, written from the rules of the market alone: what commands do,
and what follows from them, in every phase, with accounts on margin.

It exists to be obviously right. The engine is compared with it over long streams of commands: what
happened, in the same words, and the whole book.
"""

from msgspec.structs import replace

from openoutcry.model import commands as asks
from openoutcry.model.instrument import Phase
from openoutcry.model.order import (
    GroupKind,
    OrderType,
    Special,
    SpecialChange,
    Trigger,
)
from openoutcry.model.order import TimeInForce as Tif
from openoutcry.model.units import UNIT
from tests.reference_phases import Order
from tests.reference_trading import STOPS, UNPRICED, ReferenceTrading, Stp

Told = tuple[object, ...]
CHANGES = SpecialChange.__struct_fields__


class ReferenceRules(ReferenceTrading):
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
            case asks.Deposit():
                self.pay(command.account_id, command.amount // UNIT)
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
        steps = (self.move_pegs, self.fire, self.release, self.see_quotes, self.watch)
        while any(step() for step in steps):
            self.hear()

    def enter(self, commands: tuple[asks.EnterOrder, ...], kind: GroupKind | None) -> None:
        orders = [Order(number, asked) for number, asked in enumerate(commands, self.number + 1)]
        if kind is not None:
            legs = orders if kind is GroupKind.OCO else orders[1:]
            orders[0].legs = [] if legs is orders else legs
            for o in orders:
                o.grouped, o.held = True, legs is not orders and o in legs
                o.pair = [other for other in legs if other is not o and o in legs]
        for place, o in enumerate(orders):
            over = o.special.expires_at is not None and o.special.expires_at <= self.now
            refusal = self.may_not(o, o.leaves) or ("not_allowed_combination" if over else None)
            refusal = refusal or (None if o.held else self.refusal(o, self.work_price(o), o.leaves))
            if refusal is not None:
                self.told.append(("rejected", refusal, *(() if kind is None else (place,))))
                return
        self.number += len(orders)
        self.orders += orders
        self.come_in([o for o in orders if not o.held], [o for o in orders if o.held])

    def may_not(self, o: Order, leaves: int) -> str | None:
        """What the phase says, and a margin call."""
        blocked = "account_blocked" if self.blocked(o, leaves) else None
        return self.forbidden(o) or blocked

    def refusal(self, o: Order, price: int | None, leaves: int) -> str | None:
        """What the market says, and what the account can carry, at the price that it works at."""
        sleeps = o.kind in STOPS and not o.triggered
        lasts = o.kind is OrderType.MARKET and o.tif in (Tif.GTC, Tif.DAY)
        could = price is not None or sleeps or o.kind is OrderType.PEGGED
        price, room = None if sleeps else price, leaves
        if lasts and self.trades():
            return "not_allowed_combination"
        if o.kind is not OrderType.MARKET and self.outside(o.side, price):
            return "price_outside_band"
        if o.kind is OrderType.PEGGED and price is None and (o.price or not o.at_market):
            return "no_reference_price"
        if o.special.reduce_only and not (room := self.room(o)):
            return "reduce_only_would_increase"
        if could and not self.carries(o, min(leaves, room)):
            return "insufficient_funds"
        crosses = o.asked.post_only is not None and self.facing(o, price)
        return "would_cross" if crosses else None

    def amend(self, o: Order, command: asks.AmendOrder) -> None:
        total = o.total if command.quantity is None else command.quantity
        limit = o.limit if command.price is None else command.price
        special, leaves = self.changed(o, command, total), total - (o.total - o.leaves)
        before = o.limit, o.special
        moves = total > o.total or command.special or command.price not in (None, o.limit, o.price)
        blocked = "account_blocked" if self.blocked(o, leaves) else None
        refusal = None if self.phase is Phase.HALTED and not moves else self.forbidden(o)
        refusal = refusal or blocked or self.contradicts(o, command, special, total)
        working, room = o.price, leaves
        if refusal is None and leaves > 0 and not o.held:
            o.limit, o.special = limit, special
            follows = o.kind is OrderType.PEGGED and not (self.phase is Phase.HALTED and o.price)
            if limit != before[0] or follows:
                working = limit if o.asleep else self.work_price(o)
            room = self.room(o) if special.reduce_only else leaves
            refusal = self.refusal(o, working, leaves) if moves else None
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
            if price is not None and (why := self.not_again(o, price)):
                self.end(o, "canceled", why)
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
        price = self.work_price(o)
        why = self.not_again(o, price)
        o.price = o.limit if why else price
        self.told.append(("triggered", o.number, o.price))
        if why:
            self.end(o, "canceled", why)
        else:
            self.take(o)
        return True

    def not_again(self, o: Order, price: int | None) -> str | None:
        """Why an order that comes to market later, or elsewhere, does not."""
        return self.may_not(o, o.leaves) or self.refusal(o, price, o.leaves)

    def see_quotes(self) -> bool:
        for o in self.orders:
            if o.asleep and o.special.trigger is Trigger.QUOTE and self.trades():
                o.hit = o.hit or self.through(o, self.across(o))
        return self.trades() and any(o.hit for o in self.orders)

    def release(self) -> bool:
        if not self.released:
            return False
        legs = [leg for leg in self.released.pop(0).legs if leg.held and leg.leaves]
        for leg in legs:
            if why := self.not_again(leg, self.work_price(leg)):
                self.end(leg, "canceled", why)
                return True
        self.come_in(legs)
        return True

    def watch(self) -> bool:
        told = len(self.told)
        if self.band_bps is not None:
            self.see_band()
        self.see_margin()
        return len(self.told) > told
