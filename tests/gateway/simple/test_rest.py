"""The simple API over HTTP, line by line of its contract, on a real socket."""

import asyncio
import json

from openoutcry.gateway.guard import Auth
from openoutcry.gateway.simple import listing
from openoutcry.model.commands import CancelOrder, EnterOrder, Listing
from openoutcry.model.order import Door, OrderType, Side
from tests.gateway.simple.desk import KEY, READ_KEY, open_desk

TOP = 64 * 1024


def told(folder, **settings):
    """Return a decorator that runs a story on a desk of its own."""

    def run(story):
        async def whole():
            async with open_desk(folder, **settings) as desk:
                await story(desk)

        asyncio.run(whole())

    return run


def problem(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["x-sequence"]) > 0
    body = answer.json()
    assert list(body)[:5] == ["type", "title", "status", "code", "detail"]
    assert body["status"] == status
    return body


def test_an_order_is_placed_read_listed_and_canceled(tmp_path):
    @told(tmp_path)
    async def _(desk):
        assert (await desk.http.get("/orders")).json() == []
        placed = await desk.place("AAPL", 10)
        order = placed.json()
        assert placed.status_code == 201
        assert placed.headers["location"] == "/orders/1"
        assert placed.headers["x-sequence"] == str(desk.venue.sequencer.durable)
        assert order == {
            "id": 1,
            "order_id": 1,
            "stocks": "AAPL",
            "quantity": 10,
            "status": "PENDING",
            "filled_quantity": 0,
            "average_price": None,
            "created_at": order["created_at"],
            "updated_at": order["created_at"],
        }
        assert (await desk.http.get("/orders/1")).json() == order
        assert (await desk.http.get("/orders")).json() == [order]
        canceled = await desk.http.delete("/orders/1")
        assert (canceled.status_code, canceled.content) == (204, b"")
        after = (await desk.http.get("/orders/1")).json()
        assert after["status"] == "CANCELLED"
        assert (await desk.http.get("/orders")).json() == [after]
        assert int(canceled.headers["x-sequence"]) == desk.venue.sequencer.durable


def test_every_path_answers_with_a_trailing_slash_too(tmp_path):
    @told(tmp_path)
    async def _(desk):
        body = b'{"stocks": "AAPL", "quantity": 1}'
        assert (await desk.http.post("/orders/", content=body)).status_code == 201
        assert (await desk.http.get("/orders/")).status_code == 200
        assert (await desk.http.get("/orders/1/")).status_code == 200
        assert (await desk.http.delete("/orders/1/")).status_code == 204


def test_with_no_delay_and_a_seller_the_answer_is_still_pending(tmp_path):
    @told(tmp_path, delay=0)
    async def _(desk):
        await desk.place("AAPL", 1)
        await desk.sell("AAPL", 11, 101_00)
        placed = await desk.place("AAPL", 10)
        assert placed.json()["status"] == "PENDING"
        # The moment of the acceptance, so that resuming from it hears of the execution.
        assert int(placed.headers["x-sequence"]) < desk.venue.sequencer.durable
        order = (await desk.http.get(placed.headers["location"])).json()
        assert order["status"] == "EXECUTED"
        assert order["filled_quantity"] == 10
        assert order["average_price"] == "101.00"
        problem(await desk.http.delete(placed.headers["location"]), 409, "too_late")


def test_a_cancel_is_idempotent_and_keeps_what_was_filled(tmp_path):
    @told(tmp_path, delay=0)
    async def _(desk):
        await desk.place("AAPL", 10)
        await desk.sell("AAPL", 4, 100_00)
        first, second = await desk.http.delete("/orders/1"), await desk.http.delete("/orders/1")
        assert (first.status_code, second.status_code) == (204, 204)
        order = (await desk.http.get("/orders/1")).json()
        assert (order["status"], order["filled_quantity"]) == ("CANCELLED", 4)


def test_cancels_that_race_are_all_answered(tmp_path):
    @told(tmp_path)
    async def _(desk):
        await desk.place()
        answers = await asyncio.gather(*(desk.http.delete("/orders/1") for _ in range(20)))
        assert {answer.status_code for answer in answers} == {204}


def test_an_id_that_names_no_order_is_unknown_and_nothing_is_submitted(tmp_path):
    ids = ("abc", "-1", "0", "1.0", "99999999999999999999", "7", "%F0%9F%9A%80", "1%20", "01")

    @told(tmp_path)
    async def _(desk):
        await desk.place()
        before = desk.venue.sequencer.durable
        for order_id in ids:
            for method in ("GET", "DELETE"):
                for path in (f"/orders/{order_id}", f"/orders/{order_id}/"):
                    problem(await desk.http.request(method, path), 404, "unknown_order")
        assert desk.venue.sequencer.durable == before


