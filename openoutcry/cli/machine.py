"""Checks of the machine: interpreter, libraries, descriptors, port, disk."""

import os
import resource
import socket
import sqlite3
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPException
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

from openoutcry.cli.finding import Finding, fail, ok, warn
from openoutcry.cli.options import url_of
from openoutcry.upkeep.disk import volume_of
from openoutcry.version import VERSION

PYTHON_OLDEST: Final = (3, 11)
SQLITE_OLDEST: Final = (3, 35, 0)
"""The oldest that the tests of the project run on is newer; this one has all the SQL we use."""
DESCRIPTORS_FEW: Final = 4_096
RESERVES_FEW: Final = 8
"""Fewer reserves free than this, and an operator should look for more."""
SYNCS: Final = 20
SYNC_SLOW_S: Final = 0.020
SYNC_PRETENDED_S: Final = 0.000_02
"""No disk synchronises faster; what does keeps its promise in memory."""
ANSWER_WITHIN_S: Final = 2.0
_LIBRARIES: Final = ("cryptography", "fastapi", "msgspec", "sqlalchemy", "structlog", "uvicorn")
_OPTIONAL: Final = ("pyarrow",)
_MIB: Final = 1024**2


def python() -> Finding:
    """Check the interpreter."""
    found = f"{sys.version.split()[0]} ({sys.executable})"
    if sys.version_info < PYTHON_OLDEST:
        return fail("python", found, "install Python 3.11 or newer")
    if not __debug__:
        return fail("python", f"{found} -O", "run without -O: the assertions guard the money")
    return ok("python", found)


def releases() -> Finding:
    """Check that the libraries are there, and say which."""
    found = [f"openoutcry {VERSION}"]
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            return fail("versions", f"{name} is missing", "pip install -r requirements.txt")
    for name in _OPTIONAL:
        with suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    return ok("versions", ", ".join(found))


def sqlite() -> Finding:
    """Check SQLite's release."""
    if sqlite3.sqlite_version_info < SQLITE_OLDEST:
        oldest = ".".join(map(str, SQLITE_OLDEST))
        return fail("sqlite", sqlite3.sqlite_version, f"use a Python with SQLite {oldest} or newer")
    return ok("sqlite", sqlite3.sqlite_version)


def descriptors() -> Finding:
    """Check how many sockets the system would let us have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    found = f"{soft}, may be raised to {hard}"
    if hard != resource.RLIM_INFINITY and hard < DESCRIPTORS_FEW:
        return warn("descriptors", found, "each socket takes one: raise the limit (ulimit -Hn)")
    return ok("descriptors", found)


def port(host: str, number: int) -> Finding:
    """Check that a venue answers at the port, or that one could."""
    for scheme in ("http", "https"):
        url = url_of(host, number, scheme)
        answer = _ready(url)
        if answer is not None:
            return answer
    return _free_port(host, number)


def _ready(url: str) -> Finding | None:
    """Ask what answers at an address whether it is ready; None when nothing answers so."""
    # Who it is does not matter here, and a certificate may be of an authority of its own.
    unknown = ssl._create_unverified_context()  # noqa: S323, SLF001
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=unknown))
    try:
        with opener.open(f"{url}/ready", timeout=ANSWER_WITHIN_S) as answer:
            is_venue = answer.headers.get("x-sequence") is not None
    except HTTPError as answer:
        is_venue = answer.headers.get("x-sequence") is not None
        answer.close()
        if is_venue:
            return warn("port", f"the venue at {url} is not ready", "wait, or read its log")
    except (URLError, OSError, HTTPException):
        return None
    if is_venue:
        return ok("port", f"a venue answers at {url}")
    return fail("port", f"something else answers at {url}", "choose another PORT")


def _free_port(host: str, number: int) -> Finding:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError as fault:
            return fail("port", f"{host}:{number}: {fault.strerror}", "choose another HOST or PORT")
    return ok("port", f"{number} is free; no venue answers there now")


def space(directory: Path) -> Finding:
    """Check how much room the disk has."""
    volume = volume_of(_existing(directory))
    reserve = f"new orders are refused below {volume.reserve // _MIB} MiB"
    found = f"{volume.free // _MIB} MiB free of {volume.size // _MIB}"
    if volume.free < volume.reserve:
        return fail("disk space", found, f"make room: {reserve}")
    if volume.free < RESERVES_FEW * volume.reserve:
        return warn("disk space", found, f"make room soon: {reserve}")
    return ok("disk space", found)


def disk(directory: Path) -> Iterator[Finding]:
    """Check that SQLite's WAL works there, and how long it takes to synchronise."""
    try:
        with tempfile.TemporaryDirectory(prefix=".doctor-", dir=_existing(directory)) as folder:
            yield _wal(Path(folder))
            yield _syncs(Path(folder))
    except OSError as fault:
        advice = "let the venue's user own the data directory"
        yield fail("disk", f"cannot be written: {fault.strerror}", advice)


def _wal(folder: Path) -> Finding:
    with closing(sqlite3.connect(folder / "wal.sqlite3")) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        return fail("wal", f"the file system gives {mode}", "use a local disk, not a network one")
    return ok("wal", "works on this file system")


def _syncs(folder: Path) -> Finding:
    seconds = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            started = time.perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            seconds.append(time.perf_counter() - started)
    median = statistics.median(seconds)
    found = f"{median * 1000:.2f} ms, at worst {max(seconds) * 1000:.2f} ms"
    if median > SYNC_SLOW_S:
        return warn("fsync", found, "every answer waits for one: use a faster disk")
    if median < SYNC_PRETENDED_S:
        return warn("fsync", found, "this is memory or a disk that pretends: a power cut loses it")
    return ok("fsync", found)


def _existing(directory: Path) -> Path:
    """Return the directory, or the nearest above it that exists."""
    return next(
        path for path in (directory.absolute(), *directory.absolute().parents) if path.is_dir()
    )
