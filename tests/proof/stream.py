"""The public feed under load, broken connections, lost frames and kills of the venue.

Traders place orders of every kind over the stream; clients that share no code with the venue
rebuild all books. In the end the books are the venue's, and all clients heard the same messages.
"""

import asyncio
import json
import random
from collections import Counter
from contextlib import suppress
from pathlib import Path

import websockets

from tests.proof.folder import folder_of_a_trial
from tests.proof.outside import Client, Unanswered
from tests.proof.stream_client import StreamClient, Untrue
from tests.venue import running_venue

ROOT = "root-key-of-the-proof"
SYMBOLS = ("AAA", "BBB/USD", "CCC")
TRADERS = 3
ORDERS_A_BATCH = 20
OPEN_MAX = 150
"""Open orders of a trader; beyond it the oldest are canceled."""
PATIENCE_S = 30.0


def trial(seed, *, messages=20_000, kills=1):
    """Follow one venue for so many messages; return what was counted."""
    return asyncio.run(_trial(seed, messages, kills))


async def _trial(seed, messages, kills):
    dice = random.Random(seed)
    settings = {"SIMULATION": "off", "LOG_LEVEL": "warning", "AUTH": "keys", "ADMIN_KEY": ROOT}
    with (
        folder_of_a_trial() as folder,
        running_venue(DATA_DIR=Path(folder) / "data", **settings) as venue,
    ):
        floor = _Floor(venue, dice)
        await floor.open()
        return await floor.trade(messages, kills)


