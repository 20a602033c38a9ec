"""The public market as anybody may read it."""

import pytest
from starlette.testclient import TestClient

from openoutcry.app import create_app
from openoutcry.settings import Settings
from tests.gateway.native.floor import INSTRUMENT


@pytest.fixture(scope="module")
def client():
    settings = Settings(
        _env_file=None,
        data_dir=":memory:",
        simulation="off",
        execution_delay_ms=0,
        admin_key="operator",
        log_level="error",
    )
    with TestClient(create_app(settings)) as opened:
        traded(opened)
        yield opened


def traded(client):
    """Let five small trades happen in EUR/USD, and leave something in the book."""
    operator = {"authorization": "Bearer operator"}
    client.post(
        "/api/v1/admin/accounts/demo/deposits",
        json={"asset": "EUR", "quantity": "1000"},
        headers=operator,
    ).raise_for_status()
    seller = client.post("/api/v1/admin/accounts", json={"name": "seller"}, headers=operator).json()
    path = f"/api/v1/admin/accounts/{seller['account_id']}"
    client.post(f"{path}/deposits", json={"asset": "EUR", "quantity": "100"}, headers=operator)
    key = client.post(f"{path}/keys", json={"permissions": ["trade"]}, headers=operator).json()
    order = {"symbol": "EUR/USD", "type": "limit"}
    headers = {"authorization": f"Bearer {key['key']}"}
    sell = order | {"side": "sell", "quantity": "1", "price": "1.04150"}
    for _ in range(5):
        client.post("/api/v1/orders", json=sell, headers=headers).raise_for_status()
        client.post("/api/v1/orders", json=sell | {"side": "buy"}).raise_for_status()
    for price, quantity in (("1.05", "3"), ("1.06", "4"), ("1.06", "5")):
        terms = {"side": "sell", "quantity": quantity, "price": price}
        client.post("/api/v1/orders", json=order | terms, headers=headers).raise_for_status()
    terms = {"side": "buy", "quantity": "2", "price": "1.00001"}
    client.post("/api/v1/orders", json=order | terms).raise_for_status()


@pytest.mark.parametrize("symbol", ["EUR/USD", "EUR%2FUSD"])
def test_a_book_shows_levels_best_first(client, symbol):
    answer = client.get(f"/api/v1/book/{symbol}")
    assert answer.json() == {
        "symbol": "EUR/USD",
        "sequence": int(answer.headers["x-sequence"]),
        "bids": [["1.00001", "2"]],
        "asks": [["1.05000", "3"], ["1.06000", "9"]],
    }


def test_a_book_is_cut_to_what_was_asked_for(client):
    for query in ("level=1", "depth=1", "level=1&depth=5"):
        assert client.get(f"/api/v1/book/EUR/USD?{query}").json()["asks"] == [["1.05000", "3"]]
    assert client.get("/api/v1/book/AAPL?level=2&depth=1000").json()["asks"] == []


def test_level_3_shows_every_order_in_queue_order(client):
    answer = client.get("/api/v1/book/EUR/USD?level=3")
    book = answer.json()
    assert list(book) == ["symbol", "sequence", "bids", "asks"]
    assert book["sequence"] == int(answer.headers["x-sequence"])
    shown = [(price, quantity) for price, quantity, _ in book["asks"]]
    assert shown == [("1.05000", "3"), ("1.06000", "4"), ("1.06000", "5")]
    ids = [order_id for _, _, order_id in book["asks"]]
    assert ids == sorted(ids)
    assert [line[:2] for line in book["bids"]] == [["1.00001", "2"]]
    best = client.get("/api/v1/book/EUR/USD?level=3&depth=1").json()
    assert best == book | {"asks": book["asks"][:1]}
    assert client.get("/api/v1/book/AAPL?level=3").json()["asks"] == []


@pytest.mark.parametrize("symbol", ["EUR/USD", "EUR%2FUSD"])
def test_outside_of_a_call_an_auction_comes_to_nothing(client, symbol):
    answer = client.get(f"/api/v1/auction/{symbol}")
    assert answer.json() == {
        "symbol": "EUR/USD",
        "phase": "continuous",
        "indicative_price": None,
        "paired_quantity": "0",
        "imbalance": "0",
        "imbalance_side": None,
        "ends_at": None,
        "sequence": int(answer.headers["x-sequence"]),
    }


