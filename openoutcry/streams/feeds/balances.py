"""The channel `balances`: what an account has of every asset that an event changed."""

from openoutcry.engine.engine import Engine
from openoutcry.model import events as told
from openoutcry.model.account import Balance
from openoutcry.model.order import OrderReport, Side
from openoutcry.model.units import AccountId
from openoutcry.streams.feeds.rendering import Rendering
from openoutcry.streams.feeds.said import Said, encode
from openoutcry.streams.feeds.teller import Heard, Stateless
from openoutcry.wire.stream import BalancesMessage

CHANNEL = "balances"


class BalancesTeller(Stateless):
    """What one account has."""

    def __init__(self, account_id: AccountId, rendering: Rendering) -> None:
        self._account_id = account_id
        self._rendering = rendering

    def speaks(self, heard: Heard) -> bool:
        """Say whether an event changes a balance of the account."""
        return bool(balances_after(heard.event, self._account_id))

    def update(self, said: Said, heard: Heard, *, is_heard: bool) -> bytes | None:  # noqa: ARG002
        """Tell the balances that an event changed."""
        changed = balances_after(heard.event, self._account_id)
        return self._message(said, changed) if changed else None

    def picture(self, engine: Engine) -> list[Balance]:
        """Return all of them."""
        return engine.balances(self._account_id)

    def snapshot(self, said: Said, picture: list[Balance], past: None) -> bytes:  # noqa: ARG002
        """Return all of them."""
        return self._message(said, picture)

    def _message(self, said: Said, balances: list[Balance]) -> bytes:
        shown = [self._rendering.balance(balance) for balance in balances]
        return encode(BalancesMessage(**said.heading(), channel=CHANNEL, balances=shown))


def balances_after(event: told.Event | None, account_id: AccountId) -> list[Balance]:
    """Return those of an account that an event changed."""
    if isinstance(event, told.OrderExecuted):
        return _after_trade(event, account_id)
    if isinstance(event, told.FundsMoved):
        if event.account_id == account_id:
            return [Balance(asset=event.asset, total=event.balance, held=event.held)]
        if event.counter_account_id == account_id:
            total, held = event.counter_balance, event.counter_held
            return [Balance(asset=event.asset, total=total, held=held)]
        return []
    order: OrderReport | None = getattr(event, "order", None)
    if order is None or order.holding is None or order.terms.account_id != account_id:
        return []
    grid = order.terms.grid
    asset = grid.currency if order.terms.side is Side.BUY else grid.asset
    return [Balance(asset=asset, total=order.holding.total, held=order.holding.held)]


def _after_trade(event: told.OrderExecuted, account_id: AccountId) -> list[Balance]:
    order, funds = event.taker, event.taker_funds
    if order.terms.account_id != account_id:
        order, funds = event.maker, event.maker_funds
        if order.terms.account_id != account_id:
            return []
    grid = order.terms.grid
    return [
        Balance(asset=grid.asset, total=funds.asset, held=funds.asset_held),
        Balance(asset=grid.currency, total=funds.currency, held=funds.currency_held),
    ]
