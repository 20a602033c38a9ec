"""Requests of long ago: found again by their keys once the engine has forgotten them.

Nearly every key is new, and asking the database about each would cost more than the order. So a
filter in memory answers first: a key that it does not know was never used.

Theory of operation
-------------------
The filter is a row of Bloom filters, each with twice the room of the one before; keys go to the
last, questions to all. A key is a digest already, so pieces of it serve as hashes. With 16 bits for
each key, and four of them set, about 0.24 % of new keys are looked up in vain in a full filter.
"""

from collections.abc import Iterable
from typing import Final

from openoutcry.history.history import History
from openoutcry.model.record import Record
from openoutcry.model.remembering import is_remembered

CAPACITY_FIRST: Final = 1 << 17
BITS_PER_KEY: Final = 16
KEYS_PER_PAGE: Final = 10_000


class KeyFilter:
    """A set of digests that may claim too much and never too little."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.count = 0
        self._mask = capacity * BITS_PER_KEY - 1
        assert self._mask & (self._mask + 1) == 0, "the number of bits is a power of two"
        self._bits = bytearray(capacity * BITS_PER_KEY // 8)

    def add(self, key: str) -> None:
        """Note a key."""
        self.count += 1
        for place in self._places(key):
            self._bits[place >> 3] |= 1 << (place & 7)

    def __contains__(self, key: str) -> bool:
        return all(self._bits[place >> 3] & (1 << (place & 7)) for place in self._places(key))

    def _places(self, key: str) -> tuple[int, int, int, int]:
        digest, mask = int(key, 16), self._mask
        return (
            digest & mask,
            (digest >> 32) & mask,
            (digest >> 64) & mask,
            (digest >> 96) & mask,
        )


class KeyFilters:
    """Filters in a row, so that there is always room."""

    def __init__(self) -> None:
        self._filters = [KeyFilter(CAPACITY_FIRST)]

    def add(self, key: str) -> None:
        """Note a key."""
        last = self._filters[-1]
        if last.count >= last.capacity:
            last = KeyFilter(2 * last.capacity)
            self._filters.append(last)
        last.add(key)

    def __contains__(self, key: str) -> bool:
        return any(key in one for one in self._filters)


class Past:
    """What the sequencer asks of history; a listener. `load` and `find` block.

    Until `load` has read all the keys in history, in its own time, every key may be there.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self._told = KeyFilters()
        self._loading, self._after = KeyFilters(), ""
        self._loaded: KeyFilters | None = None
        self._is_closed = False

    def load_first(self) -> None:
        """Note the first keys in history, which are all of them in a venue that is young."""
        self._load_page()

    def load(self) -> None:
        """Note the rest of them; in a thread, as the venue need not wait for it."""
        while self._loaded is None and not self._is_closed:
            self._load_page()

    def _load_page(self) -> None:
        page = self._history.request_keys(self._after, KEYS_PER_PAGE)
        for key in page:
            self._loading.add(key)
        if len(page) < KEYS_PER_PAGE:
            self._loaded = self._loading
        else:
            self._after = page[-1]

    def close(self) -> None:
        """Let `load` end early."""
        self._is_closed = True

    def room(self) -> int:
        """Return how much more history may be told before the sequencer has to wait for it."""
        return self._history.room()

    async def wait_for_room(self) -> None:
        """Return when there is room."""
        await self._history.wait_for_room()

    def may_hold(self, keys: Iterable[str]) -> bool:
        """Say whether one of the keys may have been used."""
        loaded, told = self._loaded, self._told
        return loaded is None or any(key in loaded or key in told for key in keys)

    def find(self, keys: Iterable[str]) -> list[Record]:
        """Return the records that requests with these keys became, in the order of the keys."""
        found = map(self._history.request, keys)
        return [record for record in found if record is not None]

    def tell(self, records: list[Record]) -> None:
        """Note the keys of durable records."""
        for record in records:
            if record.entry.retry is not None and is_remembered(
                record.entry.command, record.events
            ):
                for key in record.entry.retry.keys:
                    self._told.add(key)
