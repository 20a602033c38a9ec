"""The naive venue's phases, auctions and price band; see `reference_rules`, which trades."""

from fractions import Fraction
from math import ceil, floor

from openoutcry.model.commands import EnterOrder
from openoutcry.model.instrument import Phase
from openoutcry.model.order import OrderType, Side, Special
from openoutcry.model.order import TimeInForce as Tif

SECOND = 10**9
PLANS = ("halt_ends", "call_ends", "limit_state")
NOT_IN_CALLS = (OrderType.PEGGED, OrderType.MARKET_TO_LIMIT)


class Order:
    def __init__(self, number: int, asked: EnterOrder) -> None:
        self.number, self.asked, self.owner, self.kind = number, asked, asked.account_id, asked.type
        self.side, self.sign = asked.side, 1 if asked.side is Side.BUY else -1
        self.total = self.leaves = asked.quantity
        self.limit, self.special, self.tif = (
            asked.price,
            asked.special or Special(),
            asked.time_in_force,
        )
        self.price = self.extreme = None
        self.shown = self.stamp = 0
        self.held = self.at_market = self.asleep = self.hit = self.triggered = self.filled = False
        self.waits = self.suspended = self.grouped = False  # Beside the book; of a group.
        self.pair, self.legs = [], []

    def round(self, price: Fraction, *, away: bool) -> int:
        """To a tick, away from the market or towards it."""
        return floor(price) if (self.sign > 0) is away else ceil(price)

    def worse(self, *prices: int | None) -> int:
        """The least aggressive of some prices, None apart."""
        return self.sign * min(self.sign * price for price in prices if price is not None)


