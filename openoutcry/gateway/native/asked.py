"""A request of the native API, taken apart, and the shape of what answers it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from openoutcry.gateway.native.calls import Answer, Call
from openoutcry.gateway.native.paging import read_query
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.simple.parse import order_id_of
from openoutcry.gateway.strict_json import parse_object
from openoutcry.gateway.venue import Venue
from openoutcry.model.units import OrderId, Symbol

Query = Mapping[str, str]
Path = Mapping[str, str]


class Asked(NamedTuple):
    """A request, taken apart."""

    call: Call
    path: Path
    query: Query
    body: bytes

    def content(self) -> dict[str, object]:
        """Return the body, which is one JSON object."""
        return parse_object(self.body)

    def order_id(self) -> OrderId:
        """Return the order that the path names; what is no id names no order."""
        order_id = order_id_of(self.path["order_id"])
        if order_id is None:
            raise Problem(404, "unknown_order", "no such order of this account")
        return order_id

    def symbol(self) -> Symbol:
        """Return the symbol that the path names."""
        return Symbol(self.path["symbol"])

    def no_query(self) -> None:
        """Refuse parameters on a call that has none."""
        read_query(self.query, {})


Handler = Callable[[Venue, Asked], Awaitable[Answer]]
Line = tuple[str, str, Handler]
"""Of a table of routes: method, path under the prefix, and what answers it."""
