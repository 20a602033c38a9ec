"""What an account stands for: its positions, its open orders, and what equity carries of them.

Rule 1: marks are the last trade, else the reference price; amounts are whole units of currency.
Rule 2: what is counted is what could be filled: every order at market, a sleeping stop included.
"""

from typing import Final, NamedTuple, Self

from msgspec import Struct

from openoutcry.engine.market import Market
from openoutcry.engine.state import State
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.model.order import OrderStatus, Side
from openoutcry.model.units import Amount, Asset, OrderId, Symbol, divide_up
from openoutcry.risk.checks import Proposal, Standing

AT_MARKET: Final = (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)
MAINTENANCE_LONG: Final = 25
MAINTENANCE_SHORT: Final = 30
"""Per cent of a position's worth that equity must cover."""


class MarginFigures(Struct, frozen=True, kw_only=True, gc=False):
    """An account at the present marks, in units of one currency."""

    equity: Amount
    exposure: Amount
    """Of positions and open orders."""
    maintenance: Amount
    """What the positions need."""

    @classmethod
    def nothing(cls) -> Self:
        """Return the figures of an account that has nothing at stake."""
        return cls(equity=Amount(0), exposure=Amount(0), maintenance=Amount(0))


class _Open(NamedTuple):
    """Lots of open orders by side."""

    buys: int = 0
    sells: int = 0


def standing(
    state: State, owner: LedgerAccount, market: Market, without: OrderId | None
) -> Standing:
    """Return how an account stands in a market, an order left out that is about to change."""
    symbol = market.instrument.symbol
    open_orders = _open_orders(state, owner, without)
    here = open_orders.get(symbol, _Open())
    position = owner.positions.get(symbol)
    lots = position.quantity if position is not None else 0
    if owner.account.margin == 1:
        return Standing(lots, here.buys, here.sells)
    currency = market.instrument.grid.currency
    elsewhere = 0
    for other, lots_worst in _worst_positions(owner, open_orders).items():
        marked = state.markets.get(other)
        if marked is None or marked is market:
            continue
        if marked.instrument.grid.currency == currency:
            elsewhere += lots_worst * marked.reference() * marked.unit
    mark = market.reference() * market.unit
    return Standing(lots, here.buys, here.sells, elsewhere, equity(state, owner, currency), mark)


def weigh(proposal: Proposal, owner: LedgerAccount, market: Market, quantity: int) -> None:
    """Fill in what caps and margin have to say about `quantity` lots more."""
    stands = proposal.standing
    assert stands is not None, "only accounts with limits are weighed"
    is_buy = proposal.side is Side.BUY
    buys = stands.buys + quantity if is_buy else stands.buys
    sells = stands.sells if is_buy else stands.sells + quantity
    grid = market.instrument.grid
    cap = owner.account.position_limits.get(market.instrument.symbol)
    if cap is not None:
        worst = stands.position + buys if is_buy else sells - stands.position
        proposal.position_after = worst * grid.quantity_increment
        proposal.position_max = cap
    if owner.account.margin == 1:
        return
    if not is_buy and not market.instrument.shortable:
        has = max(0, owner.holding(grid.asset).total)
        if sells * grid.quantity_increment > has:
            proposal.needed, proposal.available = sells * grid.quantity_increment, has
            return
    before = max(abs(stands.position + stands.buys), abs(stands.position - stands.sells))
    after = max(abs(stands.position + buys), abs(stands.position - sells))
    proposal.is_on_margin = True
    proposal.needed = proposal.available = 0
    # What makes nothing worse is let through, however little equity there is.
    if after > before:
        proposal.needed = stands.elsewhere + after * stands.mark
        proposal.available = owner.account.margin * stands.equity


def opens(stands: Standing, side: Side, quantity: int) -> bool:
    """Say whether an order would do more than close a position."""
    if side is Side.BUY:
        return stands.buys + quantity > -stands.position
    return stands.sells + quantity > stands.position


def equity(state: State, owner: LedgerAccount, currency: Asset) -> int:
    """Return what an account has in a currency, and what its assets are worth in it."""
    total = owner.holding(currency).total
    counted: dict[Asset, None] = {currency: None}
    for market in state.markets.values():
        grid = market.instrument.grid
        if grid.currency != currency or grid.asset in counted:
            continue
        holding = owner.holdings.get(grid.asset)
        if holding is not None and holding.total:
            counted[grid.asset] = None
            # Rounded down: the grid's lots may not divide what was paid in.
            total += holding.total * market.reference() * market.unit // grid.quantity_increment
    return total


def figures(state: State, owner: LedgerAccount, currency: Asset) -> MarginFigures:
    """Return equity, exposure and maintenance of an account in a currency."""
    exposure = maintenance = 0
    for symbol, lots in _worst_positions(owner, _open_orders(state, owner, None)).items():
        market = state.markets.get(symbol)
        if market is None or market.instrument.grid.currency != currency:
            continue
        mark = market.reference() * market.unit
        exposure += lots * mark
        position = owner.positions.get(symbol)
        held = position.quantity if position is not None else 0
        share = MAINTENANCE_LONG if held > 0 else MAINTENANCE_SHORT
        maintenance += divide_up(abs(held) * mark * share, 100)
    return MarginFigures(
        equity=Amount(equity(state, owner, currency)),
        exposure=Amount(exposure),
        maintenance=Amount(maintenance),
    )


def currencies(state: State, owner: LedgerAccount) -> list[Asset]:
    """Return the currencies that an account has positions in."""
    found: dict[Asset, None] = {}
    for symbol, position in owner.positions.items():
        market = state.markets.get(symbol)
        if position.quantity and market is not None:
            found[market.instrument.grid.currency] = None
    return list(found)


def _worst_positions(owner: LedgerAccount, open_orders: dict[Symbol, _Open]) -> dict[Symbol, int]:
    """Return the largest size, long or short, that each position could take on."""
    worst: dict[Symbol, int] = {}
    for symbol, position in owner.positions.items():
        buys, sells = open_orders.get(symbol, _Open())
        worst[symbol] = max(abs(position.quantity + buys), abs(position.quantity - sells))
    for symbol, (buys, sells) in open_orders.items():
        if symbol not in worst:
            worst[symbol] = max(buys, sells)
    return worst


def _open_orders(
    state: State, owner: LedgerAccount, without: OrderId | None
) -> dict[Symbol, _Open]:
    found: dict[Symbol, _Open] = {}
    for order_id, order in state.orders_by_account.get(owner.account.account_id, {}).items():
        if order_id == without or order.status not in AT_MARKET:
            continue
        symbol = order.terms.symbol
        buys, sells = found.get(symbol, _Open())
        if order.is_buy:
            found[symbol] = _Open(buys + order.leaves_quantity, sells)
        else:
            found[symbol] = _Open(buys, sells + order.leaves_quantity)
    return found
