"""The live commands: what they show follows the stream, and Ctrl+C ends them well."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from openoutcry.cli import book, live
from openoutcry.cli.live import NoStream
from tests.venue import ROOT

pytestmark = pytest.mark.slow


@contextmanager
def running(shell, *words):
    """Run a command that goes on until it is interrupted; give a function for its next line."""
    environment = {n: v for n, v in shell.variables.items() if v is not None}
    command = [sys.executable, "-m", "openoutcry", *words]
    with subprocess.Popen(
        command,
        env=os.environ | environment | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def next_line(process):
    line = process.stdout.readline()
    assert line, process.stderr.read()
    return line


def interrupt(process):
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0, process.stderr.read()


@pytest.fixture
def traders(shell, trader):
    symbol = f"LV{os.urandom(3).hex().upper()}"
    shell.run("instrument", "add", symbol, "price_increment=0.01", "quantity_increment=1",
              "reference_price=10")  # fmt: skip
    return symbol, trader("live")


def test_the_book_follows_the_stream(shell, traders):
    symbol, key = traders
    place = ("order", "place", "buy", "5", symbol, "--key", key, "--price")
    with running(shell, "book", symbol, "--watch", "--json", "--depth", "2", "--key", key) as shown:
        assert json.loads(next_line(shown))["bids"] == []
        for price, bids in (
            ("9.00", [["9.00", "5"]]),
            ("9.50", [["9.50", "5"], ["9.00", "5"]]),
            ("9.25", [["9.50", "5"], ["9.25", "5"]]),
        ):
            shell.run(*place, price)
            assert json.loads(next_line(shown))["bids"] == bids
        interrupt(shown)


def test_a_book_in_a_pipe_is_a_table_at_every_change(shell, traders):
    symbol, key = traders
    with running(shell, "book", symbol, "--watch", "--key", key) as shown:
        assert symbol in next_line(shown)
        interrupt(shown)


def test_orders_are_watched(shell, traders):
    symbol, key = traders
    with running(shell, "order", "watch", "--json", "--key", key) as shown:
        assert json.loads(next_line(shown))["type"] == "snapshot"
        shell.run("order", "place", "buy", "5", symbol, "--price", "9.00", "--key", key)
        told = json.loads(next_line(shown))
        assert (told["event"], told["order"]["symbol"]) == ("new", symbol)
        interrupt(shown)
    with running(shell, "order", "watch", "--key", key) as shown:
        assert "order_id" in next_line(shown)
        assert symbol in next_line(shown)
        shell.run("order", "cancel-all", "--key", key)
        line = next_line(shown)
        assert "canceled" in line
        assert f"buy 5 {symbol}" in line
        interrupt(shown)


def test_what_the_stream_refuses_is_said_in_one_sentence(shell, offline, traders):
    _, key = traders
    for command in (("book", "NOWHERE", "--watch"), ("order", "watch")):
        wrong = shell.run(*command, "--key", "no.key", code=1)
        assert "(401 unauthenticated)" in wrong
        assert "no venue answers" in offline.run(*command, code=1)
    assert "unknown_instrument" in shell.run("book", "NOWHERE", "--watch", "--key", key, code=1)


def test_without_a_stream_the_book_is_asked_for(shell, traders, monkeypatch):
    symbol, key = traders

    def absent(*_):
        raise NoStream

    class Stopped(Exception):
        pass

    def stop(_):
        raise Stopped

    monkeypatch.setattr(book, "subscribed", absent)
    monkeypatch.setattr("time.sleep", stop)
    venue = book.trading(f"http://127.0.0.1:{shell.variables['PORT']}", key)
    changes = book._changes(venue, symbol, 10)
    assert next(changes)["bids"] == []
    with pytest.raises(Stopped):
        next(changes)


def test_levels_that_are_gone_leave_the_book():
    said = [
        {"type": "snapshot", "bids": [["9.00", "5"], ["10.00", "1"]], "asks": []},
        {"type": "update", "bids": [["10.00", "0"]], "asks": [["11.00", "2"]]},
        {"type": "snapshot", "bids": [["8.00", "1"]], "asks": []},
    ]
    messages = ({"symbol": "X", "sequence": n} | one for n, one in enumerate(said))
    shown = [(one["bids"], one["asks"]) for one in book._folded(messages, 10)]
    assert shown == [
        ([["10.00", "1"], ["9.00", "5"]], []),
        ([["9.00", "5"]], [["11.00", "2"]]),
        ([["8.00", "1"]], []),
    ]


def test_a_runner_that_forgets_that_it_was_interrupted_ends_all_the_same():
    async def interrupted():
        raise asyncio.CancelledError

    with asyncio.Runner() as loop, pytest.raises(KeyboardInterrupt):
        live._run(loop, interrupted())
