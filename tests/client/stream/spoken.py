"""What a venue says on its stream, for a client without a socket."""

import asyncio
import json
from zlib import crc32

EPOCH = "e1"
AT = "2026-11-25T09:30:00.123456Z"


def said(channel, kind, sequence, previous, *, symbol="XYZ", epoch=EPOCH, **more):
    content = {
        "channel": channel, "type": kind, "epoch": epoch, "sequence": sequence,
        "previous": previous, "at": AT, **more,
    }  # fmt: skip
    if symbol:
        content["symbol"] = symbol
    return json.dumps(content).encode()


def traded(sequence, previous, **more):
    fields = {"trade_id": sequence, "price": "1.00", "quantity": "1", "side": "buy"}
    return said("trades", "update", sequence, previous, **fields, **more)


def reply(request_id, **result):
    return json.dumps(
        {"request_id": request_id, "result": result, "sequence": 9, "replayed": False}
    ).encode()


def problem(request_id, status, code):
    refused = {"type": "about:blank", "title": "", "status": status, "code": code, "detail": "no"}
    return json.dumps({"request_id": request_id, "problem": refused, "sequence": 9}).encode()


def check_of(text):
    return crc32(text.encode())


class Spoken:
    """A session, what it delivered, and what it wants sent."""

    def __init__(self, session_of):
        self.delivered = []
        self.session = session_of(self.delivered.append)

    def sent(self):
        """Return what is to be sent, and take it as sent."""
        sent = [json.loads(one) for one in self.session.to_send]
        self.session.to_send.clear()
        return sent

    def follow(self, following):
        """Follow something that the venue agrees to; return the parameters that were sent."""
        future = self.session.follow(following)
        (asked,) = self.sent()
        self.session.take(reply(asked["request_id"]))
        assert future.done()
        return asked["params"]

    def sequences(self):
        return [message.sequence for message in self.delivered]


def on_a_loop(test):
    """Run a test on a loop: futures want one, nothing waits."""

    def run():
        async def body():
            test()

        asyncio.run(body())

    run.__name__ = test.__name__
    return run
