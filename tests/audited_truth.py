"""What the records have said so far: accounts, money, positions, markets and live orders.

Rule: it is kept by whoever audits an event, and it objects to what no event may do to an order.
"""

from collections import defaultdict

from openoutcry.model import events as told
from openoutcry.model.account import Account
from openoutcry.model.commands import Command
from openoutcry.model.instrument import FeeRates
from openoutcry.model.order import OrderReport
from openoutcry.model.record import Record
from openoutcry.model.units import AccountId, Asset, OrderId, Symbol
from tests.audited_market import LEGAL, TOLD_BY, AuditedMarket, check_hold, held_of
from tests.audited_specials import AuditedSpecials


class Truth:
    """The venue as it must be after the event that is being audited."""

    def __init__(self) -> None:
        self.sequence = 0
        self.at = 0
        self.place = 0
        """Of the event in its record."""
        self.events: list[told.Event] = []
        self.command: Command | None = None
        self.tiers: dict[str, FeeRates] = {}
        self.is_killed = False
        self.accounts: dict[AccountId, Account] = {}
        self.totals: dict[tuple[AccountId, Asset], int] = defaultdict(int)
        self.positions: dict[tuple[AccountId, Symbol], int] = defaultdict(int)
        self.markets: dict[Symbol, AuditedMarket] = {}
        self.orders: dict[OrderId, OrderReport] = {}
        self.specials = AuditedSpecials(self.orders, self.markets, self.accounts)
        self.rates: dict[OrderId, FeeRates] = {}
        self.stamps: dict[int, int] = {}
        self.last_stamp = 0
        self.last_order_id = 0

    def begin(self, record: Record) -> None:
        """Turn to a record, which must follow the last one."""
        assert record.first == self.sequence + 1, "10: the sequence has no holes"
        assert record.last == self.sequence + max(1, len(record.events))
        assert record.entry.at >= self.at, "10: time never goes back"
        self.at = record.entry.at
        self.events, self.command = record.events, record.entry.command

    def following(self) -> list[told.Event]:
        """Return the event that is being audited, and those of its record after it."""
        return self.events[self.place :]

    # Orders.

    def new_id(self, report: OrderReport) -> None:
        assert report.terms.order_id == self.last_order_id + 1, "10: ids rise and are never reused"
        assert report.terms.created_at == self.at
        self.last_order_id = report.terms.order_id

    def keep(self, report: OrderReport, updated_at: int | None = None) -> None:
        before = self.orders.get(report.terms.order_id)
        if before is not None:
            assert (before.status.value, report.status.value) in LEGAL, "7: legal transitions only"
        if before is None or before.status is not report.status:
            event = self.events[self.place]
            assert isinstance(event, TOLD_BY[report.status]), "a change of status is one event"
        assert report.sequence == self.sequence
        assert report.updated_at == (self.at if updated_at is None else updated_at)
        parts = report.cum_quantity + report.leaves_quantity
        parts += report.canceled_quantity + report.prevented_quantity
        assert parts == report.terms.quantity, "7: every lot is accounted for"
        self.orders[report.terms.order_id] = report

    def forget(self, report: OrderReport) -> None:
        self.stamps.pop(report.terms.order_id, None)
        self.specials.forget(report.terms.order_id)
        del self.orders[report.terms.order_id]
        self.rates.pop(report.terms.order_id, None)

    def stamp(self, order_id: OrderId) -> None:
        """Note that an order is the newest in time priority."""
        self.last_stamp += 1
        self.stamps[order_id] = self.last_stamp

    def market_of(self, report: OrderReport) -> AuditedMarket:
        return self.markets[report.terms.symbol]

    def orders_of(self, account_id: AccountId) -> list[OrderReport]:
        return [r for r in self.orders.values() if r.terms.account_id == account_id]

    # Money.

    def let_pay(self, report: OrderReport) -> None:
        """Fix the fees of an order: those of its account's tier now, else its instrument's."""
        tier = self.accounts[report.terms.account_id].tier
        fees = self.market_of(report).instrument.fees
        self.rates[report.terms.order_id] = self.tiers.get(tier or "", fees)

    def holds(self) -> dict[tuple[AccountId, Asset], int]:
        """What live orders hold, by account and asset."""
        held: dict[tuple[AccountId, Asset], int] = {}
        for report in self.orders.values():
            key = held_of(report)
            held[key] = held.get(key, 0) + report.held
        return held

    def is_on_margin(self, account_id: AccountId) -> bool:
        return self.accounts[account_id].margin > 1

    def check_hold(self, report: OrderReport) -> None:
        if self.is_on_margin(report.terms.account_id):
            assert report.held == 0, "equity carries what margin accounts do"
        elif not self.specials.check_hold(report):
            check_hold(report, self.rates[report.terms.order_id])