@pytest.mark.parametrize("symbol", ["EUR/USD", "EUR%2FUSD"])
def test_trades_page_from_the_newest(client, symbol):
    seen, cursor = [], ""
    while cursor is not None:
        page = client.get(f"/api/v1/trades/{symbol}?limit=2{cursor}").json()
        seen += page["items"]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    assert [trade["trade_id"] for trade in seen] == [5, 4, 3, 2, 1]
    sequences = [trade["sequence"] for trade in seen]
    assert sequences == sorted(sequences, reverse=True)
    first = dict(seen[-1])
    assert first.pop("at").endswith("Z")
    first.pop("sequence")
    terms = {"price": "1.04150", "quantity": "1", "side": "buy", "busted": False}
    assert first == {"trade_id": 1} | terms


def test_an_instrument_shows_its_grid_and_limits(client):
    shown = client.get("/api/v1/instruments/BTC/USD").json()
    assert shown == {
        "symbol": "BTC/USD",
        "asset": "BTC",
        "currency": "USD",
        "phase": "continuous",
        "price_increment": "0.01",
        "quantity_increment": "0.0001",
        "minimum_quantity": "0.0001",
        "maximum_quantity": "100000000.0000",
        "minimum_notional": "0",
        "reference_price": "97450.00",
        "protection_bps": 500,
        "collar_bps": None,
        "band_bps": None,
        "maker_fee_bps": "0",
        "taker_fee_bps": "0",
        "shortable": False,
        "calendar": "always",
    }
    assert shown in client.get("/api/v1/instruments").json()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("book/AAPL?level=0", "invalid_value"),
        ("book/AAPL?level=4", "invalid_value"),
        ("book/AAPL?level=3&depth=1001", "invalid_value"),
        ("book/AAPL?level=", "invalid_value"),
        ("book/AAPL?depth=0", "invalid_value"),
        ("book/AAPL?depth=1001", "invalid_value"),
        ("book/AAPL?depth=1.0", "invalid_value"),
        ("book/AAPL?depth=%EF%BC%91", "invalid_value"),
        ("book/AAPL?deep=1", "unknown_property"),
        ("book/AAPL?depth=1&depth=2", "repeated_property"),
        ("trades/AAPL?limit=0", "invalid_value"),
        ("trades/AAPL?limit=501", "invalid_value"),
        ("trades/AAPL?cursor=x", "invalid_value"),
        ("trades/AAPL?cursor=", "invalid_value"),
        ("auction/AAPL?depth=1", "unknown_property"),
        ("instruments?symbol=AAPL", "unknown_property"),
        ("instruments/AAPL?x", "unknown_property"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_named(client, path, code):
    answer = client.get(f"/api/v1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize("call", ["book", "trades", "instruments", "auction"])
@pytest.mark.parametrize("symbol", ["NONE", "aapl", "AAPL/", "%20AAPL", "%FF", "A" * 5000])
def test_a_symbol_never_listed_is_unknown(client, call, symbol):
    answer = client.get(f"/api/v1/{call}/{symbol}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_instrument")


def test_asking_for_a_symbol_wakes_its_market(client):
    attention = client.app.state.venue.attention
    client.get("/api/v1/book/TSLA")
    assert attention.since(0)[0] == "TSLA"
    client.get("/api/v1/instruments")
    client.get("/api/v1/book/NONE")
    assert attention.since(0)[0] == "TSLA"


def test_a_grid_that_is_not_whole_is_refused_in_words_of_its_own(floor):
    grid = {"price_increment": "0.0000001", "quantity_increment": "0.0000001"}
    body = {**INSTRUMENT, **grid, "symbol": "FINE"}
    changed = floor.admin("POST", "/instruments", {**INSTRUMENT, "symbol": "COARSE"})
    assert changed.status_code == 201
    for answer in (
        floor.admin("POST", "/instruments", body),
        floor.admin("PATCH", "/instruments/COARSE", grid),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "price_increment")
        assert "price_increment times quantity_increment" in answer.json()["detail"]
        assert "a whole number of 10**-12" in answer.json()["detail"]
