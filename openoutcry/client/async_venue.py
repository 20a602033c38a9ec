"""A venue as an asynchronous program sees it: each call is awaited.

async with AsyncVenue("http://127.0.0.1:8000", key) as venue:
    order = await venue.place("AAPL", "buy", 10, price="187.20")
    async for fill in venue.fills(limit=10):
        ...
"""

import asyncio
from types import TracebackType
from typing import Self, TypeVar

import httpx2

from openoutcry.client.calls import Administering, Awaited, Trading
from openoutcry.client.errors import Problem
from openoutcry.client.exchange import Exchange, options_of
from openoutcry.client.identity import Identity
from openoutcry.client.patience import Attempts, Patience
from openoutcry.client.request import Request
from openoutcry.client.stream.async_stream import SILENCE_S, AsyncStream
from openoutcry.client.stream.inbox import MESSAGES_MAX

T = TypeVar("T")


class AsyncAdministration(Administering, Awaited):
    """What an administrator may do: `venue.admin`."""

    def __init__(self, venue: Awaited) -> None:
        self._venue = venue

    async def send(self, request: Request[T]) -> T:
        """Make a call and return what it answers."""
        return await self._venue.send(request)


class AsyncVenue(Trading, Awaited):
    """One venue, as one caller; see `Venue`, which has the same calls."""

    def __init__(
        self,
        url: str,
        key: str | Identity = "",
        *,
        patience: Patience | None = None,
        reads_own_writes: bool = True,
        ca: str | None = None,
    ) -> None:
        self.patience = patience or Patience()
        self._exchange = Exchange(url, key, reads_own_writes=reads_own_writes, ca=ca)
        self._http = httpx2.AsyncClient(**options_of(self._exchange, self.patience))
        self.admin = AsyncAdministration(self)

    @property
    def sequence(self) -> int:
        """The sequence that reads are to reflect at least."""
        return self._exchange.sequence

    @sequence.setter
    def sequence(self, sequence: int) -> None:
        self._exchange.sequence = sequence

    async def send(self, request: Request[T]) -> T:
        """Make a call and return what it answers; raises `Problem` or `Unanswered`."""
        attempts = Attempts(self.patience, request.recognised_by)
        while True:
            try:
                response = await self._http.send(self._exchange.http(request))
                return self._exchange.read(request, response)
            except (httpx2.TransportError, httpx2.DecodingError, Problem) as fault:
                await asyncio.sleep(attempts.wait_after(fault))

    def stream(
        self, *, silence_s: float = SILENCE_S, messages_max: int = MESSAGES_MAX
    ) -> AsyncStream:
        """Return a stream to enter: `async with venue.stream() as stream`."""
        return AsyncStream(
            self._exchange, self.patience, silence_s=silence_s, messages_max=messages_max
        )

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
