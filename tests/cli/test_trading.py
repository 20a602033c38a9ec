"""`openoutcry order` and `book` against a running venue."""

import json
import subprocess
import sys

import pytest

from tests.venue import ROOT


def test_orders_are_placed_shown_amended_listed_and_canceled(shell, trader):
    key = ("--key", trader("alice"))
    placed = shell.json("order", "place", "buy", "10", "AAPL", "--price", "1.20", *key)
    assert (placed["type"], placed["status"]) == ("limit", "new")
    number = placed["order_id"]
    assert shell.json("order", "show", number, *key)["price"] == "1.20"
    amended = shell.json("order", "amend", number, "--quantity", "12", "--price", "1.25", *key)
    assert (amended["quantity"], amended["price"]) == ("12", "1.25")
    assert [one["order_id"] for one in shell.json("order", "list", *key)] == [number]
    assert "1.25" in shell.run("order", "list", *key)
    assert shell.json("order", "cancel", number, *key)["status"] == "canceled"
    assert shell.json("order", "cancel", number, *key)["status"] == "canceled"
    assert shell.json("order", "list", *key) == []
    closed = shell.json("order", "list", "--status", "closed", "--side", "buy", *key)
    assert [one["order_id"] for one in closed] == [number]


def test_orders_meet_in_a_book_that_can_be_seen(shell, trader):
    maker, taker = ("--key", trader("maker")), ("--key", trader("taker"))
    shell.run("order", "place", "sell", "5", "AAPL", "--price", "300.10", "--post-only", *maker)
    shell.run("order", "place", "sell", "7", "AAPL", "--price", "300.20", *maker)
    assert shell.json("book", "AAPL", *maker)["asks"] == [["300.10", "5"], ["300.20", "7"]]
    assert shell.json("book", "AAPL", "--level", "1", *maker)["asks"] == [["300.10", "5"]]
    painted = shell.run("book", "AAPL", *maker)
    assert painted.index("300.20") < painted.index("300.10")
    bought = shell.json("order", "place", "buy", "2", "AAPL", "--tif", "fok", *taker)
    assert (bought["type"], bought["status"], bought["average_price"]) == (
        "market", "filled", "300.10",
    )  # fmt: skip
    assert shell.run("order", "cancel-all", "--symbol", "MSFT", *maker) == "canceled: 0\n"
    assert len(shell.json("order", "cancel-all", *maker)["canceled"]) == 2


def test_an_order_with_a_name_is_placed_once(shell, trader):
    words = ("order", "place", "buy", "1", "AAPL", "--price", "1", "--client-order-id", "a-1")
    key = ("--key", trader("alice"))
    assert shell.json(*words, *key) == shell.json(*words, *key)
    assert "409 key_reused" in shell.run(*words[:3], "2", *words[4:], *key, code=1)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("order", "amend", "1"), 2, "--quantity, --price or both"),
        (("order", "place", "hold", "1", "AAPL"), 2, "hold"),
        (("order", "show", "987654321"), 1, "404 unknown_order"),
        (("order", "place", "buy", "1", "AAPL", "--price", "1.005"), 1, "422 price_increment"),
        (("order", "place", "buy", "x", "AAPL"), 1, "400 invalid_value"),
        (("order", "list", "--status", "odd"), 1, "is one of open, closed, all"),
        (("book", "NONE"), 1, "404 unknown_instrument"),
        (("book", "AAPL", "--depth", "0"), 2, "depth"),
    ],
)
def test_a_refusal_is_one_sentence_and_wrong_usage_another_code(shell, trader, words, code, told):
    said = shell.run(*words, code=code, OPENOUTCRY_KEY=trader("alice"))
    assert told in said
    assert code == 2 or said.count("\n") <= 1


@pytest.mark.slow
def test_a_watched_book_says_what_changes_until_it_is_interrupted(shell, trader, venue):
    key = trader("alice")
    watching = subprocess.Popen(
        [
            sys.executable, "-m", "openoutcry", "book", "MSFT", "--watch", "--json",
            "--url", venue.url, "--key", key,
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )  # fmt: skip
    try:
        assert json.loads(watching.stdout.readline())["bids"] == []
        shell.run("order", "place", "buy", "3", "MSFT", "--price", "2", "--key", key)
        assert json.loads(watching.stdout.readline())["bids"] == [["2.00", "3"]]
        watching.send_signal(2)
        assert watching.wait(timeout=20) == 0
    finally:
        watching.kill()
        watching.wait()
        watching.stdout.close()


@pytest.mark.slow
def test_a_watched_book_in_a_pipe_is_a_frame_for_every_change(shell, trader, venue):
    key = trader("bob")
    watching = subprocess.Popen(
        [
            sys.executable, "-m", "openoutcry", "book", "NVDA", "--watch",
            "--url", venue.url, "--key", key,
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )  # fmt: skip
    try:
        frames = iter(watching.stdout.readline, "")
        assert next(line for line in frames if "sequence" in line)
        shell.run("order", "place", "buy", "3", "NVDA", "--price", "2", "--key", key)
        assert next(line for line in frames if "2.00" in line).split() == ["3", "2.00"]
        watching.send_signal(2)
        assert watching.wait(timeout=20) == 0
    finally:
        watching.kill()
        watching.wait()
        watching.stdout.close()
