"""Orders over the stream: the same calls as REST, in the order received, many at a time."""

import json

import httpx2
import pytest

from openoutcry.gateway.guard import Caller
from openoutcry.gateway.native.calls import Call
from openoutcry.gateway.native.stream import pipeline
from openoutcry.gateway.native.stream.requests import Request
from openoutcry.model.account import Permission
from tests.gateway.native.stream.hall import ALICE, BOB, ORDER, SERVERS, told, until


def rest(hall, key=ALICE):
    return httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{hall.port}/api/v1",
        headers={"Authorization": f"Bearer {key}"},
        trust_env=False,
    )


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("form", ["", "?format=msgpack"])
def test_the_whole_life_of_an_order(server, form):
    @told(server)
    async def _(hall):
        async with hall.listen(ALICE, form) as client, rest(hall) as http:
            reply = await client.ask("order.place", request_id="a-1", **ORDER, client_order_id="c")
            order = reply["result"]
            assert (reply["request_id"], reply["replayed"]) == ("a-1", False)
            assert reply["sequence"] == order["sequence"] == hall.venue.sequencer.durable
            assert reply["time_in"] < reply["time_out"]
            assert order == (await http.get("/orders/1")).json()
            amended = await client.result("order.amend", order_id=1, quantity="3")
            assert (amended["quantity"], amended["revision"]) == ("3", 1)
            canceled = await client.result("order.cancel", order_id=1)
            assert (canceled["status"], canceled["reason"]) == ("canceled", "user")
            assert canceled == await client.result("order.cancel", order_id=1)
            await client.result("order.place", **ORDER)
            assert await client.result("orders.cancel_all", symbol="AAPL", side="sell") == {
                "canceled": []
            }
            assert await client.result("orders.cancel_all", symbol=None) == {"canceled": [2]}
            assert (await client.result("cancel_after", timeout_s=5))["fires_at"] is not None
            assert (await client.result("cancel_after", timeout_s=0))["fires_at"] is None


def test_a_cancel_that_another_one_came_before_is_answered_as_the_first_of_its_key():
    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client:
            await client.result("order.place", **ORDER)
        replies = []
        started = pipeline.Pipeline(hall.venue, lambda *reply: replies.append(reply), pytest.fail)
        caller = Caller("alice", (Permission.TRADE,), None)
        for number, key in enumerate(
            (None, "k", "k")
        ):  # The order is live when each of them comes.
            request = Request("order.cancel", {"order_id": 1}, number, key)
            started.start(request, Call(caller, None, key), 0)
        await until(lambda: len(replies) == 3)
        (_, done, _), (_, late, _), (_, again, _) = sorted(replies)
        assert {answer.status for answer in (done, late, again)} == {200}
        assert late.sequence > done.sequence
        assert (done.replayed, late.replayed, again.replayed) == (False, False, True)
        assert again == late._replace(replayed=True)


def test_a_batch_is_answered_as_over_rest():
    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client:
            orders = [ORDER, {**ORDER, "price": "10.001"}, {"symbol": "AAPL"}]
            found = await client.result("order.batch", orders=orders)
            assert [one["status"] for one in found["results"]] == [201, 422, 400]


def test_a_problem_is_the_one_of_the_same_rest_call():
    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client, rest(hall) as http:
            for body in (
                {},
                {**ORDER, "price": 10},
                {**ORDER, "price": "10.001"},
                {**ORDER, "price": "-1"},
                {**ORDER, "symbol": "NOPE"},
                {**ORDER, "hidden": True},
                {**ORDER, "quantity": "1e9"},
                {**ORDER, "quantity": "999999999"},
            ):
                answer = await http.post("/orders", json=body)
                assert answer.status_code >= 400
                assert (await client.ask("order.place", **body))["problem"] == answer.json()
            for order_id in (7, 2**62):
                answer = await http.delete(f"/orders/{order_id}")
                reply = await client.ask("order.cancel", order_id=order_id)
                assert reply["problem"] == answer.json()
                reply = await client.ask("order.amend", order_id=order_id, quantity="1")
                assert reply["problem"]["status"] == 404


def test_anothers_order_is_not_there():
    @told()
    async def _(hall):
        async with hall.listen(ALICE) as alice, hall.listen(BOB) as bob:
            await alice.result("order.place", **ORDER)
            assert await bob.refusal("order.cancel", order_id=1) == (404, "unknown_order")
            assert await bob.refusal("order.amend", order_id=1, quantity="2") == (
                404,
                "unknown_order",
            )
            assert (await bob.result("orders.cancel_all"))["canceled"] == []
            assert len(hall.open_orders("alice")) == 1


