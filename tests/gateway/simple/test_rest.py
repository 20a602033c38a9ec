"""The simple API over HTTP, by its contract: placing, reading and canceling an order."""

import asyncio
import json

from openoutcry.model.commands import CancelOrder, EnterOrder, Listing
from openoutcry.model.order import OrderType, Side
from tests.gateway.simple.answers import problem
from tests.gateway.simple.desk import KEY, told

TOP = 64 * 1024


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
