"""A client of the stream's methods: what it asks is answered, or nobody knows if it happened."""

import asyncio
import json
from contextlib import suppress

import msgspec
import websockets

from tests.proof.inside import PATIENCE_S, Answer
from tests.proof.outside import Unanswered


class _Reply(msgspec.Struct):
    request_id: str | None = None
    type: str | None = None
    result: msgspec.Raw = msgspec.Raw()
    problem: msgspec.Raw = msgspec.Raw()
    sequence: int = 0
    replayed: bool = False


_read = msgspec.json.Decoder(_Reply).decode


class Speaker:
    """One connection, opened when it is needed; it leaves when the venue says that it will stop."""

    def __init__(self, url, key):
        self._url = f"{url}/api/v1/stream"
        self._headers = {"Authorization": f"Bearer {key}"}
        self._opening = asyncio.Lock()
        self._socket = None
        self._listening = None
        self._waiting = {}
        self._is_leaving = False

    async def ask(self, method, params, *, request_id, key):
        """Ask once and return the reply as REST would answer; raises Unanswered."""
        message = {"method": method, "params": params, "request_id": request_id}
        if key is not None:
            message["idempotency_key"] = key
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._open()
                answer = self._waiting[request_id] = asyncio.get_running_loop().create_future()
                await self._socket.send(json.dumps(message))
                reply = await answer
        except (OSError, websockets.WebSocketException, TimeoutError) as gone:
            raise Unanswered from gone
        finally:
            self._waiting.pop(request_id, None)
            if self._is_leaving and not self._waiting:
                await self.close()
        if reply is None:
            raise Unanswered
        return _answer_of(reply)

    async def _open(self):
        async with self._opening:
            if self._is_leaving:
                raise Unanswered
            if self._socket is None:
                self._socket = await websockets.connect(
                    self._url, additional_headers=self._headers, proxy=None, max_size=None
                )
                self._listening = asyncio.create_task(self._listen(self._socket))

    async def _listen(self, socket):
        with suppress(websockets.ConnectionClosed):
            while True:
                reply = _read(await socket.recv())
                if reply.type == "server_shutdown":
                    self._is_leaving = True
                    if not self._waiting:
                        break
                answer = self._waiting.get(reply.request_id)
                if answer is not None and not answer.done():
                    answer.set_result(reply)
        if self._is_leaving:
            await socket.close()
        self._socket = None
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_result(None)

    async def close(self):
        """Hang up; whoever opens it again comes to the next life of the venue."""
        if self._socket is not None:
            await self._socket.close()
        if self._listening is not None:
            await self._listening
        self._listening = None

    def come_back(self):
        """Talk to the venue again, which has been started."""
        self._is_leaving = False


def _answer_of(reply):
    headers = {"x-sequence": str(reply.sequence)}
    if reply.replayed:
        headers["idempotency-replayed"] = "true"
    problem = bytes(reply.problem)
    if problem:
        return Answer(json.loads(problem)["status"], headers, problem)
    return Answer(0, headers, bytes(reply.result))
