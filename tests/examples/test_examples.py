"""Every example runs as a newcomer would run it, and does what it says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.client.floor import SYMBOL, open_floor

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
LINES_MAX = 120


@pytest.fixture(scope="module")
def floor():
    with open_floor("maker", "taker", "watcher") as opened:
        yield opened


@pytest.fixture
def start(floor):
    """Start an example for an account; whatever still runs at the end of the test is ended."""
    programs = []

    def started(name, account, **options):
        options = {"url": floor.venue.url, "key": floor.keys[account], **options}
        program = subprocess.Popen(
            [
                sys.executable,
                str(EXAMPLES / f"{name}.py"),
                *(f"--{option}={value}" for option, value in options.items()),
            ],
            env=os.environ | {"PYTHONPATH": str(EXAMPLES.parent), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        programs.append(program)
        return program

    yield started
    for program in programs:
        program.kill()
        program.communicate()


def told_by(program):
    told, _ = program.communicate(timeout=60)
    assert program.returncode == 0, told
    return told


@pytest.mark.slow
def test_a_maker_and_a_taker_make_a_market_and_a_recorder_writes_it_down(floor, start, tmp_path):
    file = tmp_path / "market.jsonl"
    recording = {"symbols": SYMBOL, "file": file}
    recorder = start("recorder", "watcher", seconds=60, messages=8, **recording)
    maker = start("market_maker", "maker", symbol=SYMBOL, quantity=1, seconds=60, orders=5)
    with floor.client("watcher") as watcher:
        # Farther away than the maker: somebody is there also when it has gone.
        watcher.place(SYMBOL, "buy", 100, price="40.00")
        watcher.place(SYMBOL, "sell", 100, price="60.00")
        taker = start("taker", "taker", symbol=SYMBOL, orders=15, every=0.05)
        assert "sent 15 orders" in told_by(taker)
        # Two quotes, and one more for each that was taken.
        assert re.search(r"placed [56] orders", told_by(maker))
        assert "wrote 8 messages" in told_by(recorder)
        watcher.cancel_all()
        assert list(watcher.orders()) == []
        assert watcher.book(SYMBOL).bids == []
        trades = {trade.trade_id for trade in watcher.trades(SYMBOL)}
    # Started again, the recorder goes on where the file ends; half a line is no line.
    with file.open("ab") as end:
        end.write(b'{"channel": "tra')
    again = start("recorder", "watcher", seconds=2, **recording)
    assert "went on after 1 marks" in told_by(again)
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    # What traded before the recorder was there is in the snapshot that it begins with.
    told = [trade for line in lines for trade in line.get("trades", [line])]
    written = [trade["trade_id"] for trade in told if "trade_id" in trade]
    assert len(trades) >= 5
    assert sorted(written) == sorted(trades)


@pytest.mark.slow
def test_dead_men_hold_no_orders(start):
    options = {"symbol": SYMBOL, "timeout": 1, "seconds": 1, "orders": 2}
    told = told_by(start("dead_man_switch", "watcher", **options))
    ends = re.findall(r"order \d+ canceled: (\w+)", told)
    assert ends == ["cancel_after"] * 2 + ["disconnect"] * 2


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_is_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LINES_MAX
