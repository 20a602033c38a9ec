"""Why the venue says no, and why an order ended: one enumeration, refusals in precedence first.

Rule: checks run in the order of this file and the first that fails is reported, so that any two
implementations agree on the answer.
"""

from enum import Enum


class Reason(Enum):
    """A code that programs may rely on."""

    # Refusals of an order, by precedence; before all of them comes an account that is none.
    UNKNOWN_INSTRUMENT = "unknown_instrument"
    PHASE_FORBIDS = "phase_forbids"
    HALTED = "halted"
    ACCOUNT_BLOCKED = "account_blocked"
    NOT_ALLOWED_COMBINATION = "not_allowed_combination"
    PRICE_INCREMENT = "price_increment"
    QUANTITY_INCREMENT = "quantity_increment"
    QUANTITY_BELOW_MINIMUM = "quantity_below_minimum"
    QUANTITY_ABOVE_MAXIMUM = "quantity_above_maximum"
    NOTIONAL_BELOW_MINIMUM = "notional_below_minimum"
    NOTIONAL_TOO_LARGE = "notional_too_large"
    OPEN_ORDERS_LIMIT = "open_orders_limit"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    INSUFFICIENT_ASSET = "insufficient_asset"
    WOULD_CROSS = "would_cross"
    # Refusals of a cancel or an amend.
    UNKNOWN_ORDER = "unknown_order"
    TOO_LATE = "too_late"
    # Refusals of administration.
    UNKNOWN_ACCOUNT = "unknown_account"
    NOT_FOUND = "not_found"
    ALREADY_EXISTS = "already_exists"
    ORDERS_RESTING = "orders_resting"
    POSITIONS_OPEN = "positions_open"
    # Ends of an order.
    USER = "user"
    IOC = "ioc"
    FOK = "fok"
    INSUFFICIENT_LIQUIDITY = "insufficient_liquidity"
    SELF_TRADE = "self_trade"
    AMENDED_BELOW_FILLED = "amended_below_filled"
