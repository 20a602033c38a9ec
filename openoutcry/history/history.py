"""History: all orders, fills and postings in SQL, written behind the hot path.

Rule 1: `tell` never blocks and never fails; a fault of history does not stop trading.
Rule 2: every answer is one short transaction, exact at the sequence it reports.
Rule 3: nothing is kept only here: what is missing is read from the journal again at start-up.

    venue's loop            the scribe's thread                  any thread
    tell -> queue     ->    project, one transaction    ->       order, orders, fills …
    caught_up         <-    reached

The scribe lets records gather for a moment, unless somebody waits in `caught_up`. How far it may
stay behind is for the sequencer to keep: it takes no commands while `room` is not positive.
"""

import asyncio
import heapq
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from openoutcry.history import queries
from openoutcry.history.database import Database
from openoutcry.history.follower import Follower
from openoutcry.history.movements import Fill, Posting
from openoutcry.history.pages import Page, Series, page_of
from openoutcry.history.prevented import Prevented
from openoutcry.history.projection import Show, nothing_shown
from openoutcry.history.projector import Overtaken, Projector
from openoutcry.history.queries import EVERY_ORDER, OrderFilter, Shown
from openoutcry.history.scribe import Scribe, Watching
from openoutcry.history.trades import FoundTrade, find_trade
from openoutcry.marketdata.tape import Trade
from openoutcry.model.errors import JournalDamaged, NotReady
from openoutcry.model.order import Door, OrderReport, OrderStatus
from openoutcry.model.record import Record
from openoutcry.model.units import (
    AccountId,
    ClientOrderId,
    OrderId,
    Sequence,
    Symbol,
    TradeId,
)

LAG_MAX: Final = 20_000
"""Sequence numbers that history may be behind what it was told; beyond it submits wait. A record
has at least one, and four keys at most, so history stays within the engine's recent keys."""
CATCH_UP_RECORDS: Final = 1_000
"""Records in one page of the journal, and one transaction, at start-up."""


