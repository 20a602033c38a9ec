"""Commands and events as the API shows them: every field by its name, in decimals and times.

Rule 1: what proves who somebody is, a key's digest even, is shown to nobody.
Rule 2: to an account its own facts are shown, and in them no other account, nor what belongs to it.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, get_args, get_type_hints

from msgspec import Struct

from openoutcry.engine.engine import Engine
from openoutcry.gateway.native import rendering
from openoutcry.gateway.native.market import instrument_shape
from openoutcry.gateway.refusals import figures_of
from openoutcry.model import events as told
from openoutcry.model.decimals import text_of
from openoutcry.model.instrument import Grid, Instrument
from openoutcry.model.order import OrderReport
from openoutcry.model.record import Record
from openoutcry.model.totals import PositionFigures
from openoutcry.model.units import (
    FEE_RATE_PER_BPS,
    UNIT,
    AccountId,
    Amount,
    FeeRate,
    Lots,
    Nanos,
    Ticks,
)
from openoutcry.streams.feeds.sent import grid_as_sent
from openoutcry.wire.prices import price_text, quantity_text
from openoutcry.wire.times import time_text

SPANS: Final = frozenset({"delay_ns", "timeout", "leap", "window", "liquidation_grace"})
"""Fields of nanoseconds that are no moments."""
SIDES: Final = ("taker", "maker")
OF_OTHERS: Final = frozenset(
    {"counter_account_id", "counter_balance", "counter_held", "counter_order_id",
     "taker_account_id"}
)  # fmt: skip
"""What an account is not told of its own events."""
HIDDEN: Final = frozenset({"grid", "based_on", "secret_sha256"})
"""Not shown to anybody: how ticks were counted, and what would help to prove who one is not."""


class Facts:
    """The facts of one record, as one account may see them; None: all of them."""

    def __init__(self, engine: Engine, record: Record, whose: AccountId | None) -> None:
        self.whose = whose
        self._engine = engine
        self._record = record

    def command(self) -> dict[str, Any]:
        """Return the command."""
        command = self._record.entry.command
        grid = getattr(command, "grid", None) or self._grid_of_events()
        if grid is None and (symbol := getattr(command, "symbol", None)) is not None:
            listed = self._engine.instrument(symbol)
            grid = listed.grid if listed is not None else None
        return {"command": _tag(command), **self._fields(command, grid)}

    def event(self, event: told.Event) -> dict[str, Any] | None:
        """Return an event; None if it is nothing to the account."""
        if self.whose is not None and not self._concerns(event):
            return None
        shown = self._fields(event, _grid_in(event))
        if self.whose is not None:
            shown = {name: value for name, value in shown.items() if self._is_own(event, name)}
            if isinstance(event, told.FundsMoved) and event.account_id != self.whose:
                shown |= self._other_side(event)
        return {"event": _tag(event), **shown}

    def _concerns(self, event: told.Event) -> bool:
        if isinstance(event, told.OrderExecuted | told.TradeBusted):
            return self.whose in (event.taker.terms.account_id, event.maker.terms.account_id)
        order: OrderReport | None = getattr(event, "order", None)
        if order is not None:
            return order.terms.account_id == self.whose
        account = getattr(event, "account", None) or getattr(event, "key", None)
        return self.whose in (
            getattr(account, "account_id", None),
            getattr(event, "account_id", None),
            getattr(event, "counter_account_id", None),
        )

    def _is_own(self, event: told.Event, name: str) -> bool:
        """Say whether a field is about this account, or about the market."""
        if name in OF_OTHERS:
            return False
        side = next((side for side in SIDES if name.startswith(side)), None)
        if side is None or not isinstance(event, told.OrderExecuted | told.TradeBusted):
            return True
        report: OrderReport = getattr(event, side)
        return report.terms.account_id == self.whose

    def _other_side(self, event: told.FundsMoved) -> dict[str, Any]:
        """Return a movement as the account on its other side sees it."""
        return {
            "account_id": self.whose,
            "amount": text_of(-event.amount),
            "balance": text_of(event.counter_balance),
            "held": text_of(event.counter_held),
            "order_id": event.counter_order_id,
        }

    def _grid_of_events(self) -> Grid | None:
        grids = (_grid_in(event) for event in self._record.events)
        return next((grid for grid in grids if grid is not None), None)

    def _grid_as_sent(self) -> Grid | None:
        """Return the grid of what was refused."""
        first = next(iter(self._record.events), None)
        return grid_as_sent(self._record.entry.command, getattr(first, "leg", None))

    def _fields(self, fact: Struct, grid: Grid | None) -> dict[str, Any]:
        hints = _hints(type(fact))
        return {
            name: self._shown(getattr(fact, name), hints[name], name, grid)
            for name in fact.__struct_fields__
            if name not in HIDDEN
        }

    def _shown(self, value: Any, kind: Any, name: str, grid: Grid | None) -> Any:  # noqa: ANN401, C901, PLR0911
        match value:
            case OrderReport():
                return rendering.order(value)
            case Instrument():
                return instrument_shape(value)
            case PositionFigures() if grid is not None:
                figures = self._fields(value, grid)
                return figures | {"quantity": quantity_text(grid, value.quantity)}
            case Struct():
                return self._fields(value, _grid_in(value) or grid)
            case Enum():
                return value.value
            case None | bool() | str():
                return value
            case int():
                return _figure(value, _kinds(kind), name, grid)
            case tuple() | list():
                within = next(iter(get_args(kind)), Any)
                return [self._shown(one, within, name, grid) for one in value]
            case Mapping() if name == "allowed":
                return figures_of(value, grid or self._grid_as_sent())
            case Mapping():
                within = next(reversed(get_args(kind)), Any)
                return {k: self._shown(one, within, name, grid) for k, one in value.items()}
        message = f"{type(value).__name__} has no form in the API"
        raise TypeError(message)


def _figure(value: int, kinds: frozenset[Any], name: str, grid: Grid | None) -> int | str:
    if Amount in kinds:
        return text_of(value)
    if FeeRate in kinds:
        return text_of(value * UNIT // FEE_RATE_PER_BPS)
    if Nanos in kinds:
        return value if name in SPANS else time_text(value)
    if grid is not None and Ticks in kinds:
        return price_text(grid, value)
    if grid is not None and Lots in kinds:
        return quantity_text(grid, value)
    return value


_cache: Final[dict[type, dict[str, Any]]] = {}


def _hints(kind: type) -> dict[str, Any]:
    found = _cache.get(kind)
    if found is None:
        found = _cache[kind] = get_type_hints(kind)
    return found


def _kinds(kind: Any) -> frozenset[Any]:  # noqa: ANN401
    return frozenset(get_args(kind) or (kind,))


def _tag(fact: Struct) -> str:
    return str(type(fact).__struct_config__.tag)


def _grid_in(event: Struct) -> Grid | None:
    """Return the grid that the ticks and lots of an event or a part of it are counted by."""
    for name in ("taker", "order"):
        report: OrderReport | None = getattr(event, name, None)
        if report is not None:
            return report.terms.grid
    instrument: Instrument | None = getattr(event, "instrument", None)
    if instrument is not None:
        return instrument.grid
    return getattr(event, "grid", None)
