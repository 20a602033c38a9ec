"""Every open connection of the native stream: how many may be open, and what ends them all.

Rule: an account's connections are counted by account, whoever holds its keys. Whoever has no key
(the demo account, or nobody yet) is everybody, so those are counted by address as well; this
machine's own addresses are not, because behind a proxy on it everybody has them.
"""

from collections import Counter
from ipaddress import ip_address
from typing import Final, NamedTuple, Protocol

from openoutcry.model.account import DEMO
from openoutcry.model.commands import RevokeKey
from openoutcry.model.record import Record
from openoutcry.model.units import AccountId, KeyId
from openoutcry.streams.outbox import Excess
from openoutcry.streams.subscriber import NOT_PERMITTED

ACCOUNT_CONNECTIONS_MAX: Final = 100
"""Of one account."""
DEMO_CONNECTIONS_MAX: Final = 2_000
"""Of the demo account; so many more may be nobody's yet."""
ADDRESS_CONNECTIONS_MAX: Final = 500
"""From one address, without a key."""
_EVERYBODYS: Final = frozenset({DEMO, AccountId("")})


class TooMany(Exception):
    """One more connection would be too many; the message says of whom."""


class Holder(NamedTuple):
    """On whose account a connection counts."""

    account_id: AccountId
    address: str


class Client(Protocol):
    """An open connection."""

    @property
    def key_id(self) -> KeyId | None:
        """The key by which it was opened."""

    def close(self, code: int) -> None:
        """End it, after what waits already."""

    def announce(self, seconds: int) -> None:
        """Tell the client that the venue stops so soon."""

    def age(self, now: float) -> float:
        """Return how long the oldest message has waited for the client."""


class Connections:
    """The connections that are open now. Lives on the venue's loop; a listener for revoked keys."""

    def __init__(self) -> None:
        self._open: dict[Client, Holder] = {}
        self._by_account: Counter[AccountId] = Counter()
        self._by_address: Counter[str] = Counter()
        self._closed_with: int | None = None
        self.dropped: Counter[Excess] = Counter()
        """Clients that were too slow, by which bound was exceeded."""

    def check(self, holder: Holder) -> None:
        """Raise `TooMany` where one more connection of this holder would be."""
        account_id, address = holder
        is_everybodys = account_id in _EVERYBODYS
        most = DEMO_CONNECTIONS_MAX if is_everybodys else ACCOUNT_CONNECTIONS_MAX
        if self._by_account[account_id] >= most:
            raise TooMany(f"{most:,} connections of this account are open already")
        if is_everybodys and self._by_address[address] >= ADDRESS_CONNECTIONS_MAX:
            most = ADDRESS_CONNECTIONS_MAX
            raise TooMany(f"{most} connections without a key are open from {address} already")

    def enter(self, client: Client, holder: Holder) -> None:
        """Count a connection, or count it elsewhere from now on."""
        self.leave(client)
        self._open[client] = holder
        self._by_account[holder.account_id] += 1
        if _counts_by_address(holder):
            self._by_address[holder.address] += 1
        if self._closed_with is not None:
            client.close(self._closed_with)

    def leave(self, client: Client) -> None:
        """Forget a connection."""
        holder = self._open.pop(client, None)
        if holder is None:
            return
        _subtract(self._by_account, holder.account_id)
        if _counts_by_address(holder):
            _subtract(self._by_address, holder.address)

    def tell(self, records: list[Record]) -> None:
        """End the connections of keys that were revoked."""
        if not self._open:
            return
        for record in records:
            command = record.entry.command
            if type(command) is RevokeKey:
                for client in [one for one in self._open if one.key_id == command.key_id]:
                    client.close(NOT_PERMITTED)

    def announce(self, seconds: int) -> None:
        """Tell everybody that the venue stops so soon."""
        for client in list(self._open):
            client.announce(seconds)

    def close(self, code: int) -> None:
        """End every connection, and each that comes later."""
        self._closed_with = code
        for client in list(self._open):
            client.close(code)

    @property
    def is_closed(self) -> bool:
        """Whether the venue has ended, or is ending, by itself."""
        return self._closed_with is not None

    def age(self, now: float) -> float:
        """Return how long the oldest message of all has waited for its client."""
        return max((client.age(now) for client in self._open), default=0.0)

    def __len__(self) -> int:
        """Count the open connections."""
        return len(self._open)


def _counts_by_address(holder: Holder) -> bool:
    if holder.account_id not in _EVERYBODYS:
        return False
    try:
        return not ip_address(holder.address).is_loopback
    except ValueError:
        return True


def _subtract(counts: "Counter[AccountId] | Counter[str]", name: str) -> None:
    counts[name] -= 1  # type: ignore[index]  # of the kind that the counter has
    if not counts[name]:  # type: ignore[index]
        del counts[name]
