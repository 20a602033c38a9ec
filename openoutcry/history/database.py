"""Opening history's database: its connections, its file, and whose history it holds."""

import sqlite3
import tempfile
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from openoutcry.history.insertion import STATEMENTS
from openoutcry.history.tables import METADATA, PROGRESS, SCHEMA
from openoutcry.model.units import Sequence

READERS_MAX: Final = 16
"""Connections for reading; one more reader waits for `READER_WAIT_S`, then fails."""
READER_WAIT_S: Final = 30
CHECKPOINT_PAGES: Final = 4_000
"""SQLite moves its WAL into the file after so many pages, 16 MB: few syncs beside the journal's."""
LOCK_WAIT_MS: Final = 10_000


class Database:
    """One database that holds a history: an engine to write and an engine to read."""

    def __init__(self, url: str) -> None:
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self.url = make_url(url)
        if self.url.get_backend_name() == "sqlite" and self.url.database in {None, "", ":memory:"}:
            # Several connections cannot share SQLite's memory without locking each other out.
            self._temporary = tempfile.TemporaryDirectory(prefix="openoutcry-history-")
            self.url = self.url.set(database=f"{self._temporary.name}/history.sqlite3")
        self.writing = _writing_engine(self.url)
        self.reading = _reading_engine(self.url)

    def prepare(self, epoch: str) -> Sequence:
        """Make the tables unless they hold this epoch's history; return the sequence reached."""
        file = _file_of(self.url)
        is_there = file is None or file.exists()
        if file is not None:
            _make_private(file)
        reached = _progress(self.writing, epoch)
        if reached is None:
            if is_there:
                self._clear()
            if file is not None:
                _make_private(file)
            with self.writing.begin() as connection:
                METADATA.create_all(connection)
                first = {"row": 1, "epoch": epoch, "schema": SCHEMA, "reached": 0}
                connection.execute(insert(PROGRESS), first)
            return Sequence(0)
        return reached

    def sync(self) -> bool:
        """Say whether what was committed before survives a power cut; it may be too busy for it."""
        if self.url.get_backend_name() != "sqlite":
            return True
        with self.reading.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            (busy, _, _) = driver.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
        return not busy

    def close(self) -> None:
        """Close every connection, and delete what was to be kept nowhere."""
        self.reading.dispose()
        self.writing.dispose()
        if self._temporary is not None:
            self._temporary.cleanup()

    def _clear(self) -> None:
        file = _file_of(self.url)
        if file is None:
            with self.writing.begin() as connection:
                METADATA.drop_all(connection)
            return
        self.writing.dispose()
        Path(f"{file}-shm").unlink(missing_ok=True)
        for part in ("", "-wal"):  # Set aside: if the journal was cut, this cannot be rebuilt.
            if Path(f"{file}{part}").exists():
                Path(f"{file}{part}").replace(f"{file}.old{part}")


def reached_on_disk(url: str, epoch: str) -> Sequence | None:
    """Return how far a history got, without changing it; None if there is none of this epoch."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        file = _file_of(parsed)
        if file is None or not file.exists():
            return None
    engine = _reading_engine(parsed)
    try:
        return _progress(engine, epoch)
    finally:
        engine.dispose()


def open_reading(url: str) -> Engine:
    """Return an engine that only reads, for whoever looks at history beside the venue."""
    return _reading_engine(make_url(url))


def _file_of(url: URL) -> Path | None:
    """Return the file of an SQLite database that has one."""
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        return None
    return Path(str(url.database))


def _make_private(file: Path) -> None:
    """Make the file, if it is not there, its owner's alone; SQLite gives its WAL the same mode."""
    file.touch(mode=0o600, exist_ok=True)


def _progress(engine: Engine, epoch: str) -> Sequence | None:
    query = select(PROGRESS.c.epoch, PROGRESS.c.schema, PROGRESS.c.reached)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(PROGRESS.name):
                return None
            row = connection.execute(query).one_or_none()
    except OperationalError:
        raise  # Locked, full, out of reach: that says nothing about what is in it.
    except DatabaseError:
        return None  # Not a database, or a damaged one.
    if row is None or (row.epoch, row.schema) != (epoch, SCHEMA):
        return None
    return Sequence(row.reached)


def _writing_engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url)
    engine = create_engine(url, poolclass=NullPool, connect_args={"cached_statements": STATEMENTS})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_writing)
    return engine


def _reading_engine(url: URL) -> Engine:
    sizes = {"pool_size": READERS_MAX, "max_overflow": 0, "pool_timeout": READER_WAIT_S}
    if url.get_backend_name() != "sqlite":
        return create_engine(url, isolation_level="REPEATABLE READ", **sizes)
    engine = create_engine(url, **sizes)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_reading)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by rules of its own and leave reads outside of them.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {LOCK_WAIT_MS}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_writing(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
