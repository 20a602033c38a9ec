"""What one sequence was: whole for administrators, for others what concerns them."""

import json
from itertools import pairwise

import pytest

from tests.gateway.native.floor import ADMIN, API, open_floor


def whole(floor, number):
    answer = floor.client.get(f"{API}/sequence/{number}", headers=ADMIN)
    assert answer.status_code == 200, answer.text
    return answer.json()


def trade(floor):
    """One trade between alice, who rests, and bob; return bob's order."""
    floor.alice.rest("sell", 5, "50.00", client_order_id="hers")
    return floor.bob.rest("buy", 2, "50.00", client_order_id="his")


def test_an_administrator_sees_all_of_it(floor):
    order = trade(floor)
    found = whole(floor, order["sequence"])
    assert found["sequence"] == order["sequence"]
    assert found["first"] < order["sequence"] == found["last"]
    assert found["command"]["command"] == "enter_order"
    assert found["command"]["account_id"] == floor.bob.account_id
    assert (found["command"]["price"], found["command"]["quantity"]) == ("50.00", "2")
    assert (found["door"], found["actor"]) == (
        "native",
        floor.bob.headers["Authorization"][7:].split(".")[0],
    )
    assert [event["event"] for event in found["events"]] == ["order_accepted", "order_executed"]
    executed = found["events"][1]
    assert executed["taker"] == order
    assert executed["maker"]["client_order_id"] == "hers"
    assert (executed["price"], executed["taker_fee"]) == ("50.00", "0.025")
    moved = {(p["account_id"], p["asset"], p["kind"]): p["amount"] for p in found["postings"]}
    assert moved[floor.bob.account_id, "XYZ", "trade"] == "2"
    assert moved[floor.bob.account_id, "USD", "trade"] == "-100"
    assert moved[floor.alice.account_id, "USD", "fee"] == "-0.01"
    assert whole(floor, found["first"]) == {**found, "sequence": found["first"]}


def test_the_records_are_chained_by_their_hashes(floor):
    order = trade(floor)
    last = whole(floor, order["sequence"])
    status = floor.client.get(f"{API}/status").json()
    assert status["hash"] == last["hash"]
    number, links = last["last"], []
    while number:
        found = whole(floor, number)
        links.append((found["hash"], found["previous_hash"]))
        number = found["first"] - 1
    assert len(links) > 5
    for (_, previous), (before, _) in pairwise(links):
        assert previous == before


def test_others_see_their_own_side_and_no_other_name(floor):
    order = trade(floor)
    for trader, counterparty, side, other, theirs in (
        (floor.bob, floor.alice, "taker", "maker", "hers"),
        (floor.alice, floor.bob, "maker", "taker", "his"),
    ):
        found = trader.get(f"/sequence/{order['sequence']}")
        executed = found["events"][-1]
        assert executed["event"] == "order_executed"
        assert executed[side]["account_id"] == trader.account_id
        assert not [name for name in executed if name.startswith(other)]
        assert {p["asset"] for p in found["postings"]} == {"XYZ", "USD"}
        assert all("account_id" not in posting for posting in found["postings"])
        text = json.dumps(found)
        assert counterparty.account_id not in text
        assert f'"{theirs}"' not in text
    mine = floor.bob.get(f"/sequence/{order['sequence']}")
    assert mine["command"]["client_order_id"] == "his"
    assert mine["door"] == "native"
    hers = floor.alice.get(f"/sequence/{order['sequence']}")
    assert [hers[name] for name in ("command", "actor", "door", "request_id")] == [None] * 4
    assert mine["hash"] == hers["hash"] == whole(floor, order["sequence"])["hash"]


def test_what_does_not_concern_them_is_not_there(floor):
    order = floor.alice.rest("sell", 5, "50.00")
    answer = floor.bob.call("GET", f"/sequence/{order['sequence']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    for number in ("0", "x", "-1", "999999", "9" * 30, "1.0"):
        for headers in (ADMIN, floor.bob.headers):
            answer = floor.client.get(f"{API}/sequence/{number}", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), number


def test_an_administrators_deposit_is_seen_without_who_made_it(floor):
    path = f"/accounts/{floor.bob.account_id}/deposits"
    posting = floor.admin("POST", path, {"asset": "USD", "quantity": "7"}).json()
    found = floor.bob.get(f"/sequence/{posting['sequence']}")
    assert found["command"] is None
    (event,) = found["events"]
    assert (event["event"], event["amount"], event["asset"]) == ("funds_moved", "7", "USD")
    assert "outside" not in json.dumps(found)
    assert [p["amount"] for p in found["postings"]] == ["7"]
    assert whole(floor, posting["sequence"])["command"]["amount"] == "7"


def test_nobody_sees_what_proves_a_key(floor):
    path = f"/accounts/{floor.bob.account_id}/keys"
    made = floor.admin("POST", path, {"permissions": ["read"]})
    sequence = made.headers["x-sequence"]
    for found in (whole(floor, sequence), floor.bob.get(f"/sequence/{sequence}")):
        assert "sha256" not in json.dumps(found)
        assert found["events"][0]["key"]["key_id"] == made.json()["key_id"]


def test_every_sequence_of_a_venue_can_be_shown(floor):
    order = trade(floor)
    floor.alice.call("DELETE", "/orders")
    floor.admin("PUT", "/instruments/XYZ/phase", {"phase": "halted", "reason": "news"})
    floor.admin("PATCH", f"/accounts/{floor.bob.account_id}", {"limits": {"open_orders": 5}})
    last = int(floor.client.get(f"{API}/clock").headers["x-sequence"])
    assert last > order["sequence"]
    for number in range(1, last + 1):
        found = whole(floor, number)
        assert found["first"] <= number <= found["last"]
        for trader in (floor.alice, floor.bob):
            answer = trader.call("GET", f"/sequence/{number}")
            assert answer.status_code in (200, 404)
            others = {floor.alice.account_id, floor.bob.account_id} - {trader.account_id}
            assert others.pop() not in answer.text


def test_it_needs_a_key_that_reads():
    with open_floor(auth="keys") as closed:
        assert closed.client.get(f"{API}/sequence/1").status_code == 401


@pytest.mark.parametrize("query", ["?limit=1", "?as_of=3"])
def test_it_has_no_parameters(floor, query):
    assert floor.client.get(f"{API}/sequence/1{query}", headers=ADMIN).status_code == 400
