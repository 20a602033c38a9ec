"""The simple API over HTTP: who may do what with which key, and on whose account."""

from openoutcry.gateway.guard import Auth
from tests.gateway.simple.answers import problem
from tests.gateway.simple.desk import KEY, READ_KEY, told


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