class _Floor:
    def __init__(self, venue, dice):
        self.venue, self.dice = venue, dice
        self.keys = []
        self.clients = []
        self.admin = Client(venue.port, ROOT)

    async def open(self):
        """List the symbols, open the traders' accounts, send the clients in."""
        for symbol in SYMBOLS:
            lot = "0.01" if symbol == "CCC" else "1"
            await self._call("POST", "/admin/instruments", {
                "symbol": symbol, "price_increment": "0.05", "quantity_increment": lot,
                "reference_price": "100",
            })  # fmt: skip
        for number in range(TRADERS):
            account = await self._call(
                "POST", "/admin/accounts", {"name": f"trader {number}", "cash": "1000000000"}
            )
            path = f"/admin/accounts/{account['account_id']}"
            for symbol in SYMBOLS:
                deposit = {"asset": symbol, "quantity": "10000000"}
                await self._call("POST", f"{path}/deposits", deposit)
            made = await self._call("POST", f"{path}/keys", {"permissions": ["read", "trade"]})
            self.keys.append(made["key"])
        for number, trouble in enumerate(({}, {"cut_every": 60}, {"lose_every": 50})):
            dice = random.Random(self.dice.random())
            key = self.keys[number % TRADERS]
            self.clients.append(StreamClient(self.venue.ws_url, key, SYMBOLS, dice, **trouble))

    async def trade(self, messages, kills):
        """Let traders trade until every client has heard enough; then compare."""
        following = [asyncio.create_task(client.run()) for client in self.clients]
        trading = [
            asyncio.create_task(_Trader(self.venue.ws_url, key, self.dice.random()).run())
            for key in self.keys
        ]
        calling = asyncio.create_task(self._call_auctions())
        tasks = [*following, *trading, calling]
        try:
            for kill in range(kills + 1):
                await self._heard(messages * (kill + 1) // (kills + 1), tasks)
                if kill < kills:
                    self.venue.kill()
                    await asyncio.to_thread(self.venue.start)
            for task in (*trading, calling):
                task.cancel()
            await asyncio.gather(*trading, calling, return_exceptions=True)
            await self._compare(following)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.admin.close()
        return sum((client.counts for client in self.clients), Counter(kills=kills))

    async def _heard(self, messages, tasks):
        """Wait until the client that nobody disturbs has heard so many messages."""
        before, since = -1, asyncio.get_running_loop().time()
        while (now := self.clients[0].counts["messages"]) < messages:
            _raise_from(tasks)
            if now != before:
                before, since = now, asyncio.get_running_loop().time()
            assert asyncio.get_running_loop().time() < since + PATIENCE_S, (
                f"messages come; {[client.counts for client in self.clients]}\n{self.venue.log()}"
            )
            await asyncio.sleep(0.05)

    async def _compare(self, following):
        """Hold what the clients have to the venue, and to each other."""
        self.admin.close()  # Its connection is of before the last kill.
        # Nobody may call, cancel or trade any more: from here on the venue stands still.
        for symbol in SYMBOLS:
            path = f"/admin/instruments/{symbol}/phase"
            await self._call("PUT", path, {"phase": "closed"})
        standing = (await self._call("GET", "/status"))["sequence"]
        # Who loses one frame in fifty has a long way to go, so it is progress that counts.
        before, since = None, asyncio.get_running_loop().time()
        while any(client.sequence < standing for client in self.clients) or not self._is_level:
            _raise_from(following)
            now = [(client.sequence, client.places()) for client in self.clients]
            if now != before:
                before, since = now, asyncio.get_running_loop().time()
            assert asyncio.get_running_loop().time() < since + PATIENCE_S, (
                f"at {standing}, but {now}"
            )
            await asyncio.sleep(0.05)
        for symbol in SYMBOLS:
            queue = await self._call("GET", f"/book/{symbol}?level=3&depth=1000")
            book = await self._call("GET", f"/book/{symbol}?level=2&depth=1000")
            for client in self.clients:
                _compare_books(client, symbol, queue, book)
            _compare_past(self.clients, symbol)
            self._compare_priority(symbol)
        assert self.clients[0].counts["gaps"] == 0, "whoever is not disturbed misses nothing"

    @property
    def _is_level(self):
        """Whether nobody is still on the way: one who has resumed cannot know it alone."""
        places = {tuple(client.places().items()) for client in self.clients}
        return len(places) == 1

    def _compare_priority(self, symbol):
        """Only an auction may fill another order than the head of its queue."""
        of_auctions = self.clients[0].line("trades", symbol).of_auctions
        for client in self.clients:
            passed_by = set(client.line("orders", symbol).kept.passed_by) - of_auctions
            if passed_by:
                raise Untrue(f"trades of {symbol} passed the head of a queue by: {passed_by}")

    async def _call_auctions(self):
        """Call an auction now and then, and end it."""
        # A connection of its own: whoever is canceled in a call leaves an answer that nobody reads.
        operator = Client(self.venue.port, ROOT)
        try:
            while True:
                path = f"/api/v1/admin/instruments/{self.dice.choice(SYMBOLS)}/phase"
                for phase in ("auction", "continuous"):
                    with suppress(Unanswered):
                        await operator.call("PUT", path, {"phase": phase})
                    await asyncio.sleep(self.dice.random())
        finally:
            operator.close()

    async def _call(self, method, path, content=None):
        answer = await self.admin.call(method, f"/api/v1{path}", content)
        assert answer.status < 300, (method, path, answer)
        return answer.json()


def _raise_from(tasks):
    for task in tasks:
        if task.done() and not task.cancelled():
            task.result()


def _compare_books(client, symbol, queue, book):
    seen, levels = client.line("orders", symbol).kept, client.line("book", symbol)
    for side, name in (("buy", "bids"), ("sell", "asks")):
        if seen.rows(side) != queue[name]:
            raise Untrue(f"{name} of {symbol} are {queue[name]}; the feed gave {seen.rows(side)}")
        if levels.kept.rows(side) != book[name][: levels.depth]:
            raise Untrue(f"{name} of {symbol} are {book[name]}; `book` gave others")
    client.counts["books"] += 1


def _compare_past(clients, symbol):
    """Whoever was disturbed heard what the other heard, each message once, byte for byte."""
    for channel in ("orders", "trades"):
        whole, *disturbed = (client.line(channel, symbol).heard for client in clients)
        for client, heard in zip(clients[1:], disturbed, strict=True):
            # A client begins with a snapshot, and has another where it was too far behind.
            begin, skipped = min(heard, default=0), client.line(channel, symbol).skipped
            expected = {
                number: check
                for number, check in whole.items()
                if number >= begin and not any(after < number <= upto for after, upto in skipped)
            }
            if {number: check for number, check in heard.items() if number >= min(whole)} != (
                expected
            ):
                missing = sorted(expected.keys() ^ heard.keys())
                raise Untrue(f"{channel} of {symbol}: {missing[:20]} are not what others heard")
            client.counts["equal"] += len(expected)


class _Trader:
    """Places orders of every kind over the stream, amends and cancels what rests."""

    def __init__(self, url, key, seed):
        self._url, self._key = url, key
        self._dice = random.Random(seed)
        self._open = []
        self._socket = None

    async def run(self):
        headers = {"Authorization": f"Bearer {self._key}"}
        while True:
            with suppress(OSError, TimeoutError, websockets.WebSocketException):
                async with websockets.connect(
                    f"{self._url}/api/v1/stream", additional_headers=headers, proxy=None,
                    compression=None, close_timeout=0.1,
                ) as self._socket:  # fmt: skip
                    while True:
                        await self._turn()
            await asyncio.sleep(0.02)

    async def _turn(self):
        """Say some things at once, then hear the answers."""
        dice = self._dice
        orders = [self._order() for _ in range(ORDERS_A_BATCH)]
        said = [("order.batch", {"orders": orders})]
        for order_id in dice.sample(self._open, min(6, len(self._open))):
            if dice.random() < 0.5:
                change = dice.choice(({"quantity": str(dice.randint(1, 12))},
                                      {"price": self._price()}))  # fmt: skip
                said.append(("order.amend", {"order_id": order_id, **change}))
            else:
                said.append(("order.cancel", {"order_id": order_id}))
        while len(self._open) > OPEN_MAX:
            said.append(("order.cancel", {"order_id": self._open.pop(0)}))
        for number, (method, params) in enumerate(said):
            message = {"method": method, "params": params, "request_id": number}
            await self._socket.send(json.dumps(message))
        left = len(said)
        while left:
            async with asyncio.timeout(30):
                message = json.loads(await self._socket.recv())
            if "request_id" in message:
                left -= 1
                self._note(message)

    def _note(self, message):
        results = message.get("result", {}).get("results", ())
        self._open += [
            one["order"]["order_id"] for one in results
            if one["status"] == 201 and one["order"]["status"] in ("new", "partially_filled")
        ]  # fmt: skip

    def _price(self, around=100, width=40):
        return f"{around + self._dice.randint(-width, width) * 0.05:.2f}"

    def _order(self):
        dice = self._dice
        order = {
            "symbol": dice.choice(SYMBOLS), "side": dice.choice(("buy", "sell")),
            "quantity": str(dice.randint(1, 10)), "type": "limit",
        }  # fmt: skip
        kind = dice.random()
        if kind < 0.60:
            order["price"] = self._price()
        elif kind < 0.70:
            order |= {"price": self._price(), "display_quantity": "1"}
        elif kind < 0.78:
            order |= {"price": self._price(), "time_in_force": dice.choice(("ioc", "fok", "day"))}
        elif kind < 0.84:
            order |= {"price": self._price(), "post_only": dice.choice(("slide", "reject"))}
        elif kind < 0.90:
            order |= {"type": dice.choice(("market", "market_to_limit"))}
        elif kind < 0.94:
            order |= {"type": "pegged", "peg": dice.choice(("bid", "ask", "mid")),
                      "peg_offset": dice.choice(("0", "0.05", "-0.05"))}  # fmt: skip
        elif kind < 0.98:
            order |= {"type": "stop_limit", "stop_price": self._price(), "price": self._price()}
        else:
            order |= {"type": "trailing_stop", "trail": "0.50"}
        return order
