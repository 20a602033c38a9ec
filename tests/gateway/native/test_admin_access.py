"""Every call of administration: who may make it, what is malformed, and that it happens once."""

import pytest

from openoutcry.gateway.native.admin.table import ROUTES

NEW = {
    "symbol": "NEW", "price_increment": "0.01", "quantity_increment": "1", "reference_price": "9",
}  # fmt: skip
TIER = {"maker_fee_bps": "-0.5", "taker_fee_bps": "3"}
WRITING = [
    ("POST", "/accounts", {"name": "carol", "cash": "10"}, 201),
    ("PATCH", "/accounts/{bob}", {"name": "Bob"}, 200),
    ("POST", "/accounts/{bob}/reset", {"cash": "5"}, 200),
    ("POST", "/accounts/{bob}/keys", {"permissions": ["read"]}, 201),
    ("POST", "/accounts/{bob}/deposits", {"asset": "USD", "quantity": "1"}, 201),
    ("DELETE", "/keys/{key}", None, 204),
    ("POST", "/instruments", NEW, 201),
    ("PATCH", "/instruments/XYZ", {"shortable": True}, 200),
    ("PUT", "/instruments/XYZ/phase", {"phase": "halted", "reason": "news"}, 200),
    ("DELETE", "/instruments/XYZ", None, 200),
    ("POST", "/trades/1/bust", {"reason": "clearly erroneous"}, 200),
    ("PUT", "/kill-switch", {"account_id": "{bob}", "on": True, "reason": "asked for"}, 200),
    ("PUT", "/tiers/gold", TIER, 200),
]
READING = ["/accounts", "/accounts/{bob}", "/accounts/{bob}/keys", "/instruments"]
MALFORMED = [
    ("POST", "/accounts", {}, "missing_property"),
    ("POST", "/accounts", {"name": "x", "colour": "red"}, "unknown_property"),
    ("POST", "/accounts", {"name": "x", "margin": "2"}, "invalid_type"),
    ("POST", "/accounts", {"name": "x", "margin": 3}, "invalid_value"),
    ("POST", "/accounts", {"name": "x", "stp": "maybe"}, "invalid_value"),
    ("POST", "/accounts", {"name": "x", "stp_group": "a b"}, "invalid_value"),
    ("POST", "/accounts", {"name": "x", "cash": "-1"}, "invalid_value"),
    ("POST", "/accounts", {"name": "x", "limits": {"positions": {"XYZ": 5}}}, "invalid_type"),
    ("POST", "/accounts", {"name": "x", "limits": {"positions": {"XYZ": "-5"}}}, "invalid_value"),
    ("POST", "/accounts", {"name": "x", "limits": {"positions": {" ": "5"}}}, "invalid_value"),
    ("POST", "/accounts", {"name": "x", "limits": {"speed": 5}}, "unknown_property"),
    (
        "POST", "/accounts", {"name": "x", "limits": {"mass_quote": {"quantity": "5"}}},
        "missing_property",
    ),
    (
        "POST", "/accounts",
        {"name": "x", "limits": {"mass_quote": {"quantity": "0", "window_s": 1}}},
        "invalid_value",
    ),
    (
        "POST", "/accounts",
        {"name": "x", "limits": {"mass_quote": {"quantity": "5", "window_s": 0}}},
        "invalid_value",
    ),
    ("PATCH", "/accounts/{bob}", {"cash": "1"}, "unknown_property"),
    ("PATCH", "/accounts/{bob}", {"status": "asleep"}, "invalid_value"),
    ("POST", "/accounts/{bob}/reset", {}, "missing_property"),
    ("POST", "/accounts/{bob}/reset", {"cash": "-1"}, "invalid_value"),
    ("POST", "/accounts/{bob}/keys", {"permissions": []}, "invalid_value"),
    ("POST", "/accounts/{bob}/deposits", {"asset": "USD", "quantity": "0"}, "invalid_value"),
    ("POST", "/instruments", NEW | {"band_bps": 0}, "invalid_value"),
    ("POST", "/instruments", NEW | {"collar_bps": "5"}, "invalid_type"),
    ("POST", "/instruments", NEW | {"shortable": 1}, "invalid_type"),
    ("POST", "/instruments", NEW | {"calendar": "mars"}, "invalid_value"),
    ("POST", "/instruments", NEW | {"phase": "lunch"}, "invalid_value"),
    ("PATCH", "/instruments/XYZ", {"phase": "halted"}, "unknown_property"),
    ("PATCH", "/instruments/XYZ", {"calendar": "mars"}, "invalid_value"),
    ("PUT", "/instruments/XYZ/phase", {}, "missing_property"),
    ("PUT", "/instruments/XYZ/phase", {"phase": "lunch"}, "invalid_value"),
    ("PUT", "/instruments/XYZ/phase", {"phase": "halted", "reason": "x" * 201}, "invalid_value"),
    ("POST", "/trades/1/bust", {"reason": 1}, "invalid_type"),
    ("POST", "/trades/1/bust", {"why": "x"}, "unknown_property"),
    ("PUT", "/kill-switch", {}, "missing_property"),
    ("PUT", "/kill-switch", {"on": "true"}, "invalid_type"),
    ("PUT", "/tiers/gold", {"maker_fee_bps": "1"}, "missing_property"),
    ("PUT", "/tiers/gold", TIER | {"taker_fee_bps": "10000"}, "invalid_value"),
    ("PUT", "/tiers/go%20ld", TIER, "invalid_value"),
]  # fmt: skip
UNKNOWN = [
    ("GET", "/accounts/nobody", None, "unknown_account"),
    ("GET", "/accounts/house", None, "unknown_account"),
    ("PATCH", "/accounts/nobody", {"name": "x"}, "unknown_account"),
    ("POST", "/accounts/nobody/reset", {"cash": "5"}, "unknown_account"),
    ("POST", "/accounts/house/reset", {"cash": "5"}, "unknown_account"),
    ("GET", "/accounts/nobody/keys", None, "unknown_account"),
    ("POST", "/accounts/nobody/keys", {"permissions": ["read"]}, "unknown_account"),
    ("POST", "/accounts/nobody/deposits", {"asset": "USD", "quantity": "1"}, "unknown_account"),
    ("POST", "/accounts", {"name": "x", "tier": "gold"}, "not_found"),
    ("PATCH", "/accounts/{bob}", {"tier": "gold"}, "not_found"),
    ("DELETE", "/keys/none", None, "not_found"),
    ("PATCH", "/instruments/NONE", {"shortable": True}, "unknown_instrument"),
    ("PUT", "/instruments/NONE/phase", {"phase": "halted"}, "unknown_instrument"),
    ("DELETE", "/instruments/NONE", None, "unknown_instrument"),
    ("POST", "/trades/99/bust", {}, "unknown_trade"),
    ("POST", "/trades/abc/bust", {}, "unknown_trade"),
    ("POST", "/trades/-1/bust", {}, "unknown_trade"),
    ("PUT", "/kill-switch", {"account_id": "nobody", "on": True}, "unknown_account"),
]


