"""`/ws` of the simple API: connect and listen; act, too.

Three tasks serve a socket. One reads, and starts what each message asks for in the order received.
One sends the answers back in that order. One writes: first what the client missed, then what comes.
The socket ends when the client leaves or when its subscription ends, whichever is first.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct
from starlette.types import Receive, Scope, Send

from openoutcry.gateway.guard import NOBODY, Caller, Guard
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.replies import deny_socket
from openoutcry.gateway.simple.actions import (
    MESSAGE_BYTES_MAX,
    Action,
    action_of,
    call,
    key_of,
    object_of,
    reply_text,
    request_id_of,
)
from openoutcry.gateway.simple.door import SimpleDoor
from openoutcry.gateway.simple.reply import Reply, problem_reply, sequence_header
from openoutcry.model.account import Permission
from openoutcry.model.errors import VenueError
from openoutcry.model.units import KeyId
from openoutcry.streams.resume import Lost, Resume
from openoutcry.streams.subscriber import (
    CLOSE_WITHIN_S,
    FAULT,
    NOT_PERMITTED,
    TOO_LARGE,
    SocketClosed,
    Subscriber,
)

UNDER_WAY_MAX: Final = 100
"""Actions of one connection under way at once; the next message is read when one is answered."""
EXPIRY_CHECK_S: Final = 60.0
"""The longest time between two looks at whether the key of a socket has expired."""
_NANOS: Final = 1_000_000_000
_DIGITS_MAX: Final = 18
"""A longer number is ahead of every venue."""
_AHEAD: Final = "this is ahead of the venue"
_LOST: Final = "this is older than what is kept"


class Reset(Struct, frozen=True):
    """Says that nothing is replayed, and where the venue is now."""

    event: str
    sequence: int
    reason: str


class SimpleSocket:
    """The ASGI application behind `/ws`."""

    def __init__(self, door: SimpleDoor, guard: Guard) -> None:
        self._door = door
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection from its handshake to its end."""
        await receive()
        try:
            caller = self._guard.admit(scope)
            if caller is not NOBODY:
                caller.demand(Permission.READ)
            after = from_sequence(scope["query_string"])
        except Problem as problem:
            await self._refuse(scope, send, problem)
            return
        connection = _Connection(self._door, self._guard, scope, receive, send)
        await connection.serve(caller, after)

    async def _refuse(self, scope: Scope, send: Send, problem: Problem) -> None:
        if "websocket.http.response" not in (scope.get("extensions") or {}):
            await send({"type": "websocket.close", "code": NOT_PERMITTED, "reason": problem.code})
            return
        problem.headers = (*problem.headers, sequence_header(self._door.sequence))
        await deny_socket(send, problem)


