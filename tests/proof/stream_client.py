"""A client of the public feed that knows nothing but the protocol's pages.

It shares no code with the venue. It keeps the book of every symbol twice, order by order from
`orders` and by levels from `book`, and holds each message to what the pages promise: its `previous`
is the last one, its checksum is that of the book after it. It breaks its own connection, and loses
messages on purpose; what it must never need is a promise that it cannot check.
"""

import asyncio
import json
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from functools import cache
from zlib import crc32

import msgspec
import websockets

TOP = 10
DEPTHS = (10, 25, 100, 1000)
SILENCE_S = 5.0
HEARTBEATS_MAX = 2
REPLAYED_MAX = 100_000
"""Events that a client may be behind and go on without a snapshot."""


class Untrue(AssertionError):
    """The venue said something that cannot be."""


@cache
def number(text):
    """Return a decimal as a number; the same prices come again and again."""
    return Decimal(text)


def digits(text):
    """Return a decimal as a checksum has it."""
    return text.replace(".", "").lstrip("0")


class Queue:
    """Level 3 of one symbol: by side and price, orders in the sequence in which they trade."""

    def __init__(self, snapshot):
        self.sides = {"buy": {}, "sell": {}}
        self.passed_by = []
        """Trades that did not fill the head of a queue: an auction counts all of an iceberg."""
        for side, name in (("buy", "bids"), ("sell", "asks")):
            for price, shown, order_id in snapshot[name]:
                self.sides[side].setdefault(price, {})[order_id] = shown

    def apply(self, message):
        side, price, order_id = message["side"], message["price"], message["order_id"]
        action, shown = message["action"], message["quantity"]
        levels = self.sides[side]
        if action == "add":
            if any(order_id in level for level in levels.values()):
                raise Untrue(f"an order is added twice: {message}")
            levels.setdefault(price, {})[order_id] = shown
            return
        level = levels.get(price, {})
        if order_id not in level:
            raise Untrue(f"an order changes that is not there: {message}")
        if action == "fill" and next(iter(level)) != order_id:
            self.passed_by.append(message["trade_id"])
        if Decimal(shown) >= Decimal(level[order_id]) and action != "remove":
            raise Untrue(f"an order grows without losing its place: {message}")
        if Decimal(shown) == 0:
            del level[order_id]
            if not level:
                del levels[price]
        elif action == "remove":
            raise Untrue(f"what is removed shows nothing: {message}")
        else:
            level[order_id] = shown

    def rows(self, side):
        """Return [price, shown, order] of every order, best first."""
        return [
            [price, shown, order_id]
            for price in best_first(self.sides[side], side)
            for order_id, shown in self.sides[side][price].items()
        ]

    def levels(self, side):
        """Return [price, quantity] of every level, best first, as numbers."""
        return [
            [Decimal(price), sum(map(Decimal, self.sides[side][price].values()))]
            for price in best_first(self.sides[side], side)
        ]

    def checksum(self):
        parts = []
        for side in ("sell", "buy"):
            for price in best_first(self.sides[side], side)[:TOP]:
                for shown in self.sides[side][price].values():
                    parts += (digits(price), digits(shown))
        return crc32("".join(parts).encode())


class Levels:
    """Level 2 of one symbol."""

    def __init__(self, snapshot):
        self.depth = snapshot["depth"]
        self.sides = {"buy": {}, "sell": {}}
        self.apply(snapshot)

    def apply(self, message):
        for side, name in (("buy", "bids"), ("sell", "asks")):
            levels = self.sides[side]
            for price, quantity in message[name]:
                if Decimal(quantity) == 0:
                    levels.pop(price, None)
                else:
                    levels[price] = quantity
            for price in best_first(levels, side)[self.depth :]:
                del levels[price]

    def rows(self, side):
        """Return [price, quantity] of every level, best first."""
        return [[price, self.sides[side][price]] for price in best_first(self.sides[side], side)]

    def checksum(self):
        parts = []
        for side in ("sell", "buy"):
            for price in best_first(self.sides[side], side)[:TOP]:
                parts += (digits(price), digits(self.sides[side][price]))
        return crc32("".join(parts).encode())


def best_first(levels, side):
    return sorted(levels, key=number, reverse=side == "buy")


KEPT = {"orders": Queue, "book": Levels}
GOES_ON = ("orders", "trades")
"""Channels that take `from`."""