def test_orders_of_others_and_of_other_doors_are_unknown(tmp_path):
    @told(tmp_path)
    async def _(desk):
        key = {"authorization": f"Bearer {KEY}"}
        assert (await desk.place("AAPL", 1, **key)).json()["id"] == 1
        native = await desk.submit(
            EnterOrder(
                account_id="demo",
                symbol="AAPL",
                side=Side.BUY,
                type=OrderType.LIMIT,
                quantity=1,
                price=1,
            )
        )
        assert native.record.events[0].reason.value == "insufficient_funds"
        await desk.sell("AAPL", 1, 200_00)
        before = desk.venue.sequencer.durable
        for path in ("/orders/1", "/orders/2"):
            problem(await desk.http.get(path), 404, "unknown_order")
            problem(await desk.http.delete(path), 404, "unknown_order")
        await desk.submit(CancelOrder(account_id="seller", order_id=2))
        problem(await desk.http.get("/orders/2", headers=key), 404, "unknown_order")
        assert (await desk.http.get("/orders")).json() == []
        assert len((await desk.http.get("/orders", headers=key)).json()) == 1
        assert desk.venue.sequencer.durable == before + 1


def test_a_wrong_method_is_told_the_right_ones(tmp_path):
    orders, order = "GET, HEAD, OPTIONS, POST", "DELETE, GET, HEAD, OPTIONS"

    @told(tmp_path)
    async def _(desk):
        for method, path, allowed in (
            ("PUT", "/orders", orders),
            ("DELETE", "/orders", orders),
            ("DELETE", "/orders/", orders),
            ("PURGE", "/orders/", orders),
            ("POST", "/orders/1", order),
            ("PATCH", "/orders/1/", order),
        ):
            answer = await desk.http.request(method, path)
            problem(answer, 405, "method_not_allowed")
            assert answer.headers["allow"] == allowed
            asked = await desk.http.options(path)
            assert (asked.status_code, asked.headers["allow"]) == (204, allowed)


def test_head_is_get_without_the_body(tmp_path):
    @told(tmp_path)
    async def _(desk):
        await desk.place()
        for path in ("/orders", "/orders/1"):
            got, head = await desk.http.get(path), await desk.http.head(path)
            assert head.content == b""
            assert head.headers["content-length"] == str(len(got.content))
            assert head.headers["x-sequence"] == got.headers["x-sequence"]


