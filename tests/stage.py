"""A venue for a test: an engine, the auditor that listens to it, and a clock that tests move.

Every command is applied, told to the auditor, and followed by both checks, so that no test can
forget them.
"""

from typing import Final

from openoutcry.engine.administration import RULES_NEWEST
from openoutcry.engine.engine import Engine
from openoutcry.model.account import DEMO, AccountKind
from openoutcry.model.commands import AdoptRules, Command, Deposit, ListInstrument, OpenAccount
from openoutcry.model.events import Event
from openoutcry.model.instrument import FeeRates, Grid, Instrument
from openoutcry.model.order import Door
from openoutcry.model.record import FORMAT, Entry, Record, Retry
from openoutcry.model.units import (
    FEE_RATE_PER_BPS,
    UNIT,
    AccountId,
    Amount,
    Asset,
    FeeRate,
    Nanos,
    Sequence,
    Symbol,
    Ticks,
)
from tests.auditor import Auditor

SECOND: Final = 10**9
STARTED_AT: Final = Nanos(1_800_000_000 * SECOND)
USD: Final = Asset("USD")
TRADERS: Final = ("alice", "bob", "carol", "dave")
"""Each has `CASH` and `SHARES` of everything listed."""
CASH: Final = 100_000
SHARES: Final = 1_000


def instrument(
    symbol: str = "ACME",
    *,
    price_increment: int = UNIT,
    quantity_increment: int = UNIT,
    reference_price: int = 100,
    fees_bps: tuple[int, int] = (0, 0),
    **fields: object,
) -> Instrument:
    """An instrument whose prices are whole dollars and whose quantities are whole shares."""
    grid = Grid(Asset(symbol), USD, Amount(price_increment), Amount(quantity_increment))
    maker, taker = (FeeRate(bps * FEE_RATE_PER_BPS) for bps in fees_bps)
    return Instrument(
        symbol=Symbol(symbol),
        grid=grid,
        reference_price=Ticks(reference_price),
        fees=FeeRates(maker, taker),
        **fields,  # type: ignore[arg-type]
    )


class Stage:
    """An engine under watch."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.auditor = Auditor()
        self.at = STARTED_AT
        self.records: list[Record] = []

    def submit(
        self,
        command: Command,
        *,
        door: Door = Door.NATIVE,
        actor: str = "test",
        retry: Retry | None = None,
    ) -> list[Event]:
        """Apply a command one microsecond after the last, and check everything."""
        self.at = Nanos(self.at + 1_000)
        return self.take(Entry(at=self.at, actor=actor, door=door, command=command, retry=retry))

    def submit_briefly(self, command: Command) -> list[Event]:
        """Apply a command and let the auditor hear it, but compare nothing: for long tables."""
        self.at = Nanos(self.at + 1_000)
        entry = Entry(at=self.at, actor="test", door=Door.NATIVE, command=command)
        record = applied(self.engine, entry)
        self.auditor.hear(record)
        return record.events

    def take(self, entry: Entry) -> list[Event]:
        """Apply an entry as it is, and check everything."""
        self.at = entry.at
        record = applied(self.engine, entry)
        self.records.append(record)
        self.auditor.hear(record)
        self.engine.check()
        self.auditor.compare(self.engine)
        return record.events

    def later(self, span: int) -> None:
        """Let time pass; nothing happens until a command says so."""
        self.at = Nanos(self.at + span)

    def total(self, account_id: str, asset: str = "USD") -> int:
        """Return what an account has of an asset, held or not."""
        return self._balance(account_id, asset)[0]

    def held(self, account_id: str, asset: str = "USD") -> int:
        """Return what an account's orders hold of an asset."""
        return self._balance(account_id, asset)[1]

    def _balance(self, account_id: str, asset: str) -> tuple[int, int]:
        for balance in self.engine.balances(AccountId(account_id)):
            if balance.asset == asset:
                return balance.total, balance.held
        return 0, 0


def applied(engine: Engine, entry: Entry) -> Record:
    """Apply an entry and return the record that the sequencer would journal."""
    first = engine.sequence + 1
    events = engine.apply(entry)
    return Record(
        format=FORMAT,
        first=Sequence(first),
        last=engine.sequence,
        entry=entry,
        events=events,
    )


def open_house(*listed: Instrument) -> Stage:
    """A stage with the traders, `poor` who has nothing, the demo account and an `agent`."""
    stage = Stage()
    stage.submit(AdoptRules(rules=RULES_NEWEST), door=Door.ADMIN)
    for listing in listed or (instrument(),):
        stage.submit(ListInstrument(instrument=listing), door=Door.ADMIN)
    for name in TRADERS:
        cash = Amount(CASH * UNIT)
        stage.submit(OpenAccount(name=name, account_id=AccountId(name), cash=cash))
        for listing in stage.engine.instruments():
            stage.submit(
                Deposit(
                    account_id=AccountId(name),
                    asset=listing.grid.asset,
                    amount=Amount(SHARES * UNIT),
                )
            )
    stage.submit(OpenAccount(name="poor", account_id=AccountId("poor")))
    stage.submit(OpenAccount(name="Paper", account_id=DEMO, kind=AccountKind.DEMO))
    agent = AccountId("agent")
    stage.submit(OpenAccount(name="agent", account_id=agent, kind=AccountKind.AGENT))
    return stage
