"""A proxy between a client and the venue that breaks connections where a test wants it to."""

import asyncio
import threading
from contextlib import contextmanager, suppress

CHUNK = 65_536


class CuttingProxy:
    """Passes bytes on. `cut(chunk)` is asked about each chunk that the venue sends: None passes it
    on, a number passes on so many bytes of it and then breaks the connection."""

    def __init__(self, port, cut):
        self._venue_port = port
        self.cut = cut
        self.is_silent = False
        """Whether what the venue sends gets lost, until somebody connects anew."""
        self.cuts = 0
        self.connections = 0
        self.port = 0
        self._writers = set()
        self._loop = asyncio.new_event_loop()
        self._server = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def break_all(self):
        """Break every connection that is open now."""
        self._loop.call_soon_threadsafe(self._abort, list(self._writers))

    async def _start(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader, writer):
        self.connections += 1
        self.is_silent = False
        try:
            venue_reader, venue_writer = await asyncio.open_connection(
                "127.0.0.1", self._venue_port
            )
        except OSError:
            self._abort([writer])
            return
        both = [writer, venue_writer]
        self._writers |= set(both)
        with suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(
                self._pass_on(reader, venue_writer, None, both),
                self._pass_on(venue_reader, writer, self.cut, both),
            )
        self._abort(both)
        self._writers -= set(both)

    async def _pass_on(self, reader, writer, cut, both):
        while chunk := await reader.read(CHUNK):
            if self.is_silent and cut is not None:
                continue
            passed = None if cut is None else cut(chunk)
            writer.write(chunk[:passed])
            await writer.drain()
            if passed is not None:
                self.cuts += 1
                break
        self._abort(both)

    @staticmethod
    def _abort(writers):
        for writer in writers:
            writer.close()

    def _run(self, is_open):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        is_open.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _end(self):
        self._server.close()
        self._abort(list(self._writers))
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def cutting_proxy(port, cut=lambda chunk: None):
    """Run a proxy before a venue's port."""
    proxy = CuttingProxy(port, cut)
    is_open = threading.Event()
    thread = threading.Thread(target=proxy._run, args=(is_open,))
    thread.start()
    assert is_open.wait(10)
    try:
        yield proxy
    finally:
        proxy._loop.call_soon_threadsafe(proxy._loop.stop)
        thread.join(10)
