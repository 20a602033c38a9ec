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
    PRICE_OUTSIDE_BAND = "price_outside_band"
    PRICE_COLLAR = "price_collar"
    NO_REFERENCE_PRICE = "no_reference_price"
    OPEN_ORDERS_LIMIT = "open_orders_limit"
    POSITION_LIMIT = "position_limit"
    REDUCE_ONLY_WOULD_INCREASE = "reduce_only_would_increase"
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
    ALREADY_BUSTED = "already_busted"
    POSITIONS_OPEN = "positions_open"
    # Ends of an order.
    USER = "user"
    IOC = "ioc"
    FOK = "fok"
    MINIMUM_QUANTITY = "minimum_quantity"
    INSUFFICIENT_LIQUIDITY = "insufficient_liquidity"
    SELF_TRADE = "self_trade"
    GROUP = "group"
    PARENT = "parent"
    REDUCE_ONLY = "reduce_only"
    EXPIRED = "expired"
    AMENDED_BELOW_FILLED = "amended_below_filled"
    CANCEL_AFTER = "cancel_after"
    DISCONNECT = "disconnect"
    DELISTED = "delisted"
    MASS_QUOTE_PROTECTION = "mass_quote_protection"
    KILL_SWITCH = "kill_switch"
    LIQUIDATION = "liquidation"
    ADMINISTRATOR = "administrator"
    RESET = "reset"
