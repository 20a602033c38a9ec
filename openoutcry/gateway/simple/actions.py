"""What a client of `/ws` may ask, and the reply to each: no socket is needed to know it.

Rule: whatever comes in is answered, by what the same REST call answers or by a problem.
"""

from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from openoutcry.gateway.guard import Caller
from openoutcry.gateway.limits import CALL_COST, CANCEL_COST
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.simple.door import SimpleDoor
from openoutcry.gateway.simple.listing import Selection, listed, selection
from openoutcry.gateway.simple.parse import json_text, order_of, refuse_unknown
from openoutcry.gateway.simple.reply import Reply
from openoutcry.gateway.strict_json import parse_object

MESSAGE_BYTES_MAX: Final = 64 * 1024
"""Longest message; beyond it the connection is closed with 1009."""
REQUEST_ID_MAX: Final = 64
"""Longest request_id, in characters."""
_PROPERTIES: Final[dict[str, tuple[str, ...]]] = {
    "authenticate": ("key",),
    "place": ("stocks", "quantity"),
    "cancel": ("order_id",),
    "orders": ("status", "limit", "after"),
    "ping": (),
}
_ACTIONS: Final = ", ".join(_PROPERTIES)
_FRAME: Final = ("action", "request_id")

RequestId = str | int | None


class SocketReply(Struct, frozen=True):
    """The answer to one message, for the client that sent it."""

    event: str
    request_id: RequestId
    status: int
    order: Raw | UnsetType = UNSET
    orders: Raw | UnsetType = UNSET
    more: bool | UnsetType = UNSET
    """There are more orders after these."""
    problem: Raw | UnsetType = UNSET


class Action(Struct, frozen=True):
    """A message that makes sense as far as its frame: what to do, and with what."""

    name: str
    request_id: RequestId
    members: dict[str, object]


_encode: Final = msgspec.json.Encoder().encode


def action_of(members: dict[str, object], request_id: RequestId) -> Action:
    """Return the action that a message asks for, or raise the first of its faults."""
    if "action" not in members:
        raise Problem(400, "missing_property", f"missing property: action; one of {_ACTIONS}")
    name = members["action"]
    if not isinstance(name, str):
        raise Problem(400, "invalid_type", f"action must be a string; found {json_text(name)}")
    known = _PROPERTIES.get(name)
    if known is None:
        detail = f"action must be one of {_ACTIONS}; found {json_text(name)}"
        raise Problem(400, "invalid_value", detail)
    rest = {key: value for key, value in members.items() if key not in _FRAME}
    if name != "place":  # An order's properties are judged with the order.
        refuse_unknown(rest, known, f"{name} takes {', '.join(known) or 'nothing'}")
    return Action(name, request_id, rest)


def request_id_of(members: dict[str, object]) -> RequestId:
    """Return what the reply is to be recognised by, or raise a problem."""
    request_id = members.get("request_id")
    if request_id is None:
        return None
    if isinstance(request_id, bool) or not isinstance(request_id, str | int):
        raise Problem(400, "invalid_type", "request_id must be a string or an integer")
    if len(str(request_id)) > REQUEST_ID_MAX:
        detail = f"request_id must have at most {REQUEST_ID_MAX} characters"
        raise Problem(400, "invalid_value", detail)
    return request_id


def object_of(text: str | None) -> dict[str, object]:
    """Return the object in a text frame (None: it was binary), or raise a problem."""
    if text is None:
        raise Problem(400, "invalid_json", "a message is JSON in a text frame; this was binary")
    return parse_object(text.encode(errors="surrogatepass"))


async def call(door: SimpleDoor, caller: Caller, action: Action) -> Reply:
    """Do what an action asks for; a command is submitted before the first wait."""
    members = action.members
    if action.name != "ping":
        cost = CANCEL_COST if action.name == "cancel" else CALL_COST
        door.venue.limits.spend(caller, cost)
    request_id = None if action.request_id is None else str(action.request_id)
    match action.name:
        case "place":
            return await door.place(caller, order_of(members), request_id=request_id)
        case "cancel":
            return await door.cancel(caller, _order_id_text(members), request_id=request_id)
        case "orders":
            return await listed(door.venue, caller, _selection(members))
    assert action.name == "ping", "every action is answered"
    return Reply(200, [], b"")


def reply_text(action: str, request_id: RequestId, reply: Reply) -> str:
    """Return the reply's message: the REST answer, framed."""
    status, _, body, pages = reply
    order: Raw | UnsetType = UNSET
    orders: Raw | UnsetType = UNSET
    problem: Raw | UnsetType = UNSET
    if status >= HTTPStatus.BAD_REQUEST:
        problem = Raw(body)
    elif action == "place":
        order = Raw(body)
    elif action == "orders":
        orders = Raw(body if pages is None else body + b"]")
    more = UNSET if pages is None else True
    framed = SocketReply("reply", request_id, status, order, orders, more, problem)
    return _encode(framed).decode()


def key_of(members: dict[str, object]) -> str:
    """Return the key that a client authenticates with, or raise a problem."""
    if "key" not in members:
        raise Problem(400, "missing_property", "missing property: key; authenticate takes key")
    key = members["key"]
    if not isinstance(key, str):
        raise Problem(400, "invalid_type", "key must be a string")
    return key


def _order_id_text(members: dict[str, object]) -> str:
    if "order_id" not in members:
        raise Problem(400, "missing_property", "missing property: order_id; cancel takes order_id")
    order_id = members["order_id"]
    if isinstance(order_id, bool) or not isinstance(order_id, int):
        detail = f"order_id must be an integer; found {json_text(order_id)}"
        raise Problem(400, "invalid_type", detail)
    return str(order_id)


def _selection(members: dict[str, object]) -> Selection:
    """Return what an `orders` action selects; a reply holds the first part of a long list."""
    chosen: dict[str, str] = {}
    for name, value in members.items():
        kind = str if name == "status" else int
        if isinstance(value, bool) or not isinstance(value, kind):
            words = "a string" if kind is str else "an integer"
            detail = f"{name} must be {words}; found {json_text(value)}"
            raise Problem(400, "invalid_type", detail)
        chosen[name] = str(value)
    return selection(chosen)
