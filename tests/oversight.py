"""What administration does to trading, drawn for the workload: phases, bands, margin, busts.

Rule: much of it is undone soon after, or the market would be closed for most of a long run.
"""

from collections import deque
from random import Random

from msgspec.structs import replace

from openoutcry.model.account import QuoteLimit
from openoutcry.model.commands import (
    BustTrade,
    ChangeAccount,
    ChangeInstrument,
    Command,
    Configure,
    DelistInstrument,
    ListInstrument,
    ResetAccount,
    SetPhase,
    SetSessions,
    SetTier,
    ThrowKillSwitch,
)
from openoutcry.model.events import Event, OrderExecuted
from openoutcry.model.instrument import FeeRates, Instrument, Phase, SessionTurn
from openoutcry.model.order import OrderReport
from openoutcry.model.units import FEE_RATE_PER_BPS, UNIT

RECENT_TRADES = 20
REPORTS_MAX = 400
TIERS = ("gold", "lead")
SECOND = 10**9
CALENDAR = "floor"


class Oversight:
    """What the venue's administration might ask for next."""

    def __init__(
        self, dice: Random, traders: tuple[str, ...], instruments: tuple[Instrument, ...]
    ) -> None:
        self.dice = dice
        self.traders = traders
        self.instruments = instruments
        self.trades: deque[OrderExecuted] = deque(maxlen=RECENT_TRADES)
        self.reports: dict[int, OrderReport] = {}
        self.to_undo: deque[Command] = deque()

    def heard(self, event: Event) -> None:
        """Keep the newest trades, and how orders stand."""
        if isinstance(event, OrderExecuted):
            self.trades.append(event)
        for name in ("order", "taker", "maker"):
            report = getattr(event, name, None)
            if report is not None:
                self.reports.pop(report.terms.order_id, None)
                self.reports[report.terms.order_id] = report
        while len(self.reports) > REPORTS_MAX:
            del self.reports[next(iter(self.reports))]

    def draw(self, at: int) -> Command:
        """Return a command; what was done before is undone first."""
        if self.to_undo:
            return self.to_undo.popleft()
        kinds = (
            "call call band collar tier put margin cap quotes kill reset bust grace sessions end"
        )
        return getattr(self, f"_{self.dice.choice(kinds.split())}")(at)

    def _symbol(self) -> str:
        return self.dice.choice(self.instruments).symbol

    def _call(self, _: int) -> Command:
        symbol = self._symbol()
        after = self.dice.choices((Phase.CONTINUOUS, Phase.CLOSED, Phase.HALTED), (6, 1, 1))[0]
        self.to_undo.append(SetPhase(symbol=symbol, phase=after))
        if after is not Phase.CONTINUOUS:
            self.to_undo.append(SetPhase(symbol=symbol, phase=Phase.CONTINUOUS))
        return SetPhase(symbol=symbol, phase=self.dice.choice((Phase.AUCTION, Phase.PRE_OPEN)))

    def _instrument(self, **fields: object) -> Command:
        listed = self.dice.choice(self.instruments)
        return ChangeInstrument(instrument=replace(listed, **fields))

    def _band(self, _: int) -> Command:
        listed, width = self.dice.choice(self.instruments), self.dice.choice((None, 50, 200, 800))
        if width is not None and self.dice.random() < 0.9:
            # So that what it took out of the book comes back.
            self.to_undo.append(ChangeInstrument(instrument=replace(listed, band=5_000)))
        return ChangeInstrument(instrument=replace(listed, band=width))

    def _collar(self, _: int) -> Command:
        return self._instrument(collar=self.dice.choice((None, 50, 400)))

    def _tier(self, _: int) -> Command:
        maker, taker = (self.dice.choice((-3, 0, 1, 9)) * FEE_RATE_PER_BPS for _ in range(2))
        return SetTier(name=self.dice.choice(TIERS), fees=FeeRates(maker, taker))

    def _account(self, **terms: object) -> Command:
        return ChangeAccount(account_id=self.dice.choice(self.traders), **terms)

    def _put(self, _: int) -> Command:
        return self._account(tier=self.dice.choice(("", *TIERS)))

    def _margin(self, _: int) -> Command:
        return self._account(margin=self.dice.choice((1, 2, 3, 4)))

    def _cap(self, _: int) -> Command:
        caps = {self._symbol(): self.dice.choice((5, 50, 500)) * UNIT}
        return self._account(position_limits=self.dice.choice(({}, caps)))

    def _quotes(self, _: int) -> Command:
        quantity = self.dice.choice((0, 10, 40)) * UNIT
        return self._account(mass_quote=QuoteLimit(quantity=quantity, window=SECOND))

    def _kill(self, _: int) -> Command:
        account_id = self.dice.choice((None, *self.traders))
        self.to_undo.append(ThrowKillSwitch(on=False, account_id=account_id))
        return ThrowKillSwitch(on=True, account_id=account_id)

    def _reset(self, _: int) -> Command:
        cash = self.dice.choice((0, 10_000, 1_000_000)) * UNIT
        return ResetAccount(account_id=self.dice.choice(self.traders), cash=cash)

    def _bust(self, at: int) -> Command:
        if not self.trades:
            return self._grace(at)
        trade = self.dice.choice(list(self.trades))
        taker, maker = (
            self.reports.get(report.terms.order_id, report) for report in (trade.taker, trade.maker)
        )
        bust = BustTrade(trade=replace(trade, taker=taker, maker=maker))
        if self.dice.random() < 0.3:
            self.to_undo.append(bust)  # Once more, which is refused.
        return bust

    def _grace(self, _: int) -> Command:
        return Configure(liquidation_grace=self.dice.choice((0, 1, 10)) * SECOND)

    def _sessions(self, at: int) -> Command:
        phases = (Phase.CLOSED, Phase.PRE_OPEN, Phase.CONTINUOUS)
        turns = tuple(
            SessionTurn(at + place * SECOND // 2, phase) for place, phase in enumerate(phases)
        )
        return SetSessions(calendar=CALENDAR, turns=turns)

    def _end(self, _: int) -> Command:
        listed = self.dice.choice(self.instruments)
        self.to_undo.append(ListInstrument(instrument=listed))
        return DelistInstrument(symbol=listed.symbol)
