"""A stream of commands with every feature mixed in, from a seed.

    python -m tests.workload COMMANDS SEED      prints the digest that the engine ends with

It draws as people and programs would send: mostly sound, often wrong. It learns from the events
which ids exist, and from nothing else.
"""

import random
import sys
from collections import deque
from collections.abc import Iterator

from msgspec.structs import replace

from openoutcry.engine.administration import RULES_NEWEST
from openoutcry.engine.engine import Engine
from openoutcry.model.account import AccountKind, AccountStatus, Key, Permission
from openoutcry.model.commands import (
    AddKey,
    AdoptRules,
    AdvanceTime,
    AmendOrder,
    CancelAllOrders,
    CancelOrder,
    ChangeAccount,
    ChangeInstrument,
    Command,
    Deposit,
    EnterOrder,
    EnterSimpleOrder,
    Listing,
    ListInstrument,
    OpenAccount,
    RevokeKey,
    SetCancelAfter,
    SetPhase,
)
from openoutcry.model.events import Event
from openoutcry.model.instrument import Phase
from openoutcry.model.order import (
    LIVE,
    Door,
    OrderReport,
    OrderStatus,
    OrderType,
    PostOnly,
    Side,
    TimeInForce,
)
from openoutcry.model.record import Entry, Retry
from openoutcry.model.units import UNIT
from tests.exotics import Exotics
from tests.oversight import CALENDAR, Oversight
from tests.stage import SECOND, STARTED_AT, instrument

TRADERS = ("alice", "bob", "carol", "demo", "agent", "poor", "mara")
"""`mara` is on margin, and has little."""
RECENT = 60
PLAIN_TYPES = (OrderType.LIMIT, OrderType.MARKET, OrderType.MARKET_TO_LIMIT)
FINE = {"price_increment": 10**6, "quantity_increment": 10**6}
INSTRUMENTS = (
    instrument("ACME", fees_bps=(-1, 3), shortable=True, calendar=CALENDAR),
    instrument("FINE", reference_price=1000, fees_bps=(2, 7), protection=300, **FINE),
    instrument(
        "BULK",
        price_increment=UNIT // 100,
        quantity_increment=10 * UNIT,
        reference_price=5000,
        minimum_quantity=2,
        maximum_quantity=40,
        minimum_notional=1_200 * UNIT,
    ),
)
CENTRES = {listed.symbol: listed.reference_price for listed in INSTRUMENTS}


