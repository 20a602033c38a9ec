"""The request limit of an account, over every door."""

import pytest
from starlette.testclient import WebSocketDenialResponse

from tests.gateway.native.floor import open_floor


def test_the_limit_is_told_and_kept_over_both_doors_and_cancels_always_pass():
    with open_floor(rate_limit=5) as floor:
        order = floor.bob.place("buy", 1, "40.00")
        assert order.headers["ratelimit-limit"] == "5"
        assert order.headers["ratelimit-remaining"] == "4"
        simple = floor.client.post(
            "/orders", json={"stocks": "XYZ", "quantity": 1}, headers=floor.bob.headers
        )
        assert simple.headers["ratelimit-remaining"] == "3"
        for _ in range(3):
            floor.bob.get("/account")
        refused = floor.bob.place("buy", 1, "40.00")
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        assert int(refused.headers["retry-after"]) >= 1
        path = f"/orders/{order.json()['order_id']}"
        assert floor.bob.call("DELETE", path).status_code == 200
        assert floor.alice.place("buy", 1, "40.00").status_code == 201


def test_nobody_is_limited_without_a_limit(floor):
    assert "ratelimit-limit" not in floor.bob.call("GET", "/account").headers


def test_the_socket_of_the_simple_api_counts_too():
    with open_floor(rate_limit=2) as floor:
        with floor.client.websocket_connect("/ws", headers=floor.bob.headers) as socket:
            for _ in range(4):
                socket.send_json({"action": "orders"})
            statuses = [socket.receive_json()["status"] for _ in range(4)]
        assert 429 in statuses
        assert statuses[0] == 200


TOLD = {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"}


@pytest.mark.parametrize(
    ("path", "key", "status"),
    [
        ("/", None, 200),
        ("/health", None, 200),
        ("/metrics", "bob", 200),
        ("/nowhere", "bob", 404),
        ("/api/v1/account", "bob", 200),
        ("/api/v1/account?x=1", "bob", 400),
        ("/api/v1/account", "nobody", 401),
        ("/api/v1/account", None, 401),
        ("/api/v1/admin/accounts", "bob", 403),
        ("/orders", "bob", 200),
        ("/orders/0", "bob", 404),
    ],
)
def test_every_answer_tells_of_the_limit(path, key, status):
    with open_floor(rate_limit=100, auth="keys") as floor:
        keys = {"bob": floor.bob.headers, "nobody": {"authorization": "Bearer x.y"}, None: {}}
        answer = floor.client.get(path, headers=keys[key])
        assert answer.status_code == status, answer.text
        assert set(answer.headers) >= TOLD
        assert answer.headers["ratelimit-limit"] == "100"
        for name in TOLD:
            assert len(answer.headers.get_list(name)) == 1
        floor.admin("GET", "/accounts")
        told = floor.admin("GET", "/accounts").headers
        assert told["ratelimit-remaining"] == "100", "the operator's calls do not count"
        with (
            pytest.raises(WebSocketDenialResponse) as denied,
            floor.client.websocket_connect("/ws", headers=keys["nobody"]),
        ):
            pass
        assert set(denied.value.headers) >= TOLD


def test_a_refused_call_tells_of_the_limit_once_and_when_to_come_again():
    with open_floor(rate_limit=1) as floor:
        floor.bob.get("/account")
        refused = floor.bob.call("GET", "/account")
        assert refused.status_code == 429
        assert refused.headers.get_list("ratelimit-remaining") == ["0"]
        assert 1 <= int(refused.headers["retry-after"]) <= 60


def test_what_takes_risk_off_is_never_refused():
    with open_floor(rate_limit=1) as floor:
        order = floor.bob.rest("buy", 1, "40.00")
        assert floor.bob.call("GET", "/orders").status_code == 429
        assert floor.bob.call("DELETE", f"/orders/{order['order_id']}").status_code == 200
        assert floor.bob.call("DELETE", "/orders").status_code == 200
        assert floor.client.delete("/orders/1", headers=floor.bob.headers).status_code == 404
        for path in ("/cancel-after", "/admin/kill-switch"):
            answer = floor.bob.call("PUT", path, {})
            assert answer.status_code in (400, 403, 404, 405), answer.text
            assert answer.status_code != 429


def test_all_keys_and_sockets_of_an_account_share_one_bucket():
    with open_floor(rate_limit=4) as floor:
        made = floor.admin(
            "POST", f"/accounts/{floor.bob.account_id}/keys", {"permissions": ["read"]}
        )
        second = {"Authorization": f"Bearer {made.json()['key']}"}
        floor.bob.get("/account")
        floor.client.get("/orders", headers=second)
        with floor.client.websocket_connect("/ws", headers=floor.bob.headers) as socket:
            socket.send_json({"action": "orders"})
            assert socket.receive_json()["status"] == 200
        left = floor.client.get("/api/v1/account", headers=second)
        assert left.headers["ratelimit-remaining"] == "0"
        assert floor.bob.call("GET", "/account").status_code == 429
        assert floor.alice.call("GET", "/account").status_code == 200


def test_the_operators_socket_is_not_limited():
    with open_floor(rate_limit=1) as floor:
        headers = {"Authorization": "Bearer root-key-of-the-tests"}
        with floor.client.websocket_connect("/ws", headers=headers) as socket:
            for _ in range(3):
                socket.send_json({"action": "orders"})
                assert socket.receive_json()["status"] == 200
