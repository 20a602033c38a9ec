"""The desk: every line that somebody follows, how it gets ready, and who waits for it.

A line begins unknown. A thread finds its mark, in history and in what history has not reached yet;
what is told meanwhile is held. Then its state is loaded, if it has one: from the engine, as of a
moment that has to be told first, or from history, as of what that has reached.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from functools import partial
from typing import Any, Final

from openoutcry.engine.engine import Engine
from openoutcry.model.errors import NotReady
from openoutcry.model.units import AccountId, Nanos, Sequence, Symbol
from openoutcry.streams.feeds.balances import BalancesTeller
from openoutcry.streams.feeds.candles import CandlesTeller
from openoutcry.streams.feeds.executions import ExecutionsTeller
from openoutcry.streams.feeds.line import Arrival, EventLine
from openoutcry.streams.feeds.orders import OrdersTeller
from openoutcry.streams.feeds.past import Lost, Past, Spoken
from openoutcry.streams.feeds.positions import PositionsTeller
from openoutcry.streams.feeds.rendering import Rendering
from openoutcry.streams.feeds.said import Said
from openoutcry.streams.feeds.status import StatusTeller
from openoutcry.streams.feeds.teller import Teller
from openoutcry.streams.feeds.ticker import DayTeller
from openoutcry.streams.feeds.topic import PRIVATE, Channel, Hearer, Topic
from openoutcry.streams.feeds.trades import TradesTeller

DAY: Final = "day"
"""The line that a ticker's day comes from; nobody hears it."""
_OF_TRADES: Final = (Channel.CANDLES.value, DAY)
"""Their marks are those of `trades`."""


