"""Orders of simulated agents leave history a day after they closed; their fills stay.

Rule: what leaves is what agents entered through the simulation's door, and nothing of anybody else.

Agents enter and cancel for ever, and nobody asks for a quote of yesterday. Fills stay because they
are the tape, and the other side's. The step after each batch of the projector looks at one page of
one agent's orders, by id; a round ends at the first order younger than a day, and the next one,
which finds what was still live this time, begins later.
"""

from typing import Final

import msgspec
from sqlalchemy import Engine, delete, select

from openoutcry.history.tables import CLIENT_ORDER_IDS, ORDER_SPANS, ORDERS
from openoutcry.model.order import LIVE, Door, OrderReport
from openoutcry.model.units import AccountId, Nanos, OrderId

STAY_NS: Final = 24 * 3600 * 1_000_000_000
"""How long an agent's order stays after it closed."""
PAGE_ORDERS: Final = 500
"""Looked at, and deleted at most, in one step: more than agents enter meanwhile."""
ROUND_EVERY_NS: Final = 600 * 1_000_000_000
"""From the end of one round to the next, in the venue's time."""

_REPORT: Final = msgspec.json.Decoder(OrderReport)


class Leaving:
    """Where the round is; used by history's own thread."""

    def __init__(self, database: Engine, accounts: tuple[AccountId, ...]) -> None:
        self.left = 0
        """Orders deleted since the start."""
        self._database = database
        self._accounts = accounts
        self._turn = 0
        self._after = 0
        self._next_round = Nanos(0)

    def step(self, now: Nanos) -> None:
        """Look at one page, if a round is under way or due; `now` is the venue's time."""
        if now < self._next_round or not self._accounts:
            return
        account_id = self._accounts[self._turn]
        before = now - STAY_NS
        columns = ORDERS.c
        page = (
            select(columns.order_id, columns.created_at, columns.door, columns.body)
            .where(columns.account_id == account_id, columns.order_id > self._after)
            .order_by(columns.order_id)
            .limit(PAGE_ORDERS)
        )
        with self._database.begin() as connection:
            rows = connection.execute(page).all()
            old = [row for row in rows if row.created_at < before]
            gone = [
                OrderId(row.order_id)
                for row in old
                if row.door == Door.SIMULATION.value and _has_left(row.body, before)
            ]
            if gone:
                names = CLIENT_ORDER_IDS.c
                connection.execute(delete(ORDERS).where(columns.order_id.in_(gone)))
                spans = ORDER_SPANS.c.order_id
                connection.execute(delete(ORDER_SPANS).where(spans.in_(gone)))
                connection.execute(
                    delete(CLIENT_ORDER_IDS).where(
                        names.account_id == account_id, names.order_id.in_(gone)
                    )
                )
        self.left += len(gone)
        if len(old) == PAGE_ORDERS:
            self._after = int(old[-1].order_id)
        else:
            self._turn_to_next(now)

    def _turn_to_next(self, now: Nanos) -> None:
        self._after = 0
        self._turn += 1
        if self._turn == len(self._accounts):
            self._turn = 0
            self._next_round = Nanos(now + ROUND_EVERY_NS)


def _has_left(body: str, before: int) -> bool:
    report = _REPORT.decode(body)
    return report.status not in LIVE and report.updated_at < before
