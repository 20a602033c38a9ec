"""The sequencer: the one place where commands become history.

Order of work, and the reason for it:

    stamp ──► apply ──► journal ──► tell ──► answer

Rule 1: nothing is told to anybody before it is durable.
Rule 2: no await between reading the engine and changing it; everything here runs on one loop.
Rule 3: a journal that fails once stops the venue. Memory is ahead of the disk then, but nobody
has heard of it; after a restart it never happened. Nothing is retried.

Theory of operation
-------------------
Commands wait in a bounded inbox. A step, one callback of the loop, applies up to `BATCH_MAX` of
them to the open batch. Whenever the writer is idle it is handed the open batch as one block, so
under load the blocks grow while the disk is busy, and a single command waits for nobody. When a
block is durable, its records are told to the listeners and its futures are resolved. The open batch
is bounded too: when it is full, steps stop until the writer comes back.

Timers take turns with commands: each step begins with one `AdvanceTime` if a timer is due, which
fires at most 64 of them, and goes on with a batch of commands.

A repeated request is recognised right before it would be applied, when everything before it has
been; so a copy in the same batch is found like one from last week. It is answered with the record
that the first became.

On a fault in the engine or a listener, what was applied before it is still journaled and told.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Final

from openoutcry.engine.engine import Engine
from openoutcry.journal.record import StoredRecord, decode, encode, link_at, seal
from openoutcry.model.commands import AdvanceTime, Command
from openoutcry.model.errors import KeyReused, NotReady, Overloaded
from openoutcry.model.order import Door
from openoutcry.model.record import FORMAT, Entry, Record, Retry
from openoutcry.model.units import Sequence
from openoutcry.sequencer.alarm import Alarm
from openoutcry.sequencer.batch import Answer, Batch, Waiting
from openoutcry.sequencer.clock import VenueClock
from openoutcry.sequencer.figures import Figures
from openoutcry.sequencer.life import Life
from openoutcry.sequencer.ports import Journal, Listener, Past, Snapshots
from openoutcry.sequencer.recovery import save_snapshot
from openoutcry.sequencer.repeats import Lookups, original
from openoutcry.sequencer.settling import Settling
from openoutcry.sequencer.writer import Writer

INBOX_MAX: Final = 10_000
"""Commands that wait to be applied; beyond it Overloaded."""
BATCH_MAX: Final = 64
"""Commands of one step, as many as one AdvanceTime fires timers; then the loop gets its turn."""
ACTOR: Final = "venue"
"""Who submits `AdvanceTime`."""


class Sequencer:
    """The single writer of one venue; all methods are for the venue's loop except the reads.

    `durable` is the last sequence that is on disk and told; `engine` may be ahead of it.
    """

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        clock: VenueClock,
        *,
        on_fault: Callable[[BaseException], None],
        listeners: Iterable[Listener] = (),
        snapshots: Snapshots | None = None,
    ) -> None:
        assert engine.sequence == journal.last, "the engine has applied the whole journal"
        self.engine = engine
        self.clock = clock
        self.epoch = journal.epoch
        self.durable = Sequence(journal.last)
        self.hash = journal.last_hash.hex()
        self.listeners = list(listeners)
        self.figures = Figures()
        self.life = Life.NEW
        self._journal = journal
        self._snapshots = snapshots
        self._on_fault = on_fault
        self._fault: BaseException | None = None
        self._link = link_at(journal.epochs, journal.last + 1, journal.last_hash)
        self._inbox: deque[Waiting] = deque()
        self._open = Batch()
        self._writing: Batch | None = None
        self._step_planned = False
        self._settling = Settling()
        self._ended: asyncio.Future[None] | None = None
        self.past: Past | None = None
        """Set by the wiring; without it the newest keys alone are recognised."""
        self.refuse: Callable[[Command], None] | None = None
        """Set while some commands must not come in: raises for those."""
        self.give_answers: Callable[[Batch], None] = Batch.answer
        """A door may let the answers of a batch be written together."""
        self._room: asyncio.Task[None] | None = None

    # Life.

    async def start(self) -> None:
        """Begin to take commands; the running loop becomes the venue's."""
        assert self.life is Life.NEW, "a sequencer is started once"
        self._loop = asyncio.get_running_loop()
        self._ended = self._loop.create_future()
        self._writer = Writer(
            self._journal.append, loop=self._loop, durable=self._on_durable, failed=self._on_failed
        )
        self._alarm = Alarm(self.engine, self.clock, loop=self._loop, ring=self._step)
        self._lookups = Lookups(self._first_record, loop=self._loop)
        self.life = Life.RUNNING
        self._alarm.set()

    async def stop(self) -> None:
        """Finish what was submitted, keep a snapshot, close; after a fault only close."""
        if self._ended is not None:
            if self.life is Life.RUNNING:
                self.life = Life.STOPPING
            self._end_if_finished()
            await self._ended
            self._writer.close()
            await self._lookups.finish()
        try:
            if self._fault is None and self._snapshots is not None:
                await asyncio.to_thread(save_snapshot, self.engine, self._journal, self._snapshots)
        finally:  # A snapshot that cannot be kept costs the next start some time, nothing else.
            self.life = Life.ENDED
            self._journal.close()

    def is_ready(self) -> bool:
        """Say whether commands are taken."""
        return self.life is Life.RUNNING

    def inbox_depth(self) -> int:
        """Return how many commands wait to be applied."""
        return len(self._inbox)

    def unwritten(self) -> int:
        """Return how many records have been applied and are not durable yet."""
        return sum(len(one.records) for one in (self._writing, self._open) if one is not None)

    # Commands.

    def submit(
        self,
        command: Command,
        *,
        actor: str,
        door: Door,
        request_id: str | None = None,
        retry: Retry | None = None,
    ) -> Answer:
        """Hand in a command; the future resolves when its record is durable and told.

        Raises NotReady or Overloaded at once; the future may raise NotReady or KeyReused.
        """
        if self.life is not Life.RUNNING:
            raise NotReady(f"the venue is {self.life.value}")
        if len(self._inbox) >= INBOX_MAX:
            self.figures.overloads += 1
            raise Overloaded(f"{INBOX_MAX} commands wait already")
        if (refuse := self.refuse) is not None:  # Read once: another thread sets it.
            refuse(command)
        answer: Answer = self._loop.create_future()
        self._inbox.append(Waiting(command, actor, door, request_id, retry, answer))
        if not self._step_planned:
            self._plan_step()
        return answer

    async def settled(self, sequence: int) -> None:
        """Wait until all up to a sequence that the engine has reached is durable and told."""
        if sequence <= self.durable:
            return
        if self.life in {Life.NEW, Life.ENDED}:
            raise NotReady(f"the venue is {self.life.value}")
        await self._settling.wait(sequence)

    # Reads, blocking, for other threads.

    def read(self, after: int, limit: int) -> list[Record]:
        """Return up to `limit` records that end after a sequence and have been told, in order."""
        durable = self.durable
        records = map(decode, self._journal.read(after, limit))
        return [record for record in records if record.last <= durable]

    def record_at(self, sequence: int) -> Record | None:
        """Return the record that a sequence belongs to, None if it is not kept any more."""
        records = self.read(sequence - 1, 1)
        return records[0] if records and records[0].first <= sequence else None

    def stored_at(self, sequence: int) -> StoredRecord | None:
        """Return the record that ends at a sequence or after it as the journal keeps it."""
        return next(iter(self._journal.read(sequence - 1, 1)), None)

    def _first_record(self, first: int, retry: Retry) -> Record | None:
        """Return the record of an earlier request, from history if the journal dropped it."""
        found = self.record_at(first)
        if found is None and self.past is not None:
            found = next(iter(self.past.find(retry.keys)), None)
        return found

    # One step: stamp and apply.

    def _plan_step(self) -> None:
        """Let a step follow if there is something to do; after a fault there is nothing."""
        if self._step_planned or self._fault is not None or self._open.is_full():
            return
        if self._must_wait_for_room():
            return
        if self._inbox or (self.life is Life.RUNNING and self._alarm.is_due()):
            self._step_planned = True
            self._loop.call_soon(self._planned_step)
        elif self.life is Life.RUNNING:
            self._alarm.set()

    def _must_wait_for_room(self) -> bool:
        """Say whether history is too far behind; a step follows when it has caught up."""
        past = self.past
        if past is None or past.room() > 0 or self.life is not Life.RUNNING:
            return False
        if self._room is None or self._room.done():
            self._room = self._loop.create_task(past.wait_for_room())
            self._room.add_done_callback(lambda _: self._plan_step())
        return True

    def _planned_step(self) -> None:
        self._step_planned = False
        self._step()

    def _step(self) -> None:
        if self._fault is not None or self.life is Life.ENDED:
            return
        started, before = perf_counter(), len(self._open.records)
        try:
            self._advance_time()
            self._apply_waiting()
        except Exception as fault:  # noqa: BLE001  (a broken invariant stops the venue)
            self._begin_to_fail(fault)
        if len(self._open.records) > before:
            self.figures.apply_seconds.add(perf_counter() - started)
        self._write_next()
        self._end_if_finished()
        self._plan_step()

    def _advance_time(self) -> None:
        if self.life is not Life.RUNNING or self._open.is_full():
            return
        leap = self.clock.leap()
        if (leap and self.engine.next_due() is not None) or self._alarm.is_due():
            command = AdvanceTime(leap=leap)
            entry = Entry(at=self.clock.stamp(), actor=ACTOR, door=Door.VENUE, command=command)
            self._apply(entry, None)
            self._alarm.rest()
            self.figures.advances += 1

    def _apply_waiting(self) -> None:
        inbox, batch = self._inbox, self._open
        for _ in range(min(len(inbox), BATCH_MAX)):
            if batch.is_full():
                break
            waiting = inbox[0]  # It leaves when it is applied: on a fault it counts as waiting.
            command, actor, door, request_id, retry, answer, _ = waiting
            if retry is None or not self._is_repeated(waiting, retry):
                entry = Entry(
                    at=self.clock.stamp(),
                    actor=actor,
                    door=door,
                    command=command,
                    request_id=request_id,
                    retry=retry,
                )
                self._apply(entry, answer)
            inbox.popleft()

    def _apply(self, entry: Entry, answer: Answer | None) -> None:
        engine, batch = self.engine, self._open
        first = Sequence(engine.sequence + 1)
        events = engine.apply(entry)
        record = Record(
            format=FORMAT, first=first, last=engine.sequence, entry=entry, events=events
        )
        stored = seal(self._link, encode(record))
        self._link = stored.hash
        batch.records.append(record)
        batch.stored.append(stored)
        batch.answers.append(answer)
        batch.size += len(stored.body)

    def _is_repeated(self, waiting: Waiting, retry: Retry) -> bool:
        """Answer a request that came before, or say that it is new."""
        answer = waiting.answer
        try:
            first = original(self.engine, retry)
        except KeyReused as reused:
            if not answer.done():
                answer.set_exception(reused)
            return True
        if first is None:
            past = self.past
            if past is None or waiting.is_known_new or not past.may_hold(retry.keys):
                return False
            self._lookups.look_back(past, retry, waiting.answer, lambda: self._return(waiting))
            return True
        self.figures.replays += 1
        if answer.done():
            return True
        for batch in (self._open, self._writing):
            if batch is not None and (record := batch.find(first.first)) is not None:
                batch.copies.append((record, answer))
                return True
        self._lookups.start(first.first, retry, answer)
        return True

    def _return(self, waiting: Waiting) -> None:
        """Take a command back that waited for a look into the past and is new."""
        if self.life in {Life.RUNNING, Life.STOPPING}:
            self._inbox.appendleft(waiting._replace(is_known_new=True))
            self._plan_step()
        elif not waiting.answer.done():
            waiting.answer.set_exception(NotReady(f"the venue is {self.life.value}"))

    # The writer comes back.

    def _write_next(self) -> None:
        if self._writing is None and self._open.records:
            self._writing, self._open = self._open, Batch()
            self._writer.write(self._writing.block())

    def _on_durable(self, seconds: float) -> None:
        batch = self._writing
        assert batch is not None, "the writer reports what it was given"
        self._writing = None
        self._write_next()  # The disk works while we tell.
        started = perf_counter()
        self._tell(batch)
        self.figures.tell_seconds.add(perf_counter() - started)
        first, last = batch.records[0].first, batch.records[-1].last
        self.figures.count_block(len(batch.records), last - first + 1, batch.size, seconds)
        self._end_if_finished()
        self._plan_step()

    def _tell(self, batch: Batch) -> None:
        self.durable = batch.records[-1].last
        self.hash = batch.stored[-1].hash.hex()
        # Whoever waits is woken after this call, when everybody has been told in either order;
        # but behind the writing of a thousand sockets an answer would be 20 ms late (measured).
        self.give_answers(batch)
        for listener in self.listeners:
            try:
                listener.tell(batch.records)
            except Exception as fault:  # noqa: BLE001  (it is a fault, but others must hear, too)
                self._begin_to_fail(fault)
        self._settling.reach(self.durable)

    # Ends, good and bad.

    def _begin_to_fail(self, fault: BaseException) -> None:
        """Take nothing more; `_end_if_finished` follows when the rest is written."""
        if self._fault is None:
            self._fault = fault
            self.life = Life.FAILING

    def _on_failed(self, fault: BaseException) -> None:
        """End at once: nothing that is not durable is told."""
        self._begin_to_fail(fault)
        self._end()

    def _end_if_finished(self) -> None:
        if self._writing is not None or self._open.records:
            return
        if self._fault is not None or (self.life is Life.STOPPING and not self._inbox):
            self._end()

    def _end(self) -> None:
        if self._ended is None or self._ended.done():
            return
        self.life = Life.ENDED
        self._alarm.stop()
        self._refuse_waiting()
        self._ended.set_result(None)
        if self._fault is not None:
            self._on_fault(self._fault)

    def _refuse_waiting(self) -> None:
        """Leave nobody waiting for what will never be told."""
        answers = [a for one in (self._writing, self._open) if one for a in one.waiting()]
        answers += [one.answer for one in self._inbox]
        words = "the venue stopped before this was durable"
        for answer in answers:
            if not answer.done():
                answer.set_exception(NotReady(words))
        self._settling.refuse(words)
        self._inbox.clear()
