"""A picture of the state from which the engine goes on as if nothing had happened.

Rule: the picture is canonical: the same commands give the same bytes, whether the engine applied
them all or was restored on the way. So every list is in an order that a restore reproduces.
"""

from typing import Final

import msgspec
from msgspec import Struct

from openoutcry.engine.accounts import fit
from openoutcry.engine.bands import waits_beside
from openoutcry.engine.exposure import recount
from openoutcry.engine.market import Call, Market
from openoutcry.engine.retries import Remembered
from openoutcry.engine.special_image import SpecialImage, restore_special, special_image
from openoutcry.engine.special_order import SpecialOrder
from openoutcry.engine.state import LIQUIDATION_GRACE_DEFAULT, State
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.ledger import Holding, LedgerAccount
from openoutcry.ledger.positions import Position
from openoutcry.matching.band import Band
from openoutcry.model.account import Account, Key
from openoutcry.model.instrument import FeeRates, Indicative, Instrument, SessionTurn
from openoutcry.model.order import OrderReport, OrderStatus, OrderTerms
from openoutcry.model.reasons import Reason
from openoutcry.model.units import AccountId, Asset, Lots, Nanos, Symbol, Ticks, TradeId

SNAPSHOT_FORMAT: Final = 1
"""Edition of the picture; the last three stay readable."""


class AccountImage(Struct, array_like=True):
    """An account, its holdings (total, held) and positions (quantity, cost, realized)."""

    account: Account
    holdings: dict[Asset, tuple[int, int]]
    positions: dict[Symbol, tuple[int, int, int]]
    quotes: list[tuple[int, int]] = []
    """The fills that mass-quote protection counts."""


class BandImage(Struct, array_like=True):
    """A band's reference, since when it stands, and the trades of the window."""

    bps: int
    reference: tuple[int, int]
    since: int
    window: list[tuple[int, int, int]]


class CallImage(Struct, array_like=True):
    """What was last published of a call."""

    shown: Indicative
    published_at: int


class MarketImage(Struct, array_like=True):
    """An instrument, its last trade, its band, and the call that goes on."""

    instrument: Instrument
    last_price: Ticks | None
    band: BandImage | None = None
    call: CallImage | None = None


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
    special: SpecialImage | None = None


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
    alarms: list[tuple[int, str, str]] = []
    margin_calls: dict[AccountId, Nanos] = {}
    delisted: list[MarketImage] = []
    tiers: dict[str, FeeRates] = {}
    sessions: dict[str, tuple[SessionTurn, ...]] = {}
    busted: list[TradeId] = []
    busted_orders: list[OrderReport] = []
    is_killed: bool = False
    liquidation_grace: Nanos = LIQUIDATION_GRACE_DEFAULT
    stirred: list[Symbol] = []
    assets: list[Asset] = []
    """Those of earlier grids too."""
    released: list[str] = []
    """What a command left over, because so much followed from it."""


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
_ORDER_FIELDS: Final = tuple(
    name for name in OrderImage.__struct_fields__ if name not in ("terms", "special")
)
_decoder: Final = msgspec.json.Decoder(StateImage)


