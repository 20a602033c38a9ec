"""Commands on their way: waiting, then applied, written and answered together."""

import asyncio
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from openoutcry.journal.record import BLOCK_BYTES_MAX, BLOCK_RECORDS_MAX, Block, StoredRecord
from openoutcry.model.commands import Command
from openoutcry.model.order import Door
from openoutcry.model.record import Record, Retry


class Outcome(NamedTuple):
    """What became of a command."""

    record: Record
    replayed: bool
    """The request came before: this is the record that the first one became."""


Answer = asyncio.Future[Outcome]


class Waiting(NamedTuple):
    """A command in the inbox."""

    command: Command
    actor: str
    door: Door
    request_id: str | None
    retry: Retry | None
    answer: Answer
    is_known_new: bool = False
    """Its keys were looked for in the whole past."""


class Batch:
    """Records on their way to the disk, with whoever waits for them."""

    __slots__ = ("answers", "copies", "records", "size", "stored")

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.stored: list[StoredRecord] = []
        self.answers: list[Answer | None] = []
        """One for each record; None where the venue itself was the sender."""
        self.copies: list[tuple[Record, Answer]] = []
        self.size = 0
        """Bytes of all bodies."""

    def is_full(self) -> bool:
        """Say whether the next record must wait for the next batch."""
        return len(self.records) >= BLOCK_RECORDS_MAX or self.size >= BLOCK_BYTES_MAX

    def find(self, first: int) -> Record | None:
        """Return the record that begins at a sequence, if it is here."""
        at = bisect_left(self.records, first, key=lambda record: record.first)
        if at < len(self.records) and self.records[at].first == first:
            return self.records[at]
        return None

    def block(self) -> Block:
        """Return what the journal is to write."""
        return Block(self.records[0].first, self.records[-1].last, self.stored)

    def is_awaited_by_several(self) -> bool:
        """Say whether more than one caller waits for what is here."""
        return len(self.answers) - self.answers.count(None) + len(self.copies) > 1

    def answer(self) -> None:
        """Resolve every future; a caller may have gone away meanwhile."""
        for record, answer in zip(self.records, self.answers, strict=True):
            if answer is not None and not answer.done():
                answer.set_result(Outcome(record, replayed=False))
        for record, answer in self.copies:
            if not answer.done():
                answer.set_result(Outcome(record, replayed=True))

    def waiting(self) -> Iterator[Answer]:
        """Return every future that is not resolved."""
        answers = [*self.answers, *(answer for _, answer in self.copies)]
        return (answer for answer in answers if answer is not None and not answer.done())
