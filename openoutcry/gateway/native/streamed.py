"""What the stream shows as REST shows it: one body, one schema."""

from typing import Final

from openoutcry.gateway.native import account_rendering, rendering
from openoutcry.gateway.native.market import trade_shape
from openoutcry.gateway.refusals import words_of
from openoutcry.streams.feeds.rendering import Rendering

RENDERING: Final = Rendering(
    order=rendering.order,
    fill=rendering.fill,
    trade=trade_shape,
    balance=account_rendering.balance,
    position=account_rendering.position,
    words=words_of,
)