def encode_state(state: State) -> bytes:
    """Return the picture of a state."""
    image = StateImage(
        format=SNAPSHOT_FORMAT,
        **{name: getattr(state, name) for name in _COUNTERS},
        accounts=[_account_image(owner) for owner in state.ledger.accounts.values()],
        markets=[_market_image(market) for market in state.markets.values()],
        keys=list(state.keys.values()),
        orders=[_order_image(order) for order in state.orders.values()],
        retries=state.retries.image(),
        alarms=state.alarms.image(),
        margin_calls=state.margin_calls,
        # The band and the call of what is traded no more are nothing.
        delisted=[MarketImage(one.instrument, one.last_price) for one in state.delisted.values()],
        tiers=state.tiers,
        sessions=state.sessions,
        busted=list(state.busted),
        busted_orders=list(state.busted_orders.values()),
        is_killed=state.is_killed,
        liquidation_grace=state.liquidation_grace,
        stirred=list(state.links.stirred),
        released=state.links.released,
        assets=list(state.assets),
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
    _restore_decisions(state, image)
    state.ledger.accounts = {}
    for account in image.accounts:
        _restore_account(state, account)
    state.assets = dict.fromkeys(image.assets)
    for market in image.markets:
        _restore_market(state, market)
    state.keys = {key.key_id: key for key in image.keys}
    for order in image.orders:
        _restore_order(state, order)
    # Queues are in order of stamps, whatever order the ids came in.
    for working in sorted(state.orders.values(), key=lambda order: order.stamp):
        if not working.stamp:
            continue
        if waits_beside(working):
            aside = working.market.aside = working.market.aside or {}
            aside[working.terms.order_id] = working
        else:
            working.market.book.side(working.side).add(working)
    _restore_interests(state)
    state.timers.renew()
    for symbol in image.stirred:
        state.stir(state.markets[symbol])
    state.links.released = image.released
    state.restless = bool(image.stirred or image.released)
    state.retries.load(image.retries)
    return state


def _restore_interests(state: State) -> None:
    """Reckon what follows from accounts, markets and orders, now that all of them are there."""
    for owner in state.ledger.accounts.values():
        recount(state, owner)
        if owner.account.margin > 1:
            state.stakes.enrol(owner, state.traded)


def _restore_decisions(state: State, image: StateImage) -> None:
    """Restore what was decided about the venue as a whole."""
    state.alarms.load(image.alarms)
    state.margin_calls = image.margin_calls
    for market in image.delisted:
        gone = state.delisted[market.instrument.symbol] = Market(market.instrument)
        gone.last_price = market.last_price
    state.tiers = image.tiers
    state.sessions = image.sessions
    state.busted = dict.fromkeys(image.busted)
    state.busted_orders = {report.terms.order_id: report for report in image.busted_orders}
    state.is_killed = image.is_killed
    state.liquidation_grace = image.liquidation_grace


def _market_image(market: Market) -> MarketImage:
    band, call = market.band, market.call
    return MarketImage(
        market.instrument,
        market.last_price,
        None if band is None else BandImage(band.bps, band.reference, band.since, [*band.window]),
        None if call is None else CallImage(call.shown, call.published_at),
    )


def _restore_market(state: State, image: MarketImage) -> None:
    symbol = image.instrument.symbol
    market = state.markets[symbol] = Market(image.instrument)
    market.last_price = image.last_price
    state.know_assets(market)
    if image.band is not None:
        band = market.band = Band(image.band.bps, image.band.reference, image.band.since)
        band.window.extend(image.band.window)
        band.total = sum(total for _, total, _ in band.window)
        band.count = sum(count for _, _, count in band.window)
        market.is_fenced = True
        state.banded[symbol] = market
    if image.call is not None:
        market.call = Call()
        market.call.shown = image.call.shown
        market.call.published_at = image.call.published_at
        state.calls[symbol] = market
    state.look_closely()


def _account_image(owner: LedgerAccount) -> AccountImage:
    return AccountImage(
        owner.account,
        {asset: (holding.total, holding.held) for asset, holding in owner.holdings.items()},
        {symbol: (p.quantity, p.cost, p.realized) for symbol, p in owner.positions.items()},
        [] if owner.quotes is None else [*owner.quotes.fills],
    )


def _restore_account(state: State, image: AccountImage) -> None:
    owner = LedgerAccount(image.account)
    owner.holdings = {asset: Holding(*amounts) for asset, amounts in image.holdings.items()}
    owner.positions = {symbol: Position(*figures) for symbol, figures in image.positions.items()}
    state.ledger.accounts[AccountId(image.account.account_id)] = owner
    fit(state, owner)
    if owner.quotes is not None:
        owner.quotes.fills.extend(image.quotes)
        owner.quotes.taken = sum(amount for _, amount in image.quotes)


def _order_image(order: WorkingOrder) -> OrderImage:
    image = OrderImage(order.terms, *(getattr(order, name) for name in _ORDER_FIELDS))
    if isinstance(order, SpecialOrder):
        image.special = special_image(order)
    return image


def _restore_order(state: State, image: OrderImage) -> None:
    account = state.ledger.accounts[image.terms.account_id]
    market = state.markets[image.terms.symbol]
    order: WorkingOrder
    if image.special is None:
        order = WorkingOrder(image.terms, account, market)
    else:
        order = SpecialOrder(image.terms, account, market)
    for name in _ORDER_FIELDS:
        setattr(order, name, getattr(image, name))
    order.leaves_quantity = Lots(image.leaves_quantity)
    state.admit(order)
    if order.status not in (OrderStatus.PENDING_NEW, OrderStatus.HELD):
        order.source()
    if image.special is not None:
        assert isinstance(order, SpecialOrder), "a special image makes a special order"
        restore_special(state, order, image.special)
