"""Every call of administration, and how it reads in OpenAPI."""

from typing import Final

from openoutcry.gateway.native.admin import (
    accounts,
    funds,
    instruments,
    keys,
    kill_switch,
    tiers,
    trades,
)
from openoutcry.gateway.native.asked import Line
from openoutcry.gateway.openapi import Operation

ROUTES: Final[tuple[Line, ...]] = (
    *accounts.ROUTES,
    *keys.ROUTES,
    *funds.ROUTES,
    *instruments.ROUTES,
    *trades.ROUTES,
    *tiers.ROUTES,
    *kill_switch.ROUTES,
)
OPERATIONS: Final[tuple[Operation, ...]] = (
    *accounts.OPERATIONS,
    *keys.OPERATIONS,
    *funds.OPERATIONS,
    *instruments.OPERATIONS,
    *trades.OPERATIONS,
    *tiers.OPERATIONS,
    *kill_switch.OPERATIONS,
)