class Desk:
    """The lines by symbol and by account. `told` is the last sequence that they have heard."""

    def __init__(self, past: Past, rendering: Rendering) -> None:
        self.past = past
        self.engine: Engine = past.sequencer.engine
        self.epoch: str = past.sequencer.epoch
        self.rendering = rendering
        self.told: int = past.sequencer.durable
        self.at: Nanos = self.engine.now
        """Of the last record that was told."""
        self.by_symbol: dict[str, dict[str, EventLine]] = {}
        """Then by what the line is called."""
        self.by_account: dict[str, dict[str, EventLine]] = {}
        self.timed: dict[EventLine, None] = {}
        """Those that hear of every record that time has passed."""
        self._moments: deque[tuple[int, Callable[[], None]]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    # Moments: what waits until a sequence has been told.

    def when(self, sequence: int, call: Callable[[], None]) -> None:
        """Call back when a sequence, which the engine has reached, has been told."""
        if sequence <= self.told:
            call()
        else:
            self._moments.append((sequence, call))

    def reach(self, sequence: int) -> None:
        """Take note that everything up to a sequence has been told."""
        self.told = sequence
        moments = self._moments
        while moments and moments[0][0] <= sequence:
            moments.popleft()[1]()

    # Lines.

    def line(self, name: str, topic: Topic) -> EventLine:
        """Return a line, a new one that gets ready if nobody follows it yet."""
        lines = self.lines_of(topic)
        found = lines.get(name)
        if found is None:
            spoken = self.spoken(name, topic)
            found = lines[name] = EventLine(topic.name, self.epoch, spoken.teller)
            if topic.channel is Channel.CANDLES:
                self.timed[found] = None
            self._start(self._begin(found, spoken, self.told))
        return found

    def lines_of(self, topic: Topic) -> dict[str, EventLine]:
        """Return the lines of a topic's symbol or account."""
        by_key = self.by_account if topic.channel in PRIVATE else self.by_symbol
        return by_key.setdefault(topic.key, {})

    def drop(self, names: Iterable[str], topic: Topic) -> None:
        """Forget lines that nobody needs."""
        lines = self.lines_of(topic)
        for name in names:
            self.timed.pop(lines.pop(name), None)
        if not lines:
            by_key = self.by_account if topic.channel in PRIVATE else self.by_symbol
            del by_key[topic.key]

    def spoken(self, name: str, topic: Topic) -> Spoken:
        """Return what a line tells, with a teller who has heard nothing yet."""
        is_of_trades = name.partition(":")[0] in _OF_TRADES
        channel = Channel.TRADES.value if is_of_trades else name
        return Spoken(channel, topic.key, topic.channel in PRIVATE, self._teller(name, topic))

    def _teller(self, name: str, topic: Topic) -> Teller:
        rendering = self.rendering
        match name.partition(":")[0]:
            case "executions":
                return ExecutionsTeller(AccountId(topic.key), rendering)
            case "balances":
                return BalancesTeller(AccountId(topic.key), rendering)
            case "positions":
                return PositionsTeller(AccountId(topic.key), rendering)
        symbol = Symbol(topic.key)
        instrument = self.engine.instrument(symbol) or self.engine.delisted(symbol)
        assert instrument is not None, "what is followed is, or was, listed"
        makers: dict[str, Callable[[], Teller]] = {
            "orders": lambda: OrdersTeller(symbol, instrument.grid),
            "trades": lambda: TradesTeller(symbol, rendering),
            "status": lambda: StatusTeller(symbol),
            "candles": lambda: CandlesTeller(symbol, topic.interval, instrument.grid),
            DAY: lambda: DayTeller(symbol),
        }
        return makers[name.partition(":")[0]]()

    # Getting ready.

    async def _begin(self, line: EventLine, spoken: Spoken, told: int) -> None:
        """Find a line's mark, load its state, and let in those who wait."""
        mark, reached = 0, told
        with suppress(NotReady, Lost):  # History has stopped: then the chain begins here.
            mark, reached = await asyncio.to_thread(self.past.mark, spoken, told)
        line.found(mark, reached)
        if line.teller.has_state:
            await self.load(line)
        else:
            self._get_ready(line)

    def reload(self, line: EventLine) -> None:
        """Load a state again; everybody gets a snapshot of it."""
        self._start(self.load(line))

    async def load(self, line: EventLine) -> None:
        """Load the state of a line, and let in those who wait."""
        if line.teller.needs_past:
            line.hold()
            told = self.told
            past = await self._from_history(line, told)
            line.load(None, past, told if past is None else past.reached, self.at)
            self._get_ready(line)
            return
        picture = line.teller.picture(self.engine)
        loaded = asyncio.get_running_loop().create_future()
        self.when(self.engine.sequence, partial(self._load_picture, line, picture, loaded))
        await loaded

    def _load_picture(
        self, line: EventLine, picture: object, loaded: "asyncio.Future[None]"
    ) -> None:
        line.load(picture, None, self.told, self.at)
        self._get_ready(line)
        if not loaded.done():
            loaded.set_result(None)

    def _get_ready(self, line: EventLine) -> None:
        line.get_ready()
        waiting, line.waiting = line.waiting, {}
        if line.teller.has_state:
            for hearer in waiting:
                self.enter(line, hearer)
        elif waiting:
            self._arrive(line, waiting)

    # Hearers.

    def enter(self, line: EventLine, hearer: Hearer) -> None:
        """Let a hearer hear a snapshot, now or soon, and what follows."""
        if not line.is_ready:
            line.waiting[hearer] = None
        elif line.teller.has_state:
            hearer.hear(line.snapshot_of_state(self.at))
            line.hearers[hearer] = None
        else:
            self._arrive(line, {hearer: None})

    def _arrive(self, line: EventLine, hearers: dict[Hearer, None]) -> None:
        """Take a picture, and hand it out when its moment has been told."""
        teller, sequence = line.teller, self.engine.sequence
        arrival = Arrival(hearers, teller.picture(self.engine))
        line.arrivals[arrival] = None
        if teller.needs_past:
            self._start(self._fetch(line, arrival, sequence))
        else:
            arrival.has_past = True
        self.when(sequence, partial(self._stand, line, arrival))

    def _stand(self, line: EventLine, arrival: Arrival) -> None:
        assert line.mark is not None, "the line is ready"
        arrival.said = Said(self.epoch, line.mark, None, self.at)
        line.hearers[arrival] = None
        self._join(line, arrival)

    async def _fetch(self, line: EventLine, arrival: Arrival, sequence: int) -> None:
        arrival.past = await self._from_history(line, sequence)
        arrival.has_past = True
        self._join(line, arrival)

    def _join(self, line: EventLine, arrival: Arrival) -> None:
        if arrival.said is None or not arrival.has_past:
            return
        del line.arrivals[arrival]
        line.hearers.pop(arrival, None)
        if not arrival.hearers:
            return
        if arrival.is_overfull():
            self._arrive(line, arrival.hearers)
        else:
            arrival.join(line, line.snapshot_of(arrival))

    async def _from_history(self, line: EventLine, sequence: int) -> Any:  # noqa: ANN401
        """Return what a line's teller wants to know of the past; None if history has stopped."""
        history = self.past.history
        try:
            await history.caught_up(Sequence(sequence))
            return await asyncio.to_thread(line.teller.past, history, sequence)
        except NotReady:
            return None

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """End what is under way."""
        for task in tuple(self._tasks):
            task.cancel()
