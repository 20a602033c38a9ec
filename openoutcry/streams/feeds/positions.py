"""The channel `positions`: what fills have made of an account, whenever an event changes that."""

from typing import NamedTuple

from openoutcry.engine.engine import Engine
from openoutcry.model import events as told
from openoutcry.model.instrument import Grid
from openoutcry.model.totals import PositionFigures
from openoutcry.model.units import AccountId, Amount, Symbol, Ticks
from openoutcry.streams.feeds.rendering import Rendering
from openoutcry.streams.feeds.said import Said, encode
from openoutcry.streams.feeds.teller import Heard, Stateless
from openoutcry.wire.stream import PositionsMessage

CHANNEL = "positions"
FLAT = PositionFigures(0, Amount(0), Amount(0))


class Standing(NamedTuple):
    """A position, and the last trade that marks it."""

    symbol: Symbol
    grid: Grid
    figures: PositionFigures
    mark: Ticks | None


class PositionsTeller(Stateless):
    """The positions of one account."""

    def __init__(self, account_id: AccountId, rendering: Rendering) -> None:
        self._account_id = account_id
        self._rendering = rendering

    def speaks(self, heard: Heard) -> bool:
        """Say whether an event changes a position of the account."""
        return bool(positions_after(heard.event, self._account_id))

    def update(self, said: Said, heard: Heard, *, is_heard: bool) -> bytes | None:  # noqa: ARG002
        """Tell the positions that an event changed."""
        changed = positions_after(heard.event, self._account_id)
        return self._message(said, changed) if changed else None

    def picture(self, engine: Engine) -> list[Standing]:
        """Return all of them, marked at the last trade."""
        found = []
        for symbol, figures in engine.positions(self._account_id).items():
            instrument = engine.instrument(symbol) or engine.delisted(symbol)
            assert instrument is not None, "what was traded is, or was, listed"
            quantity, cost, realized = figures
            told_figures = PositionFigures(quantity, Amount(cost), Amount(realized))
            mark = engine.last_price(symbol)
            found.append(Standing(symbol, instrument.grid, told_figures, mark))
        return found

    def snapshot(self, said: Said, picture: list[Standing], past: None) -> bytes:  # noqa: ARG002
        """Return all of them."""
        return self._message(said, picture)

    def _message(self, said: Said, positions: list[Standing]) -> bytes:
        shown = [
            self._rendering.position(
                symbol, grid, mark, (figures.quantity, figures.cost, figures.realized)
            )
            for symbol, grid, figures, mark in positions
        ]
        return encode(PositionsMessage(**said.heading(), channel=CHANNEL, positions=shown))


def positions_after(event: told.Event | None, account_id: AccountId) -> list[Standing]:
    """Return those of an account that an event changed."""
    if isinstance(event, told.OrderExecuted):
        sides = (
            (event.taker, event.taker_funds.position),
            (event.maker, event.maker_funds.position),
        )
        mark: Ticks | None = event.price
    elif isinstance(event, told.TradeBusted):
        sides = (event.taker, event.taker_position), (event.maker, event.maker_position)
        mark = event.mark
    elif isinstance(event, told.AccountReset) and event.account.account_id == account_id:
        return [Standing(closed.symbol, closed.grid, FLAT, None) for closed in event.closed]
    else:
        return []
    for order, figures in sides:
        if order.terms.account_id == account_id and figures is not None:
            return [Standing(event.symbol, order.terms.grid, figures, mark)]
    return []
