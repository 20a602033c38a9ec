"""The simple API over HTTP: what may be sent again, and what is journaled of who sent it."""

import asyncio

from openoutcry.model.commands import Listing
from openoutcry.model.order import Door
from tests.gateway.simple.answers import problem
from tests.gateway.simple.desk import KEY, told


def test_the_same_key_with_the_same_order_gets_the_first_answer_again(tmp_path):
    @told(tmp_path, delay=0)
    async def _(desk):
        first = await desk.place(**{"Idempotency-Key": "k-1"})
        await desk.sell("AAPL", 10, 100_00)
        other = b'{"quantity":10,  "stocks":"AAPL"}'
        headers = {"Idempotency-Key": "k-1"}
        again = await desk.http.post("/orders/", content=other, headers=headers)
        assert (again.status_code, again.content) == (201, first.content)
        assert "idempotency-replayed" not in first.headers
        assert again.headers["idempotency-replayed"] == "true"
        for name in ("location", "x-sequence"):
            assert again.headers[name] == first.headers[name]
        assert len((await desk.http.get("/orders")).json()) == 1


def test_the_same_key_with_another_order_conflicts_but_not_for_another_account(tmp_path):
    @told(tmp_path)
    async def _(desk):
        key = {"Idempotency-Key": "k-1"}
        assert (await desk.place("AAPL", 10, **key)).status_code == 201
        problem(await desk.place("AAPL", 11, **key), 409, "key_reused")
        problem(await desk.place("MSFT", 10, **key), 409, "key_reused")
        trader = {"authorization": f"Bearer {KEY}"}
        assert (await desk.place("AAPL", 11, **key, **trader)).status_code == 201


def test_copies_at_the_same_time_make_one_order(tmp_path):
    @told(tmp_path)
    async def _(desk):
        calls = (desk.place(**{"Idempotency-Key": "k"}) for _ in range(20))
        answers = await asyncio.gather(*calls)
        assert len({answer.content for answer in answers}) == 1
        assert len((await desk.http.get("/orders")).json()) == 1


def test_a_400_is_not_remembered(tmp_path):
    @told(tmp_path, listing=Listing.CLOSED)
    async def _(desk):
        key = {"Idempotency-Key": "k"}
        first, again = await desk.place("NEWCO", **key), await desk.place("NEWCO", **key)
        problem(again, 400, "unknown_instrument")
        assert int(again.headers["x-sequence"]) > int(first.headers["x-sequence"])
        assert "idempotency-replayed" not in again.headers


def test_a_senseless_key_is_refused(tmp_path):
    @told(tmp_path)
    async def _(desk):
        for key in (b"", b"a b", b"x" * 256, b"\xe9", b"a\tb"):
            answer = await desk.http.post(
                "/orders",
                content=b'{"stocks": "AAPL", "quantity": 1}',
                headers=[(b"Idempotency-Key", key)],
            )
            problem(answer, 400, "invalid_value")
        assert (await desk.http.get("/orders")).json() == []


def test_two_keys_are_refused_and_255_characters_are_taken(tmp_path):
    @told(tmp_path)
    async def _(desk):
        body = b'{"stocks": "AAPL", "quantity": 1}'
        two = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
        problem(await desk.http.post("/orders", content=body, headers=two), 400, "invalid_value")
        assert (await desk.place(**{"Idempotency-Key": "~" * 255})).status_code == 201


def test_a_request_id_is_journaled_when_it_makes_sense(tmp_path):
    @told(tmp_path)
    async def _(desk):
        for text in ("req-1", "x" * 65):
            await desk.place(**{"x-request-id": text})
        records = desk.venue.sequencer.read(0, 100)
        entries = [record.entry for record in records if record.entry.door is Door.SIMPLE]
        assert [entry.request_id for entry in entries] == ["req-1", None]
        assert {entry.actor for entry in entries} == {"demo"}
