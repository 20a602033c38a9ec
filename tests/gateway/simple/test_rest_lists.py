"""The simple API over HTTP: lists of orders, short and long, and what may be selected."""

import asyncio

from openoutcry.gateway.simple import listing
from tests.gateway.simple.answers import problem
from tests.gateway.simple.desk import told


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