@pytest.mark.parametrize("server", SERVERS)
def test_commands_are_sequenced_in_the_order_received_and_many_are_under_way(server):
    @told(server)
    async def _(hall):
        sequencer = hall.venue.sequencer
        deepest = 0
        submit = sequencer.submit

        def watched(*args, **kwargs):
            nonlocal deepest
            deepest = max(deepest, sequencer.inbox_depth() + sequencer.unwritten())
            return submit(*args, **kwargs)

        sequencer.submit = watched
        async with hall.listen(ALICE) as client:
            messages = []
            for number in range(1, 401):
                price = f"{10 + number / 100:.2f}"
                messages.append({"method": "order.place", "params": {**ORDER, "price": price}})
                if number % 10 == 0:  # A task, between calls that are none.
                    side = {"side": "sell"}
                    messages.append({"method": "orders.cancel_all", "params": side})
            for number, message in enumerate(messages):
                await client.socket.send(json.dumps({**message, "request_id": number}))
            replies = [await client.reply() for _ in messages]
            replies.sort(key=lambda reply: reply["request_id"])
            sequences = [reply["sequence"] for reply in replies]
            assert sequences == sorted(set(sequences))
            placed = [one["result"]["order_id"] for one in replies if "order_id" in one["result"]]
            assert placed == list(range(1, 401))
        assert deepest > 10


def test_a_change_of_an_order_is_never_overtaken():
    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client:
            await client.result("order.place", **ORDER)
            for quantity in range(2, 100):
                await client.send("order.amend", order_id=1, quantity=str(quantity))
            await client.send("order.cancel", order_id=1)
            await client.send("order.place", **ORDER)
            replies = [await client.reply() for _ in range(100)]
            amended = [one["result"]["quantity"] for one in replies[:98]]
            assert amended == [str(quantity) for quantity in range(2, 100)]
            assert replies[98]["result"]["status"] == "canceled"
            assert replies[98]["sequence"] < replies[99]["sequence"]


def test_what_follows_a_batch_with_a_key_comes_after_it():
    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client:
            orders = [ORDER] * 5
            await client.send("order.batch", idempotency_key="k", orders=orders)
            await client.send("order.place", **ORDER)
            await client.send("ping")
            batch, placed, pong = [await client.reply() for _ in range(3)]
            assert [one["order"]["order_id"] for one in batch["result"]["results"]] == [
                1, 2, 3, 4, 5,
            ]  # fmt: skip
            # The ping came later, too, so it waited; its answer needs no disk.
            assert {one["result"].get("order_id") for one in (placed, pong)} == {6, None}


def test_what_is_under_way_is_bounded(monkeypatch):
    monkeypatch.setattr(pipeline, "UNDER_WAY_MAX", 3)

    @told()
    async def _(hall):
        sequencer = hall.venue.sequencer
        submit, most = sequencer.submit, 0

        def watched(*args, **kwargs):
            nonlocal most
            most = max(most, sequencer.inbox_depth() + sequencer.unwritten() + 1)
            return submit(*args, **kwargs)

        sequencer.submit = watched
        async with hall.listen(ALICE) as client:
            for number in range(60):
                await client.send("order.place", request_id=number, **ORDER)
            replies = [await client.reply() for _ in range(60)]
            assert [one["request_id"] for one in replies] == list(range(60))
        assert most <= 3


def test_exactly_once_over_either_transport():
    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client, rest(hall) as http:
            named = {**ORDER, "client_order_id": "c-1"}
            first = await http.post("/orders", json=named)
            again = await client.ask("order.place", **named)
            assert (again["result"], again["replayed"]) == (first.json(), True)
            reply = await client.ask("order.place", **{**named, "quantity": "2"})
            assert (reply["problem"]["status"], reply["problem"]["code"]) == (409, "key_reused")
            other = await http.post("/orders", json={**named, "quantity": "2"})
            assert other.json() == reply["problem"]
            for _ in range(2):
                placed = await client.ask("order.place", idempotency_key="k-1", **ORDER)
                assert placed["result"]["order_id"] == 2
            assert placed["replayed"]
            for replayed in (False, True):
                canceled = await client.ask("order.cancel", idempotency_key="k-2", order_id=2)
                assert canceled["result"]["status"] == "canceled"
                assert canceled["replayed"] is replayed


def test_copies_that_come_together_are_one_order():
    @told()
    async def _(hall):
        async with hall.listen(ALICE) as one, hall.listen(ALICE) as other:
            named = {**ORDER, "client_order_id": "same"}
            for client in (one, other, one, other):
                await client.send("order.place", **named)
            replies = [await client.reply() for client in (one, other, one, other)]
            assert {reply["result"]["order_id"] for reply in replies} == {1}
            assert sum(not reply["replayed"] for reply in replies) == 1


def test_the_rate_is_the_accounts_and_cancels_are_never_refused():
    @told(rate_limit=60)
    async def _(hall):
        async with hall.listen(ALICE) as client, rest(hall) as http:
            await client.result("order.place", **ORDER)
            hall.venue.limits.take("alice", 58.0)
            assert (await http.get("/account")).status_code == 200
            problem = (await client.ask("order.place", **ORDER))["problem"]
            assert (problem["status"], problem["code"]) == (429, "rate_limited")
            assert problem["retry_after"] >= 1
            assert await client.refusal("subscribe", channel="executions") == (429, "rate_limited")
            assert (await client.result("order.cancel", order_id=1))["status"] == "canceled"
            assert await client.result("orders.cancel_all") == {"canceled": []}
            await client.result("cancel_after", timeout_s=0)
            assert await client.result("ping") == {}


def test_one_that_left_has_its_orders_placed_all_the_same():
    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client:
            for _ in range(50):
                await client.send("order.place", **ORDER)
            client.socket.transport.close()
        await until(lambda: len(hall.open_orders("alice")) == 50)
