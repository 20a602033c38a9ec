"""What tests of `/ws` say of a socket: what is heard on it, and what is refused."""

import json

import pytest
import websockets

from tests.gateway.simple.desk import heard


def gist(message):
    return message["order_id"], message["status"], message["filled_quantity"]


async def quiet(socket):
    """Make sure that nothing waits: the answer to a ping is what comes next."""
    await socket.send('{"action": "ping", "request_id": "quiet"}')
    assert (await heard(socket))["request_id"] == "quiet"


async def refused(connecting, status):
    with pytest.raises(websockets.InvalidStatus) as caught:
        await connecting
    assert caught.value.response.status_code == status
    return json.loads(caught.value.response.body)
