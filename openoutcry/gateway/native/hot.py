"""The hot calls of the native API, place and cancel, in front of the framework.

They are what the routes call too; left out are the framework's routing and wrapping alone.
"""

from typing import Final

from starlette.types import Receive, Scope, Send

from openoutcry.gateway.body import read_body
from openoutcry.gateway.native import orders
from openoutcry.gateway.native.calls import Answer, Call
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.replies import reply
from openoutcry.gateway.simple.parse import order_id_of
from openoutcry.gateway.simple.request import marks_of
from openoutcry.gateway.strict_json import parse_object
from openoutcry.gateway.venue import Venue
from openoutcry.model.account import Permission

ORDERS: Final = "/api/v1/orders"
ORDER: Final = "/api/v1/orders/{order_id}"


class NativeHotCalls:
    """Place and cancel."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    async def place(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `POST /api/v1/orders`."""
        scope["route_name"] = ORDERS
        scope["caller"].demand(Permission.TRADE)
        call = _call(scope)
        content = parse_object(await read_body(receive))
        await _send(await orders.place(self._venue, call, content), send)

    async def cancel(self, scope: Scope, text: str, send: Send) -> None:
        """Answer `DELETE /api/v1/orders/{order_id}`."""
        scope["route_name"] = ORDER
        order_id = order_id_of(text)
        if order_id is None:
            raise Problem(404, "unknown_order", "no such order of this account")
        await _send(await orders.cancel(self._venue, _call(scope), order_id), send)


def _call(scope: Scope) -> Call:
    marks = marks_of(scope["headers"])
    return Call(scope["caller"], marks.request_id, marks.idempotency_key())


async def _send(answer: Answer, send: Send) -> None:
    try:
        await reply(send, answer.status, answer.body, *answer.headers())
    except OSError:
        # The caller has gone away: there is nobody left to tell, and nobody else must notice.
        return
