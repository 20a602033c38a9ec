"""Every type against every field, and against every time in force: the protocol's table, sent.

The tables here are written from the protocol, not from the code. Each line sends a plain order of a
type with one thing more, or less, and looks at the code of the answer.
"""

import pytest

from tests.gateway.native.floor import open_floor

# What each type cannot do without, with values that make sense while the book is 49.00 to 51.00.
TYPES = {
    "limit": {"price": "40.00"},
    "market": {},
    "market_to_limit": {},
    "stop": {"stop_price": "60.00"},
    "stop_limit": {"stop_price": "60.00", "price": "61.00"},
    "trailing_stop": {"trail": "5.00"},
    "pegged": {"peg": "bid"},
}
# A value that makes sense, what must stand beside it, and the types that take it.
FIELDS = {
    "price": ("40.00", {}, {"limit", "stop_limit", "pegged"}),
    "client_order_id": ("mine", {}, set(TYPES)),
    "post_only": ("reject", {}, {"limit"}),
    "reduce_only": (True, {}, set(TYPES)),
    "display_quantity": ("1", {}, {"limit"}),
    "minimum_quantity": (
        "1", {"time_in_force": "ioc"}, {"limit", "market", "market_to_limit"},
    ),
    "stop_price": ("60.00", {}, {"stop", "stop_limit"}),
    "trigger": ("last", {}, {"stop", "stop_limit"}),
    "trail": ("5.00", {}, {"trailing_stop"}),
    "activation_price": ("40.00", {}, {"trailing_stop"}),
    "peg": ("bid", {}, {"pegged"}),
    "peg_offset": ("0", {}, {"pegged"}),
    "stp": ("cancel_oldest", {}, set(TYPES)),
    "expires_at": (
        "2199-01-01T00:00:00Z", {"time_in_force": "gtd"}, set(TYPES) - {"market"},
    ),
}  # fmt: skip
LASTING = {"gtc", "day", "gtd"}
TIMES_IN_FORCE = {
    "limit": {*LASTING, "ioc", "fok", "cls"},
    "market": {"ioc", "fok", "cls"},
    "market_to_limit": {*LASTING, "ioc", "fok", "cls"},
    "stop": LASTING,
    "stop_limit": LASTING,
    "trailing_stop": LASTING,
    "pegged": LASTING,
}
"""While trading is continuous; `opg` is refused before this is looked at."""
OF_A_LIMIT = {
    "display_quantity": ("1", LASTING),
    "post_only": ("slide", LASTING),
    "minimum_quantity": ("1", {"ioc"}),
    "reduce_only": (True, {*LASTING, "ioc", "fok", "cls"}),
}
"""What a limit order may have by its time in force."""


@pytest.fixture(scope="module")
def floor():
    with open_floor() as opened:
        opened.alice.rest("sell", 5, "50.00")
        opened.bob.rest("sell", 5, "51.00")  # So that there is a position, and a book to follow.
        opened.alice.enter("market", quantity=3, time_in_force="ioc")
        opened.bob.rest("buy", 5, "50.00")
        opened.alice.rest("buy", 500, "49.00")
        yield opened


@pytest.fixture
def bob(floor):
    yield floor.bob
    floor.bob.call("DELETE", "/orders")


def code_of(answer):
    return "accepted" if answer.status_code == 201 else answer.json()["code"]


def sell(bob, kind, **terms):
    """Sell, which may reduce: the prices are turned round."""
    turned = {"60.00": "40.00", "61.00": "39.00", "40.00": "60.00"}
    return bob.send(kind, "sell", **{name: turned.get(v, v) for name, v in terms.items()})


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("kind", TYPES)
def test_a_type_takes_the_fields_of_its_own_and_no_others(bob, kind, field):
    value, beside, takers = FIELDS[field]
    if field == "client_order_id":
        value = f"mine-{kind}"
    send = sell if field == "reduce_only" else type(bob).send
    answer = send(bob, kind, **{**TYPES[kind], field: value, **beside})
    expected = "accepted" if kind in takers else "not_allowed_combination"
    assert code_of(answer) == expected
    assert answer.status_code == (201 if kind in takers else 422)
    if kind in takers and field != "time_in_force":
        shown = answer.json()[field]
        assert shown not in (None, False)


@pytest.mark.parametrize("time_in_force", ["gtc", "day", "gtd", "ioc", "fok", "opg", "cls"])
@pytest.mark.parametrize("kind", TYPES)
def test_a_type_takes_its_times_in_force(bob, kind, time_in_force):
    end = {"expires_at": "2199-01-01T00:00:00Z"} if time_in_force == "gtd" else {}
    answer = bob.send(kind, **TYPES[kind], time_in_force=time_in_force, **end)
    if time_in_force == "opg":
        expected = "phase_forbids"
    elif time_in_force in TIMES_IN_FORCE[kind]:
        expected = "accepted"
    else:
        expected = "not_allowed_combination"
    assert code_of(answer) == expected


@pytest.mark.parametrize("time_in_force", ["gtc", "day", "gtd", "ioc", "fok", "cls"])
@pytest.mark.parametrize("field", OF_A_LIMIT)
def test_a_limit_order_takes_terms_by_its_time_in_force(bob, field, time_in_force):
    value, times = OF_A_LIMIT[field]
    end = {"expires_at": "2199-01-01T00:00:00Z"} if time_in_force == "gtd" else {}
    terms = {"price": "52.00", "time_in_force": time_in_force, field: value, **end}
    expected = "accepted" if time_in_force in times else "not_allowed_combination"
    assert code_of(bob.send("limit", "sell", **terms)) == expected


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, needed in TYPES.items() for name in needed]
)
@pytest.mark.parametrize("sent", ["absent", "null"])
def test_what_a_type_needs_is_missed(bob, kind, name, sent):
    terms = {key: value for key, value in TYPES[kind].items() if key != name}
    answer = bob.send(kind, **terms, **({name: None} if sent == "null" else {}))
    assert (answer.status_code, code_of(answer)) == (400, "missing_property")
    assert name in answer.json()["detail"]