class Line:
    """One channel of one symbol: where the client is, and what it has."""

    def __init__(self, channel, symbol, depth):
        self.channel, self.symbol, self.depth = channel, symbol, depth
        self.epoch = None
        self.last = None
        self.kept = None
        self.awaited = None
        """The request_id of a subscribe without a reply; until then nothing of it counts."""
        self.heartbeats = 0
        """Heartbeats since the subscribe, while there is no reply."""
        self.is_resuming = False
        self.is_beginning = True
        """Nothing has come since the last subscribe."""
        self.skipped = []
        """From where to where a snapshot took the place of messages."""
        self.of_auctions = set()
        """Trades without a taker."""
        self.heard = {}
        """Of each update the CRC32 of its content, by sequence: two clients heard the same."""

    @property
    def name(self):
        return f"{self.channel}:{self.symbol}"

    def request(self, request_id, *, joins):
        """Return a subscribe from where the client is."""
        self.awaited = request_id
        self.heartbeats = 0
        self.is_beginning = True
        params = {"channel": self.channel, "symbols": [self.symbol]}
        if joins:
            params["batch"] = True
        if self.channel == "book":
            params["depth"] = self.depth
        self.is_resuming = self.channel in GOES_ON and self.last is not None
        if self.is_resuming:
            params["from"] = {"epoch": self.epoch, "sequence": self.last}
        return {"method": "subscribe", "params": params, "request_id": request_id}

    def take(self, message):
        """Take a message in. Returns False for a gap; raises Untrue for what cannot be."""
        if message["type"] == "snapshot":
            self._begin(message)
        elif not self._follows(message):
            return False
        else:
            self._go_on(message)
        if self.channel in KEPT and self.kept.checksum() != message["checksum"]:
            raise Untrue(f"the book fails its checksum after {message}")
        self.epoch, self.last = message["epoch"], message["sequence"]
        self.is_resuming = self.is_beginning = False
        return True

    def _begin(self, message):
        last = self.last or 0
        if message["previous"] is not None:
            raise Untrue(f"a snapshot has no previous: {message}")
        if message["epoch"] == self.epoch and message["sequence"] < last:
            raise Untrue(f"a snapshot is older than what was told: {message}")
        if self.is_resuming and message["sequence"] < last + REPLAYED_MAX:
            raise Untrue(f"{self.name} was to go on after {last}; there came {message}")
        self.skipped.append((last, message["sequence"]))
        if self.channel in KEPT:
            before, self.kept = self.kept, KEPT[self.channel](message)
            if self.channel == "orders" and before is not None:
                self.kept.passed_by = before.passed_by

    def _go_on(self, message):
        if self.channel in KEPT:
            self.kept.apply(message)
        if self.channel == "trades" and message.get("side", "") is None:
            self.of_auctions.add(message["trade_id"])
        self.heard[message["sequence"]] = crc32(json.dumps(message, sort_keys=True).encode())

    def _follows(self, message):
        if self.last is None:
            return False  # The snapshot was lost.
        if message["epoch"] != self.epoch or message["sequence"] <= self.last:
            raise Untrue(f"{self.name} is at {self.last}; this cannot be next: {message}")
        if self.is_resuming:
            return message["previous"] <= self.last
        return message["previous"] == self.last


