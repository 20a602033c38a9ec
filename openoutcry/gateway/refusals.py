"""A market rule's no, in words and with what would have been allowed."""

from collections.abc import Mapping
from typing import Final

from openoutcry.gateway.problems import Problem
from openoutcry.model.decimals import text_of
from openoutcry.model.instrument import Grid
from openoutcry.model.reasons import Reason
from openoutcry.wire.prices import units_text, volume_text

_WORDS: Final[dict[Reason, str]] = {
    Reason.UNKNOWN_INSTRUMENT: "no such instrument is listed here",
    Reason.PHASE_FORBIDS: "the instrument's phase does not take this order",
    Reason.HALTED: "trading in this instrument is halted; cancels and amends that only shrink work",
    Reason.ACCOUNT_BLOCKED: "the account is blocked; it may cancel and read",
    Reason.NOT_ALLOWED_COMBINATION: "these terms do not go together",
    Reason.PRICE_INCREMENT: "the price is not a whole number of price increments",
    Reason.QUANTITY_INCREMENT: "the quantity is not a whole number of quantity increments",
    Reason.QUANTITY_BELOW_MINIMUM: "the quantity is below the instrument's minimum",
    Reason.QUANTITY_ABOVE_MAXIMUM: "the quantity is above the instrument's maximum",
    Reason.NOTIONAL_BELOW_MINIMUM: "the order is worth less than the instrument's minimum",
    Reason.NOTIONAL_TOO_LARGE: "the order is worth more than the venue counts",
    Reason.PRICE_OUTSIDE_BAND: "the price is outside the band in which anything may print now",
    Reason.PRICE_COLLAR: "the limit is too far beyond the last trade",
    Reason.NO_REFERENCE_PRICE: "there is nothing that a pegged order could follow now",
    Reason.OPEN_ORDERS_LIMIT: "the account has as many open orders as it may have",
    Reason.POSITION_LIMIT: "the position could grow beyond what the account may have",
    Reason.REDUCE_ONLY_WOULD_INCREASE: "there is no position that this would reduce",
    Reason.INSUFFICIENT_FUNDS: "the account does not have the cash that this needs",
    Reason.INSUFFICIENT_ASSET: "the account does not have what it would sell",
    Reason.WOULD_CROSS: "a post-only order would trade at once",
    Reason.UNKNOWN_ORDER: "no such order",
    Reason.TOO_LATE: "the order has ended",
    Reason.UNKNOWN_ACCOUNT: "no such account",
    Reason.NOT_FOUND: "no such thing",
    Reason.ALREADY_EXISTS: "it exists already",
    Reason.ORDERS_RESTING: "orders are open in this instrument",
    Reason.ALREADY_BUSTED: "the trade has been undone before",
    Reason.POSITIONS_OPEN: "accounts have positions in this instrument",
    Reason.USER: "its owner canceled it",
    Reason.IOC: "the rest was not to wait",
    Reason.FOK: "it could not be filled wholly at once",
    Reason.MINIMUM_QUANTITY: "less than its minimum could be filled at once",
    Reason.INSUFFICIENT_LIQUIDITY: "nobody was there within its protection",
    Reason.SELF_TRADE: "it met an order of its own account or group",
    Reason.GROUP: "another order of its group ended, or was filled",
    Reason.PARENT: "the order that it waited for ended",
    Reason.REDUCE_ONLY: "there was no position left that it could reduce",
    Reason.EXPIRED: "its time was over",
    Reason.AMENDED_BELOW_FILLED: "its new total was at or below what was done of it",
    Reason.CANCEL_AFTER: "its owner did not call again in time",
    Reason.DISCONNECT: "its owner's connection ended",
    Reason.DELISTED: "its instrument was delisted",
    Reason.MASS_QUOTE_PROTECTION: "more of the account's quotes was taken than it allows",
    Reason.KILL_SWITCH: "the account, or the venue, was stopped",
    Reason.LIQUIDATION: "the account did not meet a margin call",
    Reason.ADMINISTRATOR: "an administrator ended it",
    Reason.RESET: "its account was reset",
}
OF_AN_INSTRUMENT: Final[dict[Reason, str]] = {
    Reason.PRICE_INCREMENT: (
        "price_increment times quantity_increment is not a whole number of 10**-12: "
        "what one lot costs could not be counted exactly"
    ),
    Reason.NOT_ALLOWED_COMBINATION: "a fee or rebate is below 100 %",
}
"""What a refusal means where an instrument is listed or changed."""
_PRICES: Final = frozenset({"price", "upper", "lower"})
_QUANTITIES: Final = frozenset({"minimum_quantity", "maximum_quantity", "position"})
"""What is told of an instrument in the form of its grid; the rest is money, assets, increments."""
_STATUS: Final[dict[Reason, int]] = {
    Reason.UNKNOWN_ORDER: 404,
    Reason.UNKNOWN_ACCOUNT: 404,
    Reason.NOT_FOUND: 404,
    Reason.TOO_LATE: 409,
    Reason.ALREADY_BUSTED: 409,
    Reason.ALREADY_EXISTS: 409,
    Reason.ORDERS_RESTING: 409,
    Reason.POSITIONS_OPEN: 409,
}
"""Every other refusal is 422: the request is fine, the market says no."""


def figures_of(allowed: Mapping[str, int], grid: Grid | None) -> dict[str, str]:
    """Return what would have been allowed, prices and quantities as the instrument shows them."""
    return {name: _figure(name, units, grid) for name, units in allowed.items()}


def _figure(name: str, units: int, grid: Grid | None) -> str:
    if grid is not None and name in _PRICES:
        return units_text(grid.price_increment, units)
    if grid is not None and name in _QUANTITIES:
        return volume_text(grid.quantity_increment, units)
    return text_of(units)


def words_of(reason: Reason, allowed: Mapping[str, int] | None, grid: Grid | None = None) -> str:
    """Return a refusal as a sentence for a person."""
    words = _WORDS[reason]
    if not allowed:
        return words
    figures = ", ".join(f"{name} {text}" for name, text in figures_of(allowed, grid).items())
    return f"{words} ({figures})"


def problem_of(
    reason: Reason,
    allowed: Mapping[str, int] | None = None,
    words: str | None = None,
    grid: Grid | None = None,
) -> Problem:
    """Return the problem that tells a client of a refusal, in its usual words or in others."""
    status = _STATUS.get(reason, 422)
    if words is None:
        words = words_of(reason, allowed, grid)
    if not allowed:
        return Problem(status, reason.value, words)
    return Problem(status, reason.value, words, allowed=figures_of(allowed, grid))
