"""The feeds: who follows what, told as records become durable.

Everything here is on the venue's loop; threads read what history and the journal have.

Rule: nothing is kept of what nobody follows. The first who follows something waits until its mark
is found and its state is loaded; all others get what is there.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from openoutcry.history.history import History
from openoutcry.history.moment import Forgotten
from openoutcry.model.errors import NotReady
from openoutcry.model.record import Record
from openoutcry.model.units import Sequence, Symbol
from openoutcry.sequencer.sequencer import Sequencer
from openoutcry.streams.feeds.candles import CandlesTeller
from openoutcry.streams.feeds.desk import DAY, Desk
from openoutcry.streams.feeds.line import EventLine
from openoutcry.streams.feeds.message import Message
from openoutcry.streams.feeds.past import Lost, Past
from openoutcry.streams.feeds.rendering import Rendering
from openoutcry.streams.feeds.replay import REPLAYED_MAX, Replay, pages_of
from openoutcry.streams.feeds.subjects import subjects_of
from openoutcry.streams.feeds.teller import TIME_PASSED, Heard
from openoutcry.streams.feeds.ticked import Ticked, TickedBook, TickedTicker
from openoutcry.streams.feeds.ticker import DayTeller
from openoutcry.streams.feeds.topic import RESUMABLE, Channel, Hearer, Position, Topic

TICK_S: Final = 0.05
"""How often tickers and books are told."""
ORDERS: Final = Channel.ORDERS.value


class Feeds:
    """A listener of the sequencer. One hearer follows one topic once."""

    def __init__(self, sequencer: Sequencer, history: History, rendering: Rendering) -> None:
        self._sequencer = sequencer
        self._desk = Desk(Past(history, sequencer), rendering)
        self._ticked: dict[Topic, Ticked] = {}
        self._replaying: dict[tuple[Topic, Hearer], None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        """When the timer is due, or was last."""

    # What happens.

    def tell(self, records: list[Record]) -> None:
        """Take durable records, and tell those who follow."""
        desk = self._desk
        if desk.by_symbol or desk.by_account:
            for record in records:
                if desk.told < record.first - 1:
                    desk.reach(record.first - 1)
                self._hear(record)
                desk.at = record.entry.at
        else:
            desk.at = records[-1].entry.at
        desk.reach(records[-1].last)

    def _hear(self, record: Record) -> None:
        by_symbol, by_account = self._desk.by_symbol, self._desk.by_account
        self._pass_time(record)
        events = record.events
        for place, event in enumerate(events):
            symbol, accounts = subjects_of(event)
            heard: Heard | None = None
            for lines in (
                by_symbol.get(symbol) if symbol is not None else None,
                *map(by_account.get, accounts),
            ):
                if not lines:
                    continue
                if heard is None:
                    following = events[place + 1] if place + 1 < len(events) else None
                    heard = Heard(event, following, record.first + place, record)
                for line in tuple(lines.values()):
                    line.hear(heard)
                    self._reload_if_stale(line)

    def _pass_time(self, record: Record) -> None:
        """Let candles end."""
        if self._desk.timed:
            heard = Heard(TIME_PASSED, None, record.first, record)
            for line in tuple(self._desk.timed):
                line.hear(heard)

    def _reload_if_stale(self, line: EventLine) -> None:
        teller = line.teller
        if isinstance(teller, CandlesTeller | DayTeller) and teller.is_stale:
            teller.is_stale = False
            self._desk.reload(line)

    def tick(self) -> None:
        """Tell what changed of tickers and books since the last tick, every 50 ms.

        The feeds call it themselves, from a timer of the loop that runs while anybody follows one;
        it is public for tests.
        """
        desk = self._desk
        for ticked in tuple(self._ticked.values()):
            if ticked.hearers:
                ticked.tick(desk.at, desk.told)

    def _on_timer(self) -> None:
        self._timer = None
        self.tick()
        self._set_timer()

    def _set_timer(self) -> None:
        if self._ticked and self._timer is None:
            loop = asyncio.get_running_loop()
            self._due = next_tick(self._due, loop.time())
            self._timer = loop.call_at(self._due, self._on_timer)

    # Who follows.

    def can_replay(self, topic: Topic, since: Position | None) -> bool:
        """Say whether `since` is honoured; otherwise a snapshot is what follows. Cheap."""
        told = self._desk.told
        return (
            since is not None
            and topic.channel in RESUMABLE
            and since.epoch == self._desk.epoch
            and told - REPLAYED_MAX <= since.sequence <= told
        )

    def follow(self, topic: Topic, hearer: Hearer) -> None:
        """Let a hearer hear a snapshot, and then every message of a topic.

        The snapshot comes within this call where what it shows is durable and in memory; otherwise
        soon. It is the first message, and none is heard before it.
        """
        if topic.channel in (Channel.BOOK, Channel.TICKER):
            self._follow_ticked(topic, hearer)
        else:
            self._desk.enter(self._line(topic), hearer)

    async def replay(
        self, topic: Topic, since: Position, hearer: Hearer
    ) -> AsyncIterator[list[Message]]:
        """Yield the messages after a sequence in pages; the hearer has joined when they end.

        What the hearer hears before the last page is out comes after that page. Should the past
        turn out to be gone, no more comes and the hearer hears a snapshot as in `follow`.
        """
        place = (topic, hearer)
        self._replaying[place] = None
        desk, name = self._desk, _name_of(topic)
        line = self._line(topic)  # It gets ready meanwhile.
        replay = Replay(desk.past, desk.spoken(name, topic), topic.name, desk.epoch, since.sequence)
        try:
            await desk.past.history.caught_up(Sequence(since.sequence))
            await asyncio.to_thread(replay.begin)
            await line.ready()
            async for page in pages_of(
                replay,
                partial(self._join, line, hearer, place),
                lambda: place not in self._replaying,
            ):
                yield page
        except (Lost, Forgotten, NotReady):
            line.hearers.pop(hearer, None)
            if place in self._replaying:
                self._desk.enter(self._line(topic), hearer)
        finally:
            self._replaying.pop(place, None)
            self._prune(topic)

    def _join(self, line: EventLine, hearer: Hearer, place: tuple[Topic, Hearer]) -> int | None:
        if place not in self._replaying:
            return None
        line.hearers[hearer] = None
        return self._desk.told

    def leave(self, topic: Topic, hearer: Hearer) -> None:
        """Let a hearer hear no more of a topic. Also ends a replay or a snapshot under way."""
        self._replaying.pop((topic, hearer), None)
        ticked = self._ticked.get(topic)
        if ticked is not None:
            ticked.leave(hearer)
        line = self._desk.lines_of(topic).get(_name_of(topic))
        if line is not None:
            line.leave(hearer)
        self._prune(topic)

    def close(self) -> None:
        """Stop the timer; nobody hears anything any more."""
        self._ticked.clear()
        self._desk.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # Lines.

    def _line(self, topic: Topic) -> EventLine:
        return self._desk.line(_name_of(topic), topic)

    def _follow_ticked(self, topic: Topic, hearer: Hearer) -> None:
        ticked = self._ticked.get(topic)
        if ticked is None:
            ticked = self._ticked[topic] = self._new_ticked(topic)
            self._set_timer()
        if not ticked.is_ready():
            ticked.waiting[hearer] = None
            return
        if not ticked.hearers:
            ticked.begin(self._desk.at)
        ticked.enter(hearer)

    def _new_ticked(self, topic: Topic) -> Ticked:
        orders, symbol = self._desk.line(ORDERS, _orders_of(topic)), Symbol(topic.key)
        if topic.channel is Channel.BOOK:
            ticked: Ticked = TickedBook(topic.name, orders, symbol, topic.depth)
            lines = [orders]
        else:
            day = self._desk.line(DAY, topic)
            ticked = TickedTicker(topic.name, orders, day, symbol)
            lines = [orders, day]
        for line in lines:
            if not line.is_ready:
                line.on_ready.append(partial(self._let_in, ticked))
        return ticked

    def _let_in(self, ticked: Ticked) -> None:
        """Let in those who waited for what a book or ticker is made of."""
        if not ticked.is_ready() or not ticked.waiting:
            return
        waiting, ticked.waiting = ticked.waiting, {}
        if not ticked.hearers:
            ticked.begin(self._desk.at)
        for hearer in waiting:
            ticked.enter(hearer)

    def _prune(self, topic: Topic) -> None:
        """Forget what nobody follows any more of a symbol or an account."""
        ticked = self._ticked.get(topic)
        if ticked is not None and ticked.is_idle():
            del self._ticked[topic]
        needed = {_name_of(place[0]) for place in self._replaying if place[0].key == topic.key}
        for other in self._ticked:
            if other.key == topic.key:
                needed |= {ORDERS, DAY}
        lines = self._desk.lines_of(topic)
        unneeded = [name for name, line in lines.items() if line.is_idle() and name not in needed]
        self._desk.drop(unneeded, topic)


def next_tick(due: float, now: float) -> float:
    """Return when to tick after a tick that was due at a time and is over now.

    By the clock, so that telling a thousand clients makes no tick longer; but half a tick is for
    others, however late it is.
    """
    return max(due + TICK_S, now + TICK_S / 2)


def _name_of(topic: Topic) -> str:
    """Return what the line of a topic is called among those of its symbol or account."""
    if topic.channel is Channel.CANDLES:
        return f"{topic.channel.value}:{topic.interval}"
    return str(topic.channel.value)


def _orders_of(topic: Topic) -> Topic:
    return Topic(Channel.ORDERS, topic.key)
