"""The description at /asyncapi.json: sound by itself, and true of what the sockets say."""

import json
import re

import jsonschema_rs
import pytest

from openoutcry.gateway.native.stream import spoken as stream_spoken
from openoutcry.gateway.native.stream.methods import METHODS
from openoutcry.gateway.native.stream.own_methods import OWN
from openoutcry.gateway.simple import actions
from openoutcry.gateway.simple import spoken as simple_spoken
from openoutcry.streams.feeds.topic import Channel
from tests.gateway.native.floor import open_floor

SOCKETS = (simple_spoken.SOCKET, stream_spoken.SOCKET)


@pytest.fixture(scope="module")
def document():
    with open_floor() as floor:
        answer = floor.client.get("/asyncapi.json")
        assert answer.headers["content-type"] == "application/json"
        return answer.json()


def found_at(document, reference):
    part = document
    for name in reference.removeprefix("#/").split("/"):
        part = part[name]
    return part


def test_it_is_an_asyncapi_3_document(document):
    """The required fields and fixed values of the specification, object by object."""
    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= set(document["info"])
    for server in document["servers"].values():
        assert {"host", "protocol"} <= set(server)
        assert set(re.findall(r"\{(\w+)\}", server["host"])) == set(server["variables"])
    for channel in document["channels"].values():
        assert channel["address"].startswith("/")
        assert channel["messages"]
        assert set(channel["bindings"]["ws"]) <= {"method", "query", "headers", "bindingVersion"}
    for name, operation in document["operations"].items():
        assert operation["action"] in ("send", "receive"), name
        assert set(operation) <= {"action", "channel", "summary", "messages", "reply"}
        channel = operation["channel"]["$ref"]
        assert re.fullmatch(r"#/channels/\w+", channel)
        reply = operation.get("reply", {"messages": [], "channel": operation["channel"]})
        assert reply["channel"] == operation["channel"]
        for message in (*operation["messages"], *reply["messages"]):
            # A message of an operation is one of its channel's, by reference.
            assert message["$ref"].startswith(f"{channel}/messages/"), name
    for name, message in document["components"]["messages"].items():
        assert re.fullmatch(r"[\w.-]+", name)
        assert message["name"] == name
        assert "payload" in message


def test_every_reference_leads_somewhere(document):
    references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(document)))
    assert len(references) > 50
    for reference in references:
        assert found_at(document, reference), reference


def test_every_payload_is_a_json_schema(document):
    for name, message in document["components"]["messages"].items():
        jsonschema_rs.Draft202012Validator(whole(document, message["payload"]))
        assert message["payload"], name
    for name, schema in document["components"]["schemas"].items():
        jsonschema_rs.Draft202012Validator(whole(document, schema))
        assert "type" in schema or "enum" in schema, name


def test_every_message_is_part_of_an_operation(document):
    used = set()
    for operation in document["operations"].values():
        reply = operation.get("reply", {"messages": []})
        used |= {m["$ref"].rpartition("/")[2] for m in (*operation["messages"], *reply["messages"])}
    assert used == set(document["components"]["messages"])


def test_every_action_and_method_is_described():
    heard = {one.payload["properties"]["action"]["const"]: one for one in SOCKETS[0].heard}
    assert set(heard) == set(actions._PROPERTIES)
    for name, one in heard.items():
        properties = set(one.payload["properties"]) - {"action", "request_id"}
        assert properties == set(actions._PROPERTIES[name])
    methods = {one.payload["properties"]["method"]["const"] for one in SOCKETS[1].heard}
    assert methods == {*METHODS, *OWN}


def test_every_channel_is_described(document):
    told = json.dumps([one.payload for one in SOCKETS[1].told])
    channels = set(re.findall(r'"channel": \{"const": "(\w+)"', told))
    assert channels == {channel.value for channel in Channel} | {"heartbeat"}


def whole(document, schema):
    return {"components": document["components"], **schema}


class Listener:
    """Holds everything that is said against the description."""

    def __init__(self, document, prefix):
        messages = document["components"]["messages"]
        self.validators = {
            name: jsonschema_rs.Draft202012Validator(whole(document, message["payload"]))
            for name, message in messages.items()
            if name.startswith(prefix)
        }
        self.heard = set()

    def hear(self, content):
        fitting = {name for name, one in self.validators.items() if one.is_valid(content)}
        assert fitting, content
        self.heard |= fitting
        return content


def test_what_the_simple_socket_says_is_what_is_described(document):
    listener = Listener(document, "simple_")
    with open_floor(execution_delay_ms=0) as floor:
        with floor.client.websocket_connect("/ws", headers=floor.bob.headers) as socket:
            for said in (
                {"action": "place", "stocks": "XYZ", "quantity": 1, "request_id": "a"},
                {"action": "orders", "request_id": 7},
                {"action": "cancel", "order_id": 99_999},
                {"action": "nonsense"},
                {"action": "ping"},
            ):
                if said["action"] != "nonsense":
                    listener.hear(said)
                socket.send_json(said)
            replies = 0
            while replies < 5:
                replies += listener.hear(socket.receive_json())["event"] == "reply"
        ahead = "/ws?from_sequence=99999"
        with floor.client.websocket_connect(ahead, headers=floor.bob.headers) as socket:
            listener.hear(socket.receive_json())
    assert {"simple_reply", "simple_order", "simple_reset"} <= listener.heard


@pytest.mark.slow
def test_what_the_stream_says_is_what_is_described(document):
    listener = Listener(document, "stream_")
    with open_floor() as floor:
        floor.alice.rest("sell", 5, "50.00")
        floor.bob.rest("buy", 5, "49.00")
        path = "/api/v1/stream"
        with floor.client.websocket_connect(path, headers=floor.bob.headers) as socket:

            def ask(method, **params):
                said = listener.hear({"method": method, "params": params, "request_id": method})
                socket.send_json(said)
                while (answer := listener.hear(socket.receive_json())).get("request_id") != method:
                    pass
                return answer

            for channel in ("ticker", "book", "orders", "trades", "status"):
                assert "result" in ask("subscribe", channel=channel, symbols=["XYZ"])
            ask("subscribe", channel="candles", symbols=["XYZ"], interval="1m")
            for channel in ("executions", "balances", "positions"):
                ask("subscribe", channel=channel)
            ask("ping")
            order = {"symbol": "XYZ", "side": "buy", "type": "limit", "quantity": "1"}
            placed = ask("order.place", **order, price="48.00")["result"]
            ask("order.amend", order_id=placed["order_id"], price="48.50")
            ask("order.cancel", order_id=placed["order_id"])
            ask("order.place", **order, price="50.00")
            ask("order.place", **order, price="0.001")
            ask("order.batch", orders=[order | {"price": "47.00"}])
            ask("orders.cancel_all", symbol="XYZ")
            ask("cancel_after", timeout_s=0)
            trade = floor.bob.get("/fills")["items"][0]["trade_id"]
            floor.admin("POST", f"/trades/{trade}/bust", {"reason": "a mistake"})
            missing = {
                f"stream_{name}"
                for name in ("trades_bust", "candles", "ticker", "book", "heartbeat")
            }
            while missing - listener.heard:
                listener.hear(socket.receive_json())
            ask("unsubscribe", channel="book", symbols=["XYZ"])
            ask("logout")
    never = {"stream_authenticate", "stream_server_shutdown", "stream_resync_required"}
    assert set(listener.validators) - listener.heard <= never
