"""What moved on an account: fills, transfers, and the postings that both stand for.

Rule: a posting is never stored. Each fill and each transfer carries the totals after it, so its
postings and their balances follow from it alone.
"""

from enum import Enum
from typing import Final

from msgspec import Struct

from openoutcry.model.account import PostingKind
from openoutcry.model.events import FundsMoved, OrderExecuted
from openoutcry.model.instrument import Grid, notional_unit
from openoutcry.model.order import OrderReport, Side
from openoutcry.model.units import (
    AccountId,
    Amount,
    Asset,
    ClientOrderId,
    Lots,
    Nanos,
    OrderId,
    Sequence,
    Symbol,
    Ticks,
    TradeId,
)

LEGS: Final = 2
"""Sides of a trade or transfer; row = sequence * LEGS + leg. Leg 0 is the taker or the account."""
PARTS_MAX: Final = 4
"""More than the postings of any one row; position of a posting = row * PARTS_MAX + part."""


class Liquidity(Enum):
    """Whether an order gave liquidity or took it (FIX 851)."""

    MAKER = "maker"
    TAKER = "taker"
    AUCTION = "auction"


class Fill(Struct, frozen=True, array_like=True, gc=False):
    """What one trade was to one of its two orders."""

    fill_id: int
    sequence: Sequence
    at: Nanos
    trade_id: TradeId
    account_id: AccountId
    order_id: OrderId
    client_order_id: ClientOrderId | None
    symbol: Symbol
    side: Side
    liquidity: Liquidity
    price: Ticks
    quantity: Lots
    fee: Amount
    asset: Asset
    currency: Asset
    price_increment: Amount
    quantity_increment: Amount
    asset_balance: Amount
    currency_balance: Amount


class Transfer(Struct, frozen=True, array_like=True, gc=False):
    """What one movement outside of trades was to one of its two accounts."""

    transfer_id: int
    sequence: Sequence
    at: Nanos
    account_id: AccountId
    kind: PostingKind
    asset: Asset
    amount: Amount
    balance: Amount
    trade_id: TradeId | None = None
    """Of a trade that was busted."""
    order_id: OrderId | None = None


class Posting(Struct, frozen=True, kw_only=True, gc=False):
    """One leg of a ledger movement, and what the account had of the asset after it."""

    position: int
    """Where it stands among all postings; later ones are greater."""
    account_id: AccountId
    asset: Asset
    amount: Amount
    balance: Amount
    kind: PostingKind
    order_id: OrderId | None
    trade_id: TradeId | None
    at: Nanos
    sequence: Sequence


def grid_of(fill: Fill) -> Grid:
    """Return the grid that a fill's price and quantity stand on."""
    return Grid(fill.asset, fill.currency, fill.price_increment, fill.quantity_increment)


def fills_of(event: OrderExecuted, at: Nanos, sequence: Sequence) -> tuple[Fill, Fill]:
    """Return the taker's and the maker's fill; in an auction nobody is either."""
    row = sequence * LEGS
    return (_fill(event, event.taker, at, row), _fill(event, event.maker, at, row + 1))


def _fill(event: OrderExecuted, order: OrderReport, at: Nanos, row: int) -> Fill:
    terms, grid = order.terms, order.terms.grid
    is_taker = order is event.taker
    liquidity = Liquidity.TAKER if is_taker else Liquidity.MAKER
    if event.side is None:
        liquidity = Liquidity.AUCTION
    funds = event.taker_funds if is_taker else event.maker_funds
    return Fill(
        row,
        Sequence(row // LEGS),
        at,
        event.trade_id,
        terms.account_id,
        terms.order_id,
        terms.client_order_id,
        event.symbol,
        terms.side,
        liquidity,
        event.price,
        event.quantity,
        event.taker_fee if is_taker else event.maker_fee,
        grid.asset,
        grid.currency,
        grid.price_increment,
        grid.quantity_increment,
        funds.asset,
        funds.currency,
    )


def transfers_of(event: FundsMoved, at: Nanos, sequence: Sequence) -> tuple[Transfer, Transfer]:
    """Return the movement as its account and as the counter account see it."""
    row = sequence * LEGS
    kind, asset, trade_id = event.kind, event.asset, event.trade_id
    there = Amount(-event.amount)
    return (
        Transfer(
            row, sequence, at, event.account_id, kind, asset, event.amount, event.balance,
            trade_id, event.order_id,
        ),
        Transfer(
            row + 1, sequence, at, event.counter_account_id, kind, asset, there,
            event.counter_balance, trade_id, event.counter_order_id,
        ),
    )  # fmt: skip


def postings_of(movement: Fill | Transfer) -> list[Posting]:
    """Return the postings that a movement made on its account, in order."""
    if isinstance(movement, Fill):
        return _postings_of_fill(movement)
    return [
        Posting(
            position=movement.transfer_id * PARTS_MAX,
            account_id=movement.account_id,
            asset=movement.asset,
            amount=movement.amount,
            balance=movement.balance,
            kind=movement.kind,
            order_id=movement.order_id,
            trade_id=movement.trade_id,
            at=movement.at,
            sequence=movement.sequence,
        )
    ]


def _postings_of_fill(fill: Fill) -> list[Posting]:
    sign = 1 if fill.side is Side.BUY else -1
    lots = sign * fill.quantity
    bought = lots * fill.quantity_increment
    paid = lots * fill.price * notional_unit(grid_of(fill))
    # The fee is a posting of its own and the last one, so the trade's balance is before it.
    moved = [
        (PostingKind.TRADE, fill.asset, bought, fill.asset_balance),
        (PostingKind.TRADE, fill.currency, -paid, fill.currency_balance + fill.fee),
    ]
    if fill.fee:
        moved.append((PostingKind.FEE, fill.currency, -fill.fee, fill.currency_balance))
    return [
        Posting(
            position=fill.fill_id * PARTS_MAX + part,
            account_id=fill.account_id,
            asset=asset,
            amount=Amount(amount),
            balance=Amount(balance),
            kind=kind,
            order_id=fill.order_id,
            trade_id=fill.trade_id,
            at=fill.at,
            sequence=fill.sequence,
        )
        for part, (kind, asset, amount, balance) in enumerate(moved)
    ]
