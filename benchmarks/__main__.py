"""`python -m benchmarks [question …]`: measure, print, and write RESULTS.md."""

import argparse
import importlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import Final

from benchmarks.harness import LOAD_CORES, Effort
from benchmarks.report import RESULTS, Answer, write

QUESTIONS: Final = (
    "orders",
    "fills",
    "plain",
    "native",
    "engine",
    "rulebook",
    "recovery",
    "delay",
    "fanout",
    "history",
    "stream",
)


def main() -> None:
    """Measure what was asked for, or everything."""
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # So that servers are stopped, too.
    os.sched_setaffinity(0, LOAD_CORES)  # Servers that are started choose theirs.
    effort = Effort(asked.rounds, asked.seconds, asked.orders)
    for name in asked.question or QUESTIONS:
        module = importlib.import_module(f"benchmarks.{name}")
        print(f"{name}: {module.QUESTION}", flush=True)
        started = time.perf_counter()
        answer: Answer = module.measure(effort)
        _show(answer)
        write(name, module.QUESTION, answer, asked.results)
        print(f"    took {time.perf_counter() - started:.0f} s\n", flush=True)


def _arguments() -> argparse.Namespace:
    plain = Effort()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("question", nargs="*", help=f"of {', '.join(QUESTIONS)}; all by default")
    parser.add_argument("--rounds", type=int, default=plain.rounds, help="of each side")
    parser.add_argument("--seconds", type=int, default=plain.seconds, help="of each round")
    parser.add_argument("--orders", type=int, default=plain.orders, help="in a venue's past")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the file to write")
    asked = parser.parse_args()
    if unknown := [name for name in asked.question if name not in QUESTIONS]:
        parser.error(f"no such question: {', '.join(unknown)}")
    return asked


def _show(answer: Answer) -> None:
    widths = [max(map(len, column)) for column in zip(*answer.table, strict=True)]
    for row in answer.table:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        print("    " + "  ".join(cells).rstrip())
    for remark in answer.remarks:
        print(f"    - {remark}")


if __name__ == "__main__":
    main()
