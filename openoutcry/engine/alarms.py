"""Alarms: what the venue has promised itself to do, and when.

Rule: one alarm for each kind and subject; setting it again moves it. They go off in order of time,
equal ones by kind and subject.
"""

import heapq
from enum import Enum
from typing import Final, NamedTuple

from openoutcry.model.units import Nanos


class AlarmKind(Enum):
    """What is to be done."""

    SESSION = "session"
    """A calendar's next turn."""
    HALT_ENDS = "halt_ends"
    CALL_ENDS = "call_ends"
    LIMIT_STATE = "limit_state"
    """The market has stood at its band for long enough."""
    BAND = "band"
    """Look at the band's reference again."""
    INDICATIVE = "indicative"
    """Publish what an auction would come to."""
    LIQUIDATION = "liquidation"
    CANCEL_AFTER = "cancel_after"
    """An account's orders are canceled unless its owner says something."""


SPANS: Final = (
    AlarmKind.HALT_ENDS,
    AlarmKind.CALL_ENDS,
    AlarmKind.LIMIT_STATE,
    AlarmKind.LIQUIDATION,
    AlarmKind.CANCEL_AFTER,
)
"""Alarms that end a span of time; the others mean a moment, or look and are set anew."""


SPARE: Final = 64
"""Stale alarms that are not worth a sweep."""


class Alarm(NamedTuple):
    """When, what, and of whom."""

    due: Nanos
    kind: str
    subject: str


class Alarms:
    """All that are set."""

    def __init__(self) -> None:
        self._due: dict[tuple[str, str], Nanos] = {}
        self._heap: list[Alarm] = []

    def set(self, kind: AlarmKind, subject: str, due: int) -> None:
        """Let an alarm go off at `due`, and not when it would have."""
        alarm = Alarm(Nanos(due), kind.value, subject)
        if self._due.get((alarm.kind, subject)) == alarm.due:
            return
        self._due[alarm.kind, subject] = alarm.due
        heapq.heappush(self._heap, alarm)
        if len(self._heap) > 2 * len(self._due) + SPARE:
            # Most of them were moved or cleared long before they would have gone off.
            self._heap = [Alarm(due, *whose) for whose, due in self._due.items()]
            heapq.heapify(self._heap)

    def clear(self, kind: AlarmKind, subject: str) -> None:
        """Let an alarm not go off."""
        self._due.pop((kind.value, subject), None)

    def postpone(self, span: Nanos) -> None:
        """Let spans that are under way last longer."""
        for kind, subject in list(self._due):
            if AlarmKind(kind) in SPANS:
                self.set(AlarmKind(kind), subject, self._due[kind, subject] + span)

    def due(self, kind: AlarmKind, subject: str) -> Nanos | None:
        """Return when an alarm goes off, None if it is not set."""
        return self._due.get((kind.value, subject))

    def next(self) -> Alarm | None:
        """Return the one that goes off first."""
        heap = self._heap
        while heap and self._due.get(heap[0][1:]) != heap[0].due:
            heapq.heappop(heap)
        return heap[0] if heap else None

    def pop(self) -> Alarm:
        """Take out the one that goes off first; there must be one."""
        alarm = self.next()
        assert alarm is not None, "only what is set goes off"
        heapq.heappop(self._heap)
        del self._due[alarm.kind, alarm.subject]
        return alarm

    def image(self) -> list[tuple[int, str, str]]:
        """Return them for a snapshot."""
        return sorted((due, kind, subject) for (kind, subject), due in self._due.items())

    def load(self, image: list[tuple[int, str, str]]) -> None:
        """Take them from a snapshot."""
        for due, kind, subject in image:
            self.set(AlarmKind(kind), subject, due)
