"""Fee tiers: what their accounts pay instead of the instruments' fees."""

from collections.abc import Mapping
from typing import Final

from openoutcry.gateway.bodies import Field, read_object, shown, visible
from openoutcry.gateway.native.admin import fields
from openoutcry.gateway.native.admin.submitting import operation, refused, submit_as_admin
from openoutcry.gateway.native.asked import Asked, Line
from openoutcry.gateway.native.calls import Answer, Call, answer_outcome
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.venue import Venue
from openoutcry.model.commands import SetTier
from openoutcry.model.decimals import text_of
from openoutcry.model.events import TierSet
from openoutcry.model.instrument import FeeRates
from openoutcry.model.units import FEE_RATE_PER_BPS, UNIT
from openoutcry.wire.accounts import Tier

BODY: Final = {
    "maker_fee_bps": Field("string", fields.fee_bps, required=True),
    "taker_fee_bps": Field("string", fields.fee_bps, required=True),
}


async def set_tier(venue: Venue, call: Call, name: str, content: Mapping[str, object]) -> Answer:
    """Fix what the accounts of a tier pay for orders that are entered from here on."""
    try:
        visible(name)
    except ValueError as expected:
        found = f"a tier's name {expected}; found {shown(name)}"
        raise Problem(400, "invalid_value", found) from None
    sent = read_object(content, BODY, f"a tier has {', '.join(BODY)}")
    fees = FeeRates(sent["maker_fee_bps"], sent["taker_fee_bps"])
    outcome = await submit_as_admin(venue, call, SetTier(name=name, fees=fees))
    fixed = outcome.record.events[0]
    if not isinstance(fixed, TierSet):
        return refused(outcome)
    maker, taker = (
        text_of(rate * UNIT // FEE_RATE_PER_BPS) for rate in (fixed.fees.maker, fixed.fees.taker)
    )
    tier = Tier(name=fixed.name, maker_fee_bps=maker, taker_fee_bps=taker)
    return answer_outcome(200, tier, outcome)


async def _set_tier(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await set_tier(venue, asked.call, asked.path["name"], asked.content())


ROUTES: Final[tuple[Line, ...]] = (("PUT", "/admin/tiers/{name}", _set_tier),)
OPERATIONS: Final = (
    operation("put", "/tiers/{name}", "Fix the fees of a tier", Tier, body=BODY),
)  # fmt: skip
