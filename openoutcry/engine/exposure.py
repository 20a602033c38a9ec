"""What an account stands for: its positions, its open orders, and what equity carries of them.

Rule 1: marks are the last trade, else the reference price; amounts are whole units of currency.
Rule 2: what is counted is what could be filled: every order at market, a sleeping stop included; of
the two legs of a pair only the larger one.
"""

from typing import Final

from openoutcry.engine.links import at_market
from openoutcry.engine.market import Market
from openoutcry.engine.special_order import SpecialOrder
from openoutcry.engine.state import State
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.interest import Interest
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.model.account import MarginFigures
from openoutcry.model.order import Side
from openoutcry.model.units import Amount, Asset, Symbol, divide_up
from openoutcry.risk.checks import Proposal, Standing

MAINTENANCE_LONG: Final = 25
MAINTENANCE_SHORT: Final = 30
"""Per cent of a position's worth that equity must cover."""


def standing(
    state: State, owner: LedgerAccount, market: Market, own: WorkingOrder | None
) -> Standing:
    """Return how an account stands in a market, without an order that is about to change.

    Of a pair that it belongs to only the larger leg counts, so its sibling is told apart.
    """
    interest = interest_of(state, owner)
    symbol = market.instrument.symbol
    buys, sells = interest.of(symbol)
    beside = 0
    if own is not None:
        sibling = state.links.sibling(own) if isinstance(own, SpecialOrder) else None
        pair = (own,) if sibling is None else (own, sibling)
        counted = sum(interest.counted.get(leg.terms.order_id, 0) for leg in pair)
        buys, sells = (buys - counted, sells) if own.is_buy else (buys, sells - counted)
        beside = 0 if sibling is None else at_market(sibling)
    position = owner.positions.get(symbol)
    lots = position.quantity if position is not None else 0
    if owner.account.margin == 1:
        return Standing(lots, buys, sells, beside)
    currency = market.instrument.grid.currency
    elsewhere = 0
    for other, lots_worst in _worst_positions(owner, interest).items():
        marked = state.markets.get(other)
        if marked is None or marked is market:
            continue
        if marked.instrument.grid.currency == currency:
            elsewhere += lots_worst * marked.reference() * marked.unit
    mark = market.reference() * market.unit
    worth = equity(state, owner, currency)
    return Standing(lots, buys, sells, beside, elsewhere, worth, mark)


def interest_of(state: State, owner: LedgerAccount) -> Interest:
    """Return what an account's orders may still trade; where it is not kept, reckon it."""
    if owner.interest is not None:
        return owner.interest
    return reckoned(state, owner)


def reckoned(state: State, owner: LedgerAccount) -> Interest:
    """Return the same, from every order anew."""
    kept, owner.interest = owner.interest, Interest()
    try:
        recount(state, owner)
        return owner.interest
    finally:
        owner.interest = kept


def recount(state: State, owner: LedgerAccount) -> None:
    """Count every order of an account as it stands."""
    for order in state.orders_by_account.get(owner.account.account_id, {}).values():
        state.links.recount(order)


def weigh(proposal: Proposal, owner: LedgerAccount, market: Market, quantity: int) -> None:
    """Fill in what caps and margin have to say about an order of `quantity` lots."""
    stands = proposal.standing
    assert stands is not None, "only accounts with limits are weighed"
    is_buy = proposal.side is Side.BUY
    quantity = max(quantity, stands.beside)
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
        has = max(0, owner.total(grid.asset))
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
    quantity = max(quantity, stands.beside)
    if side is Side.BUY:
        return stands.buys + quantity > -stands.position
    return stands.sells + quantity > stands.position


def equity(state: State, owner: LedgerAccount, currency: Asset) -> int:
    """Return what an account has in a currency, and what its assets are worth in it."""
    total = owner.total(currency)
    for asset, holding in owner.holdings.items():
        market = _market_of(state, asset, currency)
        if holding.total and market is not None and asset != currency:
            lot = market.instrument.grid.quantity_increment
            # Rounded down: the grid's lots may not divide what was paid in.
            total += holding.total * market.reference() * market.unit // lot
    return total


def _market_of(state: State, asset: Asset, currency: Asset) -> Market | None:
    """Return the market that says what an asset is worth in a currency: the first listed."""
    for market in state.traded.get(asset, {}).values():
        if market.instrument.grid.currency == currency:
            return market
    return None


def figures(state: State, owner: LedgerAccount, currency: Asset) -> MarginFigures:
    """Return equity, exposure and maintenance of an account in a currency."""
    exposure = maintenance = 0
    for symbol, lots in _worst_positions(owner, interest_of(state, owner)).items():
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


def exposed_in(state: State, owner: LedgerAccount) -> list[Asset]:
    """Return the currencies that an account has positions in, or could have by its orders."""
    found = dict.fromkeys(currencies(state, owner))
    for symbol, lots in interest_of(state, owner).lots.items():
        market = state.markets.get(symbol)
        if any(lots) and market is not None:
            found[market.instrument.grid.currency] = None
    return list(found)


def _worst_positions(owner: LedgerAccount, interest: Interest) -> dict[Symbol, int]:
    """Return the largest size, long or short, that each position could take on."""
    worst: dict[Symbol, int] = {}
    for symbol, position in owner.positions.items():
        buys, sells = interest.of(symbol)
        worst[symbol] = max(abs(position.quantity + buys), abs(position.quantity - sells))
    for symbol, (buys, sells) in interest.lots.items():
        if symbol not in worst:
            worst[symbol] = max(buys, sells)
    return worst


def check(state: State) -> None:
    """Assert that what is kept is what would be reckoned."""
    for owner in state.ledger.accounts.values():
        assert (owner.interest is not None) is owner.is_limited
        if owner.interest is not None:
            anew = reckoned(state, owner)
            assert owner.interest.counted == anew.counted
            assert owner.interest.lots == anew.lots
    claims, state.links.claims = state.links.claims, {}
    for owner in state.ledger.accounts.values():
        recount(state, owner)
    assert {name: one.lots for name, one in claims.items()} == {
        name: one.lots for name, one in state.links.claims.items()
    }
