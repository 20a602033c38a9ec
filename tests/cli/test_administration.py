"""`openoutcry account`, `key` and `instrument` against a running venue."""

import subprocess
import sys

import pytest

from tests.venue import ROOT


def test_an_account_is_opened_funded_blocked_and_listed(shell):
    opened = shell.json("account", "open", "alice", "--cash", "1000.50", "--open-orders", "7")
    account_id = opened["account_id"]
    assert (opened["cash"], opened["limits"]["open_orders"]) == ("1000.5", 7)
    assert shell.json("account", "deposit", account_id, "USD", "99.50")["balance"] == "1100"
    assert shell.json("account", "withdraw", account_id, "USD", "100")["amount"] == "-100"
    assert shell.json("account", "block", account_id)["status"] == "blocked"
    assert shell.json("account", "show", account_id)["status"] == "blocked"
    assert shell.json("account", "unblock", account_id)["status"] == "active"
    assert account_id in [one["account_id"] for one in shell.json("account", "list")]
    assert "alice" in shell.run("account", "list")


def test_the_terms_of_an_account_are_given_changed_and_taken_away(shell):
    shell.run("tier", "gold", "--maker=-0.5", "--taker", "1")
    terms = (
        "--margin", "2", "--stp", "cancel_both", "--stp-group", "desk", "--tier", "gold",
        "--open-orders", "7", "--position", "AAPL=500", "--position", "EUR/USD=0.5",
        "--mass-quote", "1000/5",
    )  # fmt: skip
    opened = shell.json("account", "open", "dave", "--cash", "1000", *terms)
    assert (opened["margin"], opened["stp"], opened["buying_power"]) == (2, "cancel_both", "2000")
    assert opened["limits"] == {
        "open_orders": 7,
        "positions": {"AAPL": "500", "EUR/USD": "0.5"},
        "mass_quote": {"quantity": "1000", "window_s": 5},
    }
    account_id = opened["account_id"]
    without = [w for name in ("tier", "stp_group", "positions") for w in ("--without", name)]
    changed = shell.json("account", "change", account_id, "--open-orders", "8", *without)
    assert (changed["tier"], changed["stp_group"], changed["margin"]) == (None, None, 2)
    assert changed["limits"] == opened["limits"] | {"open_orders": 8, "positions": {}}
    assert shell.json("account", "reset", account_id, "5")["cash"] == "5"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "an option at least"),
        (("--position", "AAPL"), "not SYMBOL=QUANTITY"),
        (("--mass-quote", "5"), "not QUANTITY/SECONDS"),
        (("--tier", "gold", "--without", "tier"), "given and taken away"),
    ],
)
def test_terms_that_make_no_sense_are_wrong_usage(shell, options, words):
    told = shell.run("account", "change", "account-1", *options, code=2).replace("│", "")
    assert words in " ".join(told.split())


def test_a_trade_is_busted_and_everybody_is_stopped_and_let_go_again(shell, trader):
    seller, buyer = trader("seller"), trader("buyer")
    shell.run("order", "place", "sell", "3", "AAPL", "--price", "200", "--key", seller)
    shell.run("order", "place", "buy", "1", "AAPL", "--price", "200", "--key", buyer)
    filled = shell.json("order", "list", "--status", "closed", "--key", buyer)[0]
    assert filled["status"] == "filled"
    assert shell.json("bust", 1, "--reason", "fat finger")["busted"] is True
    assert "already_busted" in shell.run("bust", 1, code=1)
    after = shell.json("order", "show", filled["order_id"], "--key", buyer)
    assert (after["status"], after["reason"]) == ("canceled", "administrator")
    assert shell.json("kill-switch", "--reason", "drill")["canceled"] >= 1
    told = shell.run("order", "place", "buy", "1", "AAPL", "--price", "1", "--key", buyer, code=1)
    assert "account_blocked" in told
    assert shell.json("kill-switch", "--off") == {"canceled": 0}
    shell.run("order", "place", "buy", "1", "AAPL", "--price", "1", "--key", buyer)


def test_a_list_goes_on_over_pages_up_to_its_limit(shell):
    for name in ("one", "two", "three"):
        shell.json("account", "open", name)
    assert len(shell.json("account", "list", "--limit", "2")) == 2


def test_more_than_there_is_cannot_be_withdrawn(shell):
    account_id = shell.json("account", "open", "poor", "--cash", "5")["account_id"]
    told = shell.run("account", "withdraw", account_id, "USD", "6", code=1)
    assert "available 5, needed 6" in told
    assert "422 insufficient_funds" in told


