"""Signed requests at every door: what a bearer key may do, a signature may, and once only."""

import json
import re
import time
import urllib.request
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from starlette.testclient import WebSocketDenialResponse

from openoutcry.cli.certificates import new_pair
from tests.gateway.native.floor import API, open_floor
from tests.signing import Signer
from tests.venue import ROOT, running_venue

NATIVE_ORDER = {"symbol": "XYZ", "side": "buy", "type": "limit", "quantity": "1", "price": "40.00"}
SIMPLE_ORDER = {"stocks": "XYZ", "quantity": 1}
SOCKETS = {"/ws": {"action": "orders"}, "/api/v1/stream": {"method": "ping"}}
"""With something to say, once somebody is known."""


class Desk:
    """A trader who signs."""

    def __init__(self, floor, *permissions, **more):
        self.client = floor.client
        self.signer = Signer()
        content = {"permissions": list(permissions or ("trade",)), **more}
        path = f"/accounts/{floor.bob.account_id}/keys"
        made = floor.admin("POST", path, content | {"public_key": self.signer.public_key})
        assert made.status_code == 201, made.text
        self.made = made.json()
        self.signer.key_id = self.made["key_id"]

    def call(self, method, path, content=None):
        body = b"" if content is None else json.dumps(content).encode()
        return self.send(method, path, body, self.signer.sign(method, path, body))

    def send(self, method, path, body, headers):
        return self.client.request(method, path, content=body, headers=headers)


@pytest.fixture(params=["open", "keys"])
def floor(request):
    with open_floor(auth=request.param) as opened:
        yield opened


def test_a_key_that_signs_is_made_without_a_secret(floor):
    desk = Desk(floor)
    assert desk.made["secret"] is None
    assert desk.made["key"] is None
    assert desk.made["public_key"] == desk.signer.public_key
    listed = floor.admin("GET", f"/accounts/{floor.bob.account_id}/keys").json()["items"]
    assert desk.made["public_key"] in {key["public_key"] for key in listed}
    assert None in {key["public_key"] for key in listed}


def test_orders_are_placed_read_and_canceled_by_signature(floor):
    desk = Desk(floor)
    for path, order in (("/orders", SIMPLE_ORDER), (f"{API}/orders", NATIVE_ORDER)):
        placed = desk.call("POST", path, order)
        assert placed.status_code == 201, placed.text
        order_id = placed.json()["order_id"]
        assert desk.call("GET", f"{path}/{order_id}").status_code == 200
        assert desk.call("DELETE", f"{path}/{order_id}").status_code in (200, 204)


def test_calls_of_the_framework_are_signed_with_their_query(floor):
    desk = Desk(floor)
    assert desk.call("GET", f"{API}/orders?status=all&limit=5").status_code == 200
    assert desk.call("GET", f"{API}/account").json()["account_id"] == floor.bob.account_id
    order_id = desk.call("POST", f"{API}/orders", NATIVE_ORDER).json()["order_id"]
    amended = desk.call("PATCH", f"{API}/orders/{order_id}", {"price": "41.00"})
    assert amended.status_code == 200, amended.text
    assert desk.call("GET", "/metrics").status_code == 200
    # A path that is sent percent-encoded is signed as it is sent.
    assert desk.call("GET", f"{API}/instruments/XY%5A").status_code == 200


def test_a_signature_that_does_not_fit_is_401_at_every_door(floor):
    desk = Desk(floor)
    for method, path, content in (
        ("POST", "/orders", SIMPLE_ORDER),
        ("POST", f"{API}/orders", NATIVE_ORDER),
        ("DELETE", f"{API}/orders/1", None),
        ("GET", f"{API}/account", None),
        ("GET", "/orders", None),
        ("GET", "/", None),
        ("GET", "/nowhere", None),
    ):
        body = b"" if content is None else json.dumps(content).encode()
        headers = desk.signer.sign(method, f"{path}?", body)
        answer = desk.send(method, path, body, headers)
        assert answer.status_code == 401, (method, path, answer.text)
        assert answer.json()["code"] == "unauthenticated"
        assert "X-Sequence" in answer.headers


