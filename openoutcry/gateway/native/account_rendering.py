"""Accounts, their keys and what they have as the native API's shapes: pure functions."""

from typing import Final

from openoutcry.engine.engine import Engine
from openoutcry.history.movements import Posting
from openoutcry.model.account import (
    MONEY,
    Account,
    AccountKind,
    Balance,
    Key,
    MarginFigures,
    Worth,
)
from openoutcry.model.decimals import decimals_of, round_half_even, text_of
from openoutcry.model.instrument import Grid, notional_unit
from openoutcry.model.units import AccountId, Amount, Nanos, Sequence, Symbol, Ticks, divide_up
from openoutcry.wire import accounts as wire
from openoutcry.wire.prices import AVERAGE_UNIT, price_text, quantity_text
from openoutcry.wire.times import time_text

SECOND: Final = Nanos(10**9)


def posting(moved: Posting) -> wire.Posting:
    """Return a posting as the API shows it."""
    return wire.Posting(
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


def balance(held: Balance) -> wire.Balance:
    """Return a balance as the API shows it."""
    return wire.Balance(
        asset=held.asset,
        total=text_of(held.total),
        available=text_of(held.total - held.held),
        held=text_of(held.held),
    )


def positions(engine: Engine, account_id: AccountId) -> list[wire.Position]:
    """Return every position that was ever opened, marked at the last trade."""
    figures = engine.positions(account_id)
    return [_position(engine, symbol, *held) for symbol, held in figures.items()]


def _position(engine: Engine, symbol: Symbol, lots: int, cost: int, realized: int) -> wire.Position:
    instrument = engine.instrument(symbol) or engine.delisted(symbol)
    assert instrument is not None, "what was traded is, or was, listed"
    return position(symbol, instrument.grid, engine.last_price(symbol), (lots, cost, realized))


def position(
    symbol: Symbol, grid: Grid, mark: Ticks | None, figures: tuple[int, int, int]
) -> wire.Position:
    """Return a position (quantity, cost, realized) as the API shows it, at a mark."""
    lots, cost, realized = figures
    unit = notional_unit(grid)
    average = None
    if lots:
        # Cost is in units of currency: back to price units per lot, at eight places.
        rounded = round_half_even(
            cost * grid.price_increment * (1 if lots > 0 else -1), abs(lots) * unit * AVERAGE_UNIT
        )
        average = text_of(rounded * AVERAGE_UNIT, decimals_of(grid.price_increment))
    unrealized = text_of(lots * mark * unit - cost) if mark is not None else None
    return wire.Position(
        symbol=symbol,
        quantity=quantity_text(grid, lots),
        average_price=average,
        mark_price=price_text(grid, mark) if mark is not None else None,
        unrealized_pnl=unrealized,
        realized_pnl=text_of(realized),
    )


def account(
    owner: Account, worth: Worth, sequence: Sequence, at_stake: MarginFigures | None = None
) -> wire.Account:
    """Return an account with what it was worth at a sequence.

    `at_stake` is what its positions and orders come to; only on margin does it count for anything.
    """
    figures = at_stake or MarginFigures.nothing()
    cash_account = owner.margin == 1
    equity = worth.equity if cash_account else figures.equity
    spare = max(0, owner.margin * figures.equity - figures.exposure)
    return wire.Account(
        account_id=owner.account_id,
        name=owner.name,
        status=owner.status.value,
        cash=text_of(worth.cash),
        equity=text_of(equity),
        buying_power=text_of(worth.available if cash_account else spare),
        margin=owner.margin,
        initial_margin=text_of(0 if cash_account else divide_up(figures.exposure, owner.margin)),
        maintenance_margin=text_of(0 if cash_account else figures.maintenance),
        stp=owner.stp.value,
        stp_group=owner.stp_group,
        tier=owner.tier,
        limits=_limits(owner),
        sequence=sequence,
    )


def account_now(engine: Engine, owner: Account) -> wire.Account:
    """Return an account with what it is worth now."""
    worth = engine.worth(owner.account_id)
    return account(owner, worth, engine.sequence, engine.margin(owner.account_id, MONEY))


def new_account(owner: Account, cash: Amount, sequence: Sequence) -> wire.Account:
    """Return an account that has nothing but cash, and nothing at stake."""
    figures = MarginFigures(equity=cash, exposure=Amount(0), maintenance=Amount(0))
    return account(owner, Worth(cash, cash, cash), sequence, figures)


def _limits(owner: Account) -> wire.Limits:
    quotes = owner.mass_quote
    return wire.Limits(
        open_orders=owner.open_orders_max,
        positions={symbol: text_of(most) for symbol, most in owner.position_limits.items()},
        mass_quote=None
        if quotes is None
        else wire.QuoteLimit(quantity=text_of(quotes.quantity), window_s=quotes.window // SECOND),
    )


def key(held: Key) -> wire.Key:
    """Return a key as lists show it."""
    return wire.Key(
        key_id=held.key_id,
        account_id=held.account_id,
        permissions=[permission.value for permission in held.permissions],
        expires_at=time_text(held.expires_at) if held.expires_at is not None else None,
        allowed_ips=list(held.allowed_ips),
        public_key=held.public_key or None,
    )


def is_trader(owner: Account) -> bool:
    """Say whether an account is somebody's, rather than the venue's own."""
    return owner.kind is not AccountKind.SYSTEM
