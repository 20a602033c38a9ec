"""The hot calls of the simple API, place and cancel, from the request to its answer.

The express lane calls them in front of the framework, and the framework's routes call them too.
"""

from typing import Final

from starlette.types import Receive, Scope, Send

from openoutcry.gateway.body import read_body
from openoutcry.gateway.guard import Guard
from openoutcry.gateway.simple.door import SimpleDoor
from openoutcry.gateway.simple.parse import order_of_body
from openoutcry.gateway.simple.reply import Reply, send_reply
from openoutcry.gateway.simple.request import marks_of

ORDERS: Final = "/orders"
ORDER: Final = "/orders/{order_id}"


class HotCalls:
    """Place and cancel."""

    def __init__(self, guard: Guard, door: SimpleDoor) -> None:
        self._guard = guard
        self._door = door

    async def place(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `POST /orders`."""
        scope["route_name"] = ORDERS
        await send_reply(await self._door.answer(self._place(scope, receive)), send)

    async def cancel(self, scope: Scope, text: str, send: Send) -> None:
        """Answer `DELETE /orders/{order_id}`, whatever stands for the id."""
        scope["route_name"] = ORDER
        await send_reply(await self._door.answer(self._cancel(scope, text)), send)

    async def _place(self, scope: Scope, receive: Receive) -> Reply:
        caller = self._guard.admit(scope)
        marks = marks_of(scope["headers"])
        asked = order_of_body(await read_body(receive))
        key = marks.idempotency_key()
        return await self._door.place(caller, asked, key=key, request_id=marks.request_id)

    async def _cancel(self, scope: Scope, text: str) -> Reply:
        caller = self._guard.admit(scope)
        marks = marks_of(scope["headers"])
        return await self._door.cancel(caller, text, request_id=marks.request_id)
