"""What the venue says about itself: its name and release, how far it is, and its clock."""

import time
from typing import Final

from openoutcry.gateway.native.calls import Answer, Call, answer
from openoutcry.gateway.venue import Venue
from openoutcry.model.account import Permission
from openoutcry.version import VERSION
from openoutcry.wire.times import time_text
from openoutcry.wire.venue import Clock, Status

_NANOS: Final = 1_000_000_000


async def status(venue: Venue, call: Call) -> Answer:
    """Answer with how the venue stands; the digest of its state is for administrators."""
    call.caller.demand(Permission.READ)
    sequencer = venue.sequencer
    engine = sequencer.engine
    is_admin = Permission.ADMIN in call.caller.permissions
    sequence = engine.sequence
    digest = engine.digest() if is_admin else None
    rules = engine.rules
    await sequencer.settled(sequence)
    content = Status(
        name="Open Outcry",
        version=VERSION,
        epoch=sequencer.epoch,
        sequence=sequence,
        hash=sequencer.hash,
        rules=rules,
        uptime_s=int(time.monotonic() - venue.opened_at),
        auth=venue.auth.value,
        simulation="on" if venue.simulated else "off",
        execution_delay_ms=venue.execution_delay // 1_000_000,
        clock_behind_s=sequencer.clock.wall_behind() / _NANOS,
        ready=sequencer.is_ready(),
        digest=digest,
    )
    return answer(200, content, sequence)


async def clock(venue: Venue, call: Call) -> Answer:
    """Answer with the venue's time."""
    call.caller.demand(Permission.READ)
    now = venue.sequencer.clock.now()
    content = Clock(now=time_text(now), now_ns=now, mode="real")
    return answer(200, content, venue.sequencer.durable)
