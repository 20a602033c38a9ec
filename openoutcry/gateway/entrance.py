"""The entrance: what every call passes on its way in and every answer on its way out.

In: the guard; the browser's question beforehand (CORS). Out: `X-Sequence` on every answer, problems
rendered, calls counted, and a fault of the venue raised where a test is there to see it. Doors find
who calls in `scope["caller"]` and may set `x-sequence` themselves when they know better.
"""

from collections.abc import MutableMapping
from time import perf_counter
from typing import Any, Final, NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from openoutcry.gateway.body import Disconnected, handed_on, read_body
from openoutcry.gateway.cors import Cors
from openoutcry.gateway.guard import SIGNED, Guard
from openoutcry.gateway.limits import RATE, Limits
from openoutcry.gateway.metrics import Metrics
from openoutcry.gateway.one_write import Joined, Writes, join_writes
from openoutcry.gateway.replies import Header, deny_socket, reply, reply_problem
from openoutcry.gateway.troubles import problem_of
from openoutcry.gateway.watch import Watch
from openoutcry.sequencer.sequencer import Sequencer

UNMATCHED: Final = "unmatched"
POLICY: Final = 1008
"""The close code for a server that cannot answer a handshake with a problem."""
_SEQUENCE: Final = b"x-sequence"
_Message = MutableMapping[str, Any]


class Admission(NamedTuple):
    """What a call has to pass."""

    guard: Guard
    cors: Cors
    limits: Limits


class Entrance:
    """An ASGI app around another; the same checks for every door behind it."""

    def __init__(
        self,
        inside: ASGIApp,
        *,
        admission: Admission,
        sequencer: Sequencer,
        metrics: Metrics,
        watch: Watch,
        writes: Writes,
    ) -> None:
        self._inside = inside
        self._guard, self._cors, self._limits = admission
        self._sequencer = sequencer
        self._metrics = metrics
        self._watch = watch
        self._writes = writes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a call in, or turn it away."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            assert scope["type"] == "websocket", "a lifespan ends before the entrance"
            await self._connect(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _Answer(send, self._sequencer, self._writes)
        started = perf_counter() if self._metrics.is_measured() else None
        try:
            cors = self._cors.headers(scope)
            answer.extra = cors + self._limits.untouched
            caller = self._guard.admit(scope)
            if caller is SIGNED:
                body = await read_body(receive)
                caller = self._guard.admit_signed(scope, body)
                receive = handed_on(body, receive)
            answer.extra = cors  # From here on the limits are the account's, in a problem too.
            answer.extra = cors + self._limits.charge(caller, scope["method"], scope["path"])
            if cors and self._cors.is_question(scope):
                await reply(answer.send, 204, b"", *self._cors.permission(scope))
            else:
                await self._inside(scope, receive, answer.send)
        except Disconnected:
            pass
        except Exception as fault:
            problem = problem_of(fault)
            if problem is None or answer.status:
                raise
            self._metrics.refuse(problem.code)
            await reply_problem(answer.send, problem)
        finally:
            self._metrics.count(_route_of(scope), answer.status)
            if started is not None:
                self._metrics.measure(scope["method"], perf_counter() - started)
        self._watch.raise_if_borrowed()

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if self._guard.admit(scope) is SIGNED:
                self._guard.admit_signed(scope, b"")
            self._watch.raise_if_borrowed()
            await self._inside(scope, receive, send)
        except Exception as fault:
            problem = problem_of(fault)
            if problem is None:
                raise
            self._metrics.refuse(problem.code)
            if "websocket.http.response" in (scope.get("extensions") or {}):
                answer = _Answer(send, self._sequencer, self._writes)
                answer.extra = self._limits.untouched
                await deny_socket(answer.send, problem)
            else:
                await send({"type": "websocket.close", "code": POLICY, "reason": problem.code})


class _Answer:
    """Adds to an answer's headers as they pass, and remembers its status."""

    __slots__ = ("_joined", "_send", "_sequencer", "_writes", "extra", "status")

    def __init__(self, send: Send, sequencer: Sequencer, writes: Writes) -> None:
        self._send = send
        self._sequencer = sequencer
        self._writes = writes
        self._joined: Joined | None = None
        self.extra: tuple[Header, ...] = ()
        self.status = 0

    async def send(self, message: _Message) -> None:
        """Pass a message on."""
        status = message.get("status")
        if status is not None:
            self.status = status
            headers = message["headers"]
            if not any(name == _SEQUENCE for name, _ in headers):
                headers = [*headers, (_SEQUENCE, b"%d" % self._sequencer.durable)]
            message["headers"] = [*headers, *self._more(headers)] if self.extra else headers
            self._joined = join_writes(self._send, self._writes)
        await self._send(message)
        if self._joined is not None and status is None and not message.get("more_body", False):
            self._joined.let_go()

    def _more(self, headers: list[Header]) -> list[Header]:
        """Return what is added, but for the rate where the door has told what is left of it."""
        told = any(name.startswith(RATE) for name, _ in headers)
        return [one for one in self.extra if not told or not one[0].startswith(RATE)]


def _route_of(scope: Scope) -> str:
    named: str | None = scope.get("route_name")
    if named is not None:
        return named
    route = scope.get("route")
    path: str = getattr(route, "path", UNMATCHED)
    return path