def test_a_key_is_shown_once_and_can_be_revoked(shell):
    account_id = shell.json("account", "open", "bob")["account_id"]
    made = shell.json(
        "key", "add", account_id, "--permission", "read", "--expires", "2099-01-01T00:00:00Z",
        "--allow-ip", "127.0.0.0/8",
    )  # fmt: skip
    assert made["key"] == f"{made['key_id']}.{made['secret']}"
    (listed,) = shell.json("key", "list", account_id)
    assert "secret" not in listed
    assert listed["permissions"] == ["read"]
    assert shell.json("order", "list", "--key", made["key"]) == []
    shell.run("key", "revoke", made["key_id"])
    assert "401 unauthenticated" in shell.run("order", "list", "--key", made["key"], code=1)
    assert "404 not_found" in shell.run("key", "revoke", made["key_id"], code=1)


def test_an_instrument_is_listed_changed_halted_and_resumed(shell):
    listed = shell.json(
        "instrument", "add", "WOOD/USD", "asset=WOOD", "price_increment=0.05",
        "quantity_increment=0.5", "reference_price=80", "protection_bps=300",
    )  # fmt: skip
    assert (listed["currency"], listed["protection_bps"]) == ("USD", 300)
    changed = shell.json("instrument", "change", "WOOD/USD", "taker_fee_bps=2.5")
    assert (changed["taker_fee_bps"], changed["protection_bps"]) == ("2.5", 300)
    assert shell.json("instrument", "halt", "WOOD/USD", "--reason", "fire")["phase"] == "halted"
    assert shell.json("instrument", "resume", "WOOD/USD")["phase"] == "continuous"
    assert shell.json("instrument", "phase", "WOOD/USD", "auction")["phase"] == "auction"
    wide = ("band_bps=500", "shortable=true", "calendar=us-equities")
    changed = shell.json("instrument", "change", "WOOD/USD", *wide)
    assert (changed["band_bps"], changed["shortable"]) == (500, True)
    changed = shell.json("instrument", "change", "WOOD/USD", "band_bps=", "calendar=always")
    assert (changed["band_bps"], changed["shortable"]) == (None, True)
    assert "WOOD/USD" in shell.run("instrument", "list")
    assert "already_exists" in shell.run(
        "instrument", "add", "WOOD/USD", "price_increment=1", "quantity_increment=1",
        "reference_price=1", code=1,
    )  # fmt: skip
    assert shell.json("instrument", "delist", "WOOD/USD")["symbol"] == "WOOD/USD"
    assert "unknown_instrument" in shell.run("instrument", "delist", "WOOD/USD", code=1)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (["colour=red"], "'colour=red' is not FIELD=VALUE"),
        (["price_increment"], "is not FIELD=VALUE"),
        (["protection_bps=many"], "whole number"),
        (["asset=A", "asset=B"], "asset is there twice"),
        (["shortable=perhaps"], "true or false"),
    ],
)
def test_a_field_that_makes_no_sense_is_wrong_usage(shell, fields, words):
    told = " ".join(shell.run("instrument", "add", "X", *fields, code=2).replace("│", "").split())
    assert words in told


def test_the_admin_key_is_found_in_the_data_directory_or_must_be_given(shell, tmp_path):
    elsewhere = {"OPENOUTCRY_DATA_DIR": str(tmp_path)}
    told = shell.run("account", "list", code=1, **elsewhere)
    assert "needs a key" in told
    assert "--key or OPENOUTCRY_ADMIN_KEY" in told
    assert "401 unauthenticated" in shell.run("account", "list", "--key", "wrong", code=1)


def test_a_key_without_the_permission_is_told_so(shell, trader):
    told = shell.run("account", "list", "--key", trader("carol"), code=1)
    assert "this call needs the permission 'admin' (403 not_permitted)" in told


def test_nobody_there_is_said_with_what_to_do(offline):
    told = offline.run("account", "list", code=1)
    assert "no venue answers at http://127.0.0.1:1" in told
    assert "openoutcry serve" in told
    assert "is no address" in offline.run("account", "list", "--url", "venue", code=1)


@pytest.mark.slow
def test_the_module_is_the_command_and_says_errors_on_standard_error(venue):
    done = subprocess.run(
        [sys.executable, "-m", "openoutcry", "account", "list", "--url", venue.url, "--key", "x"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
