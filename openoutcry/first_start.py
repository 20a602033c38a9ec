"""What a venue is opened with: rules, the settings that decide, accounts, instruments to trade.

Rule: everything is a journaled command and is submitted only when it is absent, so a start that
was cut off half-way is completed by the next one, and a replay needs no settings. The demo account
comes last and says that it was done.
"""

import asyncio
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from openoutcry.calendars.known import Calendars
from openoutcry.engine.administration import RULES_NEWEST
from openoutcry.gateway.native.admin.instrument_bodies import new_instrument
from openoutcry.gateway.problems import Problem
from openoutcry.model.account import DEMO, AccountKind
from openoutcry.model.commands import AdoptRules, Command, Configure, ListInstrument, OpenAccount
from openoutcry.model.errors import VenueError
from openoutcry.model.instrument import ALWAYS, Instrument
from openoutcry.model.order import Door
from openoutcry.model.units import UNIT, AccountId, Amount, Nanos
from openoutcry.sequencer.sequencer import Sequencer
from openoutcry.simulation.market import AGENTS

DEMO_CASH: Final = Amount(1_000_000 * UNIT)
INSTRUMENTS_MAX: Final = 10_000
"""Instruments in one file."""
ACTOR: Final = "venue"
_SHARES: Final = {
    "AAPL": "228.40",
    "MSFT": "417.10",
    "NVDA": "141.20",
    "AMZN": "202.60",
    "TSLA": "346.00",
    "SPY": "595.50",
}
_PAIRS: Final = {
    "EUR/USD": ("1.04150", "0.00001", "1"),
    "BTC/USD": ("97450.00", "0.01", "0.0001"),
}


class BadInstruments(VenueError):
    """The file of instruments cannot be used; the message says where and why."""


async def open_first(
    sequencer: Sequencer,
    instruments: Path | None,
    calendars: Calendars,
    liquidation_grace: Nanos,
) -> None:
    """Bring into being what is absent of what a venue is opened with, durably."""
    engine = sequencer.engine
    commands: list[Command] = []
    if engine.rules < RULES_NEWEST:
        commands.append(AdoptRules(rules=RULES_NEWEST))
    if engine.liquidation_grace != liquidation_grace:
        commands.append(Configure(liquidation_grace=liquidation_grace))
    commands += [
        OpenAccount(name=agent, account_id=agent, kind=AccountKind.AGENT)
        for agent in AGENTS
        if engine.account(agent) is None
    ]
    if engine.account(DEMO) is None:
        now = sequencer.clock.now()
        if instruments is None:
            listed = built_in(calendars, now)
        else:
            listed = read_instruments(instruments, calendars, now)
        commands += [
            ListInstrument(instrument=instrument)
            for instrument in listed
            if engine.instrument(instrument.symbol) is None
        ]
        commands.append(_demo())
    # One after the other into one inbox: they are applied in this order.
    submitted = [sequencer.submit(command, actor=ACTOR, door=Door.VENUE) for command in commands]
    await asyncio.gather(*submitted)


def built_in(calendars: Calendars, now: int) -> list[Instrument]:
    """Return the instruments of a venue that was told of none: some shares, a currency, a coin.

    The shares keep the venue's hours; what is traded in pairs is traded day and night.
    """
    bodies = [
        *(_body(symbol, price, "0.01", "1") for symbol, price in _SHARES.items()),
        *(_body(symbol, *terms) | {"calendar": ALWAYS} for symbol, terms in _PAIRS.items()),
    ]
    return [new_instrument(body, calendars, now) for body in bodies]


def read_instruments(path: Path, calendars: Calendars, now: int) -> list[Instrument]:
    """Read a TOML file of `[[instruments]]`, with the fields of the administration's call."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise BadInstruments(f"{path}: {fault}") from fault
    tables = content.get("instruments")
    if not isinstance(tables, list) or set(content) != {"instruments"}:
        raise BadInstruments(f"{path}: expected tables named [[instruments]] and nothing else")
    if len(tables) > INSTRUMENTS_MAX:
        raise BadInstruments(f"{path}: at most {INSTRUMENTS_MAX} instruments")
    read = []
    for place, table in enumerate(tables, start=1):
        try:
            read.append(_read(table, calendars, now))
        except Problem as problem:
            raise BadInstruments(f"{path}: instrument {place}: {problem.detail}") from problem
    listed: set[str] = set()
    for instrument in read:
        if instrument.symbol in listed:
            raise BadInstruments(f"{path}: {instrument.symbol} is there twice")
        listed.add(instrument.symbol)
    return read


def _read(table: object, calendars: Calendars, now: int) -> Instrument:
    if not isinstance(table, Mapping):
        raise Problem(400, "invalid_type", "it is not a table")
    return new_instrument(table, calendars, now)


def _body(
    symbol: str, price: str, price_increment: str, quantity_increment: str
) -> dict[str, object]:
    asset, _, currency = symbol.partition("/")
    return {
        "symbol": symbol,
        "asset": asset,
        "currency": currency or "USD",
        "price_increment": price_increment,
        "quantity_increment": quantity_increment,
        "reference_price": price,
    }


def _demo() -> OpenAccount:
    return OpenAccount(
        name="Demo", account_id=AccountId(DEMO), kind=AccountKind.DEMO, cash=DEMO_CASH
    )