def from_sequence(query: bytes) -> int | None:
    """Return the sequence that a client resumes after, None to hear only what comes."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    asked = [value for name, value in pairs if name == "from_sequence"]
    if not asked:
        return None
    text = asked[0]
    if len(asked) > 1 or not (text.isascii() and text.isdigit()):
        raise Problem(400, "invalid_value", "from_sequence must be one number in decimal digits")
    digits = text.lstrip("0")
    return int(digits or "0") if len(digits) <= _DIGITS_MAX else 10**_DIGITS_MAX


class _Connection:
    """One client: who it is, what it asked, and what waits for it."""

    def __init__(
        self, door: SimpleDoor, guard: Guard, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._door = door
        self._guard = guard
        self._scope = scope
        self._receive = receive
        self._send = send
        self._audience = door.venue.audience
        self._subscriber = Subscriber(send)
        self._answers: asyncio.Queue[asyncio.Task[str]] = asyncio.Queue(UNDER_WAY_MAX)
        self._caller = NOBODY
        self._after: int | None = None
        self._expiry: asyncio.TimerHandle | None = None

    async def serve(self, caller: Caller, after: int | None) -> None:
        """Accept the connection and serve it to its end."""
        self._after = after
        self._audience.admit(self._subscriber)
        self._act_as(caller)
        try:
            await self._send({"type": "websocket.accept"})
            await self._run(self._read(), self._answer(), self._write())
        except OSError:
            pass  # It went away during the handshake.
        finally:
            if self._expiry is not None:
                self._expiry.cancel()
            self._audience.leave(self._caller.account_id, self._subscriber)
            self._audience.dismiss(self._subscriber)

    async def _run(self, *parts: Coroutine[Any, Any, None]) -> None:
        """Run until the client has left, or the closing one was written or gave up."""
        reading, answering, writing = tasks = [asyncio.create_task(part) for part in parts]
        closing = asyncio.create_task(self._subscriber.wait_closing())
        ends = {reading, writing}
        try:
            await asyncio.wait({*ends, answering, closing}, return_when=asyncio.FIRST_COMPLETED)
            if closing.done() and not reading.done() and not writing.done():
                await asyncio.wait(
                    ends, timeout=CLOSE_WITHIN_S, return_when=asyncio.FIRST_COMPLETED
                )
        finally:
            for task in (*tasks, closing):
                task.cancel()
            # Not gather(): if we are canceled meanwhile, it raises a child's cancellation for ours,
            # which a caller that canceled us does not take for its own.
            await asyncio.wait({*tasks, closing})
        for task in tasks:
            fault = None if task.cancelled() else task.exception()
            if fault is not None and not isinstance(fault, SocketClosed):
                raise fault

    # Reading.

    async def _read(self) -> None:
        """Start what the client asks for, in the order received, until it leaves."""
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return
            if self._subscriber.close_code is not None:
                continue  # It is being closed; only its leaving is of interest now.
            text, binary = message.get("text"), message.get("bytes")
            if _is_too_large(text, binary):
                self._subscriber.close(TOO_LARGE)
                continue
            # A task's first step runs in the order of creation, and a command is submitted in it.
            await self._answers.put(asyncio.create_task(self._reply(text)))

    async def _answer(self) -> None:
        """Let the answers wait for the socket, in the order of the questions."""
        while True:
            task = await self._answers.get()
            # The client may leave meanwhile; what was submitted goes on.
            self._subscriber.tell(await asyncio.shield(task))

    async def _reply(self, text: str | None) -> str:
        """Do what a message asks for and return the reply to it."""
        name, request_id, reply = "", None, Reply(200, [], b"")
        try:
            members = object_of(text)
            request_id = request_id_of(members)
            action = action_of(members, request_id)
            name = action.name
            if name == "authenticate":
                self._authenticate(key_of(action.members))
            else:
                caller = self._somebody(action)
                reply = await self._door.answer(call(self._door, caller, action))
        except Problem as problem:
            reply = problem_reply(problem, self._door.sequence)
        return reply_text(name, request_id, reply)

    def _somebody(self, action: Action) -> Caller:
        """Return on whose behalf an action acts; anybody may ping."""
        caller = self._caller
        if action.name == "ping":
            return caller
        if caller is NOBODY:
            raise Problem(401, "unauthenticated", _FIRST)
        if caller.key_id is not None and not self._is_valid(caller.key_id):
            self._act_as(NOBODY)
            raise Problem(401, "unauthenticated", "the key is no longer valid")
        return caller

    def _is_valid(self, key_id: KeyId) -> bool:
        sequencer = self._door.venue.sequencer
        key = sequencer.engine.key(key_id)
        return key is not None and (
            key.expires_at is None or key.expires_at > sequencer.clock.now()
        )

    def _authenticate(self, key: str) -> None:
        client = self._scope.get("client")
        try:
            caller = self._guard.identify(key, client[0] if client else "")
            caller.demand(Permission.READ)
        except Problem:
            # Whoever shows a wrong key is not taken for somebody else, the demo account included.
            self._act_as(NOBODY)
            raise
        self._act_as(caller)

    def _act_as(self, caller: Caller) -> None:
        """Be somebody from now on. Without a past to catch up with, hear the present at once."""
        self._audience.leave(self._caller.account_id, self._subscriber)
        self._caller = caller
        self._subscriber.key_id = caller.key_id
        self._watch_expiry()
        if self._after is None and caller is not NOBODY:
            self._audience.join(caller.account_id, self._subscriber)
        self._subscriber.wake()

    def _watch_expiry(self) -> None:
        """End the subscription when the key does, by the venue's clock, which may be set."""
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        sequencer, key_id = self._door.venue.sequencer, self._caller.key_id
        key = sequencer.engine.key(key_id) if key_id is not None else None
        if key is None or key.expires_at is None:
            return
        left = (key.expires_at - sequencer.clock.now()) / _NANOS
        if left <= 0:
            self._subscriber.close(NOT_PERMITTED)
            return
        soon = min(left, EXPIRY_CHECK_S)
        self._expiry = asyncio.get_running_loop().call_later(soon, self._watch_expiry)

    # Writing.

    async def _write(self) -> None:
        """Write what the client missed and what comes, as whoever it is, and the close frame."""
        subscriber = self._subscriber
        while subscriber.close_code is None:
            caller = self._caller

            def is_over(caller: Caller = caller) -> bool:
                return self._caller is not caller

            if self._after is not None and caller is not NOBODY:
                try:
                    await self._catch_up(self._after, caller, is_over)
                except VenueError:
                    subscriber.close(FAULT)
            await subscriber.pump(is_over)
        await subscriber.write_close()

    async def _catch_up(self, after: int, caller: Caller, is_over: Callable[[], bool]) -> None:
        sequencer, account_id = self._door.venue.sequencer, caller.account_id
        reason = _AHEAD
        if after <= sequencer.durable:
            resume = Resume(after, account_id, self._subscriber, self._audience, sequencer)
            try:
                await resume.run(is_over)
            except Lost:
                reason = _LOST
            else:
                return
        self._audience.join(account_id, self._subscriber)
        reset = Reset("reset", sequencer.durable, reason)
        await self._subscriber.write([msgspec.json.encode(reset).decode()])


_FIRST: Final = 'send {"action": "authenticate", "key": "…"} first'


def _is_too_large(text: str | None, binary: bytes | None) -> bool:
    if text is None:
        return binary is not None and len(binary) > MESSAGE_BYTES_MAX
    if len(text) * 4 <= MESSAGE_BYTES_MAX:
        return False
    return len(text.encode(errors="surrogatepass")) > MESSAGE_BYTES_MAX