class Workload:
    """Entries without end; `heard` tells it what came of them."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.at = STARTED_AT
        self.number = 0
        self.waiting: dict[int, str] = {}
        self.at_market: dict[int, str] = {}
        self.ended: deque[int] = deque([1], RECENT)
        self.exotics = Exotics(self.dice)
        self.reports: dict[int, OrderReport] = {}
        """Live orders with special terms, as they were told last."""
        self.oversight = Oversight(self.dice, TRADERS, INSTRUMENTS)

    def opening(self) -> Iterator[Entry]:
        """The commands that a venue starts with."""
        yield self._entry(AdoptRules(rules=RULES_NEWEST), Door.ADMIN)
        for listed in INSTRUMENTS:
            yield self._entry(ListInstrument(instrument=listed), Door.ADMIN)
        for name in TRADERS:
            kinds = {"demo": AccountKind.DEMO, "agent": AccountKind.AGENT}
            kind = kinds.get(name, AccountKind.REGULAR)
            margin = 4 if name == "mara" else 1
            opening = OpenAccount(name=name, account_id=name, kind=kind, margin=margin)
            yield self._entry(opening, Door.ADMIN)
            if name == "mara":
                yield self._entry(
                    Deposit(account_id=name, asset="USD", amount=2_000 * UNIT), Door.ADMIN
                )
                continue
            if kind is AccountKind.REGULAR and name != "poor":
                for asset in ("USD", *CENTRES):
                    amount = 50_000 * UNIT
                    command = Deposit(account_id=name, asset=asset, amount=amount)
                    yield self._entry(command, Door.ADMIN)

    def draw(self) -> Entry:  # noqa: PLR0911 -- a table
        """Return the next entry."""
        self.at += self.dice.choice((0, 1, 1_000, 10**6, 10**8))
        roll = self.dice.random()
        if roll < 0.28:
            return self._entry(self._order(), Door.NATIVE)
        if roll < 0.48:
            return self._entry(self._exotic(), Door.NATIVE)
        if roll < 0.58:
            return self._entry(self._simple(), Door.SIMPLE)
        if roll < 0.70:
            return self._entry(self._cancel(), Door.NATIVE)
        if roll < 0.86:
            return self._entry(self._amend(), Door.NATIVE)
        if roll < 0.93:
            return self._entry(AdvanceTime(), Door.VENUE)
        return self._entry(self._administration(), Door.ADMIN)

    def heard(self, events: list[Event]) -> None:
        """Learn which orders there are, and whose."""
        for event in events:
            self.oversight.heard(event)
            for name in ("order", "taker", "maker"):
                report = getattr(event, name, None)
                if report is not None:
                    self._saw(report)

    def _saw(self, report: OrderReport) -> None:
        order_id = report.terms.order_id
        if report.status is OrderStatus.PENDING_NEW:
            self.waiting[order_id] = report.terms.account_id
            return
        if report.terms.special is not None:
            self.reports[order_id] = report
            if report.status not in LIVE:
                del self.reports[order_id]
        self.waiting.pop(order_id, None)
        self.at_market[order_id] = report.terms.account_id
        if report.status not in LIVE:
            del self.at_market[order_id]
            self.ended.append(order_id)

    def _entry(self, command: Command, door: Door) -> Entry:
        self.number += 1
        retry = None
        if self.dice.random() < 0.2:
            retry = Retry(keys=(f"{self.dice.getrandbits(128):032x}",), body=f"{self.number:x}")
        return Entry(at=self.at, actor="workload", door=door, command=command, retry=retry)

    def _symbol(self) -> str:
        return self.dice.choices((*CENTRES, "NONE"), (16, 8, 6, 1))[0]

    def _price(self, symbol: str) -> int | str:
        centre = CENTRES.get(symbol, 100)
        if self.dice.random() < 0.02:
            return f"{centre}.5"
        span = max(3, centre // 50) if self.dice.random() < 0.9 else centre // 4
        return centre + self.dice.randint(-span, span)

    def _quantity(self) -> int | str:
        return "1.5" if self.dice.random() < 0.02 else self.dice.randint(1, 30)

    def _order(self) -> EnterOrder:
        dice, symbol = self.dice, self._symbol()
        kind = dice.choices(PLAIN_TYPES, (10, 2, 1))[0]
        priced = (kind is OrderType.LIMIT) != (dice.random() < 0.01)
        lasting = TimeInForce.IOC if kind is OrderType.MARKET else TimeInForce.GTC
        odd = dice.choice(tuple(TimeInForce))
        return EnterOrder(
            account_id=dice.choice(TRADERS),
            symbol=symbol,
            side=dice.choice(tuple(Side)),
            type=kind,
            quantity=self._quantity(),
            price=self._price(symbol) if priced else None,
            time_in_force=odd if dice.random() < 0.3 else lasting,
            client_order_id=f"c{self.number}" if dice.random() < 0.3 else None,
            post_only=PostOnly.REJECT if dice.random() < 0.15 else None,
        )

    def _exotic(self) -> Command:
        dice, symbol, account_id = self.dice, self._symbol(), self.dice.choice(TRADERS)
        centre = CENTRES.get(symbol, 100)
        roll = dice.random()
        if roll < 0.6:
            return self.exotics.order(account_id, symbol, centre, self.at)
        if roll < 0.75:
            return self.exotics.group(account_id, symbol, centre, self.at)
        if roll < 0.97 and self.reports:
            recent = list(self.reports.values())[-RECENT:]
            return self.exotics.amend(dice.choice(recent), self.at)
        return self.exotics.account(account_id)

    def _simple(self) -> EnterSimpleOrder:
        dice = self.dice
        symbol = dice.choices(("ACME", "BULK", "NEW", "ODD"), (8, 2, 2, 1))[0]
        return EnterSimpleOrder(
            account_id=dice.choices(("demo", "alice", "poor"), (6, 2, 1))[0],
            symbol=symbol,
            quantity=dice.choice((1, 5, 10, 20, 400)),
            delay_ns=dice.choice((0, 1, SECOND // 10, SECOND)),
            listing=dice.choice((Listing.OPEN, Listing.CLOSED)),
        )

    def _pick(self, owners: dict[int, str]) -> tuple[int, str]:
        """Mostly a live order and its owner; now and then one that has ended, or a stranger."""
        if not owners or self.dice.random() < 0.1:
            return self.dice.choice(self.ended), self.dice.choice(TRADERS)
        order_id = self.dice.choice(list(owners)[-RECENT:])
        stranger = self.dice.random() < 0.05
        return order_id, self.dice.choice(TRADERS) if stranger else owners[order_id]

    def _cancel(self) -> Command:
        roll = self.dice.random()
        if roll < 0.01:
            timeout = self.dice.choice((0, 10**6, SECOND))
            return SetCancelAfter(account_id=self.dice.choice(TRADERS), timeout=timeout)
        if roll < 0.03:
            return CancelAllOrders(
                account_id=self.dice.choice(TRADERS),
                symbol=self.dice.choice((None, "ACME", "FINE")),
                side=self.dice.choice((None, *Side)),
            )
        order_id, owner = self._pick({**self.at_market, **self.waiting})
        return CancelOrder(account_id=owner, order_id=order_id)

    def _amend(self) -> AmendOrder:
        # Waiting orders are left alone: the rules do not say what an amend makes of one.
        order_id, owner = self._pick(self.at_market)
        return AmendOrder(
            account_id=owner,
            order_id=order_id,
            quantity=self._quantity() if self.dice.random() < 0.6 else None,
            price=self._price(self._symbol()) if self.dice.random() < 0.6 else None,
            client_order_id=f"a{self.number}" if self.dice.random() < 0.2 else None,
        )

    def _administration(self) -> Command:  # noqa: C901, PLR0911 -- a table
        dice = self.dice
        account_id, symbol = dice.choice(TRADERS), dice.choice((*CENTRES, "NONE"))
        if dice.random() < 0.5:
            return self.oversight.draw(self.at)
        kinds = "deposit deposit phase phase status limit instrument key revoke open rules"
        match dice.choice(kinds.split()):
            case "deposit":
                asset = dice.choice(("USD", *CENTRES))
                amount = dice.randint(-(10**4), 10**4) * UNIT // 7
                return Deposit(account_id=account_id, asset=asset, amount=amount)
            case "phase":
                halted = dice.random() < 0.12
                phases = (Phase.HALTED, Phase.CLOSED, Phase.AUCTION)
                phase = dice.choice(phases) if halted else Phase.CONTINUOUS
                return SetPhase(symbol=symbol, phase=phase)
            case "status":
                blocked = dice.random() < 0.08
                status = AccountStatus.BLOCKED if blocked else AccountStatus.ACTIVE
                return ChangeAccount(account_id=account_id, status=status)
            case "limit":
                limit = dice.choice((10, 40, 1_000))
                return ChangeAccount(account_id=account_id, open_orders_max=limit)
            case "instrument":
                listed = dice.choice(INSTRUMENTS)
                other = dice.choice(INSTRUMENTS).fees if dice.random() < 0.9 else None
                protection = dice.choice((0, 100, 500))
                if other is None:
                    grid = replace(listed.grid, price_increment=listed.grid.price_increment * 2)
                    return ChangeInstrument(instrument=replace(listed, grid=grid))
                return ChangeInstrument(
                    instrument=replace(listed, fees=other, protection=protection)
                )
            case "key":
                permissions = (Permission.READ, Permission.TRADE)
                key = Key(
                    key_id=f"k{dice.randint(1, 20)}",
                    account_id=account_id,
                    secret_sha256="0" * 64,
                    permissions=permissions,
                )
                return AddKey(key=key)
            case "revoke":
                return RevokeKey(key_id=f"k{dice.randint(1, 20)}")
            case "open":
                return OpenAccount(name="another", cash=dice.choice((0, 5 * UNIT)))
            case _:
                return AdoptRules(rules=dice.choice((0, 1, RULES_NEWEST, 99)))


def played(commands: int, seed: int) -> Engine:
    """Return an engine to which the opening and so many commands have been applied."""
    engine, workload = Engine(), Workload(seed)
    for entry in workload.opening():
        engine.apply(entry)
    for _ in range(commands):
        workload.heard(engine.apply(workload.draw()))
    return engine


if __name__ == "__main__":
    sys.stdout.write(played(int(sys.argv[1]), int(sys.argv[2])).digest())
