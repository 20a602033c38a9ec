"""RESULTS.md: one section per question, replaced whole when that question is measured again.

Every section says on what machine, with which commit and versions, and when it was measured,
because sections of different days stand beside each other.
"""

import os
import platform
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.harness import LOAD_CORES, ROOT, SERVER_CORES

RESULTS: Final = Path(__file__).with_name("RESULTS.md")
SYNCS: Final = 200
"""Writes that the price of the disk's sync is taken from."""
_PACKAGES: Final = ("uvicorn", "uvloop", "httptools", "fastapi", "msgspec", "sqlalchemy")
_HEAD: Final = """\
# Results

Written by `python -m benchmarks [question …]`; a question that is measured again replaces its
section. Figures of one table were measured in one run, in turns, and are medians with the lowest
and the highest in brackets; absolute figures depend on the machine, ratios much less. `µs/request`
is the processor time of the server, all its threads together. Load comes from one process that
keeps to the last core; a server may use all of them. Where the load average was above two, others
worked on the machine meanwhile: then rates and latencies are worse than they would be, those of
the faster side more so, and the processor time is what to trust. Targets are reported, never
asserted.
"""


class Answer(NamedTuple):
    """What was measured: the method in words, and a table whose first row names the columns."""

    method: str
    table: Sequence[Sequence[str]]
    remarks: Sequence[str] = ()


def write(name: str, question: str, answer: Answer, path: Path = RESULTS) -> None:
    """Put a question's answer into its place, in order of name where it is new."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    parts = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    sections = {part.partition("\n")[0].strip(): part.partition("\n")[2].strip() for part in parts}
    sections[name] = "\n\n".join(
        (
            f"**{question}**",
            answer.method,
            _table(answer.table),
            *(f"- {remark}" for remark in answer.remarks),
            f"_{_circumstances()}_",
        )
    )
    written = [f"## {title}\n\n{body}\n" for title, body in sorted(sections.items())]
    path.write_text("\n".join([_HEAD, *written]), encoding="utf-8")


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _circumstances() -> str:
    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"{at}, commit {_commit()}. {_processor()}, {os.cpu_count()} cores "
        f"(server on {_names(SERVER_CORES)}, load on {_names(LOAD_CORES)}), "
        f"{_memory()} GiB, Linux {platform.release()}; a 4 KiB write with fdatasync takes "
        f"{_sync_ms():.2f} ms. Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, {versions}. Load average at the end: {load}."
    )


def _commit() -> str:
    git = shutil.which("git")
    if git is None:
        return "unknown"
    asked = ([git, "rev-parse", "--short=12", "HEAD"], [git, "status", "--porcelain"])
    head, changes = (
        subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
        for call in asked
    )
    return (head.stdout.strip() or "unknown") + (" with changes" if changes.stdout else "")


def _processor() -> str:
    found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30


def _names(cores: set[int]) -> str:
    return "core " + ", ".join(str(core) for core in sorted(cores))


def _sync_ms() -> float:
    """Return the median time that a small write takes to reach the disk."""
    times = []
    with tempfile.TemporaryFile() as file:
        for _ in range(SYNCS):
            started = time.perf_counter()
            os.write(file.fileno(), b"-" * 4096)
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - started)
    return sorted(times)[len(times) // 2] * 1e3