def test_a_body_of_64_kib_is_taken_and_a_longer_one_refused_unread(tmp_path):
    @told(tmp_path)
    async def _(desk):
        body = b'{"stocks": "AAPL", "quantity": 1}'
        assert (await desk.http.post("/orders", content=body.ljust(TOP))).status_code == 201
        for size in (TOP + 1, 4 * TOP, 64 * TOP):
            answer = await desk.http.post("/orders", content=body.ljust(size))
            problem(answer, 413, "body_too_large")

        async def chunks():
            for _ in range(8):
                yield b" " * (TOP // 4)

        problem(await desk.http.post("/orders", content=chunks()), 413, "body_too_large")
        assert len((await desk.http.get("/orders")).json()) == 1


def test_the_content_type_does_not_matter(tmp_path):
    @told(tmp_path)
    async def _(desk):
        for content_type in ("text/plain", "application/x-www-form-urlencoded", "nonsense", ""):
            placed = await desk.place(**{"content-type": content_type})
            assert placed.status_code == 201


def test_with_listing_closed_an_unknown_symbol_is_refused(tmp_path):
    @told(tmp_path, listing=Listing.CLOSED)
    async def _(desk):
        body = problem(await desk.place("NEWCO"), 400, "unknown_instrument")
        assert body["detail"].startswith("NEWCO: ")
        assert (await desk.http.get("/orders")).json() == []


# Idempotency-Key.


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


# Lists.


def test_a_list_is_selected_by_status_limit_and_after(tmp_path):
    @told(tmp_path, delay=0)
    async def _(desk):
        for _ in range(5):
            await desk.place("AAPL", 1)
        await desk.http.delete("/orders/2")
        await desk.sell("AAPL", 1, 100_00)

        async def ids(query):
            return [order["id"] for order in (await desk.http.get(f"/orders{query}")).json()]

        assert await ids("") == await ids("?") == [1, 2, 3, 4, 5]
        assert await ids("?status=PENDING") == [3, 4, 5]
        assert await ids("?status=CANCELLED") == [2]
        assert await ids("?status=EXECUTED") == [1]
        assert await ids("?limit=2") == [1, 2]
        assert await ids("?after=3") == [4, 5]
        assert await ids("?after=3&limit=1&status=PENDING") == [4]
        assert await ids("?after=999999") == []


BAD_SELECTIONS = (
    ("status=pending", "invalid_value"),
    ("status=", "invalid_value"),
    ("status=NEW", "invalid_value"),
    ("limit=0", "invalid_value"),
    ("limit=1001", "invalid_value"),
    ("limit=-1", "invalid_value"),
    ("limit=1.0", "invalid_value"),
    ("limit=abc", "invalid_value"),
    ("limit", "invalid_value"),
    ("limit=%EF%BC%91", "invalid_value"),
    ("after=0", "invalid_value"),
    ("after=-1", "invalid_value"),
    ("after=99999999999999999999", "invalid_value"),
    ("after=%FF", "invalid_value"),
    ("symbol=AAPL", "unknown_property"),
    ("%FF=1", "invalid_value"),
    ("limit=1&limit=1", "repeated_property"),
    ("Limit=1", "unknown_property"),
)


def test_a_bad_selection_is_refused(tmp_path):
    @told(tmp_path)
    async def _(desk):
        for query, code in BAD_SELECTIONS:
            problem(await desk.http.get(f"/orders?{query}"), 400, code)


def test_a_list_holds_what_was_answered_before_it_was_asked_for(tmp_path):
    @told(tmp_path)
    async def _(desk):
        for count in range(1, 21):
            placed = await desk.place()
            listed = await desk.http.get("/orders")
            assert len(listed.json()) == count
            assert int(listed.headers["x-sequence"]) >= int(placed.headers["x-sequence"])


def test_a_long_list_is_streamed_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(listing, "EXACT_MAX", 25)
    monkeypatch.setattr(listing, "PAGE", 10)

    @told(tmp_path)
    async def _(desk):
        for count in (25, 26, 36, 45, 46, 47):
            while len(listed := (await desk.http.get("/orders")).json()) < count:
                missing = count - len(listed)
                await asyncio.gather(*(desk.place("AAPL", 1) for _ in range(missing)))
            answer = await desk.http.get("/orders")
            assert [order["id"] for order in answer.json()] == list(range(1, count + 1))
            assert ("content-length" in answer.headers) == (count <= 25)
            assert int(answer.headers["x-sequence"]) == desk.venue.sequencer.durable
        head = await desk.http.head("/orders")
        assert (head.status_code, head.content) == (200, b"")


# Keys.


def test_with_keys_needed_every_call_needs_one(tmp_path):
    @told(tmp_path, auth=Auth.KEYS)
    async def _(desk):
        for method, path in (
            ("GET", "/orders"),
            ("POST", "/orders"),
            ("GET", "/orders/1"),
            ("DELETE", "/orders/1"),
        ):
            problem(await desk.http.request(method, path), 401, "unauthenticated")
            wrong = {"authorization": "Bearer trader-key.wrong"}
            answer = await desk.http.request(method, path, headers=wrong)
            problem(answer, 401, "unauthenticated")


def test_a_key_that_reads_may_not_trade(tmp_path):
    @told(tmp_path)
    async def _(desk):
        trader = {"authorization": f"Bearer {KEY}"}
        reader = {"authorization": f"Bearer {READ_KEY}"}
        assert (await desk.place(**trader)).status_code == 201
        assert len((await desk.http.get("/orders", headers=reader)).json()) == 1
        assert (await desk.http.get("/orders/1", headers=reader)).status_code == 200
        problem(await desk.place(**reader), 403, "not_permitted")
        problem(await desk.http.delete("/orders/1", headers=reader), 403, "not_permitted")


def test_a_keys_account_is_not_topped_up_and_the_demo_account_is(tmp_path):
    @told(tmp_path, delay=0)
    async def _(desk):
        trader = {"authorization": f"Bearer {KEY}"}
        for headers, status in ((trader, "CANCELLED"), ({}, "PENDING")):
            placed = await desk.place("AAPL", 10**9, **headers)
            assert placed.json()["status"] == "PENDING"
            order = (await desk.http.get(placed.headers["location"], headers=headers)).json()
            assert order["status"] == status


# Trouble.


def test_a_venue_that_does_not_run_says_so(tmp_path):
    @told(tmp_path)
    async def _(desk):
        await desk.place()
        await desk.venue.sequencer.stop()
        assert (await desk.http.get("/orders/1")).status_code == 200
        answer = await desk.place()
        problem(answer, 503, "not_ready")
        assert answer.headers["retry-after"] == "1"
        problem(await desk.http.delete("/orders/1"), 503, "not_ready")


def test_a_client_that_vanishes_disturbs_nobody(tmp_path):
    @told(tmp_path)
    async def _(desk):
        host, port = desk.url.removeprefix("http://").split(":")
        body = json.dumps({"stocks": "AAPL", "quantity": 1}).encode()
        head = b"POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
        for sent in (head % len(body) + body, head % len(body) + body[:5], head % 10):
            _, writer = await asyncio.open_connection(host, port)
            writer.write(sent)
            await writer.drain()
            writer.transport.abort()
        assert (await desk.place()).status_code == 201