@pytest.fixture
def busy(floor):
    """A floor with one trade, number 1."""
    floor.alice.rest("sell", 2, "50.00")
    floor.bob.rest("buy", 2, "50.00")
    return floor


def key_id_of(trader):
    return trader.headers["Authorization"].removeprefix("Bearer ").split(".")[0]


def filled_in(floor, path, body=None):
    names = {"{bob}": floor.bob.account_id, "{key}": key_id_of(floor.bob)}
    for name, value in names.items():
        path = path.replace(name, value)
        if body is not None and body.get("account_id") == name:
            body = body | {"account_id": value}
    return path, body


def test_every_route_is_tried_here():
    tried = {(method, path) for method, path, *_ in WRITING}
    tried |= {("GET", path) for path in READING}
    parts = {
        "{bob}": "{account_id}", "{key}": "{key_id}", "XYZ": "{symbol:path}", "/1/": "/{trade_id}/",
        "gold": "{name}",
    }  # fmt: skip
    for part, name in parts.items():
        tried = {(method, path.replace(part, name)) for method, path in tried}
    assert tried == {(method, path.removeprefix("/admin")) for method, path, _ in ROUTES}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [(m, p, b) for m, p, b, _ in WRITING] + [("GET", p, None) for p in READING],
)
def test_a_trader_may_not_and_nobody_needs_a_key(busy, method, path, body):
    path, body = filled_in(busy, path, body)
    before = busy.admin("GET", "/accounts").headers["x-sequence"]
    trader = busy.bob.call(method, f"/admin{path}", body)
    assert (trader.status_code, trader.json()["code"]) == (403, "not_permitted")
    nobody = busy.client.request(method, f"/api/v1/admin{path}", json=body)
    assert (nobody.status_code, nobody.json()["code"]) == (401, "unauthenticated")
    # Whether the body makes sense is nobody's business who may not call.
    assert busy.bob.call(method, f"/admin{path}", {"x": 1}).status_code == 403
    assert busy.admin("GET", "/accounts").headers["x-sequence"] == before


@pytest.mark.parametrize("path", READING)
def test_a_key_with_admin_may(busy, path):
    path, _ = filled_in(busy, path)
    made = busy.admin("POST", f"/accounts/{busy.bob.account_id}/keys", {"permissions": ["admin"]})
    own = {"Authorization": f"Bearer {made.json()['key']}"}
    assert busy.client.get(f"/api/v1/admin{path}", headers=own).status_code == 200


@pytest.mark.parametrize(("method", "path", "body", "status"), WRITING)
def test_repeated_with_its_key_a_call_happens_once(busy, method, path, body, status):
    path, body = filled_in(busy, path, body)
    key = {"Idempotency-Key": "once"}
    first = busy.admin(method, path, body, **key)
    assert (first.status_code, first.headers.get("idempotency-replayed")) == (status, None)
    again = busy.admin(method, path, body, **key)
    assert again.status_code == status
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["x-sequence"] == first.headers["x-sequence"]
    if status != 204:
        hidden = {"secret": None, "key": None} if "secret" in first.json() else {}
        assert again.json() == first.json() | hidden
    other = busy.admin("PUT", "/tiers/other", TIER, **key)
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")


@pytest.mark.parametrize(("method", "path", "body", "code"), MALFORMED)
def test_what_makes_no_sense_is_400_and_changes_nothing(busy, method, path, body, code):
    path, body = filled_in(busy, path, body)
    before = busy.admin("GET", "/accounts").headers["x-sequence"]
    answer = busy.admin(method, path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.text
    assert busy.admin("GET", "/accounts").headers["x-sequence"] == before


@pytest.mark.parametrize(("method", "path", "body", "code"), UNKNOWN)
def test_what_is_not_there_is_404_and_may_be_tried_again_with_the_same_key(
    busy, method, path, body, code
):
    path, body = filled_in(busy, path, body)
    for _ in range(2):
        answer = busy.admin(method, path, body, **{"Idempotency-Key": "k"})
        assert (answer.status_code, answer.json()["code"]) == (404, code), answer.text
        assert "idempotency-replayed" not in answer.headers


@pytest.mark.parametrize(("method", "path"), [(m, p) for m, p, *_ in WRITING])
def test_a_parameter_that_a_call_does_not_have_is_named(busy, method, path):
    path, _ = filled_in(busy, path)
    answer = busy.admin(method, f"{path}?force=1", {})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_property")
    assert "force" in answer.json()["detail"]
