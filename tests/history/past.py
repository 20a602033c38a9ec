"""Records of a real engine, and what they must have made of it."""

import random

import msgspec

from openoutcry.engine.engine import Engine
from openoutcry.model.account import DEMO, AccountKind
from openoutcry.model.commands import (
    AdoptRules,
    AdvanceTime,
    AmendOrder,
    CancelOrder,
    ChangeInstrument,
    Command,
    Deposit,
    EnterOrder,
    EnterSimpleOrder,
    ListInstrument,
    OpenAccount,
)
from openoutcry.model.events import IndicativeChanged, OrderExecuted, OrderRejected
from openoutcry.model.instrument import FeeRates, Grid, Instrument
from openoutcry.model.order import Door, OrderReport, OrderType, Side
from openoutcry.model.record import FORMAT, Entry, Record
from openoutcry.model.units import UNIT, AccountId

EPOCH = "epoch-1"
SECOND = 10**9
START = 1_790_000_000 * SECOND
CENT = UNIT // 100
MAKER = AccountId("maker")
ALICE = AccountId("alice")
AAPL = Instrument(
    symbol="AAPL",
    grid=Grid("AAPL", "USD", CENT, UNIT),
    reference_price=10_000,
    fees=FeeRates(maker=-(10**8), taker=3 * 10**8),
)
TSLA = Instrument(symbol="TSLA", grid=Grid("TSLA", "USD", CENT, UNIT), reference_price=20_000)


class Past:
    """An engine and its journal: every command's record, in order."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.records: list[Record] = []
        self.now = START
        self.do(AdoptRules(rules=2))
        self.do(OpenAccount(account_id=DEMO, name="Demo", kind=AccountKind.DEMO))
        self.do(OpenAccount(account_id=MAKER, name="Maker", kind=AccountKind.AGENT))
        self.do(OpenAccount(account_id=ALICE, name="Alice", cash=10**9 * UNIT))
        for instrument in (AAPL, TSLA):
            self.do(ListInstrument(instrument=instrument))

    @property
    def last(self) -> int:
        return self.engine.sequence

    def do(self, command: Command, door: Door = Door.VENUE, wait: int = 1) -> Record:
        self.now += wait
        entry = Entry(at=self.now, actor="somebody", door=door, command=command)
        first = self.last + 1
        events = self.engine.apply(entry)
        record = Record(format=FORMAT, first=first, last=self.last, entry=entry, events=events)
        self.records.append(record)
        return record

    def read(self, after: int, limit: int) -> list[Record]:
        """Return records as a journal would."""
        return [record for record in self.records if record.last > after][:limit]

    def sell(self, quantity: int, price: int = 10_000, symbol: str = "AAPL") -> OrderReport:
        return self.enter(MAKER, Side.SELL, quantity, price, symbol, door=Door.SIMULATION)

    def enter(
        self, account, side, quantity, price, symbol="AAPL", *, door=Door.NATIVE, **more
    ) -> OrderReport:
        command = EnterOrder(
            account_id=account,
            symbol=symbol,
            side=side,
            type=OrderType.LIMIT,
            quantity=quantity,
            price=price,
            **more,
        )
        events = self.do(command, door).events
        assert not isinstance(events[0], OrderRejected), events
        # In a call the last one tells of the auction.
        event = next(e for e in reversed(events) if not isinstance(e, IndicativeChanged))
        return event.taker if isinstance(event, OrderExecuted) else event.order

    def buy_simply(self, quantity: int = 10, symbol: str = "AAPL") -> OrderReport:
        command = EnterSimpleOrder(
            account_id=DEMO, symbol=symbol, quantity=quantity, delay_ns=SECOND
        )
        return self.do(command, Door.SIMPLE).events[-1].order

    def cancel(self, order: OrderReport) -> Record:
        terms = order.terms
        command = CancelOrder(account_id=terms.account_id, order_id=terms.order_id)
        return self.do(command, terms.door)

    def amend(self, order: OrderReport, **changes) -> Record:
        terms = order.terms
        command = AmendOrder(account_id=terms.account_id, order_id=terms.order_id, **changes)
        return self.do(command, terms.door)

    def wait(self, span: int = SECOND) -> Record:
        """Let time pass and whatever is due happen."""
        return self.do(AdvanceTime(), wait=span)

    def deposit(self, account, amount: int, asset: str = "USD") -> Record:
        return self.do(Deposit(account_id=account, asset=asset, amount=amount))

    def change(self, instrument: Instrument) -> Record:
        return self.do(ChangeInstrument(instrument=instrument))

    def orders(self) -> dict[int, OrderReport]:
        """Return every accepted order as it stands, by a fold that knows no SQL."""
        found: dict[int, OrderReport] = {}
        for record in self.records:
            for event in record.events:
                for name in ("order", "taker", "maker"):
                    report = getattr(event, name, None)
                    if isinstance(report, OrderReport):
                        found[report.terms.order_id] = report
        return dict(sorted(found.items()))

    def trades(self) -> list[tuple[int, OrderExecuted]]:
        return [
            (record.first + place, event)
            for record in self.records
            for place, event in enumerate(record.events)
            if isinstance(event, OrderExecuted)
        ]


def simple_trading(count: int) -> Past:
    """Return a past in which `count` simple orders were entered and executed one by one."""
    past = Past()
    past.sell(10 * count)
    for _ in range(count):
        past.buy_simply()
        past.wait()
    return past


def busy_past(seed: int = 1, count: int = 400) -> Past:
    """Return a past in which everybody did everything, the same for the same seed."""
    past = Past()
    dice = random.Random(seed)
    names = iter(range(count))
    for _ in range(count):
        live = [*past.engine.orders_of(ALICE), *past.engine.orders_of(DEMO)]
        live.sort(key=lambda order: order.terms.order_id)
        symbol = dice.choice(["AAPL", "TSLA"])
        match dice.randrange(9):
            case 0 | 1:
                past.sell(dice.randint(1, 40), dice.randint(9_900, 10_100), symbol)
            case 2 | 3:
                past.buy_simply(dice.randint(1, 30), symbol)
            case 4 | 5:
                name = f"a-{next(names)}" if dice.random() < 0.5 else None
                price = dice.randint(9_900, 10_100)
                quantity = dice.randint(1, 30)
                past.enter(ALICE, Side.BUY, quantity, price, symbol, client_order_id=name)
            case 6 if live:
                past.cancel(dice.choice(live))
            case 7 if live:
                past.amend(
                    dice.choice(live),
                    quantity=dice.randint(1, 40),
                    client_order_id=f"b-{next(names)}" if dice.random() < 0.5 else None,
                )
            case _:
                past.deposit(ALICE, dice.randint(1, 10**6) * UNIT // 7)
        past.wait(dice.randrange(SECOND))
    return past


def copied(records: list[Record]) -> list[Record]:
    """Return equal records that share nothing, as a journal would read them back."""
    return msgspec.json.decode(msgspec.json.encode(records), type=list[Record])
