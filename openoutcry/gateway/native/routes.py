"""The native API's routes: path and query to a call, a call's answer to a response.

Each route has one line in a table; everything that a call means is in the module it names.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from openoutcry.gateway.body import read_body
from openoutcry.gateway.guard import ADMINISTRATION, Caller
from openoutcry.gateway.native import (
    account,
    batch,
    cancel_after,
    candles,
    equity,
    groups,
    order_events,
    orders,
    paper,
    prevented,
    preview,
    sequence,
    status,
    ticker,
    time_travel,
)
from openoutcry.gateway.native.admin import table as administration
from openoutcry.gateway.native.asked import Asked, Handler, Line
from openoutcry.gateway.native.calls import Answer, Call
from openoutcry.gateway.native.fresh import query_of
from openoutcry.gateway.native.paging import cancel_filter, order_list, plain_list
from openoutcry.gateway.simple.request import marks_of
from openoutcry.gateway.venue import Venue
from openoutcry.model.account import Permission

PREFIX: Final = "/api/v1"


async def _place(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await orders.place(venue, asked.call, asked.content())


async def _orders(venue: Venue, asked: Asked) -> Answer:
    return await orders.listed(venue, asked.call, order_list(asked.query))


async def _cancel_all(venue: Venue, asked: Asked) -> Answer:
    chosen = cancel_filter(asked.query)
    return await orders.cancel_all(venue, asked.call, chosen.symbol, chosen.side)


async def _order(venue: Venue, asked: Asked) -> Answer:
    at = time_travel.moment_in(venue, asked.query)
    if at is not None:
        return await time_travel.order(venue, asked.call, asked.order_id(), at)
    return await orders.read(venue, asked.call, asked.order_id())


async def _order_by_client_id(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await orders.read_by_client_id(venue, asked.call, asked.path["client_order_id"])


async def _amend(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await orders.amend(venue, asked.call, asked.order_id(), asked.content())


async def _cancel(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await orders.cancel(venue, asked.call, asked.order_id())


async def _account(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await account.read_account(venue, asked.call)


async def _balances(venue: Venue, asked: Asked) -> Answer:
    at = time_travel.moment_in(venue, asked.query)
    if at is not None:
        return await time_travel.balances(venue, asked.call, at)
    return await account.balances(venue, asked.call)


async def _positions(venue: Venue, asked: Asked) -> Answer:
    at = time_travel.moment_in(venue, asked.query)
    if at is not None:
        return await time_travel.positions(venue, asked.call, at)
    return await account.positions(venue, asked.call)


async def _position(venue: Venue, asked: Asked) -> Answer:
    at = time_travel.moment_in(venue, asked.query)
    if at is not None:
        return await time_travel.position(venue, asked.call, asked.path["symbol"], at)
    return await account.position(venue, asked.call, asked.path["symbol"])


async def _fills(venue: Venue, asked: Asked) -> Answer:
    return await account.fills(venue, asked.call, plain_list(asked.query))


async def _postings(venue: Venue, asked: Asked) -> Answer:
    return await account.postings(venue, asked.call, plain_list(asked.query))


async def _status(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await status.status(venue, asked.call)


async def _clock(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await status.clock(venue, asked.call)


TABLE: Final[tuple[Line, ...]] = (
    *cancel_after.ROUTES,
    *batch.ROUTES,
    *preview.ROUTES,
    *order_events.ROUTES,
    *sequence.ROUTES,
    *candles.ROUTES,
    *ticker.ROUTES,
    *equity.ROUTES,
    *paper.ROUTES,
    *groups.ROUTES,
    *prevented.ROUTES,
    ("POST", "/orders", _place),
    ("GET", "/orders", _orders),
    ("DELETE", "/orders", _cancel_all),
    ("GET", "/orders/by-client-id/{client_order_id:path}", _order_by_client_id),
    ("GET", "/orders/{order_id}", _order),
    ("PATCH", "/orders/{order_id}", _amend),
    ("DELETE", "/orders/{order_id}", _cancel),
    ("GET", "/account", _account),
    ("GET", "/balances", _balances),
    ("GET", "/positions", _positions),
    ("GET", "/positions/{symbol:path}", _position),
    ("GET", "/fills", _fills),
    ("GET", "/postings", _postings),
    ("GET", "/status", _status),
    ("GET", "/clock", _clock),
    *administration.ROUTES,
)
"""Method, path under the prefix, and what answers it; the first that fits is taken."""


def permission_for(method: str, path: str) -> Permission:
    """Return what a key must be allowed to do for a call."""
    if path.startswith(ADMINISTRATION):
        return Permission.ADMIN
    return Permission.READ if method == "GET" or path == preview.PATH else Permission.TRADE


def native_routes(venue_of: Callable[[Request], Venue]) -> list[BaseRoute]:
    """Return the routes of the native API; a path with several methods is one route."""
    by_path: dict[str, dict[str, Handler]] = {}
    for method, path, handler in TABLE:
        by_path.setdefault(PREFIX + path, {})[method] = handler
    return [
        Route(path, _endpoint(handlers, venue_of), methods=list(handlers))
        for path, handlers in by_path.items()
    ]


def _endpoint(
    handlers: Mapping[str, Handler], venue_of: Callable[[Request], Venue]
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        # Before the body is looked at: who may not do this at all need not know what is wrong.
        request.scope["caller"].demand(permission_for(method, request.url.path))
        body = await read_body(request.receive) if method in ("POST", "PATCH", "PUT") else b""
        venue = venue_of(request)
        answer = await handlers[method](venue, await _asked(request, body, venue))
        response = Response(answer.body, answer.status)
        for name, value in answer.headers():
            response.headers[name.decode()] = value.decode()
        return response

    return endpoint


async def _asked(request: Request, body: bytes, venue: Venue) -> Asked:
    caller: Caller = request.scope["caller"]
    marks = marks_of(request.scope["headers"])
    call = Call(caller, marks.request_id, marks.idempotency_key())
    return Asked(call, request.path_params, await query_of(request, venue), body)
