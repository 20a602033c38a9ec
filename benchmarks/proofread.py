"""Whether clients of a book heard everything, in order: one is proofread, the others heard as much.

The books are those of the Python client, which raise when a checksum fails.
"""

from collections.abc import Iterable

import msgspec

from benchmarks.followers import Followed
from openoutcry.client.stream.kept_books import KeptBook, KeptQueue
from openoutcry.client.stream.messages import BookTold, Head, QueueChanged, QueueTold, message_of

_head: msgspec.json.Decoder[Head] = msgspec.json.Decoder(Head)


def proofread(followed: Followed, symbol: str, depth: int) -> list[int]:
    """Return the sequences of what every client heard; raise RuntimeError if that is not all."""
    if len(set(followed.checksums)) != 1 or followed.open_at_end != len(followed.checksums):
        raise RuntimeError("clients did not hear the same, or were closed")
    return _read(followed.texts, KeptBook(symbol, depth), KeptQueue(symbol))


def _read(texts: Iterable[bytes], book: KeptBook, queue: KeptQueue) -> list[int]:
    sequences: list[int] = []
    for text in texts:
        message = message_of(_head.decode(text), text)
        if message.previous != (sequences[-1] if sequences else None):
            raise RuntimeError(f"{message.sequence} does not follow {sequences[-1:]}")
        sequences.append(message.sequence)
        if isinstance(message, BookTold):
            book.apply(message)
        else:
            assert isinstance(message, QueueTold | QueueChanged), "no other channel is followed"
            queue.apply(message)
    return sequences
