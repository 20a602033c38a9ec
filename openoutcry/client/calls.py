"""Every call, once: how it reads on a client that waits, and on one that is awaited.

    class Calls:
        place = Call(order_calls.place)    # a function that returns Request[Order]

    Venue.place(...)       -> Order
    AsyncVenue.place(...)  -> awaitable of Order

The arguments are those of the function, and the type checker knows them.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar, overload

from openoutcry.client import account as account_calls
from openoutcry.client import administration
from openoutcry.client import market as market_calls
from openoutcry.client import orders as order_calls
from openoutcry.client.request import Listing, Request

P = ParamSpec("P")
T = TypeVar("T")


class Waiting(ABC):
    """A client whose calls return the answer."""

    @abstractmethod
    def send(self, request: Request[T]) -> T:
        """Make a call and return what it answers."""


class Awaited(ABC):
    """A client whose calls are awaited."""

    @abstractmethod
    async def send(self, request: Request[T]) -> T:
        """Make a call and return what it answers."""


class Call(Generic[P, T]):
    """A method made of a function that returns a request."""

    def __init__(self, asks: Callable[P, Request[T]]) -> None:
        self._asks = asks
        self.__doc__ = asks.__doc__

    @overload
    def __get__(self, client: None, of: type) -> "Call[P, T]": ...
    @overload
    def __get__(self, client: Waiting, of: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: Awaited, of: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, client: Waiting | Awaited | None, of: type) -> Any:
        """Return the method of a client."""
        if client is None:
            return self
        send = client.send

        def call(*args: P.args, **kwargs: P.kwargs) -> object:
            return send(self._asks(*args, **kwargs))

        return update_wrapper(call, self._asks)


class Pages(Generic[P, T]):
    """A method that iterates over all pages of a list, asking for the next when it is needed."""

    def __init__(self, asks: Callable[P, Listing[T]]) -> None:
        self._asks = asks
        self.__doc__ = asks.__doc__

    @overload
    def __get__(self, client: None, of: type) -> "Pages[P, T]": ...
    @overload
    def __get__(self, client: Waiting, of: type) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, client: Awaited, of: type) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, client: Waiting | Awaited | None, of: type) -> Any:
        """Return the method of a client."""
        if client is None:
            return self
        turn = _turn if isinstance(client, Waiting) else _turn_awaited

        def pages(*args: P.args, **kwargs: P.kwargs) -> object:
            return turn(client, self._asks(*args, **kwargs))  # type: ignore[arg-type]

        return update_wrapper(pages, self._asks)


def _turn(client: Waiting, listing: Listing[T]) -> Iterator[T]:
    cursor, had = None, 0
    while (request := listing.page(cursor, had)) is not None:
        page = client.send(request)
        yield from page.items
        cursor, had = page.next, had + len(page.items)
        if cursor is None:
            return


async def _turn_awaited(client: Awaited, listing: Listing[T]) -> AsyncIterator[T]:
    cursor, had = None, 0
    while (request := listing.page(cursor, had)) is not None:
        page = await client.send(request)
        for item in page.items:
            yield item
        cursor, had = page.next, had + len(page.items)
        if cursor is None:
            return


class OrderEntry:
    """What may be done over REST and over a stream, by the same words."""

    place = Call(order_calls.place)
    amend = Call(order_calls.amend)
    cancel = Call(order_calls.cancel)
    cancel_all = Call(order_calls.cancel_all)
    batch = Call(order_calls.batch)
    cancel_after = Call(order_calls.cancel_after)


class Trading(OrderEntry):
    """All calls of a participant."""

    group = Call(order_calls.group)
    preview = Call(order_calls.preview)
    order = Call(order_calls.order)
    order_by_client_id = Call(order_calls.order_by_client_id)
    orders = Pages(order_calls.orders)
    order_events = Pages(order_calls.order_events)
    prevented_matches = Pages(order_calls.prevented_matches)

    account = Call(account_calls.account)
    balances = Call(account_calls.balances)
    positions = Call(account_calls.positions)
    position = Call(account_calls.position)
    flatten = Call(account_calls.flatten)
    fills = Pages(account_calls.fills)
    postings = Pages(account_calls.postings)
    equity = Pages(account_calls.equity)
    reset_account = Call(account_calls.reset_account)

    instruments = Call(market_calls.instruments)
    instrument = Call(market_calls.instrument)
    book = Call(market_calls.book)
    queue = Call(market_calls.queue)
    trades = Pages(market_calls.trades)
    candles = Pages(market_calls.candles)
    tickers = Call(market_calls.tickers)
    auction = Call(market_calls.auction)
    happened = Call(market_calls.happened)
    status = Call(market_calls.status)
    clock = Call(market_calls.clock)


class Administering:
    """All calls of an administrator."""

    open_account = Call(administration.open_account)
    accounts = Pages(administration.accounts)
    account = Call(administration.account)
    change_account = Call(administration.change_account)
    make_key = Call(administration.make_key)
    keys = Pages(administration.keys)
    revoke_key = Call(administration.revoke_key)
    deposit = Call(administration.deposit)
    reset_account = Call(administration.reset_account)
    instruments = Call(administration.instruments)
    list_instrument = Call(administration.list_instrument)
    change_instrument = Call(administration.change_instrument)
    delist = Call(administration.delist)
    set_phase = Call(administration.set_phase)
    bust = Call(administration.bust)
    kill_switch = Call(administration.kill_switch)
    set_tier = Call(administration.set_tier)
