"""The follower: a process beside the venue that reads the journal and writes history.

Rule: whatever becomes of it, nothing is lost: it writes what the journal has, each batch in one
transaction that goes on from where history is, or not at all.

Projecting a record costs as much of Python's lock as a third of an order does. In a process of its
own it costs those who trade nothing but a line through a pipe every few milliseconds.

    venue                                     follower
    what to open (one line of JSON)    ->     opens it
                                       <-     ready
    AFTER LAST                         ->     reads the journal, writes
                                       <-     LAST
"""

import os
import select
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

import openoutcry
from openoutcry.model.units import Sequence

MODULE: Final = "openoutcry.following"
"""What the process runs."""
ANSWER_S_MAX: Final = 60.0
"""How long one batch may take; a follower that takes longer is ended."""
END_S_MAX: Final = 5.0
"""How long it has to end when it is asked to; then it is killed."""
READY: Final = b"ready"
_ROOT: Final = Path(openoutcry.__file__).parent.parent


class Gone(Exception):
    """The follower has ended, or does not answer; the message says which."""


class Task(Struct, frozen=True):
    """What a follower is told first. Not in its arguments: a URL may hold a password."""

    journal: str
    """The file of the journal."""
    history: str
    """The URL of the database."""


class Follower:
    """The venue's end of it; used by one thread."""

    def __init__(self, task: Task, module: str = MODULE) -> None:
        self._process = subprocess.Popen(  # noqa: S603  (our own module, by its own interpreter)
            [sys.executable, "-m", module],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        assert self._process.stdin is not None, "it has a pipe"
        assert self._process.stdout is not None, "it has a pipe"
        self._to, self._from = self._process.stdin, self._process.stdout
        self._answers = select.poll()
        self._answers.register(self._from, select.POLLIN)
        self._first_words = b""
        self.pid = self._process.pid
        with suppress(BrokenPipeError):  # That it is gone is seen when it is asked for something.
            self._to.write(msgspec.json.encode(task) + b"\n")

    def is_ready(self) -> bool:
        """Say whether it has opened what it needs, or failed to, without waiting for it."""
        if not self._first_words and self._answers.poll(0):
            self._first_words = self._read() or b"nothing"
        return bool(self._first_words)

    def write(self, after: Sequence, last: Sequence) -> Sequence:
        """Have everything written that is in the journal after a sequence, up to another."""
        if self._first_words != READY:
            raise Gone(f"it said {self._first_words.decode()}")
        try:
            self._to.write(b"%d %d\n" % (after, last))
        except BrokenPipeError as gone:
            raise Gone("it has ended") from gone
        if not self._answers.poll(ANSWER_S_MAX * 1000):
            raise Gone(f"it did not answer within {ANSWER_S_MAX:g} s")
        said = self._read()
        if said != b"%d" % last:
            raise Gone(f"it said {said.decode() or 'nothing'}")
        return last

    def close(self) -> None:
        """End it, when it has done what it was asked."""
        self._to.close()
        try:
            self._process.wait(END_S_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._from.close()

    def _read(self) -> bytes:
        """Return one line; nobody says a second one unasked, and lines are short."""
        return os.read(self._from.fileno(), select.PIPE_BUF).strip()
