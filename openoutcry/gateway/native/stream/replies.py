"""What the stream answers a request with: REST's body, framed.

The body is bytes already, so a reply is put together from bytes; only MessagePack is made anew.
"""

from typing import Final

import msgspec

from openoutcry.gateway.native.calls import Answer
from openoutcry.gateway.native.stream.requests import RequestId
from openoutcry.gateway.problems import Problem
from openoutcry.wire.times import time_text

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder().decode
_pack: Final = msgspec.msgpack.Encoder().encode
_BAD: Final = 400
_REPLY: Final = (
    b'{"request_id":%b,"%b":%b,"time_in":"%b","time_out":"%b","sequence":%d,"replayed":%b}'
)


def reply_of(request_id: RequestId, answer: Answer, came: int, leaves: int, durable: int) -> bytes:
    """Return the reply that tells an answer, as JSON."""
    sequence = durable if answer.sequence is None else answer.sequence
    return _REPLY % (
        _id(request_id),
        b"problem" if answer.status >= _BAD else b"result",
        answer.body,
        time_text(came).encode(),
        time_text(leaves).encode(),
        sequence,
        b"true" if answer.replayed else b"false",
    )


def answer_problem(problem: Problem) -> Answer:
    """Return the answer that tells a problem; for want of headers it says how long to wait."""
    content = problem.content()
    for name, value in problem.headers:
        if name == b"retry-after":
            content["retry_after"] = int(value)
    return Answer(problem.status, _encode(content))


def answer_result(content: object) -> Answer:
    """Return the answer of a method that is the stream's own."""
    return Answer(200, _encode(content))


def packed(message: bytes) -> bytes:
    """Return a JSON message as MessagePack."""
    return _pack(_decode(message))


def _id(request_id: RequestId) -> bytes:
    if type(request_id) is int:
        return b"%d" % request_id
    return b"null" if request_id is None else _encode(request_id)
