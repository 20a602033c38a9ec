"""What was proved so far: a JSON file that slices add to, and the page that is written from it."""

import fcntl
import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.soak.rows import ROWS, Row

ROOT: Final = Path(__file__).parents[2]
STATE: Final = ROOT / "docs" / "proof-results.json"
PAGE: Final = ROOT / "docs" / "PROOF-RESULTS.md"
FIRST_SEED: Final = 1_001
"""The smaller ones are those of the tests."""
_HEAD: Final = """# Proof results

Written by `python -m tests.soak ROW --minutes M`. A row is worked off in slices: short runs, each
with seeds of its own, whose counts add up. "done" is the sum over all slices so far, over the
commits that are named, and not one long run; "wanted" is what it has to reach. A row with less done
than wanted is under way: its claim held in what is counted, and nothing is claimed beyond that.
"failed seeds" are trials that found something, which stay listed when it is mended; they count as
nothing done. A seed repeats its trial: `python -m tests.soak ROW --seed S --trials 1`. Commits with
a `+` had changes on top.

| row | claim | done | wanted | counted | seeds | hours | commits | failed seeds |
|---|---|---:|---:|---|---|---:|---|---|
"""


class Results:
    """The rows' counts; saved after every trial."""

    def __init__(self, path: Path = STATE, page: Path = PAGE) -> None:
        self._path, self._page = path, page
        self._rows = self._read()

    def next_seed(self, row: Row) -> int:
        """Return the first seed that no slice has used."""
        spans = self._row(row)["seeds"]
        return max((last + 1 for _, last in spans), default=FIRST_SEED)

    def add(self, row: Row, seed: int, counts: dict[str, int], seconds: float) -> None:
        """Add a trial that held, and save everything."""
        with self._alone():
            kept = self._begin(row, seed, seconds)
            for name, count in counts.items():
                kept["counts"][name] = kept["counts"].get(name, 0) + count
            self._save()

    def add_failure(self, row: Row, seed: int, seconds: float) -> None:
        """Add a trial that found something, and save everything."""
        with self._alone():
            kept = self._begin(row, seed, seconds)
            kept["failures"].append({"seed": seed, "commit": commit()})
            self._save()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Read the file again while no other slice writes it: rows may run side by side."""
        with (Path(tempfile.gettempdir()) / "openoutcry-soak.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._rows = self._read()
            yield

    def _read(self) -> dict[str, Any]:
        if not self._path.exists():
            return {}
        found: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        return found

    def _save(self) -> None:
        """Write the file, and the page from it."""
        text = json.dumps(self._rows, indent=1, sort_keys=True) + "\n"
        draft = self._path.with_suffix(".draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(self._path)
        lines = [self._line(row) for row in ROWS if row.name in self._rows]
        self._page.write_text(_HEAD + "\n".join(lines) + "\n", encoding="utf-8")

    def _row(self, row: Row) -> dict[str, Any]:
        empty = {"counts": {}, "seeds": [], "seconds": 0.0, "commits": [], "failures": []}
        return self._rows.get(row.name, empty)

    def _begin(self, row: Row, seed: int, seconds: float) -> dict[str, Any]:
        kept = self._rows[row.name] = self._row(row)
        kept["seeds"] = _with(kept["seeds"], seed)
        kept["seconds"] = round(kept["seconds"] + seconds, 1)
        if (now := commit()) not in kept["commits"]:
            kept["commits"].append(now)
        return kept

    def _line(self, row: Row) -> str:
        kept = self._rows[row.name]
        counts = kept["counts"]
        rest = [f"{n} {c:,}" for n, c in sorted(counts.items()) if n != row.counted]
        seeds = [f"{a}" if a == b else f"{a} to {b}" for a, b in kept["seeds"]]
        failed = [f"{one['seed']} ({one['commit']})" for one in kept["failures"]]
        cells = (
            row.name,
            row.claim,
            f"{counts.get(row.counted, 0):,} {row.counted}",
            f"{row.wanted:,}",
            ", ".join(rest) or "-",
            ", ".join(seeds),
            f"{kept['seconds'] / 3600:.2f}",
            ", ".join(kept["commits"]),
            ", ".join(failed) or "none",
        )
        return f"| {' | '.join(cells)} |"


def commit() -> str:
    """Return the commit that is being tested, with a `+` if the tree has changed since."""
    known = _git("rev-parse", "--short", "HEAD").strip()
    changed = _git("status", "--porcelain", "--", "openoutcry", "main.py")
    return f"{known or 'unknown'}{'+' if changed else ''}"


def _git(*words: str) -> str:
    command = ["git", "--no-optional-locks", *words]
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def _with(spans: Iterable[list[int]], seed: int) -> list[list[int]]:
    """Return spans of seeds with one more; those that touch become one."""
    merged: list[list[int]] = []
    for first, last in sorted([*map(list, spans), [seed, seed]]):
        if merged and first <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], last)
        else:
            merged.append([first, last])
    return merged