class History:
    """What happened, as tables. `reached` rises; everything up to it can be read."""

    def __init__(
        self,
        url: str,
        epoch: str,
        on_fault: Callable[[Exception], None],
        agents: tuple[AccountId, ...] = (),
        show: Show = nothing_shown,
    ) -> None:
        self._database = Database(url)
        self._show = show
        self._agents = agents
        watching = Watching(self._is_awaited, self._wake_soon, on_fault)
        self._scribe = Scribe(self._database.writing, show, agents, watching)
        self._scribe.begin_at(self._database.prepare(epoch))
        self._waiting: list[tuple[Sequence, int, asyncio.Future[None]]] = []
        self._waiters = 0
        self._cancelled = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    @property
    def reached(self) -> Sequence:
        """Everything up to this sequence can be read."""
        return self._scribe.reached

    @property
    def told(self) -> Sequence:
        """The last sequence that this history has been told."""
        return self._scribe.told

    @property
    def fault(self) -> Exception | None:
        """What stopped it."""
        return self._scribe.fault

    # Life, in this order: made, caught up, started, closed. All of it blocks.

    def catch_up(
        self,
        read: Callable[[int, int], list[Record]],
        last: int,
        progress: Callable[[int, int], None],
    ) -> None:
        """Read what is missing, up to `last`, from the journal; call `progress(reached, last)`."""
        if self.reached > last:
            message = f"history has reached {self.reached}, but the journal ends at {last}"
            raise JournalDamaged(message)
        scribe = self._scribe
        with closing(Projector(self._database.writing, self._show, self._agents)) as projector:
            while scribe.reached < last:
                needed = scribe.reached + 1
                records = read(scribe.reached, CATCH_UP_RECORDS)
                if not records or records[0].first != needed:
                    found = records[0].first if records else "nothing"
                    message = f"history needs sequence {needed}, the journal has {found}"
                    raise JournalDamaged(message)
                try:
                    reached = projector.write(records)
                except Overtaken:  # By the follower of a venue that was killed a moment ago.
                    reached = self._reached_in_database()
                scribe.begin_at(reached)
                progress(reached, last)

    def start(self, follower: Follower | None = None) -> None:
        """Begin to write what is told, or have it written by a follower, which `close` ends."""
        self._scribe.start(follower)

    def close(self) -> None:
        """Write what was told, and end. The venue's loop must not wait in here: use a thread."""
        self._scribe.close()
        self._closed = True
        self._wake_soon()
        self._database.close()

    def sync(self) -> Sequence:
        """Return a sequence that history has reached even after a power cut. Blocks."""
        with self._reading() as connection:
            reached = queries.reached(connection)
        return reached if self._database.sync() else Sequence(0)

    # On the venue's loop.

    def tell(self, records: list[Record]) -> None:
        """Take in durable records, at least one, in order and without a gap."""
        self._scribe.tell(records)

    def room(self) -> int:
        """Return how much more may be told before `LAG_MAX` is reached; zero or less: wait."""
        if self.fault is not None or self._closed:
            return LAG_MAX  # What is told now is dropped, and read from the journal at next start.
        return LAG_MAX - (self.told - self.reached)

    async def wait_for_room(self) -> None:
        """Return when there is room."""
        while self.room() <= 0:
            with suppress(NotReady):  # Stopped: then there is room for what is dropped.
                await self.caught_up(Sequence(self.told - LAG_MAX + 1))

    async def caught_up(self, sequence: Sequence) -> None:
        """Return when everything up to `sequence` can be read; raise NotReady if it never will."""
        if self.reached >= sequence:
            return
        self._check()
        self._loop = asyncio.get_running_loop()
        reached: asyncio.Future[None] = self._loop.create_future()
        self._waiters += 1
        heapq.heappush(self._waiting, (sequence, self._waiters, reached))
        self._scribe.hurry()
        self._wake()  # The thread may have got there before it could see us wait.
        try:
            await reached
        except asyncio.CancelledError:
            self._forget_cancelled()
            raise

    def _forget_cancelled(self) -> None:
        """Drop who waits no more, now and then: a history that is stuck never gets to their turn.

        The other thread only looks whether anybody waits.
        """
        self._cancelled += 1
        if self._cancelled * 2 > len(self._waiting):
            self._cancelled = 0
            self._waiting = [one for one in self._waiting if not one[2].done()]
            heapq.heapify(self._waiting)

    def _wake(self) -> None:
        ended = self._closed or self.fault is not None
        while self._waiting and (ended or self._waiting[0][0] <= self.reached):
            sequence, _, waiter = heapq.heappop(self._waiting)
            if waiter.done():
                continue
            if sequence <= self.reached:
                waiter.set_result(None)
            else:
                waiter.set_exception(NotReady("history has stopped"))

    # Any thread; each call blocks for one short transaction.

    def order(self, order_id: OrderId) -> OrderReport | None:
        """Return an order, closed or not, as history last saw it."""
        with self._reading() as connection:
            return queries.order(connection, order_id)

    def order_by_client_id(
        self, account_id: AccountId, client_order_id: ClientOrderId
    ) -> OrderReport | None:
        """Return the order that an account calls, or before an amend called, so."""
        with self._reading() as connection:
            return queries.order_by_client_id(connection, account_id, client_order_id)

    def request(self, key: str) -> Record | None:
        """Return the record that the request with a key became, however long ago."""
        with self._reading() as connection:
            return queries.request(connection, key)

    def request_keys(self, after: str, limit: int) -> list[str]:
        """Return up to `limit` keys of requests beyond one, in order."""
        with self._reading() as connection:
            return queries.request_keys(connection, after, limit)

    def orders(
        self,
        account_id: AccountId,
        door: Door | None,
        *,
        statuses: tuple[OrderStatus, ...] | None = None,
        after: int = 0,
        limit: int,
    ) -> list[OrderReport]:
        """Return up to `limit` orders with ids above `after`, ascending."""
        listed = self.orders_with_sequence(
            account_id, door, statuses=statuses, after=after, limit=limit
        )
        return listed[0]

    def orders_with_sequence(
        self,
        account_id: AccountId,
        door: Door | None,
        *,
        statuses: tuple[OrderStatus, ...] | None = None,
        after: int = 0,
        limit: int,
    ) -> tuple[list[OrderReport], Sequence]:
        """Return the same list, and the sequence at which it is exact."""
        chosen = OrderFilter(door=door, statuses=statuses)
        with self._reading() as connection:
            listed = queries.orders_after(connection, account_id, chosen, after, limit)
            return listed, queries.reached(connection)

    def shown(
        self,
        account_id: AccountId,
        door: Door,
        *,
        statuses: tuple[OrderStatus, ...] | None = None,
        after: int = 0,
        limit: int,
    ) -> tuple[Shown, Sequence]:
        """Return what a door's list shows of up to `limit` orders above `after`, and as of when."""
        chosen = OrderFilter(door=door, statuses=statuses)
        with self._reading() as connection:
            found = queries.shown_after(connection, account_id, chosen, after, limit)
            return found, queries.reached(connection)

    def orders_page(
        self,
        account_id: AccountId,
        chosen: OrderFilter = EVERY_ORDER,
        *,
        before: int | None = None,
        limit: int,
    ) -> Page[OrderReport]:
        """Return orders, the newest first; `before` comes out of the cursor of the page before."""
        with self._reading() as connection:
            found = queries.orders_before(connection, account_id, chosen, before, limit + 1)
            reached = queries.reached(connection)
        placed = [(int(order.terms.order_id), order) for order in found]
        return page_of(Series.ORDERS, placed, limit, reached)

    def fills_page(
        self, account_id: AccountId, *, before: int | None = None, limit: int
    ) -> Page[Fill]:
        """Return fills of an account, the newest first."""
        with self._reading() as connection:
            found = queries.fills_before(connection, account_id, before, limit + 1)
            reached = queries.reached(connection)
        return page_of(Series.FILLS, [(fill.fill_id, fill) for fill in found], limit, reached)

    def postings_page(
        self, account_id: AccountId, *, before: int | None = None, limit: int
    ) -> Page[Posting]:
        """Return postings of an account, the newest first."""
        with self._reading() as connection:
            found = queries.postings_before(connection, account_id, before, limit + 1)
            reached = queries.reached(connection)
        placed = [(posting.position, posting) for posting in found]
        return page_of(Series.POSTINGS, placed, limit, reached)

    def mark(self, channel: str, key: str, before: int | None = None) -> tuple[Sequence, Sequence]:
        """Return the last sequence that a channel spoke of a key with, and as of when.

        With `before`, the last one in a stretch of sequences before that one; see `marks`.
        """
        with self._reading() as connection:
            return queries.mark(connection, channel, key, before), queries.reached(connection)

    def trades_page(self, symbol: Symbol, *, before: int | None = None, limit: int) -> Page[Trade]:
        """Return trades of a symbol, the newest first."""
        with self._reading() as connection:
            found = queries.trades_before(connection, symbol, before, limit + 1)
            reached = queries.reached(connection)
        placed = [(int(trade.sequence), trade) for trade in found]
        return page_of(Series.TRADES, placed, limit, reached)

    def trade(self, trade_id: TradeId) -> FoundTrade | None:
        """Return a trade, with its orders as they stand."""
        with self._reading() as connection:
            return find_trade(connection, trade_id)

    def prevented_page(
        self, account_id: AccountId, *, before: int | None = None, limit: int
    ) -> Page[Prevented]:
        """Return matches of an account that self-trade prevention prevented, the newest first."""
        with self._reading() as connection:
            found = queries.prevented_before(connection, account_id, before, limit + 1)
            reached = queries.reached(connection)
        placed = [(int(one.sequence), one) for one in found]
        return page_of(Series.PREVENTED, placed, limit, reached)

    def reading(self) -> AbstractContextManager[Connection]:
        """Return one short transaction that reads, for those who ask about the past."""
        return self._reading()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        self._check()
        try:
            with self._database.reading.connect() as connection, connection.begin():
                yield connection
        except SQLAlchemyError as fault:
            message = "history cannot be read"
            raise NotReady(message) from fault

    def _check(self) -> None:
        if self.fault is not None or self._closed:
            message = "history has stopped"
            raise NotReady(message) from self.fault

    def _reached_in_database(self) -> Sequence:
        with self._database.reading.connect() as connection:
            return queries.reached(connection)

    # On the scribe's thread.

    def _is_awaited(self) -> bool:
        return bool(self._waiting)

    def _wake_soon(self) -> None:
        if self._waiting and self._loop is not None:
            with suppress(RuntimeError):  # The loop is closed, so nobody waits any more.
                self._loop.call_soon_threadsafe(self._wake)
