"""Options that say on what terms an account trades, and the body that they make."""

from collections.abc import Mapping
from enum import Enum
from typing import Annotated

import typer

from openoutcry.cli.api import Row
from openoutcry.model.order import SelfTradePrevention

Margin = Annotated[
    int | None, typer.Option(help="How many times its equity it may be exposed: 1, 2 or 4.")
]
Stp = Annotated[
    SelfTradePrevention | None, typer.Option(help="What happens where it would trade with itself.")
]
StpGroup = Annotated[
    str | None, typer.Option(help="Accounts of one group do not trade with each other either.")
]
Tier = Annotated[str | None, typer.Option(help="Whose fees it pays.")]
OpenOrders = Annotated[int | None, typer.Option(min=0, help="How many orders it may have open.")]
Positions = Annotated[
    list[str] | None,
    typer.Option(
        "--position",
        metavar="SYMBOL=QUANTITY",
        help="The largest position, long or short; once for each symbol, all anew.",
    ),
]
MassQuote = Annotated[
    str | None,
    typer.Option(
        metavar="QUANTITY/SECONDS",
        help="How much of its quotes may be taken in that time before the rest is canceled.",
    ),
]


class Term(Enum):
    """What an account may be without."""

    STP_GROUP = "stp_group"
    TIER = "tier"
    OPEN_ORDERS = "open_orders"
    POSITIONS = "positions"
    MASS_QUOTE = "mass_quote"


_LIMITS = (Term.OPEN_ORDERS, Term.POSITIONS, Term.MASS_QUOTE)
Without = Annotated[
    list[Term] | None, typer.Option("--without", help="Take this away; may be repeated.")
]


def limits_of(open_orders: int | None, positions: list[str] | None, mass_quote: str | None) -> Row:
    """Return the limits that were named."""
    limits: Row = {}
    if open_orders is not None:
        limits["open_orders"] = open_orders
    if positions:
        limits["positions"] = dict(map(_position, positions))
    if mass_quote is not None:
        limits["mass_quote"] = _mass_quote(mass_quote)
    return limits


def body_of(terms: Mapping[str, object], limits: Row, without: list[Term] | None = None) -> Row:
    """Return what was named: terms, limits, and null for what is taken away."""
    body: Row = {name: value for name, value in terms.items() if value is not None}
    limits = dict(limits)
    for term in without or ():
        place = limits if term in _LIMITS else body
        if term.value in place:
            raise typer.BadParameter(f"{term.value} is given and taken away")
        place[term.value] = None
    return body | ({"limits": limits} if limits else {})


def _position(text: str) -> tuple[str, str]:
    symbol, equals, quantity = text.rpartition("=")
    if not equals or not symbol:
        raise typer.BadParameter(f"{text!r} is not SYMBOL=QUANTITY, such as AAPL=500")
    return symbol, quantity


def _mass_quote(text: str) -> Row:
    quantity, slash, seconds = text.partition("/")
    if not slash or not seconds.isdecimal():
        raise typer.BadParameter(f"{text!r} is not QUANTITY/SECONDS, such as 1000/5")
    return {"quantity": quantity, "window_s": int(seconds)}
