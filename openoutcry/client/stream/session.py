"""The conversation with the venue, over any number of connections; no socket and no clock here.

    opened()      what to send when a connection is there: everything followed, all unanswered calls
    take(frame)   what the venue said: messages that are good go to `deliver`
    to_send       what is to be sent because of it

Rule 1: what follows nothing known is fetched again, from the last good message where the channel
allows it, else by a snapshot. The program sees no message twice and misses none, or a snapshot.
Rule 2: a call keeps its request_id and its key from one connection to the next.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final

import msgspec

from openoutcry.client.errors import NotConnected, Problem, Unintelligible
from openoutcry.client.exchange import Refusal, as_problem
from openoutcry.client.patience import AGAIN
from openoutcry.client.request import Request
from openoutcry.client.stream.following import Following, Topic
from openoutcry.client.stream.kept_books import Broken
from openoutcry.client.stream.messages import Head, Heartbeat, Message, message_of

RESTARTS_MAX: Final = 10
"""How often in a row one thing is asked for again before the stream gives up."""


class Frame(Head, frozen=True):
    """Whatever comes: a reply has a request_id, a message a channel, the rest only a type."""

    request_id: int | str | None = None
    result: msgspec.Raw = msgspec.Raw(b"")
    problem: Refusal | None = None
    sequence: int | None = None


_frame_of: Final = msgspec.json.Decoder(Frame)
_frames_of: Final = msgspec.json.Decoder(list[msgspec.Raw])
_heartbeat_of: Final = msgspec.json.Decoder(Heartbeat)


class Dropped(NotConnected):
    """The connection is of no use any more; a new one may be."""


class Pending:
    """A request and whoever waits for its reply."""

    def __init__(self, message: bytes, reply: "asyncio.Future[bytes]") -> None:
        self.message = message
        self.reply = reply


class Session:
    """What is followed, what was asked, and where everything is."""

    def __init__(self, deliver: Callable[[Message], None]) -> None:
        self._deliver = deliver
        self._ids = count(1)
        self._followings: dict[Topic, Following] = {}
        self._subscribing: dict[int, tuple[Following, asyncio.Future[bytes] | None]] = {}
        self._pending: dict[int, Pending] = {}
        self._by_name: dict[str, Following] = {}
        self.to_send: deque[bytes] = deque()
        self.is_open = False
        self.sequence = 0
        """The highest sequence of a reply."""
        self.resyncs = 0
        """How often something had to be fetched again while connected."""

    @property
    def followings(self) -> Mapping[Topic, Following]:
        """Everything that is followed."""
        return self._followings

    def opened(self) -> None:
        """A connection is there: ask for everything again."""
        self.is_open = True
        self.to_send.clear()
        waiting = dict(self._subscribing.values())
        self._subscribing.clear()
        for following in self._followings.values():
            self._ask(following, waiting.get(following))
        self.to_send += (pending.message for pending in self._pending.values())

    def closed(self) -> None:
        """The connection is gone: what is kept may be behind."""
        self.is_open = False
        self.to_send.clear()
        for following in self._followings.values():
            following.mark_old()

    def follow(self, following: Following) -> "asyncio.Future[bytes]":
        """Follow a topic from now on; the future is its subscribe's reply."""
        reply: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        before = self._followings.get(following.topic)
        if before is not None:
            self._forget_asking(before)
        self._followings[following.topic] = following
        self._by_name[following.topic.name] = following
        self._ask(following, reply)
        return reply

    def leave(self, topic: Topic) -> "asyncio.Future[bytes]":
        """Follow a topic no more."""
        following = self._followings.pop(topic, None)
        if following is not None:
            self._forget_asking(following)
            self._by_name.pop(topic.name, None)
        return self.ask("unsubscribe", _unsubscribe(topic))

    def ask(
        self, method: str, params: Mapping[str, object], key: str | None = None
    ) -> "asyncio.Future[bytes]":
        """Send a request, now or when there is a connection; the future is its result."""
        request_id = next(self._ids)
        message = _message(method, params, request_id, key)
        reply: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._pending[request_id] = Pending(message, reply)
        reply.add_done_callback(lambda _: self._pending.pop(request_id, None))
        if self.is_open:
            self.to_send.append(message)
        return reply

    def ask_for(self, request: Request[Any]) -> "asyncio.Future[bytes]":
        """Send a call of REST over the socket."""
        if request.stream is None:
            raise TypeError(f"{request.method} {request.path} is not a method of the stream")
        method, params = request.stream
        return self.ask(method, params, request.key)

    def ping(self) -> None:
        """Show that the program lives."""
        self.to_send.append(b'{"method":"ping"}')

    def take(self, content: bytes) -> None:
        """Take what came in one frame; raises `Dropped` when the connection is of no use."""
        try:
            if content[:1] != b"[":
                self._take(content)
                return
            for one in _frames_of.decode(content):
                self._take(one)
        except msgspec.MsgspecError as fault:
            raise Unintelligible(f"the stream said {fault}") from fault

    def fail(self, fault: Exception) -> None:
        """Tell everybody who waits that no reply will come."""
        waiting = [pending.reply for pending in self._pending.values()]
        waiting += [reply for _, reply in self._subscribing.values() if reply is not None]
        for reply in waiting:
            if not reply.done():
                reply.set_exception(fault)

    def _take(self, content: bytes | msgspec.Raw) -> None:
        frame = _frame_of.decode(content)
        if frame.channel == "heartbeat":
            self._check_sent(_heartbeat_of.decode(content))
        elif frame.channel:
            self._hear(message_of(frame, content))
        elif frame.type == "resync_required":
            raise Dropped("the venue says that this client is too slow")
        elif isinstance(frame.request_id, int):
            self._answer(frame.request_id, frame)

    def _hear(self, message: Message) -> None:
        topic = Topic(message.channel, message.symbol, getattr(message, "interval", ""))
        following = self._followings.get(topic)
        if following is None or following.awaiting is not None:
            return  # Of something that was left, or that is being asked for again.
        try:
            following.take(message)
        except Broken as fault:
            self._fetch_again(following, fault)
        else:
            self._deliver(message)

    def _check_sent(self, heartbeat: Heartbeat) -> None:
        for name, sequence in heartbeat.channels.items():
            following = self._by_name.get(name)
            if following is None or following.awaiting is not None:
                continue
            try:
                following.check_sent(sequence)
            except Broken as fault:
                self._fetch_again(following, fault)

    def _fetch_again(self, following: Following, fault: Broken) -> None:
        following.restarts += 1
        self.resyncs += 1
        if following.restarts > RESTARTS_MAX:
            raise Unintelligible(f"{fault}, {RESTARTS_MAX} times in a row") from fault
        following.mark_old()
        self.to_send.append(_message("unsubscribe", _unsubscribe(following.topic), None, None))
        self._ask(following, None)

    def _ask(self, following: Following, reply: "asyncio.Future[bytes] | None") -> None:
        request_id = next(self._ids)
        params = following.subscribe(request_id)
        self._subscribing[request_id] = (following, reply)
        if self.is_open:
            self.to_send.append(_message("subscribe", params, request_id, None))

    def _forget_asking(self, following: Following) -> None:
        for request_id, (one, reply) in list(self._subscribing.items()):
            if one is following:
                del self._subscribing[request_id]
                if reply is not None:
                    reply.cancel()

    def _answer(self, request_id: int, frame: Frame) -> None:
        if frame.sequence is not None:
            self.sequence = max(self.sequence, frame.sequence)
        refusal = frame.problem
        problem = None if refusal is None else as_problem(refusal, None, frame.sequence)
        if request_id in self._subscribing:
            self._subscribed(request_id, frame, problem)
        elif (pending := self._pending.pop(request_id, None)) and not pending.reply.done():
            _resolve(pending.reply, frame, problem)

    def _subscribed(self, request_id: int, frame: Frame, problem: Problem | None) -> None:
        following, reply = self._subscribing.pop(request_id)
        if problem is None:
            following.awaiting = None
        elif problem.status in AGAIN:
            # Not now. A new connection waits longer each time, and asks for everything again.
            self._subscribing[request_id] = (following, reply)
            raise Dropped(str(problem)) from problem
        else:
            del self._followings[following.topic]
            self._by_name.pop(following.topic.name, None)
            if reply is None:
                raise problem
        if reply is not None and not reply.done():
            _resolve(reply, frame, problem)


def _resolve(reply: "asyncio.Future[bytes]", frame: Frame, problem: Problem | None) -> None:
    if problem is not None:
        reply.set_exception(problem)
    else:
        reply.set_result(bytes(frame.result))


def _unsubscribe(topic: Topic) -> dict[str, object]:
    return {"channel": topic.channel} | ({"symbols": [topic.symbol]} if topic.symbol else {})


def _message(
    method: str, params: Mapping[str, object], request_id: int | None, key: str | None
) -> bytes:
    content: dict[str, object] = {"method": method, "params": params}
    if request_id is not None:
        content["request_id"] = request_id
    if key is not None:
        content["idempotency_key"] = key
    return msgspec.json.encode(content)
