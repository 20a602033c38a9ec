"""Candles, tickers and what an account was worth, over HTTP."""

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from openoutcry.marketdata.candles import INTERVALS
from tests.gateway.native.floor import open_floor


def buy(floor, quantity, price):
    floor.alice.rest("sell", quantity, price)
    return floor.bob.rest("buy", quantity, price)


def moment(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("interval", INTERVALS)
def test_a_candle_is_what_traded_in_its_interval(floor, interval):
    bought = [buy(floor, *one) for one in ((2, "50.00"), (1, "51.50"), (3, "49.00"), (1, "50.25"))]
    page = floor.bob.get(f"/candles/XYZ?interval={interval}")
    assert page["next"] is None
    candles = page["items"]
    assert sum(candle["trades"] for candle in candles) == 4
    assert sum(int(candle["volume"]) for candle in candles) == 7
    assert candles[0]["open"] == "50.00"
    assert candles[-1]["close"] == "50.25"
    assert max(candle["high"] for candle in candles) == "51.50"
    assert min(candle["low"] for candle in candles) == "49.00"
    length = timedelta(microseconds=INTERVALS[interval] // 1000)
    first = moment(candles[0]["start"])
    assert first <= moment(bought[0]["created_at"]) < first + length
    assert (first - datetime(1970, 1, 1, tzinfo=UTC)) % length == timedelta(0)


def test_no_candle_where_nothing_traded(floor):
    assert floor.bob.get("/candles/XYZ?interval=1d") == {"items": [], "next": None}
    assert floor.bob.get("/candles/XYZ")["items"] == []


def test_candles_page_oldest_first(floor):
    seconds = set()
    while len(seconds) < 3:
        seconds.add(buy(floor, 1, "50.00")["created_at"][:19])
        floor.bob.get("/candles/XYZ?interval=1s")
    every = floor.bob.get("/candles/XYZ?interval=1s")["items"]
    assert [candle["start"][:19] for candle in every] == sorted(seconds)
    found, query = [], "interval=1s&limit=1"
    while query:
        page = floor.bob.get(f"/candles/XYZ?{query}")
        assert len(page["items"]) == 1
        found += page["items"]
        query = f"interval=1s&limit=1&cursor={page['next']}" if page["next"] else None
    assert found == every
    chosen = f"interval=1s&start={every[1]['start']}&end={every[1]['start']}"
    assert floor.bob.get(f"/candles/XYZ?{chosen}")["items"] == [every[1]]


@pytest.mark.parametrize(
    "query",
    ["interval=2m", "interval=", "start=yesterday", "end=1", "limit=0", "cursor=zzz", "as_of=3"],
)
def test_what_makes_no_sense_is_a_400(floor, query):
    for path in ("/candles/XYZ", "/equity"):
        assert floor.bob.call("GET", f"{path}?{query}").status_code == 400


def test_candles_of_what_was_never_listed_are_not_there(floor):
    answer = floor.bob.call("GET", "/candles/NONE")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_instrument")


def test_a_busted_trade_is_taken_out(floor):
    buy(floor, 2, "50.00")
    trade_id = buy(floor, 1, "59.00") and floor.bob.get("/fills")["items"][0]["trade_id"]
    answer = floor.admin("POST", f"/trades/{trade_id}/bust", {"reason": "fat finger"})
    assert answer.status_code == 200, answer.text
    for interval in INTERVALS:
        candles = floor.bob.get(f"/candles/XYZ?interval={interval}")["items"]
        assert [candle["high"] for candle in candles] == ["50.00"]
        assert sum(candle["trades"] for candle in candles) == 1
    (ticker,) = floor.bob.get("/ticker?symbols=XYZ")
    assert (ticker["last"], ticker["high"], ticker["volume"]) == ("50.00", "50.00", "2")


def test_a_ticker_is_the_best_quotes_and_the_day(floor):
    buy(floor, 2, "50.00")
    buy(floor, 3, "51.00")
    floor.alice.rest("sell", 4, "52.00")
    floor.bob.rest("buy", 5, "49.50")
    answer = floor.bob.call("GET", "/ticker?symbols=XYZ")
    (ticker,) = answer.json()
    at = ticker.pop("at")
    assert abs(moment(at).timestamp() - time.time()) < 60
    assert ticker.pop("sequence") == int(answer.headers["x-sequence"])
    assert ticker == {
        "symbol": "XYZ", "bid": "49.50", "bid_quantity": "5", "ask": "52.00", "ask_quantity": "4",
        "last": "51.00", "last_quantity": "3", "open": "50.00", "high": "51.00", "low": "50.00",
        "volume": "5", "change": "1.00",
    }  # fmt: skip


def test_a_ticker_of_nothing_is_null_but_its_volume(floor):
    (ticker,) = floor.bob.get("/ticker?symbols=EUR/USD")
    assert {name: value for name, value in ticker.items() if value is not None} == {
        "symbol": "EUR/USD", "volume": "0", "at": ticker["at"], "sequence": ticker["sequence"],
    }  # fmt: skip


def test_tickers_come_in_the_order_asked_for_and_without_symbols_all(floor):
    found = floor.bob.get("/ticker?symbols=XYZ,AAPL")
    assert [ticker["symbol"] for ticker in found] == ["XYZ", "AAPL"]
    every = floor.bob.get("/ticker")
    listed = [instrument["symbol"] for instrument in floor.bob.get("/instruments")]
    assert [ticker["symbol"] for ticker in every] == listed
    for query, status in (("symbols=XYZ,NONE", 404), ("symbols=", 400), ("depth=1", 400)):
        assert floor.bob.call("GET", f"/ticker?{query}").status_code == status
    many = ",".join(["XYZ"] * 201)
    assert floor.bob.call("GET", f"/ticker?symbols={many}").status_code == 400


def test_equity_has_no_points_before_the_first_interval_has_ended(floor):
    page = floor.bob.get("/equity?interval=1d")
    assert page == {"items": [], "next": None}


def test_equity_is_sampled_at_the_ends_of_intervals(monkeypatch):
    with open_floor() as floor:
        venue = floor.client.app.state.venue
        buy(floor, 10, "50.00")
        spent = floor.bob.get("/account")
        now = venue.sequencer.clock.now
        # Nothing is sequenced later; only the question is asked three hours from now.
        monkeypatch.setattr(venue.sequencer.clock, "now", lambda: now() + 3 * 3600 * 10**9)
        page = floor.bob.get("/equity?interval=1h")
        assert len(page["items"]) == 3
        assert {(one["equity"], one["cash"]) for one in page["items"]} == {
            (spent["equity"], spent["cash"])
        }
        times = [moment(one["at"]) for one in page["items"]]
        assert [later - before for before, later in pairwise(times)] == [timedelta(hours=1)] * 2
        assert all((one.minute, one.second) == (0, 0) for one in times)
        found, query = [], "interval=1h&limit=2"
        while query:
            part = floor.bob.get(f"/equity?{query}")
            found += part["items"]
            query = f"interval=1h&limit=2&cursor={part['next']}" if part["next"] else None
        assert found == page["items"]
        middle = page["items"][1]["at"]
        chosen = floor.bob.get(f"/equity?interval=1h&start={middle}&end={middle}")
        assert chosen["items"] == [page["items"][1]]