class StreamClient:
    """Follows `orders`, `book` and `trades` of some symbols until it is told to stop.

    `cut_every` frames, on the average, it breaks its connection; of `lose_every` frames it never
    sees one. None: never.
    """

    def __init__(self, url, key, symbols, dice, *, cut_every=None, lose_every=None):
        self._url, self._key, self._dice = url, key, dice
        self._cut_every, self._lose_every = cut_every, lose_every
        self._lines = {}
        for symbol in symbols:
            for channel in ("orders", "book", "trades"):
                line = Line(channel, symbol, dice.choice(DEPTHS))
                self._lines[line.name] = line
        self._socket = None
        self._is_packed = False
        self._joins = False
        self._next_id = 0
        self.counts = Counter()
        self.sequence = 0
        """Where the venue was at the last heartbeat that found this client complete."""
        self.is_stopping = False

    def line(self, channel, symbol):
        return self._lines[f"{channel}:{symbol}"]

    def places(self):
        """Return where it is on every channel that goes on."""
        return {line.name: line.last for line in self._lines.values() if line.channel in GOES_ON}

    async def run(self):
        """Connect again and again until told to stop."""
        while not self.is_stopping:
            # OSError: nobody listens. WebSocketException: it died in the handshake, or later.
            with suppress(OSError, TimeoutError, websockets.WebSocketException):
                await self._connect()
            await asyncio.sleep(0.02)

    async def _connect(self):
        self._is_packed, self._joins = self._dice.random() < 0.3, self._dice.random() < 0.5
        headers, by_message = {"Authorization": f"Bearer {self._key}"}, self._dice.random() < 0.3
        address = f"{self._url}/api/v1/stream" + ("?format=msgpack" if self._is_packed else "")
        async with websockets.connect(
            address,
            additional_headers={} if by_message else headers,
            proxy=None,
            compression=None,
            max_size=None,
            close_timeout=0.1,
        ) as socket:
            self._socket = socket
            self.counts["connections"] += 1
            if by_message:
                await self._say({"method": "authenticate", "params": {"key": self._key}})
            for line in self._lines.values():
                await self._subscribe(line)
            while not self.is_stopping:
                async with asyncio.timeout(SILENCE_S):
                    frame = await socket.recv()
                if self._happens(self._lose_every):
                    self.counts["lost"] += 1
                    continue
                await self._take_frame(frame)
                if self._happens(self._cut_every):
                    self.counts["cuts"] += 1
                    socket.transport.abort()
                    return

    def _happens(self, every):
        return every is not None and self._dice.random() * every < 1

    async def _take_frame(self, frame):
        read = msgspec.msgpack.decode if isinstance(frame, bytes) else json.loads
        content = read(frame)
        for message in content if isinstance(content, list) else [content]:
            await self._take(message)

    async def _take(self, message):
        if "request_id" in message:
            self._answered(message)
        elif message.get("channel") == "heartbeat":
            await self._compare(message)
        elif "channel" in message:
            line = self._lines[f"{message['channel']}:{message['symbol']}"]
            if line.awaited is not None:
                return
            if line.take(message):
                self._note(line, message)
            else:
                self.counts["gaps"] += 1
                await self._fetch_again(line)
        elif message["type"] not in ("resync_required", "server_shutdown"):
            raise Untrue(f"no message of the protocol: {message}")

    def _note(self, line, message):
        self.counts["snapshots" if message["type"] == "snapshot" else "messages"] += 1
        self.counts[line.channel] += 1
        # Both books of a symbol are at the same event: they must say the same.
        queue, levels = self.line("orders", line.symbol), self.line("book", line.symbol)
        if line.channel != "trades" and queue.last == levels.last and queue.kept and levels.kept:
            for side in ("buy", "sell"):
                seen = [[Decimal(one) for one in row] for row in levels.kept.rows(side)]
                if seen != queue.kept.levels(side)[: levels.depth]:
                    raise Untrue(f"the books of {line.symbol} differ at {queue.last}")
            self.counts["compared"] += 1

    def _answered(self, message):
        if "problem" in message:
            if message["problem"]["status"] in (429, 503):
                self._socket.transport.abort()
                return
            raise Untrue(f"refused: {message}")
        for line in self._lines.values():
            if line.awaited == message["request_id"]:
                line.awaited = None

    async def _compare(self, heartbeat):
        """Hold what has arrived to what the venue says that it has sent."""
        is_whole = True
        for line in self._lines.values():
            sent = heartbeat["channels"].get(line.name)
            if sent is None or line.awaited is not None:
                is_whole = False
                line.heartbeats += 1
                if line.heartbeats > HEARTBEATS_MAX:  # The reply was lost.
                    await self._fetch_again(line)
            elif sent == 0 and line.is_beginning:
                # It may be on its way. Who resumes cannot know: perhaps there is nothing to send.
                is_whole = is_whole and line.is_resuming
            elif sent != line.last:
                if sent < (line.last or 0):
                    raise Untrue(f"{line.name} is at {line.last}, the venue has sent {sent}")
                is_whole = False
                self.counts["gaps"] += 1
                await self._fetch_again(line)
        if is_whole:
            self.sequence = heartbeat["sequence"]

    async def _fetch_again(self, line):
        params = {"channel": line.channel, "symbols": [line.symbol]}
        await self._say({"method": "unsubscribe", "params": params})
        await self._subscribe(line)

    async def _subscribe(self, line):
        self._next_id += 1
        await self._say(line.request(self._next_id, joins=self._joins))

    async def _say(self, content):
        if self._is_packed and self._dice.random() < 0.5:
            await self._socket.send(msgspec.msgpack.encode(content))
        else:
            await self._socket.send(json.dumps(content))
