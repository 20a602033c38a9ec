"""A venue as a program sees it: each call waits for its answer.

    with Venue("http://127.0.0.1:8000", key) as venue:
        order = venue.place("AAPL", "buy", 10, price="187.20")
        print(order.status, venue.position("AAPL").quantity)

One object may be used by several threads.
"""

import time
from types import TracebackType
from typing import Self, TypeVar

import httpx2

from openoutcry.client.calls import Administering, Trading, Waiting
from openoutcry.client.errors import Problem
from openoutcry.client.exchange import Exchange, options_of
from openoutcry.client.identity import Identity
from openoutcry.client.patience import Attempts, Patience
from openoutcry.client.request import Request
from openoutcry.client.stream.async_stream import SILENCE_S, AsyncStream
from openoutcry.client.stream.inbox import MESSAGES_MAX
from openoutcry.client.stream.stream import Stream

T = TypeVar("T")


class Administration(Administering, Waiting):
    """What an administrator may do: `venue.admin`."""

    def __init__(self, venue: Waiting) -> None:
        self._venue = venue

    def send(self, request: Request[T]) -> T:
        """Make a call and return what it answers."""
        return self._venue.send(request)


class Venue(Trading, Waiting):
    """One venue, as one caller.

    Every call is repeated with the same key until it is answered or patience ends, so it happens
    once or not at all. With `reads_own_writes` a read reflects every write that this object made;
    whoever knows of a later one sets `sequence`.
    """

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
        self._http = httpx2.Client(**options_of(self._exchange, self.patience))
        self.admin = Administration(self)

    @property
    def sequence(self) -> int:
        """The sequence that reads are to reflect at least."""
        return self._exchange.sequence

    @sequence.setter
    def sequence(self, sequence: int) -> None:
        self._exchange.sequence = sequence

    def send(self, request: Request[T]) -> T:
        """Make a call and return what it answers; raises `Problem` or `Unanswered`."""
        attempts = Attempts(self.patience, request.recognised_by)
        while True:
            try:
                return self._exchange.read(request, self._http.send(self._exchange.http(request)))
            except (httpx2.TransportError, httpx2.DecodingError, Problem) as fault:
                time.sleep(attempts.wait_after(fault))

    def stream(self, *, silence_s: float = SILENCE_S, messages_max: int = MESSAGES_MAX) -> Stream:
        """Return a stream to enter: `with venue.stream() as stream`."""
        return Stream(
            AsyncStream(
                self._exchange, self.patience, silence_s=silence_s, messages_max=messages_max
            )
        )

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
