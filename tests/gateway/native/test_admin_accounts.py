"""Accounts and their terms: how they are opened and changed, and what the terms do to trading."""

import pytest

from tests.gateway.native.floor import open_trader

LIMITS = {
    "open_orders": 7,
    "positions": {"XYZ": "20", "ABC": "0.5"},
    "mass_quote": {"quantity": "40", "window_s": 2},
}
NO_LIMITS = {"open_orders": None, "positions": {}, "mass_quote": None}


def opened(floor, **terms):
    answer = floor.admin("POST", "/accounts", {"name": "carol", **terms})
    assert answer.status_code == 201, answer.text
    return answer.json()


def changed(floor, trader, **terms):
    answer = floor.admin("PATCH", f"/accounts/{trader.account_id}", terms)
    assert answer.status_code == 200, answer.text
    return answer.json()


def on_margin(floor, times=4, cash="1000"):
    """Carol, with a key, on margin; and what she trades can be sold short."""
    floor.admin("PATCH", "/instruments/XYZ", {"shortable": True, "protection_bps": 5000})
    carol = open_trader(floor.client, "carol", cash, "0")
    changed(floor, carol, margin=times)
    return carol


def test_a_new_account_has_what_was_not_said(floor):
    carol = opened(floor)
    assert carol == floor.admin("GET", f"/accounts/{carol['account_id']}").json() | {
        "sequence": carol["sequence"]
    }
    assert {name: carol[name] for name in carol if name not in ("account_id", "sequence")} == {
        "name": "carol", "status": "active", "cash": "0", "equity": "0", "buying_power": "0",
        "margin": 1, "initial_margin": "0", "maintenance_margin": "0", "stp": "cancel_newest",
        "stp_group": None, "tier": None, "limits": NO_LIMITS,
    }  # fmt: skip


def test_all_terms_are_answered_as_they_were_sent(floor):
    floor.admin("PUT", "/tiers/gold", {"maker_fee_bps": "0", "taker_fee_bps": "0"})
    terms = {
        "cash": "1000", "margin": 4, "stp": "decrement", "stp_group": "desk", "tier": "gold",
        "limits": LIMITS,
    }  # fmt: skip
    carol = opened(floor, **terms)
    assert {name: carol[name] for name in terms} == terms
    assert (carol["equity"], carol["buying_power"]) == ("1000", "4000")


def test_null_takes_away_what_an_account_may_be_without(floor):
    floor.admin("PUT", "/tiers/gold", {"maker_fee_bps": "0", "taker_fee_bps": "0"})
    given = changed(floor, floor.bob, tier="gold", stp_group="desk", stp="cancel_both",
                    limits=LIMITS)  # fmt: skip
    assert (given["tier"], given["stp_group"], given["limits"]) == ("gold", "desk", LIMITS)
    kept = changed(floor, floor.bob, name="Bob", limits={"open_orders": 8}, stp=None)
    assert (kept["tier"], kept["stp"]) == ("gold", "cancel_both")
    assert kept["limits"] == LIMITS | {"open_orders": 8}
    nothing = dict.fromkeys(LIMITS)
    taken = changed(floor, floor.bob, tier=None, stp_group=None, limits=nothing)
    assert (taken["tier"], taken["stp_group"], taken["limits"]) == (None, None, NO_LIMITS)


def test_a_blocked_account_may_cancel_and_read(floor):
    bid = floor.bob.rest("buy", 1, "49.00")
    assert changed(floor, floor.bob, status="blocked")["status"] == "blocked"
    assert floor.bob.place("buy", 1, "49.00").json()["code"] == "account_blocked"
    assert floor.bob.call("DELETE", f"/orders/{bid['order_id']}").status_code == 200
    assert changed(floor, floor.bob, status="active")["status"] == "active"
    floor.bob.rest("buy", 1, "49.00")


def test_a_cap_of_a_position_counts_open_orders(floor):
    changed(floor, floor.bob, limits={"positions": {"XYZ": "20"}})
    floor.bob.rest("buy", 15, "49.00")
    refused = floor.bob.place("buy", 6, "49.00").json()
    assert (refused["code"], refused["allowed"]) == ("position_limit", {"position": "20"})
    floor.bob.rest("buy", 5, "49.00")


def test_quotes_are_withdrawn_when_too_much_of_them_is_taken(floor):
    changed(floor, floor.alice, limits={"mass_quote": {"quantity": "5", "window_s": 60}})
    asks = [floor.alice.rest("sell", 5, price) for price in ("50.00", "50.10", "50.20")]
    floor.bob.rest("buy", 15, "51.00", time_in_force="ioc")
    ends = [(one["cum_quantity"], one["reason"]) for one in map(floor.alice.order, asks)]
    assert ends[-1] == ("0", "mass_quote_protection")
    assert sum(int(cum) for cum, _ in ends) < 15


def test_accounts_of_a_group_do_not_trade_with_each_other(floor):
    for trader in (floor.alice, floor.bob):
        changed(floor, trader, stp_group="desk", stp="cancel_oldest")
    ask = floor.alice.rest("sell", 1, "50.00")
    assert floor.bob.rest("buy", 1, "50.00")["status"] == "new"
    assert floor.alice.order(ask)["reason"] == "self_trade"


def test_the_fees_of_a_tier_take_the_place_of_the_instruments(floor):
    told = floor.admin("PUT", "/tiers/gold", {"maker_fee_bps": "-0.5", "taker_fee_bps": "0"})
    assert told.json() == {"name": "gold", "maker_fee_bps": "-0.5", "taker_fee_bps": "0"}
    changed(floor, floor.alice, tier="gold")
    changed(floor, floor.bob, tier="gold")
    ask = floor.alice.rest("sell", 4, "50.00")
    assert floor.bob.rest("buy", 4, "50.00")["fees"] == "0"
    assert floor.alice.order(ask)["fees"] == "-0.01"


