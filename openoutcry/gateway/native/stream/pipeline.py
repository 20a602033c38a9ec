"""The commands of one connection that are under way: sequenced as received, answered when durable.

Rule: nothing waits for the answer to what came before it; only what has to look before it can be
sequenced (a batch with an Idempotency-Key) lets what follows wait.

Theory of operation
-------------------
Placing an order, and canceling a live one, is sequenced in the call that reads the message; the
reply is made when the future of its record is resolved, so no task is needed. Everything else is a
task, whose first step submits. Tasks take their first steps in the order of their creation; so as
long as one has not, what comes after it is a task, too, and the order is kept.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from openoutcry.gateway.native import orders
from openoutcry.gateway.native.calls import Answer, Call, reused
from openoutcry.gateway.native.stream.methods import METHODS, only_order_id
from openoutcry.gateway.native.stream.replies import answer_problem
from openoutcry.gateway.native.stream.requests import Request, RequestId
from openoutcry.gateway.troubles import problem_of
from openoutcry.gateway.venue import Venue
from openoutcry.model.errors import KeyReused
from openoutcry.model.units import OrderId
from openoutcry.sequencer.batch import Outcome

UNDER_WAY_MAX: Final = 256
"""Commands of one connection; the next message is read when one of them is answered."""

Reply = Callable[[RequestId, Answer, int], None]
"""Tells a client the answer to a request that came at some time."""


class Pipeline:
    """What one connection has asked the venue for and was not told yet."""

    def __init__(self, venue: Venue, reply: Reply, fail: Callable[[BaseException], None]) -> None:
        self._venue = venue
        self._reply = reply
        self._fail = fail
        self._under_way = 0
        self._not_begun = 0
        """Tasks that have not taken their first step."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._first: asyncio.Task[None] | None = None
        """A task that has to end before anything else begins."""
        self.on_room: Callable[[], None] | None = None
        """Called after each answer."""

    @property
    def is_full(self) -> bool:
        """Whether the next request has to wait."""
        return self._under_way >= UNDER_WAY_MAX or self._first is not None

    def start(self, request: Request, call: Call, came: int) -> None:
        """Sequence what a request asks for; raises what is wrong with it at once."""
        assert not self.is_full, "whoever starts a command looks for room"
        if self._not_begun or not self._start_at_once(request, call, came):
            self._start_task(request, call, came)

    def _start_at_once(self, request: Request, call: Call, came: int) -> bool:
        """Sequence a command that needs no task, or say that it does."""
        if request.method == "order.place":
            placing = orders.begin_place(self._venue, call, request.params)
            placing.add_done_callback(partial(self._placed, request.request_id, came))
        elif request.method == "order.cancel":
            order_id = only_order_id(dict(request.params))
            canceling = orders.begin_cancel(self._venue, call, order_id)
            if canceling is None:
                return False
            canceling.add_done_callback(partial(self._canceled, request, call, came, order_id))
        else:
            return False
        self._under_way += 1
        return True

    def _start_task(self, request: Request, call: Call, came: int) -> None:
        self._under_way += 1
        self._not_begun += 1
        task = asyncio.create_task(self._run(request, call, came))
        self._tasks.add(task)
        if request.method == "order.batch" and call.idempotency_key is not None:
            self._first = task
        task.add_done_callback(self._end_task)

    async def _run(self, request: Request, call: Call, came: int) -> None:
        self._not_begun -= 1
        await self._finish(
            METHODS[request.method].run(self._venue, call, request.params), request, came
        )

    async def _finish(self, answering: Awaitable[Answer], request: Request, came: int) -> None:
        answer: Answer | None
        try:
            answer = await answering
        except Exception as fault:  # noqa: BLE001  (what the client did not cause ends it)
            answer = self._told(fault)
        self._answer(request.request_id, answer, came)

    def _end_task(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task is self._first:
            self._first = None
            self._make_room()

    def _placed(self, request_id: RequestId, came: int, placing: "asyncio.Future[Outcome]") -> None:
        fault = placing.exception()
        answer = orders.placed(placing.result()) if fault is None else self._told(fault)
        self._answer(request_id, answer, came)

    def _canceled(
        self,
        request: Request,
        call: Call,
        came: int,
        order_id: OrderId,
        canceling: "asyncio.Future[Outcome]",
    ) -> None:
        fault = canceling.exception()
        if fault is not None:
            self._answer(request.request_id, self._told(fault), came)
            return
        answer = orders.canceled(canceling.result(), order_id)
        if answer is not None:
            self._answer(request.request_id, answer, came)
        else:
            late = orders.ended_before(self._venue, call, order_id, canceling.result())
            task = asyncio.create_task(self._finish(late, request, came))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _told(self, fault: BaseException) -> Answer | None:
        if isinstance(fault, KeyReused):
            return answer_problem(reused())
        problem = problem_of(fault) if isinstance(fault, Exception) else None
        if problem is None:
            self._fail(fault)
            return None
        return answer_problem(problem)

    def _answer(self, request_id: RequestId, answer: Answer | None, came: int) -> None:
        self._under_way -= 1
        if answer is not None:
            self._reply(request_id, answer, came)
        self._make_room()

    def _make_room(self) -> None:
        if self.on_room is not None and not self.is_full:
            self.on_room()
