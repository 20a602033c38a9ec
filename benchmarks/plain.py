"""Durable orders per second, against a plain service of the same shape."""

from collections.abc import Callable, Mapping
from typing import Final

from benchmarks.harness import Effort, Load, Server, in_turns, load, scratch
from benchmarks.orders import COLUMNS, compared, told
from benchmarks.report import Answer
from benchmarks.venue import ORDER, venue

QUESTION: Final = "How many times the orders of a plain FastAPI and SQLAlchemy service is that?"
TARGET: Final = "≥ 20"
CONNECTIONS: Final = 64
METHOD: Final = f"""\
`POST /orders` over {CONNECTIONS} keep-alive connections to the venue (as in `orders`) and to
`benchmarks/plain_service.py`: FastAPI, Pydantic, SQLAlchemy's ORM, SQLite with WAL and synchronous
FULL, one commit per order, plain endpoints in the framework's threads. The service does less: no
book, no money, no delay, no stream. It is measured as such services are mostly written, with
SQLAlchemy's own pool of connections (`plain`), and tuned for SQLite's single writer, with one
connection that the threads take in turns (`tuned`)."""


def measure(effort: Effort) -> Answer:
    """Compare the venue with both editions of the service."""
    sides: dict[str, Callable[[], Load]] = {
        "plain": _plain_round(effort, {}),
        "tuned": _plain_round(effort, {"PLAIN_CONNECTIONS": "1"}),
        "venue": _venue_round(effort),
    }
    loads = in_turns(effort.rounds, sides)
    tuned = {name: loads[name] for name in ("tuned", "venue")}
    rows = compared(str(CONNECTIONS), loads, TARGET)
    against_tuned = compared(str(CONNECTIONS), tuned)[-1]
    return Answer(METHOD, [(*COLUMNS, "target"), *rows, against_tuned])


def _plain_round(effort: Effort, settings: Mapping[str, str]) -> Callable[[], Load]:
    def one_round() -> Load:
        with scratch() as directory:
            env = {"PLAIN_DATABASE": str(directory / "orders.sqlite3"), **settings}
            with Server("benchmarks.plain_service:app", env) as server:
                return told("plain", _load(server, effort))

    return one_round


def _venue_round(effort: Effort) -> Callable[[], Load]:
    def one_round() -> Load:
        with scratch() as directory, venue(directory) as server:
            return told("venue", _load(server, effort))

    return one_round


def _load(server: Server, effort: Effort) -> Load:
    return load(server, "/orders", [ORDER], connections=CONNECTIONS, seconds=effort.seconds)
