"""The raw baseline: what uvicorn alone can do. Its answer to a POST is the body that was sent.

On `/ws` it is the raw baseline of fan-out: a text posted to `/tell` goes to every open socket.
"""

import asyncio
from typing import Final

from starlette.types import Message, Receive, Scope, Send

_JSON: Final = (b"content-type", b"application/json")
_sockets: Final[dict[Send, None]] = {}


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what was sent."""
    if scope["type"] == "http":
        body = await _body(receive)
        if scope["path"] == "/tell":
            await _tell(body.decode())
        headers = [_JSON, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": body})
    elif scope["type"] == "websocket":
        await _listen(receive, send)


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    return body


async def _tell(text: str) -> None:
    message: Message = {"type": "websocket.send", "text": text}
    for socket in list(_sockets):
        await socket(message)
    await asyncio.sleep(0)


async def _listen(receive: Receive, send: Send) -> None:
    heard: Message = await receive()
    assert heard["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    _sockets[send] = None
    while heard["type"] != "websocket.disconnect":
        heard = await receive()
    _sockets.pop(send, None)
