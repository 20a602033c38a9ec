"""The integers that the venue counts in, and the scales between them.

Rule: amounts of every asset, cash included, are whole numbers of 10**-12; prices are whole ticks
and quantities whole lots of their instrument. Decimal text exists at the doors only.
"""

from typing import Final, NewType

Ticks = NewType("Ticks", int)
"""A price: a number of the instrument's price increments."""
Lots = NewType("Lots", int)
"""A quantity: a number of the instrument's quantity increments."""
Amount = NewType("Amount", int)
"""A quantity of any asset, in 10**-12 of it; unbounded."""
Nanos = NewType("Nanos", int)
"""Nanoseconds: since 1970-01-01 UTC for a moment, plain for a span."""
Bps = NewType("Bps", int)
"""Hundredths of one per cent."""
FeeRate = NewType("FeeRate", int)
"""Parts of the notional per 10**12; one basis point is 10**8. Negative is a rebate."""
OrderId = NewType("OrderId", int)
TradeId = NewType("TradeId", int)
AccountId = NewType("AccountId", str)
KeyId = NewType("KeyId", str)
Symbol = NewType("Symbol", str)
Asset = NewType("Asset", str)
ClientOrderId = NewType("ClientOrderId", str)
Sequence = NewType("Sequence", int)
"""The number of an event; a record without events uses one number as well."""

DECIMALS: Final = 12
UNIT: Final = 10**DECIMALS
"""Units in one whole share, coin, dollar."""
FEE_SCALE: Final = 10**12
FEE_RATE_PER_BPS: Final = 10**8
BPS_SCALE: Final = 10_000
NOTIONAL_MAX: Final = 10**30
"""No order may be worth more units than this; beyond it is `notional_too_large`."""


def divide_up(dividend: int, divisor: int) -> int:
    """Divide and round toward positive infinity."""
    return -(-dividend // divisor)


def fee_of(notional: int, rate: int) -> Amount:
    """Return the fee on a notional, rounded against the participant; a rebate is negative."""
    return Amount(-(-notional * rate // FEE_SCALE))
