"""Who hears what: every open socket, by the account whose messages it gets.

Each message is rendered once, and the same text goes to everybody.
"""

from collections.abc import Callable, Iterable

from openoutcry.model.commands import RevokeKey
from openoutcry.model.record import Record
from openoutcry.model.units import AccountId, KeyId
from openoutcry.streams.subscriber import NOT_PERMITTED, Subscriber

Render = Callable[[Record], Iterable[tuple[AccountId, int, str]]]
"""The messages of a record: whom each concerns, the sequence it carries, and its text."""


class Audience:
    """The sockets that are listening now. Lives on the venue's loop."""

    def __init__(self, render: Render) -> None:
        self.render = render
        # Dictionaries for their order: everybody hears in the order of coming.
        self._by_account: dict[AccountId, dict[Subscriber, None]] = {}
        self._open: dict[Subscriber, None] = {}
        self._closed_with: int | None = None

    def tell(self, records: list[Record]) -> None:
        """Hand the messages of durable records to those they concern."""
        if not self._open and not self._by_account:
            return
        for record in records:
            if type(record.entry.command) is RevokeKey:
                self._end(record.entry.command.key_id)
            if not self._by_account:
                continue  # Sockets that still catch up, or are nobody's: nothing is rendered.
            for account_id, _, text in self.render(record):
                for subscriber in self._by_account.get(account_id, ()):
                    subscriber.tell(text)

    def admit(self, subscriber: Subscriber) -> None:
        """Know a socket, so that it is closed when the venue stops; it hears nothing yet."""
        self._open[subscriber] = None
        if self._closed_with is not None:
            subscriber.close(self._closed_with)

    def join(self, account_id: AccountId, subscriber: Subscriber) -> None:
        """Let a socket hear the messages of an account from now on."""
        self._by_account.setdefault(account_id, {})[subscriber] = None

    def leave(self, account_id: AccountId, subscriber: Subscriber) -> None:
        """Let a socket hear no more of an account."""
        listening = self._by_account.get(account_id)
        if listening is not None and listening.pop(subscriber, 0) is None and not listening:
            del self._by_account[account_id]

    def dismiss(self, subscriber: Subscriber) -> None:
        """Forget a socket."""
        self._open.pop(subscriber, None)

    def close(self, code: int) -> None:
        """End every subscription, and each that comes later."""
        self._closed_with = code
        for subscriber in self._open:
            subscriber.close(code)

    def _end(self, key_id: KeyId) -> None:
        """End the subscriptions of a key that is no longer valid."""
        for subscriber in self._open:
            if subscriber.key_id == key_id:
                subscriber.close(NOT_PERMITTED)

    def __len__(self) -> int:
        """Count the open sockets."""
        return len(self._open)
