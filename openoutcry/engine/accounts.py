"""Accounts: how they are opened, what their terms are, and how money comes in and goes out.

Rule: what an account's terms make of it inside the engine follows from them alone (`fit`), so that
a restored engine has the same.
"""

from msgspec.structs import replace

from openoutcry.engine import exposure, margin
from openoutcry.engine.refusing import refuse
from openoutcry.engine.state import RULES_TELLING, State
from openoutcry.engine.worth import worth_of
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.ledger.quotes import QuoteWindow
from openoutcry.model.account import (
    MONEY,
    OUTSIDE,
    Account,
    AccountKind,
    MarginFigures,
    PostingKind,
    Unlimited,
)
from openoutcry.model.commands import ChangeAccount, Deposit, OpenAccount
from openoutcry.model.events import AccountChanged, AccountOpened, FundsMoved
from openoutcry.model.reasons import Reason
from openoutcry.model.units import AccountId, Amount, Asset

MARGINS = (1, 2, 4)


def open_account(state: State, command: OpenAccount) -> None:
    """Open an account and pay in its first cash."""
    account_id = command.account_id
    if account_id is None:
        account_id = _free_account_id(state)
    elif account_id in state.ledger.accounts:
        return refuse(state, Reason.ALREADY_EXISTS, account_id)
    if command.cash < 0:
        return refuse(state, Reason.INSUFFICIENT_FUNDS, account_id)
    if command.margin not in MARGINS or not _knows_tier(state, command.tier):
        return refuse(state, Reason.NOT_FOUND, command.tier or str(command.margin))
    account = Account(
        account_id=account_id,
        name=command.name,
        kind=command.kind,
        open_orders_max=command.open_orders_max,
        stp=command.stp,
        stp_group=command.stp_group,
        margin=command.margin,
        tier=command.tier,
        position_limits=command.position_limits,
        mass_quote=command.mass_quote,
    )
    opened = state.ledger.open(account)
    if command.account_id is None:
        state.last_account = int(account_id.removeprefix("account-"))
    fit(state, opened)
    state.events.append(AccountOpened(account=account))
    if command.cash:
        pay_in(state, opened, MONEY, command.cash)
    return None


def _free_account_id(state: State) -> AccountId:
    """Return the next id of the venue's own that nobody was given by name."""
    number = state.last_account + 1
    while f"account-{number}" in state.ledger.accounts:
        number += 1
    return AccountId(f"account-{number}")


def change_account(state: State, command: ChangeAccount) -> None:
    """Change what may be changed of an account; the system's own stay as they are."""
    owner = state.ledger.accounts.get(command.account_id)
    if owner is None or owner.account.kind is AccountKind.SYSTEM:
        return refuse(state, Reason.UNKNOWN_ACCOUNT, command.account_id)
    refusal = _refusal(state, owner, command)
    if refusal is not None:
        return refuse(state, refusal, command.account_id)
    account = owner.account
    given = {name: getattr(command, name) for name in PLAIN_TERMS}
    account = replace(account, **{n: value for n, value in given.items() if value is not None})
    if command.open_orders_max is not None:
        limit = command.open_orders_max
        account = replace(account, open_orders_max=None if limit is Unlimited.UNLIMITED else limit)
    if command.tier is not None:
        account = replace(account, tier=command.tier or None)
    if command.stp_group is not None:
        account = replace(account, stp_group=command.stp_group or None)
    if command.mass_quote is not None:
        quotes = command.mass_quote if command.mass_quote.quantity else None
        account = replace(account, mass_quote=quotes)
    owner.account = account
    fit(state, owner)
    state.events.append(
        AccountChanged(
            account=account, worth=worth_of(state, owner), at_stake=_at_stake(state, owner)
        )
    )
    return None


def _at_stake(state: State, owner: LedgerAccount) -> MarginFigures | None:
    """Return what whoever changes an account on margin is told of it."""
    if owner.account.margin == 1 or state.rules < RULES_TELLING:
        return None
    return exposure.figures(state, owner, MONEY)


PLAIN_TERMS = ("name", "status", "stp", "margin", "position_limits")


def fit(state: State, owner: LedgerAccount) -> None:
    """Derive from an account's terms what the engine keeps beside them."""
    account = owner.account
    owner.rates = state.tiers.get(account.tier) if account.tier is not None else None
    owner.is_limited = account.margin > 1 or bool(account.position_limits)
    if not owner.is_limited:
        owner.interest = None
    elif owner.interest is None:
        owner.interest = exposure.reckoned(state, owner)
    for order in state.orders_by_account.get(account.account_id, {}).values():
        special = order.terms.special
        order.is_counted = owner.is_limited or (special is not None and special.reduce_only)
    if account.mass_quote is None:
        owner.quotes = None
    elif owner.quotes is None:
        owner.quotes = QuoteWindow(account.mass_quote)
    else:
        owner.quotes.limit = account.mass_quote
    if account.margin > 1:
        state.margined[account.account_id] = owner
        state.stakes.enrol(owner, state.traded)
    else:
        state.margined.pop(account.account_id, None)
        margin.forgive(state, account.account_id)
    state.look_closely()


def may_withdraw(state: State, owner: LedgerAccount, command: Deposit) -> bool:
    """Say whether an amount (it is negative) is available; on margin, whether equity spares it."""
    if owner.available(command.asset) + command.amount < 0:
        return False
    if owner.account.margin == 1:
        return True
    holding = owner.holding(command.asset)
    holding.total += command.amount
    try:
        every = [exposure.figures(state, owner, c) for c in exposure.exposed_in(state, owner)]
    finally:
        holding.total -= command.amount
    return all(found.exposure <= owner.account.margin * found.equity for found in every)


def pay_in(state: State, owner: LedgerAccount, asset: Asset, amount: Amount) -> None:
    """Move an amount in from outside; a negative one goes out."""
    outside = state.ledger.accounts[OUTSIDE]
    state.ledger.move(outside, owner, asset, amount)
    state.events.append(
        FundsMoved(
            kind=PostingKind.DEPOSIT if amount >= 0 else PostingKind.WITHDRAWAL,
            account_id=owner.account.account_id,
            counter_account_id=OUTSIDE,
            asset=asset,
            amount=amount,
            balance=Amount(owner.holding(asset).total),
            counter_balance=Amount(outside.holding(asset).total),
            held=Amount(owner.holding(asset).held),
        )
    )


def _knows_tier(state: State, tier: str | None) -> bool:
    return not tier or tier in state.tiers


def _refusal(state: State, owner: LedgerAccount, command: ChangeAccount) -> Reason | None:
    """Say why an account's terms cannot change so."""
    if not _knows_tier(state, command.tier):
        return Reason.NOT_FOUND
    if command.margin is None or command.margin == owner.account.margin:
        return None
    if command.margin not in MARGINS:
        return Reason.NOT_FOUND
    # What orders hold is reckoned in another way on margin.
    if state.orders_by_account.get(command.account_id):
        return Reason.ORDERS_RESTING
    if command.margin == 1 and any(h.total < 0 for h in owner.holdings.values()):
        return Reason.INSUFFICIENT_FUNDS
    return None