class ReferencePhases:
    def __init__(self, reference_price: int) -> None:
        self.orders, self.told, self.prints, self.fresh, self.alarms = [], [], [], [], {}
        self.now = self.since = 0
        self.last = self.band_bps = self.mean = None
        self.reference_price, self.phase, self.call = reference_price, Phase.CONTINUOUS, False

    def queue(self, side: Side) -> list[Order]:
        """What the book shows of a side, the next in line first."""
        resting = [o for o in self.orders if o.shown and o.side is side]
        return sorted(resting, key=lambda o: (-o.sign * o.price, o.stamp))

    def best(self, side: Side) -> int | None:
        return self.queue(side)[0].price if self.queue(side) else None

    def facing(self, o: Order, limit: int | None = None) -> list[Order]:
        """What an order would meet, up to a limit."""
        met = self.queue(Side.SELL if o.side is Side.BUY else Side.BUY)
        return [m for m in met if limit is None or o.sign * m.price <= o.sign * limit]

    def across(self, o: Order) -> int | None:
        return self.best(Side.SELL if o.side is Side.BUY else Side.BUY)

    def forbidden(self, o: Order) -> str | None:
        """What the phase says."""
        if self.phase is Phase.HALTED:
            return "halted"
        at_once = o.tif in (Tif.IOC, Tif.FOK) or o.asked.post_only is not None
        odd = o.kind in NOT_IN_CALLS or at_once or self.phase is Phase.CLOSED
        return "phase_forbids" if (o.tif is Tif.OPG if self.trades() else odd) else None

    def trades(self) -> bool:
        return self.phase is Phase.CONTINUOUS

    def reference(self) -> int:
        return self.reference_price if self.last is None else self.last

    def advance(self) -> None:
        timers = [(0, "", 0)]
        while timers:
            ends = [(o.special.expires_at, "~", o) for o in self.orders if o.special.expires_at]
            ends.sort(key=lambda end: (end[0], end[2].number))
            timers = [*((due, name, None) for name, due in self.alarms.items()), *ends[:1]]
            timers = sorted(timer for timer in timers if timer[0] <= self.now)
            for _, name, o in timers[:1]:
                self.alarms.pop(name, None)
                self.go_off(name, o)
                self.settle()

    def go_off(self, name: str, o: Order | None) -> None:
        if o is not None:
            self.end(o, "canceled" if o.held else "expired", "expired")
        elif name == "band":
            self.refresh()
        elif name.startswith("liquidation"):
            self.liquidate(name.removeprefix("liquidation "))
        elif name == "limit_state":
            self.move(Phase.HALTED)
            self.alarms["halt_ends"] = self.now + 300 * SECOND
        elif name == "halt_ends":
            self.move(Phase.AUCTION)
            self.alarms["call_ends"] = self.now + 60 * SECOND
        else:
            self.move(Phase.CONTINUOUS)

    # Phases and auctions.

    def move(self, phase: Phase) -> None:
        self.alarms = {name: due for name, due in self.alarms.items() if name not in PLANS}
        if phase in (Phase.CONTINUOUS, Phase.CLOSED):
            lasting = Tif.OPG if phase is Phase.CONTINUOUS else Tif.CLS
            self.uncross(lasting if self.call else None)
            self.call = False
            for o in sorted((o for o in self.orders if o.waits), key=lambda o: o.stamp):
                if o.kind is OrderType.MARKET and o.tif in (lasting, Tif.GTC, Tif.DAY):
                    self.end(o, "canceled", "insufficient_liquidity")
                elif o.tif is lasting:
                    self.end(o, "canceled", "expired")
        elif phase is not Phase.HALTED:
            self.call = True
        self.phase = phase
        self.told.append(("phase", phase.value))
        for o in [o for o in self.orders if o.tif is Tif.DAY and phase is Phase.CLOSED]:
            self.end(o, "canceled" if o.held else "expired", "expired")

    def uncross(self, lasting: Tif | None) -> None:
        """Trade all that meets at one price; what prevention leaves crossed goes again."""
        while (price := self.clearing(lasting)) is not None:
            lines = [self.line(side, lasting, price) for side in Side]
            stamps = {o: o.stamp for line in lines for o in line}
            while all(lines := [[o for o in line if o.leaves] for line in lines]):
                made, taken = sorted((lines[0][0], lines[1][0]), key=stamps.get)
                if self.kin(taken, made):
                    self.prevent(taken, made)
                else:
                    self.trade(taken, made, price)

    def taking_part(self, lasting: Tif | None) -> list[Order]:
        some = (lasting, Tif.GTC, Tif.DAY)
        return [o for o in self.orders if o.shown or (o.waits and o.tif in some)]

    def line(self, side: Side, lasting: Tif | None, price: int) -> list[Order]:
        able = [o for o in self.taking_part(lasting) if o.side is side]
        able = [o for o in able if o.sign * o.price >= o.sign * price]
        return sorted(able, key=lambda o: (*self.rank(o), o.stamp))

    def rank(self, o: Order) -> tuple[int, int]:
        return (0, 0) if o.kind is OrderType.MARKET else (1, -o.sign * o.price)

    def clearing(self, lasting: Tif | None) -> int | None:
        able = self.taking_part(lasting)
        buys, sells = ([o for o in able if o.side is side] for side in Side)
        if not buys or not sells:
            return None
        low, high = min(o.price for o in sells), max(o.price for o in buys)
        named = {o.price for o in able if o.kind is not OrderType.MARKET and low <= o.price <= high}
        reference, tried = self.reference(), []
        for price in sorted(named | {reference}):
            bought = sum(o.leaves for o in buys if o.price >= price)
            sold = sum(o.leaves for o in sells if o.price <= price)
            if not any(self.outside(side, price) for side in Side):
                tried.append((-min(bought, sold), abs(bought - sold), price, bought - sold))
        if not tried or not min(tried)[0]:
            return None
        best = [one for one in tried if one[:2] == min(tried)[:2]]
        prices, pressed = [one[2] for one in best], [one[3] for one in best]
        if min(pressed) > 0 or max(pressed) < 0:
            return prices[-1] if min(pressed) > 0 else prices[0]
        return min(max(reference, prices[0]), prices[-1])

    # The band.

    def ends(self) -> tuple[int, int] | None:
        if self.band_bps is None:
            return None
        width = Fraction(self.band_bps, 10_000)
        return max(1, ceil(self.mean * (1 - width))), floor(self.mean * (1 + width))

    def outside(self, side: Side, price: int | None) -> bool:
        """Whether a limit could only print outside."""
        if self.band_bps is None or price is None:
            return False
        lower, upper = self.ends()
        return price > upper if side is Side.BUY else price < lower

    def set_band(self, bps: int | None) -> None:
        if bps == self.band_bps:
            return
        if self.band_bps is None:
            self.mean, self.since, self.prints = Fraction(self.reference()), self.now, []
        self.band_bps = bps
        if bps is None:
            self.alarms.pop("band", None)
            self.alarms.pop("limit_state", None)
        self.announce()

    def announce(self) -> None:
        self.told.append(("band", *(self.ends() or (None, None))))
        resting = [o for side in Side for o in self.queue(side)]
        for o in [o for o in resting if self.outside(o.side, o.price)]:
            o.shown, o.suspended = 0, True
            self.told.append(("suspended", o.number))
        back = [o for o in self.orders if o.suspended and not self.outside(o.side, o.price)]
        for o in sorted(back, key=lambda o: o.stamp):
            o.shown, o.suspended = min(o.leaves, o.special.display_quantity or o.leaves), False
            self.told.append(("resumed", o.number))
        if self.phase is Phase.CONTINUOUS:
            self.uncross(None)

    def refresh(self) -> None:
        recent = [p for second, p in self.prints if second > self.now // SECOND - 300]
        self.prints = [one for one in self.prints if one[0] > self.now // SECOND - 300]
        mean = Fraction(sum(recent), len(recent)) if recent else self.mean
        far = abs(mean - self.mean) * 100 >= self.mean
        if far and self.now >= self.since + 30 * SECOND:
            self.mean, self.since = mean, self.now
            self.announce()
        if recent:
            due = max(self.since, self.now if self.since + 30 * SECOND <= self.now else 0)
            self.alarms.setdefault("band", due + 30 * SECOND)

    def see_band(self) -> None:
        self.prints += [(self.now // SECOND, price) for price in self.fresh]
        if self.fresh:
            self.fresh = []
            self.refresh()
        (lower, upper), best = self.ends(), {side: self.best(side) for side in Side}
        at_end = (best[Side.BUY] or 0) >= upper or (best[Side.SELL] or lower + 1) <= lower
        if at_end and self.phase is Phase.CONTINUOUS:
            self.alarms.setdefault("limit_state", self.now + 15 * SECOND)
        else:
            self.alarms.pop("limit_state", None)