def test_a_margin_account_is_told_what_it_may_and_must_have(floor):
    carol = on_margin(floor)
    floor.alice.rest("sell", 40, "50.00")
    # 40 x 50 = 2000, of which a quarter must be there at first and at all times.
    carol.enter("market", quantity=40)
    account = carol.get("/account")
    assert (account["cash"], account["equity"]) == ("-1000.5", "999.5")
    assert (account["initial_margin"], account["maintenance_margin"]) == ("500", "500")
    assert account["buying_power"] == "1998"
    told = floor.admin("GET", f"/accounts/{carol.account_id}").json()
    assert told | {"sequence": 0} == account | {"sequence": 0}
    assert changed(floor, carol, name="carol") | {"sequence": 0} == account | {"sequence": 0}


def test_a_short_position_is_negative_and_loses_when_the_price_rises(floor):
    carol = on_margin(floor)
    floor.bob.rest("buy", 10, "50.00")
    carol.enter("market", "sell", quantity=10)
    floor.alice.rest("sell", 1, "52.00")
    floor.bob.rest("buy", 1, "52.00")
    [short] = carol.get("/positions")
    assert (short["quantity"], short["average_price"]) == ("-10", "50.00")
    assert (short["mark_price"], short["unrealized_pnl"]) == ("52.00", "-20")
    account = carol.get("/account")
    # 1000 - 20 of loss - 0.125 of fee; 30 % of 520.
    assert (account["equity"], account["maintenance_margin"]) == ("979.875", "156")
    floor.alice.rest("sell", 15, "49.00")
    carol.enter("market", quantity=15)
    [long] = carol.get("/positions")
    assert (long["quantity"], long["average_price"], long["realized_pnl"]) == ("5", "49.00", "10")


def test_margin_changes_only_while_no_order_is_open_and_nothing_is_owed(floor):
    carol = on_margin(floor)
    path = f"/accounts/{carol.account_id}"
    bid = carol.rest("buy", 1, "40.00")
    refused = floor.admin("PATCH", path, {"margin": 2})
    assert (refused.status_code, refused.json()["code"]) == (409, "orders_resting")
    assert "open orders" in refused.json()["detail"]
    carol.call("DELETE", f"/orders/{bid['order_id']}")
    floor.alice.rest("sell", 40, "50.00")
    carol.enter("market", quantity=40)
    owing = floor.admin("PATCH", path, {"margin": 1})
    assert (owing.status_code, owing.json()["code"]) == (422, "insufficient_funds")
    assert "owes" in owing.json()["detail"]


def test_a_reset_leaves_nothing_but_cash(floor):
    floor.alice.rest("sell", 2, "50.00")
    floor.bob.rest("buy", 2, "50.00")
    bid = floor.bob.rest("buy", 2, "49.00")
    answer = floor.admin("POST", f"/accounts/{floor.bob.account_id}/reset", {"cash": "77.5"})
    assert (answer.status_code, answer.json()["cash"]) == (200, "77.5")
    assert answer.json() | {"sequence": 0} == floor.bob.get("/account") | {"sequence": 0}
    assert floor.bob.order(bid)["reason"] == "reset"
    assert floor.bob.get("/positions") == []
    totals = {one["asset"]: one["total"] for one in floor.bob.get("/balances")}
    assert totals == {"USD": "77.5", "XYZ": "0"}
    kinds = {(one["kind"], one["asset"]): one for one in floor.bob.get("/postings")["items"]}
    assert kinds["reset", "USD"]["balance"] == "77.5"
    assert kinds["reset", "XYZ"]["amount"] == "-1002"


def test_a_deposit_and_a_withdrawal_are_the_postings_of_the_list(floor):
    path = f"/accounts/{floor.bob.account_id}/deposits"
    for quantity, kind in (("10", "deposit"), ("-4", "withdrawal")):
        told = floor.admin("POST", path, {"asset": "ABC", "quantity": quantity}).json()
        assert (told["amount"], told["kind"]) == (quantity, kind)
        assert floor.bob.get("/postings?limit=1")["items"] == [told]
    beyond = floor.admin("POST", path, {"asset": "ABC", "quantity": "-7"})
    assert (beyond.status_code, beyond.json()["code"]) == (422, "insufficient_funds")
    assert beyond.json()["allowed"] == {"available": "6", "needed": "7"}


@pytest.mark.parametrize("whose", ["bob", None])
def test_the_kill_switch_cancels_counts_and_blocks_until_it_is_off(floor, whose):
    account_id = {} if whose is None else {"account_id": floor.bob.account_id}
    for price in ("48.00", "49.00"):
        floor.bob.rest("buy", 1, price)
    ask = floor.alice.rest("sell", 1, "60.00")
    thrown = floor.admin("PUT", "/kill-switch", account_id | {"on": True, "reason": "runaway"})
    assert (thrown.status_code, thrown.json()) == (200, {"canceled": 2 if whose else 3})
    assert {one["reason"] for one in floor.bob.get("/orders?status=closed")["items"]} == {
        "kill_switch"
    }
    assert floor.bob.place("buy", 1, "49.00").json()["code"] == "account_blocked"
    blocked = floor.alice.place("sell", 1, "61.00").status_code == 422
    assert blocked is (whose is None)
    assert floor.alice.order(ask)["status"] == ("new" if whose else "canceled")
    off = floor.admin("PUT", "/kill-switch", account_id | {"on": False})
    assert off.json() == {"canceled": 0}
    floor.bob.rest("buy", 1, "49.00")
