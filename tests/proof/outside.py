"""Clients outside of the venue: plain sockets, and nothing counts but a whole answer.

A call that ends without one raises `Unanswered`: then nobody here knows whether it happened.
"""

import asyncio
import json

from tests.proof.inside import PATIENCE_S, Answer


class Unanswered(Exception):
    """The connection ended before the answer was whole."""


class Client:
    """One keep-alive connection, opened when it is needed."""

    def __init__(self, port, key=None):
        self._port = port
        self._key = key
        self._streams = None

    async def call(self, method, path, content=None, **headers):
        """Make one call; raises Unanswered."""
        body = b"" if content is None else json.dumps(content).encode()
        lines = [f"{method} {path} HTTP/1.1", "host: localhost", f"content-length: {len(body)}"]
        if self._key is not None:
            lines.append(f"authorization: Bearer {self._key}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        try:
            async with asyncio.timeout(PATIENCE_S):
                if self._streams is None:
                    self._streams = await asyncio.open_connection("127.0.0.1", self._port)
                reader, writer = self._streams
                writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
                await writer.drain()
                return await _answer(reader)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as gone:
            self.close()
            raise Unanswered from gone

    def close(self):
        """Hang up."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None


async def _answer(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")[:-2]
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(await reader.readuntil(b"\r\n"), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
    else:
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Answer(int(status.split(" ", 2)[1]), headers, body)
