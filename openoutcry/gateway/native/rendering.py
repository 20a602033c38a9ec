"""Engine reports as the native API's shapes: pure functions."""

from openoutcry.engine.engine import Engine
from openoutcry.gateway.prices import AVERAGE_UNIT, average_text, price_text, quantity_text
from openoutcry.gateway.times import time_text
from openoutcry.history.movements import Fill, Posting, grid_of
from openoutcry.model.account import Account, AccountKind, Balance, Key, Worth
from openoutcry.model.decimals import decimals_of, round_half_even, text_of
from openoutcry.model.instrument import notional_unit
from openoutcry.model.order import OrderReport
from openoutcry.model.units import AccountId, Sequence, Symbol
from openoutcry.wire import accounts as wire_accounts
from openoutcry.wire import orders as wire_orders


def order(report: OrderReport) -> wire_orders.Order:
    """Return an order as the API shows it."""
    terms = report.terms
    grid = terms.grid
    return wire_orders.Order(
        order_id=terms.order_id,
        client_order_id=terms.client_order_id,
        account_id=terms.account_id,
        symbol=terms.symbol,
        side=terms.side.value,
        type=terms.type.value,
        time_in_force=terms.time_in_force.value,
        quantity=quantity_text(grid, terms.quantity),
        price=price_text(grid, report.price) if report.price is not None else None,
        post_only=terms.post_only.value if terms.post_only is not None else None,
        status=report.status.value,
        cum_quantity=quantity_text(grid, report.cum_quantity),
        leaves_quantity=quantity_text(grid, report.leaves_quantity),
        canceled_quantity=quantity_text(grid, report.canceled_quantity),
        prevented_quantity=quantity_text(grid, report.prevented_quantity),
        average_price=average_text(grid, report.cost, report.cum_quantity),
        fees=text_of(report.fees),
        reason=report.reason.value if report.reason is not None else None,
        revision=report.revision,
        sequence=report.sequence,
        created_at=time_text(terms.created_at),
        updated_at=time_text(report.updated_at),
    )


def fill(filled: Fill) -> wire_orders.Fill:
    """Return a fill as the API shows it."""
    grid = grid_of(filled)
    return wire_orders.Fill(
        trade_id=filled.trade_id,
        order_id=filled.order_id,
        client_order_id=filled.client_order_id,
        symbol=filled.symbol,
        side=filled.side.value,
        price=price_text(grid, filled.price),
        quantity=quantity_text(grid, filled.quantity),
        liquidity=filled.liquidity.value,
        fee=text_of(filled.fee),
        at=time_text(filled.at),
        sequence=filled.sequence,
    )


def posting(moved: Posting) -> wire_accounts.Posting:
    """Return a posting as the API shows it."""
    return wire_accounts.Posting(
        posting_id=str(moved.position),
        asset=moved.asset,
        amount=text_of(moved.amount),
        balance=text_of(moved.balance),
        kind=moved.kind.value,
        order_id=moved.order_id,
        trade_id=moved.trade_id,
        at=time_text(moved.at),
        sequence=moved.sequence,
    )


def balance(held: Balance) -> wire_accounts.Balance:
    """Return a balance as the API shows it."""
    return wire_accounts.Balance(
        asset=held.asset,
        total=text_of(held.total),
        available=text_of(held.total - held.held),
        held=text_of(held.held),
    )


def positions(engine: Engine, account_id: AccountId) -> list[wire_accounts.Position]:
    """Return every position that was ever opened, marked at the last trade."""
    figures = engine.positions(account_id)
    return [_position(engine, symbol, *held) for symbol, held in figures.items()]


def _position(
    engine: Engine, symbol: Symbol, lots: int, cost: int, realized: int
) -> wire_accounts.Position:
    instrument = engine.instrument(symbol)
    assert instrument is not None, "what was traded is listed"
    grid, mark = instrument.grid, engine.last_price(symbol)
    unit = notional_unit(grid)
    average = None
    if lots:
        # Cost is in units of currency: back to price units per lot, at eight places.
        rounded = round_half_even(
            cost * grid.price_increment * (1 if lots > 0 else -1), abs(lots) * unit * AVERAGE_UNIT
        )
        average = text_of(rounded * AVERAGE_UNIT, decimals_of(grid.price_increment))
    unrealized = text_of(lots * mark * unit - cost) if mark is not None else None
    return wire_accounts.Position(
        symbol=symbol,
        quantity=quantity_text(grid, lots),
        average_price=average,
        mark_price=price_text(grid, mark) if mark is not None else None,
        unrealized_pnl=unrealized,
        realized_pnl=text_of(realized),
    )


def account(owner: Account, worth: Worth, sequence: Sequence) -> wire_accounts.Account:
    """Return an account with what it was worth at a sequence."""
    limits = {} if owner.open_orders_max is None else {"open_orders": owner.open_orders_max}
    return wire_accounts.Account(
        account_id=owner.account_id,
        name=owner.name,
        status=owner.status.value,
        cash=text_of(worth.cash),
        equity=text_of(worth.equity),
        buying_power=text_of(worth.available),
        margin=1,
        limits=limits,
        sequence=sequence,
    )


def account_now(engine: Engine, owner: Account) -> wire_accounts.Account:
    """Return an account with what it is worth now."""
    return account(owner, engine.worth(owner.account_id), engine.sequence)


def key(held: Key) -> wire_accounts.Key:
    """Return a key as lists show it."""
    return wire_accounts.Key(
        key_id=held.key_id,
        account_id=held.account_id,
        permissions=[permission.value for permission in held.permissions],
        expires_at=time_text(held.expires_at) if held.expires_at is not None else None,
        allowed_ips=list(held.allowed_ips),
    )


def is_trader(owner: Account) -> bool:
    """Say whether an account is somebody's, rather than the venue's own."""
    return owner.kind is not AccountKind.SYSTEM