def test_what_was_recorded_on_the_way_cannot_be_sent_again(floor):
    desk = Desk(floor)
    body = json.dumps(NATIVE_ORDER).encode()
    headers = desk.signer.sign("POST", f"{API}/orders", body)
    assert desk.send("POST", f"{API}/orders", body, headers).status_code == 201
    again = desk.send("POST", f"{API}/orders", body, headers | {"Idempotency-Key": "other"})
    assert again.status_code == 401
    assert len(desk.call("GET", f"{API}/orders").json()["items"]) == 1


def test_an_order_is_sent_again_with_another_signature_and_its_own_key(floor):
    desk = Desk(floor)
    order = NATIVE_ORDER | {"client_order_id": "once"}
    first = desk.call("POST", f"{API}/orders", order)
    while (again := desk.call("POST", f"{API}/orders", order)).status_code == 401:
        assert "used before" in again.text, "the same millisecond"
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_signing_key_ends_with_its_revocation(floor):
    desk = Desk(floor)
    assert desk.call("GET", f"{API}/account").status_code == 200
    assert floor.admin("DELETE", f"/keys/{desk.signer.key_id}").status_code == 204
    assert desk.call("GET", f"{API}/account").status_code == 401


def test_permissions_hold_for_who_signs(floor):
    desk = Desk(floor, "read")
    assert desk.call("GET", f"{API}/account").status_code == 200
    assert desk.call("POST", f"{API}/orders", NATIVE_ORDER).status_code == 403
    assert desk.call("GET", f"{API}/admin/accounts").status_code == 403
    assert Desk(floor, "admin").call("GET", f"{API}/admin/accounts").status_code == 200


def test_a_body_that_is_too_large_is_not_read_for_its_signature(floor):
    desk = Desk(floor)
    body = b"{" + b" " * 70_000 + b"}"
    headers = desk.signer.sign("POST", "/orders", body)
    assert desk.send("POST", "/orders", body, headers).status_code == 413

    def pieces():
        yield from (b" " * 10_000 for _ in range(7))

    assert desk.send("POST", "/orders", pieces(), headers).status_code == 413


@pytest.mark.parametrize("path", SOCKETS)
def test_a_handshake_is_signed_and_opens_one_socket(floor, path):
    desk = Desk(floor)
    headers = desk.signer.sign("GET", path)
    with desk.client.websocket_connect(path, headers=headers) as socket:
        socket.send_json(SOCKETS[path])
        while "request_id" not in (heard := socket.receive_json()):
            pass
        assert "problem" not in heard
    for wrong in (headers, desk.signer.sign("GET", "/other")):
        with (
            pytest.raises(WebSocketDenialResponse) as denied,
            desk.client.websocket_connect(path, headers=wrong),
        ):
            pass
        assert denied.value.status_code == 401


@pytest.mark.parametrize(
    ("content", "code"),
    [("short", "invalid_value"), (5, "invalid_type"), ("A" * 44, "invalid_value")],
)
def test_a_public_key_that_is_none_is_refused(floor, content, code):
    body = {"permissions": ["read"], "public_key": content}
    refused = floor.admin("POST", f"/accounts/{floor.bob.account_id}/keys", body)
    assert (refused.status_code, refused.json()["code"]) == (400, code)


@pytest.mark.slow
def test_the_documented_program_signs_what_the_venue_believes(tmp_path):
    text = Path(ROOT / "docs/protocol/native.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names = {}
    exec(program, names)
    pem = tmp_path / "my.pem"
    public = new_pair(pem)
    raw = load_pem_private_key(pem.read_bytes(), None).public_key()
    assert b64encode(raw.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode() == public
    with running_venue(SIMULATION="off", AUTH="keys", ADMIN_KEY="root-of-the-tests") as venue:

        def call(request):
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)

        made = urllib.request.Request(
            f"{venue.url}{API}/admin/accounts/demo/keys",
            json.dumps({"permissions": ["trade"], "public_key": public}).encode(),
            {"Authorization": "Bearer root-of-the-tests"},
        )
        key_id = call(made)["key_id"]

        def signed(*asked):
            return names["signed"](venue.url, key_id, pem.read_bytes(), *asked)

        order = NATIVE_ORDER | {"symbol": "AAPL", "price": "1.00"}
        placed = call(signed("POST", f"{API}/orders", order))
        listed = call(signed("GET", f"{API}/orders?symbol=AAPL"))
        assert [item["order_id"] for item in listed["items"]] == [placed["order_id"]]
        assert abs(time.time() - call(signed("GET", f"{API}/clock"))["now_ns"] / 1e9) < 30
