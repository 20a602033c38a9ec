"""The request limit of an account, over every door."""

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
