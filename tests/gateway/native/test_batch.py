"""Batches of orders: in order, each on its own, and once only."""

import pytest

from openoutcry.engine import retries
from openoutcry.model.commands import EnterOrder
from openoutcry.model.errors import NotReady
from tests.gateway.native.floor import ADMIN, API, open_floor

BID = {"symbol": "XYZ", "side": "buy", "type": "limit", "quantity": "1", "price": "40.00"}


def send(trader, *orders, **headers):
    return trader.call("POST", "/orders/batch", {"orders": list(orders)}, **headers)


def results(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


def statuses(answer):
    return [one["status"] for one in results(answer)]


def test_the_orders_of_a_batch_are_entered_in_order_and_answered_like_single_ones(floor):
    ask = {**BID, "side": "sell", "price": "50.00"}
    taker = {**BID, "price": "51.00", "quantity": "2", "client_order_id": "second"}
    floor.alice.rest("sell", 5, "50.50")
    found = results(send(floor.bob, BID, taker, {**BID, "price": "41.00"}))
    assert [one["status"] for one in found] == [201, 201, 201]
    orders = [one["order"] for one in found]
    assert [order["status"] for order in orders] == ["new", "filled", "new"]
    ids = [order["order_id"] for order in orders]
    assert ids == sorted(ids)
    assert [floor.bob.get(f"/orders/{order_id}") for order_id in ids] == orders
    # An order meets those before it in the same batch: the account's own, so it is prevented.
    met = results(send(floor.bob, ask, {**BID, "price": "50.00"}))
    assert met[1]["order"]["reason"] == "self_trade"


def test_each_stands_on_its_own(floor):
    poor = {**BID, "quantity": "1000000", "price": "9000.00"}
    answer = send(floor.bob, poor, {**BID, "color": "red"}, 7, {**BID, "quantity": "x"}, BID, {})
    assert statuses(answer) == [422, 400, 400, 400, 201, 400]
    codes = [one.get("problem", {}).get("code") for one in results(answer)]
    assert codes == [
        "insufficient_funds", "unknown_property", "invalid_type", "invalid_value", None,
        "missing_property",
    ]  # fmt: skip
    assert results(answer)[0]["problem"]["allowed"]["available"] == "1000000"
    order_id = results(answer)[4]["order"]["order_id"]
    assert [o["order_id"] for o in floor.bob.get("/orders")["items"]] == [order_id]
    assert int(answer.headers["x-sequence"]) >= results(answer)[4]["order"]["sequence"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "missing_property"),
        ({"orders": []}, "invalid_value"),
        ({"orders": [BID] * 51}, "invalid_value"),
        ({"orders": BID}, "invalid_type"),
        ({"orders": [BID], "all": 1}, "unknown_property"),
    ],
)
def test_what_is_no_batch_is_a_400(floor, body, code):
    answer = floor.bob.call("POST", "/orders/batch", body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert floor.bob.get("/orders")["items"] == []


def test_fifty_orders_are_a_batch(floor):
    assert statuses(send(floor.bob, *[BID] * 50)) == [201] * 50


def test_a_repeated_batch_is_answered_with_the_first_answer_and_does_nothing(floor):
    key = {"Idempotency-Key": "b-1"}
    batch = [BID, {**BID, "quantity": "x"}, {**BID, "price": "41.00"}, {**BID, "price": "41.001"}]
    first = send(floor.bob, *batch, **key)
    assert statuses(first) == [201, 400, 201, 422]
    floor.bob.call("DELETE", f"/orders/{results(first)[0]['order']['order_id']}")
    again = send(floor.bob, *batch, **key)
    assert again.content == first.content
    assert again.headers["x-sequence"] == first.headers["x-sequence"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(floor.bob.get("/orders?status=all")["items"]) == 2
    same = send(floor.bob, {**BID, "price": "40.0", "client_order_id": None}, *batch[1:], **key)
    assert same.content == first.content


def test_a_batch_is_a_repetition_if_nothing_of_it_is_new(floor):
    named = [{**BID, "client_order_id": f"n-{n}"} for n in range(3)]
    first = send(floor.bob, *named[:2])
    again = send(floor.bob, *named[:2])
    assert again.content == first.content
    more = send(floor.bob, *named)
    whole = send(floor.bob, *named)
    answers = (first, again, more, whole)
    told = [answer.headers.get("idempotency-replayed") for answer in answers]
    assert told == [None, "true", None, "true"]
    sequences = [int(answer.headers["x-sequence"]) for answer in answers]
    assert sequences[0] == sequences[1] < sequences[2] == sequences[3]
    assert "idempotency-replayed" not in send(floor.bob, {**BID, "quantity": "x"}).headers


def test_a_batch_of_which_nothing_could_be_read_has_the_sequence_of_its_key(floor):
    key = {"Idempotency-Key": "b-1"}
    first = send(floor.bob, 7, {**BID, "quantity": 10**40}, **key)
    assert statuses(first) == [400, 400]
    floor.bob.rest("buy", 1, "40.00")
    again = send(floor.bob, 7, {**BID, "quantity": 10**40}, **key)
    assert again.content == first.content
    assert again.headers["x-sequence"] == first.headers["x-sequence"]
    assert again.headers["idempotency-replayed"] == "true"


def test_what_a_stop_cut_off_is_entered_by_whoever_sends_the_batch_again(floor):
    key, batch = {"Idempotency-Key": "b-1"}, [BID, {**BID, "price": "41.00"}]
    sequencer = floor.client.app.state.venue.sequencer
    entered = []

    def refuse(command):
        if isinstance(command, EnterOrder):
            entered.append(command)
            if len(entered) == 2:
                raise NotReady("the venue stops")

    sequencer.refuse = refuse
    cut = send(floor.bob, *batch, **key)
    assert statuses(cut) == [201, 503]
    whole, again = (send(floor.bob, *batch, **key) for _ in range(2))
    assert statuses(whole) == [201, 201]
    assert results(whole)[0] == results(cut)[0]
    assert "idempotency-replayed" not in whole.headers
    assert (again.content, again.headers["idempotency-replayed"]) == (whole.content, "true")
    assert len(floor.bob.get("/orders")["items"]) == 2


def test_a_key_of_a_batch_is_for_that_batch_alone(floor):
    key = {"Idempotency-Key": "b-1"}
    assert statuses(send(floor.bob, BID, **key)) == [201]
    for other in ([BID, BID], [{**BID, "price": "39.00"}]):
        answer = send(floor.bob, *other, **key)
        assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")
    single = floor.bob.call("POST", "/orders", BID, **key)
    assert (single.status_code, single.json()["code"]) == (409, "key_reused")
    assert len(floor.bob.get("/orders")["items"]) == 1
    assert statuses(send(floor.alice, BID, BID, **key)) == [201, 201]


def test_client_order_ids_are_used_once_in_batches_and_out_of_them(floor):
    named = {**BID, "client_order_id": "n-1"}
    first = floor.bob.call("POST", "/orders", named)
    answer = send(floor.bob, named, {**named, "price": "41.00"}, {**BID, "client_order_id": "n-2"})
    found = results(answer)
    assert [one["status"] for one in found] == [201, 409, 201]
    assert found[0]["order"] == first.json()
    assert found[1]["problem"]["code"] == "key_reused"
    again = floor.bob.call("POST", "/orders", {**BID, "client_order_id": "n-2"})
    assert again.json() == found[2]["order"]
    assert again.headers["idempotency-replayed"] == "true"
    twice = results(send(floor.bob, *[{**BID, "client_order_id": "n-3"}] * 2))
    assert twice[0] == twice[1]
    assert len(floor.bob.get("/orders")["items"]) == 3


def test_a_batch_is_remembered_when_the_engine_has_forgotten_it_and_after_a_restart(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(retries, "KEYS_KEPT", 3)
    batch = [{**BID, "client_order_id": f"o-{n}"} for n in range(5)]
    key = {"Idempotency-Key": "b-1"}
    with open_floor(data_dir=str(tmp_path)) as floor:
        first = send(floor.bob, *batch, **key)
        assert statuses(first) == [201] * 5
        floor.bob.get("/orders")
        assert send(floor.bob, *batch, **key).content == first.content
        headers = floor.bob.headers
    with open_floor(data_dir=str(tmp_path)) as floor:
        bob = floor.bob._replace(headers=headers)
        assert send(bob, *batch, **key).content == first.content
        assert len(bob.get("/orders")["items"]) == 5


@pytest.mark.parametrize(("size", "left"), [(1, 29), (12, 18), (30, 0)])
def test_the_rate_that_is_left_after_a_batch_is_that_of_all_its_orders(size, left):
    with open_floor(rate_limit=30) as slow:
        answer = send(slow.bob, *[BID] * size)
        assert statuses(answer) == [201] * size
        told = answer.headers.get_list("ratelimit-remaining")
        assert told in ([str(left)], [str(left + 1)])  # It refills by one in two seconds.
        assert len(answer.headers.get_list("ratelimit-reset")) == 1
        if not left:
            refused = send(slow.bob, *[BID] * 3)
            assert refused.status_code == 429
            assert refused.headers.get_list("ratelimit-remaining") in (["0"], ["1"])


def test_a_batch_that_is_more_than_is_left_takes_the_rate_of_one_call():
    with open_floor(rate_limit=30) as slow:
        refused = send(slow.bob, *[BID] * 31)
        assert refused.status_code == 429
        assert refused.headers.get_list("ratelimit-remaining") == ["29"]
        assert len(refused.headers.get_list("ratelimit-limit")) == 1


def test_a_batch_needs_the_permission_to_trade_and_counts_as_many_requests(floor):
    path = f"/accounts/{floor.bob.account_id}/keys"
    key = floor.admin("POST", path, {"permissions": ["read"]}).json()["key"]
    reader = floor.bob._replace(headers={"Authorization": f"Bearer {key}"})
    assert send(reader, BID).status_code == 403
    with open_floor(rate_limit=30) as slow:
        answer = send(slow.bob, *[BID] * 31)
        assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
        assert statuses(send(slow.bob, *[BID] * 20)) == [201] * 20
        assert send(slow.bob, *[BID] * 20).status_code == 429
        found = slow.client.get(f"{API}/admin/accounts/{slow.bob.account_id}", headers=ADMIN)
        assert found.status_code == 200
