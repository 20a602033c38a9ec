"""From a sequence in the past to the present: every message once, in order, whatever the timing."""

import asyncio
from dataclasses import dataclass, field

import pytest

from openoutcry.model.commands import AdvanceTime
from openoutcry.model.order import Door
from openoutcry.model.record import FORMAT, Entry, Record
from openoutcry.streams import resume as module
from openoutcry.streams.audience import Audience
from openoutcry.streams.resume import Lost, Resume
from openoutcry.streams.subscriber import Subscriber

PAGE = 10


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    monkeypatch.setattr(module, "PAGE_RECORDS", PAGE)


def render(record):
    """Two messages of two sequences for `ann`, and one for somebody else."""
    return [
        ("ann", record.first, f"{record.first}"),
        ("bob", record.first + 1, "not for ann"),
        ("ann", record.last, f"{record.last}"),
    ]


@dataclass
class Log:
    """What a resume needs of the sequencer: records of three sequences each, and what is told."""

    audience: Audience
    kept: list[Record] = field(default_factory=list)
    durable: int = 0

    def happen(self, count):
        """Make records durable and tell them, in one step as the sequencer does."""
        records = []
        for _ in range(count):
            entry = Entry(at=self.durable, actor="test", door=Door.VENUE, command=AdvanceTime())
            first, self.durable = self.durable + 1, self.durable + 3
            records.append(
                Record(format=FORMAT, first=first, last=self.durable, entry=entry, events=[])
            )
        self.kept += records
        self.audience.tell(records)

    def read(self, after, limit):
        return [record for record in list(self.kept) if record.last > after][:limit]


class Scene:
    def __init__(self):
        self.sent = []
        self.on_send = lambda: None
        self.audience = Audience(render)
        self.log = Log(self.audience)
        self.subscriber = Subscriber(self.send)

    async def send(self, message):
        self.sent.append(int(message["text"]))
        self.on_send()

    async def resume(self, after, is_over=lambda: False):
        await Resume(after, "ann", self.subscriber, self.audience, self.log).run(is_over)

    def expected(self, after):
        records = range(1, self.log.durable + 1, 3)
        both = [sequence for first in records for sequence in (first, first + 2)]
        return [sequence for sequence in both if sequence > after]


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 5 * PAGE])
def test_everything_after_the_sequence_comes_once(count):
    async def story():
        for after in (0, 1, 2, 3, 3 * count - 1, 3 * count):
            scene = Scene()
            scene.log.happen(count)
            if not 0 <= after <= scene.log.durable:
                continue
            await scene.resume(after)
            scene.log.happen(2)
            await scene.subscriber.flush()
            assert scene.sent == scene.expected(after)

    asyncio.run(story())


@pytest.mark.parametrize("pace", [1, 2, 5])
def test_what_happens_meanwhile_comes_once_too(pace):
    async def story():
        scene = Scene()
        scene.log.happen(3 * PAGE)
        left = 40

        def something_happens():
            nonlocal left
            if left and len(scene.sent) % pace == 0:
                left -= 1
                scene.log.happen(1)

        scene.on_send = something_happens
        await scene.resume(1)
        while left:
            something_happens()
            scene.log.happen(1)
            left -= 1
        await scene.subscriber.flush()
        assert scene.sent == scene.expected(1)

    asyncio.run(story())


def test_a_venue_that_never_rests_is_caught_up_with():
    """Something happens during every single read, so the end is never seen; joining works still."""

    async def story():
        scene = Scene()
        scene.log.happen(PAGE)
        loop, read = asyncio.get_running_loop(), scene.log.read

        def read_while_it_goes_on(after, limit):
            records = read(after, limit)
            loop.call_soon_threadsafe(scene.log.happen, 1)
            return records

        scene.log.read = read_while_it_goes_on
        await scene.resume(0)
        scene.log.happen(1)
        await scene.subscriber.flush()
        assert scene.sent == scene.expected(0)

    asyncio.run(story())


def test_answers_go_out_between_the_pages():
    async def story():
        scene = Scene()
        scene.log.happen(2 * PAGE)
        scene.subscriber.tell("777")
        await scene.resume(0)
        assert scene.sent[2 * PAGE] == 777

    asyncio.run(story())


@pytest.mark.parametrize("kept_from", [5, 30])
def test_a_hole_is_noticed_before_anything_is_joined(kept_from):
    async def story():
        scene = Scene()
        scene.log.happen(30)
        del scene.log.kept[:kept_from]
        with pytest.raises(Lost):
            await scene.resume(3)
        scene.log.happen(1)
        await scene.subscriber.flush()
        assert scene.sent == []

    asyncio.run(story())


def test_a_resume_that_is_over_joins_nothing():
    async def story():
        scene = Scene()
        scene.log.happen(5)
        await scene.resume(0, lambda: True)
        scene.log.happen(1)
        await scene.subscriber.flush()
        assert scene.sent == scene.expected(0)[:10]

    asyncio.run(story())


def test_a_socket_that_is_closing_does_not_go_on():
    async def story():
        scene = Scene()
        scene.log.happen(5 * PAGE)
        scene.on_send = lambda: scene.subscriber.close(1012)
        await scene.resume(0)
        assert scene.sent == scene.expected(0)[: 2 * PAGE]

    asyncio.run(story())
