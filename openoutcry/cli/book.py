"""`openoutcry book`: the best prices of an instrument, once or live."""

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from enum import Enum
from itertools import count
from typing import Annotated, Final

import typer
from rich.live import Live
from rich.table import Table

from openoutcry.cli.api import Api, Row, part
from openoutcry.cli.live import NoStream, Place, subscribed
from openoutcry.cli.options import AsJson, TradeKey, Url, trading
from openoutcry.cli.show import console, show_json

REPAINT_S: Final = 0.25
DEPTH_DEFAULT: Final = 10
DEPTHS: Final = (10, 25, 100, 1_000)
"""That the stream has."""


class Level(Enum):
    """How much of a book is shown."""

    BEST = "1"
    LEVELS = "2"


def book(  # noqa: PLR0913  (each is an option of the command)
    symbol: Annotated[str, typer.Argument(help="Such as AAPL or EUR/USD.", show_default=False)],
    level: Annotated[
        Level, typer.Option(help="1: the best of each side; 2: levels.")
    ] = Level.LEVELS,
    depth: Annotated[int, typer.Option(min=1, max=1_000, help="Levels a side.")] = DEPTH_DEFAULT,
    url: Url = None,
    key: TradeKey = None,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Repaint live until Ctrl+C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is bid for and offered, best in the middle."""
    venue = trading(url, key)
    depth = 1 if level is Level.BEST else depth
    if not watch:
        content = _read(venue, symbol, depth)
        if as_json:
            show_json(content)
        else:
            console().print(_painted(content))
        return
    with suppress(KeyboardInterrupt):
        changes = _changes(venue, symbol, depth)
        if not as_json and console().is_terminal:
            _paint(changes)
            return
        for content in changes:
            if as_json:
                typer.echo(json.dumps(content))
            else:
                console().print(_painted(content))


def _paint(changes: Iterator[Row]) -> None:
    """Show the book in one place, not more often than eyes can follow."""
    with Live(console=console(), refresh_per_second=1 / REPAINT_S) as live:
        for content in changes:
            live.update(_painted(content))


def _changes(venue: Api, symbol: str, depth: int) -> Iterator[Row]:
    """Yield the book at every change: from the stream, or asked for where there is none."""
    wanted = next(kept for kept in DEPTHS if kept >= depth)
    asked: Row = {"channel": "book", "symbols": [symbol], "depth": wanted}
    try:
        with subscribed(Place(*venue.place), asked) as messages:
            yield from _folded(messages, depth)
    except NoStream:
        yield from _asked_for(venue, symbol, depth)


def _folded(messages: Iterator[Row], depth: int) -> Iterator[Row]:
    """Fold snapshots and changes of levels into the whole book, and yield it at every message."""
    sides: dict[str, dict[str, str]] = {"bids": {}, "asks": {}}
    for message in messages:
        for name, levels in sides.items():
            if message["type"] == "snapshot":
                levels.clear()
            for price, quantity in _levels(message[name]):
                if Decimal(quantity):
                    levels[price] = quantity
                else:
                    levels.pop(price, None)
        yield {
            "symbol": message["symbol"],
            "sequence": message["sequence"],
            "bids": _best(sides["bids"], depth, is_bid=True),
            "asks": _best(sides["asks"], depth, is_bid=False),
        }


def _best(levels: dict[str, str], depth: int, *, is_bid: bool) -> list[list[str]]:
    prices = sorted(levels, key=Decimal, reverse=is_bid)
    return [[price, levels[price]] for price in prices[:depth]]


def _asked_for(venue: Api, symbol: str, depth: int) -> Iterator[Row]:
    """Yield the book at every change that is noticed by asking again and again."""
    shown: tuple[object, object] | None = None
    for _ in count():
        content = _read(venue, symbol, depth)
        sides = content["bids"], content["asks"]
        if sides != shown:
            shown = sides
            yield content
        time.sleep(REPAINT_S)


def _read(venue: Api, symbol: str, depth: int) -> Row:
    return venue.read(f"/book/{part(symbol)}", level=Level.LEVELS.value, depth=depth)


def _painted(content: Row) -> Table:
    table = Table(box=None, pad_edge=False, title=f"{content['symbol']}", title_justify="left")
    for name in ("bid", "price", "ask"):
        table.add_column(name, justify="right", min_width=10)
    for price, quantity in reversed(_levels(content["asks"])):
        table.add_row("", price, f"[red]{quantity}[/red]")
    for price, quantity in _levels(content["bids"]):
        table.add_row(f"[green]{quantity}[/green]", price, "")
    table.caption = f"sequence {content['sequence']}"
    table.caption_justify = "left"
    return table


def _levels(side: object) -> list[tuple[str, str]]:
    assert isinstance(side, list), "a side is a list of levels"
    return [(str(price), str(quantity)) for price, quantity in side]
