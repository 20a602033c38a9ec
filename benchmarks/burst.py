"""One burst of requests, timed until the last client has heard the last of them."""

import time
from typing import Final, NamedTuple, Protocol

import uvloop

from benchmarks.connection import post_all_on
from benchmarks.harness import Server, say

WARM_UP: Final = 5


class Burst(NamedTuple):
    """How one burst was delivered."""

    deliveries: float
    """Messages times clients, per second."""
    processor_us: float
    """Of the server, per delivery."""


class Heard(Protocol):
    """Clients in a process of their own."""

    def wait(self, messages: int) -> float:
        """Wait until each has so many messages; return when it was."""


def timed_burst(
    server: Server, side: str, request: bytes, heard: Heard, *, requests: int, clients: int
) -> Burst:
    """Post requests at once, each of which is one message to each client."""
    uvloop.run(post_all_on(server, [request] * WARM_UP))
    heard.wait(WARM_UP)
    used, started = server.processor_s(), time.perf_counter()
    uvloop.run(post_all_on(server, [request] * requests))
    seconds = heard.wait(WARM_UP + requests) - started
    used = server.processor_s() - used
    count = requests * clients
    found = Burst(count / seconds, used / count * 1e6)
    say(f"{side}: {found.deliveries:,.0f} deliveries/s, {found.processor_us:.1f} µs each")
    return found
