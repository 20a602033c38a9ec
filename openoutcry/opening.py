"""Opening a venue: from what is on disk to a sequencer that takes commands, and back.

Each part is closed in the mirror order of its opening. Recovery is the start, and the start is
recovery: an empty directory and one after a power cut take the same way.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from openoutcry.admin_key import admin_key_of
from openoutcry.calendars.known import calendars_of
from openoutcry.first_start import open_first
from openoutcry.gateway.limits import Limits
from openoutcry.gateway.metrics import Metrics
from openoutcry.gateway.native.streamed import RENDERING
from openoutcry.gateway.simple.messages import messages
from openoutcry.gateway.simple.order import shown
from openoutcry.gateway.venue import Venue
from openoutcry.gateway.watch import Watch
from openoutcry.history.database import reached_on_disk
from openoutcry.history.follower import Follower, Task
from openoutcry.history.history import History
from openoutcry.history.past import Past
from openoutcry.history.recent import RecentOrders
from openoutcry.interpreter import Habits
from openoutcry.journal.directory import HISTORY_NAME, JOURNAL_NAME, DataDirectory
from openoutcry.journal.memory import MemoryJournal
from openoutcry.marketdata.tape import Tape
from openoutcry.model.errors import NotReady
from openoutcry.one_loop import Process
from openoutcry.sequencer.clock import VenueClock
from openoutcry.sequencer.ports import Journal, Snapshots
from openoutcry.sequencer.recovery import recover
from openoutcry.sequencer.sequencer import Sequencer
from openoutcry.settings import Settings
from openoutcry.simulation.market import AGENTS, SimulatedMarket
from openoutcry.streams.audience import Audience
from openoutcry.streams.feeds.feeds import Feeds
from openoutcry.upkeep.sessions import Sessions
from openoutcry.upkeep.upkeep import Terms, Upkeep

FAULT: Final = 1011
RESTART: Final = 1012
"""Close codes of the sockets when the venue stops (RFC 6455 and its registry)."""
PROGRESS_EVERY_S: Final = 2.0

_log: Final = structlog.get_logger("openoutcry")


class Loss(Enum):
    """What to do when the journal has lost records that others know of."""

    REFUSED = "refused"
    ACCEPTED = "accepted"


class Running(NamedTuple):
    """An open venue and what only the wiring needs of it."""

    venue: Venue
    metrics: Metrics
    watch: Watch
    admin_key: str

    def is_ready(self) -> bool:
        """Say whether the venue takes commands."""
        return self.watch.cause is None and self.venue.sequencer.is_ready()


class _Kept(NamedTuple):
    journal: Journal
    journal_path: Path | None
    snapshots: Snapshots | None
    history_url: str
    admin_key: str


@asynccontextmanager
async def open_venue(settings: Settings, watch: Watch, loss: Loss) -> AsyncIterator[Running]:
    """Open a venue on the running loop; close it, cleanly if it lives, when the block ends."""
    started = time.perf_counter()
    async with AsyncExitStack() as closing:
        kept = _open_directory(settings, closing)
        sequencer = await _recover(kept, watch, loss)
        history = await _open_history(kept, sequencer, watch, closing)
        venue = Venue(
            sequencer=sequencer,
            history=history,
            recent=RecentOrders(),
            audience=Audience(messages),
            feeds=Feeds(sequencer, history, RENDERING),
            tape=Tape(),
            execution_delay=settings.execution_delay,
            listing=settings.listing,
            simulated=settings.is_simulated,
            calendars=calendars_of(settings.calendar),
            limits=Limits(settings.rate_limit),
            auth=settings.auth,
            opened_at=time.monotonic(),
        )
        metrics = Metrics()
        past = Past(history)
        await asyncio.to_thread(past.load_first)
        loading = asyncio.create_task(asyncio.to_thread(past.load))
        closing.push_async_callback(_end_loading, past, loading)
        sequencer.past = past
        sequencer.listeners += [venue.tape, venue.recent, history, past, venue.audience, metrics]
        sequencer.listeners += [venue.feeds, venue.connections]
        closing.callback(venue.feeds.close)
        await sequencer.start()
        closing.push_async_callback(sequencer.stop)
        await open_first(
            sequencer, settings.instruments, venue.calendars, settings.liquidation_grace
        )
        await _keep_sessions(venue, closing)
        if settings.directory is not None:
            _keep_up(venue, settings.directory, Terms(settings.retention), closing)
        if settings.is_simulated:
            await _open_market(venue, settings.seed, closing)
        if watch.process is Process.OURS:
            closing.callback(Habits(asyncio.get_running_loop()).close)
        watch.on_stop = partial(_hang_up, venue, FAULT)
        closing.callback(_hang_up, venue, RESTART)
        _log.info(
            "venue_open",
            sequence=sequencer.durable,
            epoch=sequencer.epoch,
            data_dir=settings.data_dir,
            auth=settings.auth.value,
            simulation=settings.simulation,
            seconds=round(time.perf_counter() - started, 3),
        )
        yield Running(venue, metrics, watch, kept.admin_key)
    _log.info("venue_closed", sequence=sequencer.durable)


def _hang_up(venue: Venue, code: int) -> None:
    """Close every socket, and each that comes later."""
    venue.audience.close(code)
    venue.connections.close(code)


def _open_directory(settings: Settings, closing: AsyncExitStack) -> _Kept:
    """Take the lock and open the journal, which the sequencer closes."""
    path = settings.directory
    if path is None:
        url = settings.history_url or "sqlite://"
        return _Kept(MemoryJournal(), None, None, url, settings.admin_key)
    directory = DataDirectory(path)
    closing.callback(directory.close)
    url = settings.history_url or f"sqlite:///{path.absolute() / HISTORY_NAME}"
    admin_key = admin_key_of(path, settings.admin_key)
    file = path.absolute() / JOURNAL_NAME
    return _Kept(directory.open_journal(), file, directory.snapshots, url, admin_key)


async def _recover(kept: _Kept, watch: Watch, loss: Loss) -> Sequencer:
    journal = kept.journal
    recovered = await asyncio.to_thread(
        recover,
        journal,
        kept.snapshots,
        history_reached=await asyncio.to_thread(_history_reached, kept.history_url, journal.epoch),
        accept_loss=loss is Loss.ACCEPTED,
        progress=_Progress("recovering"),
    )
    for words in recovered.passed_over:
        _log.warning("snapshot_passed_over", reason=words)
    if recovered.lost_until:
        _log.warning("loss_accepted", journal_ends=journal.last, known_until=recovered.lost_until)
    _log.info(
        "recovered",
        sequence=journal.last,
        after_snapshot=recovered.snapshot_sequence,
        records=recovered.records,
        seconds=round(recovered.seconds, 3),
    )
    engine = recovered.engine
    return Sequencer(
        engine,
        journal,
        VenueClock(engine.now),
        on_fault=watch.report,
        snapshots=kept.snapshots,
    )


async def _open_history(
    kept: _Kept, sequencer: Sequencer, watch: Watch, closing: AsyncExitStack
) -> History:
    history = await asyncio.to_thread(
        History, kept.history_url, sequencer.epoch, _report_history, AGENTS, shown
    )
    closing.push_async_callback(asyncio.to_thread, history.close)
    await asyncio.to_thread(
        history.catch_up, sequencer.read, sequencer.durable, _Progress("history_catching_up")
    )
    # A process that is not the venue's own is a test's, and starts no other.
    is_followed = kept.journal_path is not None and watch.process is Process.OURS
    history.start(Follower(Task(str(kept.journal_path), kept.history_url)) if is_followed else None)
    return history


async def _end_loading(past: Past, loading: asyncio.Task[None]) -> None:
    past.close()
    try:
        await loading
    except NotReady as fault:  # Every keyed order was looked up in history meanwhile.
        _log.error("keys_not_loaded", fault=repr(fault))


def _history_reached(url: str, epoch: str) -> int:
    """Return how far history got; 0 where it is missing, which a whole journal can mend."""
    return reached_on_disk(url, epoch) or 0


async def _keep_sessions(venue: Venue, closing: AsyncExitStack) -> None:
    sessions = Sessions(venue.sequencer, venue.calendars)
    venue.sequencer.listeners.append(sessions)
    await sessions.start()
    closing.push_async_callback(sessions.stop)


def _keep_up(venue: Venue, path: Path, terms: Terms, closing: AsyncExitStack) -> None:
    upkeep = Upkeep(path, venue.sequencer, venue.history, terms=terms)
    venue.sequencer.listeners.append(upkeep)
    venue.upkeep = upkeep
    upkeep.start()
    closing.push_async_callback(asyncio.to_thread, upkeep.close)


async def _open_market(venue: Venue, seed: int, closing: AsyncExitStack) -> None:
    market = SimulatedMarket(venue.sequencer, venue.attention, seed)
    venue.sequencer.listeners.append(market)
    await market.start()
    closing.push_async_callback(market.stop)


def _report_history(fault: Exception) -> None:
    _log.critical("history_stopped", fault=repr(fault), exc_info=fault)


class _Progress:
    """Says now and then how far something long is."""

    def __init__(self, event: str) -> None:
        self._event = event
        self._said_at = time.monotonic()

    def __call__(self, reached: int, last: int) -> None:
        """Take note of how far it is."""
        now = time.monotonic()
        if now - self._said_at >= PROGRESS_EVERY_S:
            self._said_at = now
            _log.info(self._event, reached=reached, last=last)