@pytest.mark.parametrize("name", ["symbol", "side", "type", "quantity"])
def test_what_every_order_needs_is_missed_before_anything_else(bob, name):
    body = {"symbol": "NONE", "side": "up", "type": "stop", "quantity": "x", "color": 1}
    del body[name]
    answer = bob.call("POST", "/orders", body)
    assert (answer.status_code, code_of(answer)) == (400, "missing_property")
    assert answer.json()["detail"].startswith(f"missing property: {name};")


def test_an_order_until_a_time_says_which(bob):
    answer = bob.send("limit", price="40.00", time_in_force="gtd")
    assert (answer.status_code, code_of(answer)) == (400, "missing_property")
    past = bob.send("limit", price="40.00", time_in_force="gtd", expires_at="2020-01-01T00:00:00Z")
    assert (past.status_code, code_of(past)) == (422, "not_allowed_combination")


def test_a_trailing_stop_has_one_trail(bob):
    assert code_of(bob.send("trailing_stop")) == "missing_property"
    assert bob.send("trailing_stop", trail_bps=100).json()["trail_bps"] == 100
    both = bob.send("trailing_stop", trail="1.00", trail_bps=100)
    assert (both.status_code, code_of(both)) == (422, "not_allowed_combination")


def test_absent_and_null_are_the_same(bob):
    nulls = dict.fromkeys((*FIELDS, "time_in_force", "trail_bps"))
    order = bob.send("limit", **{**nulls, "price": "40.00"})
    plain = bob.send("limit", price="40.00")
    differ = {"order_id", "sequence", "created_at", "updated_at"}
    kept = [{k: v for k, v in o.json().items() if k not in differ} for o in (order, plain)]
    assert kept[0] == kept[1]
    assert bob.send("limit", price="40.00", reduce_only=False).status_code == 201


MALFORMED = [
    ("limit", {"display_quantity": "0"}, "invalid_value"),
    ("limit", {"display_quantity": 1}, "invalid_type"),
    ("limit", {"reduce_only": "true"}, "invalid_type"),
    ("limit", {"reduce_only": 1}, "invalid_type"),
    ("limit", {"post_only": True}, "invalid_type"),
    ("limit", {"post_only": "maybe"}, "invalid_value"),
    ("limit", {"stp": "none"}, "invalid_value"),
    ("limit", {"expires_at": "tomorrow"}, "invalid_value"),
    ("limit", {"expires_at": "2199-01-01T00:00:00"}, "invalid_value"),
    ("limit", {"minimum_quantity": "-1"}, "invalid_value"),
    ("stop", {"stop_price": "0"}, "invalid_value"),
    ("stop", {"stop_price": "1e2"}, "invalid_value"),
    ("stop", {"trigger": "first"}, "invalid_value"),
    ("trailing_stop", {"trail": "-1.00"}, "invalid_value"),
    ("trailing_stop", {"trail_bps": 0}, "invalid_value"),
    ("trailing_stop", {"trail_bps": 10_001}, "invalid_value"),
    ("trailing_stop", {"trail_bps": "100"}, "invalid_type"),
    ("trailing_stop", {"trail_bps": 1.5}, "invalid_type"),
    ("trailing_stop", {"trail_bps": True}, "invalid_type"),
    ("trailing_stop", {"activation_price": "0"}, "invalid_value"),
    ("pegged", {"peg": "last"}, "invalid_value"),
    ("pegged", {"peg_offset": "+1"}, "invalid_value"),
    ("limit", {"stop": "1"}, "unknown_property"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "terms", "code"), MALFORMED, ids=[str(m[1]) for m in MALFORMED])
def test_a_term_that_makes_no_sense_is_a_400(bob, kind, terms, code):
    before = bob.call("GET", "/account").headers["x-sequence"]
    answer = bob.send(kind, **{**TYPES[kind], **terms})
    assert (answer.status_code, code_of(answer)) == (400, code)
    assert next(iter(terms)) in answer.json()["detail"]
    assert bob.call("GET", "/account").headers["x-sequence"] == before


OFF_GRID = [
    ("stop", {"stop_price": "60.005"}, "price_increment"),
    ("trailing_stop", {"trail": "1.001"}, "price_increment"),
    ("trailing_stop", {"activation_price": "60.001"}, "price_increment"),
    ("pegged", {"peg_offset": "-0.001"}, "price_increment"),
    ("limit", {"display_quantity": "0.5"}, "quantity_increment"),
    ("limit", {"minimum_quantity": "0.5", "time_in_force": "ioc"}, "quantity_increment"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "terms", "code"), OFF_GRID, ids=[str(m[1]) for m in OFF_GRID])
def test_a_term_off_the_grid_is_refused_by_the_market(bob, kind, terms, code):
    answer = bob.send(kind, **{**TYPES[kind], **terms})
    assert (answer.status_code, code_of(answer)) == (422, code)
    grid = {"price_increment": "0.01", "quantity_increment": "1"}
    assert answer.json()["allowed"] == {code: grid[code]}
