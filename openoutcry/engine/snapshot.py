"""A picture of the state from which the engine goes on as if nothing had happened.

Rule: the picture is canonical: the same commands give the same bytes, whether the engine applied
them all or was restored on the way. So every list is in an order that a restore reproduces.
"""

import heapq
from typing import Final

import msgspec
from msgspec import Struct

from openoutcry.engine.market import Market
from openoutcry.engine.retries import Remembered
from openoutcry.engine.state import State
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.ledger import Holding, LedgerAccount
from openoutcry.ledger.positions import Position
from openoutcry.model.account import Account, Key
from openoutcry.model.instrument import Instrument
from openoutcry.model.order import OrderStatus, OrderTerms
from openoutcry.model.reasons import Reason
from openoutcry.model.units import AccountId, Asset, Lots, Nanos, Symbol, Ticks

SNAPSHOT_FORMAT: Final = 1
"""Edition of the picture; the last three stay readable."""


class AccountImage(Struct, array_like=True):
    """An account, its holdings (total, held) and positions (quantity, cost, realized)."""

    account: Account
    holdings: dict[Asset, tuple[int, int]]
    positions: dict[Symbol, tuple[int, int, int]]


class MarketImage(Struct, array_like=True):
    """An instrument and its last trade."""

    instrument: Instrument
    last_price: Ticks | None


class OrderImage(Struct, array_like=True):
    """A live order; whether and where it rests follows from `stamp` (0: nowhere)."""

    terms: OrderTerms
    status: OrderStatus
    price: Ticks
    leaves_quantity: int
    cum_quantity: int
    canceled_quantity: int
    prevented_quantity: int
    cost: int
    fees: int
    held_per_lot: int
    maker_rate: int
    taker_rate: int
    revision: int
    reason: Reason | None
    stamp: int
    due: Nanos | None
    sequence: int
    updated_at: Nanos


class StateImage(Struct):
    """The whole of it."""

    format: int
    sequence: int
    now: Nanos
    rules: int
    last_order_id: int
    last_trade_id: int
    last_account: int
    last_stamp: int
    listed_by_use: int
    accounts: list[AccountImage]
    markets: list[MarketImage]
    keys: list[Key]
    orders: list[OrderImage]
    retries: list[tuple[str, Remembered]]


_COUNTERS: Final = (
    "sequence",
    "now",
    "rules",
    "last_order_id",
    "last_trade_id",
    "last_account",
    "last_stamp",
    "listed_by_use",
)
_ORDER_FIELDS: Final = tuple(name for name in OrderImage.__struct_fields__ if name != "terms")
_decoder: Final = msgspec.json.Decoder(StateImage)


def encode_state(state: State) -> bytes:
    """Return the picture of a state."""
    image = StateImage(
        format=SNAPSHOT_FORMAT,
        **{name: getattr(state, name) for name in _COUNTERS},
        accounts=[_account_image(owner) for owner in state.ledger.accounts.values()],
        markets=[MarketImage(m.instrument, m.last_price) for m in state.markets.values()],
        keys=list(state.keys.values()),
        orders=[
            OrderImage(order.terms, *(getattr(order, name) for name in _ORDER_FIELDS))
            for order in state.orders.values()
        ],
        retries=state.retries.image(),
    )
    return msgspec.json.encode(image)


def decode_state(picture: bytes) -> State:
    """Return the state that a picture shows; raises msgspec.ValidationError for junk."""
    image = _decoder.decode(picture)
    if image.format != SNAPSHOT_FORMAT:
        message = f"snapshot format {image.format} is not one of those known: {SNAPSHOT_FORMAT}"
        raise msgspec.ValidationError(message)
    state = State()
    for name in _COUNTERS:
        setattr(state, name, getattr(image, name))
    state.ledger.accounts = {}
    for account in image.accounts:
        _restore_account(state, account)
    for market in image.markets:
        restored = state.markets[market.instrument.symbol] = Market(market.instrument)
        restored.last_price = market.last_price
        state.know_assets(market.instrument.grid)
    state.keys = {key.key_id: key for key in image.keys}
    for order in image.orders:
        _restore_order(state, order)
    # Queues are in order of stamps, whatever order the ids came in.
    for working in sorted(state.orders.values(), key=lambda order: order.stamp):
        if working.stamp:
            working.market.book.side(working.side).add(working)
    heapq.heapify(state.timers)
    state.retries.load(image.retries)
    return state


def _account_image(owner: LedgerAccount) -> AccountImage:
    return AccountImage(
        owner.account,
        {asset: (holding.total, holding.held) for asset, holding in owner.holdings.items()},
        {symbol: (p.quantity, p.cost, p.realized) for symbol, p in owner.positions.items()},
    )


def _restore_account(state: State, image: AccountImage) -> None:
    owner = LedgerAccount(image.account)
    owner.holdings = {asset: Holding(*amounts) for asset, amounts in image.holdings.items()}
    owner.positions = {symbol: Position(*figures) for symbol, figures in image.positions.items()}
    state.ledger.accounts[AccountId(image.account.account_id)] = owner


def _restore_order(state: State, image: OrderImage) -> None:
    account = state.ledger.accounts[image.terms.account_id]
    order = WorkingOrder(image.terms, account, state.markets[image.terms.symbol])
    for name in _ORDER_FIELDS:
        setattr(order, name, getattr(image, name))
    order.leaves_quantity = Lots(image.leaves_quantity)
    state.admit(order)
    if order.due is not None:
        state.timers.append((order.due, order.terms.order_id))
