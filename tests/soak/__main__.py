"""Proving for long, in slices that stop by themselves and add up.

    python -m tests.soak                            every row in turn, ten minutes each
    python -m tests.soak kills --minutes 110        one row; goes on where the last slice ended
    python -m tests.soak kills --seed 7 --trials 1  one trial again

A trial that finds something prints its seed and commit, and the program ends with 1.
"""

import argparse
import itertools
import os
import sys
import time
import traceback

from tests.soak.results import Results, commit
from tests.soak.rows import ROWS, Row

MINUTES_MAX = 120
NICE = 10
"""Whoever works on this machine comes first."""


def main() -> int:
    """Run what was asked for; return the exit code."""
    asked = _arguments()
    os.nice(NICE)
    rows = [row for row in ROWS if not asked.rows or row.name in asked.rows]
    held = [_slice(row, asked.minutes, asked.seed, asked.trials) for row in rows]
    return 0 if all(held) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    names = [row.name for row in ROWS]
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(names))
    parser.add_argument("--minutes", type=float, default=10.0, help=f"at most {MINUTES_MAX}")
    parser.add_argument("--seed", type=int, help="first seed; else the next one that is unused")
    parser.add_argument("--trials", type=int, help="stop after so many")
    asked = parser.parse_args()
    if unknown := set(asked.rows) - set(names):
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if not 0 < asked.minutes <= MINUTES_MAX:
        parser.error(f"a slice lasts up to {MINUTES_MAX} minutes; slices add up")
    return asked


def _slice(row: Row, minutes: float, seed: int | None, trials: int | None) -> bool:
    """Run one row's trials until the time is up; say whether all of them held."""
    results = Results()
    until = time.monotonic() + minutes * 60
    first = results.next_seed(row) if seed is None else seed
    for number in itertools.count(first):
        if time.monotonic() >= until or (trials is not None and number - first >= trials):
            return True
        began = time.monotonic()
        try:
            counts = row.trial(number)
        except Exception:  # noqa: BLE001 -- whatever it is, it is what we were looking for
            traceback.print_exc()
            print(f"{row.name}: seed {number} failed at commit {commit()}", file=sys.stderr)
            results.add_failure(row, number, time.monotonic() - began)
            return False
        results.add(row, number, counts, time.monotonic() - began)
        print(f"{row.name}: seed {number}: {dict(counts)}", flush=True)
    raise AssertionError("seeds do not end")


if __name__ == "__main__":
    sys.exit(main())
