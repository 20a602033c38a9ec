"""Killed at any moment under load, started again: nothing told is lost, nothing happens twice.

Clients on sockets place simple orders with and without keys and cancel some; others place native
orders at two accounts; one listens. The venue is ended by SIGKILL in the middle of it. What the
crash left is read by itself, from zero, before the venue may touch it again; then the venue starts
on it and is asked about everything that was told before.
"""

import asyncio
import json
import os
import random
import signal
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

import websockets

from openoutcry.journal.directory import DataDirectory
from openoutcry.journal.record import decode
from openoutcry.sequencer.recovery import recover
from tests.auditor import Auditor
from tests.proof.folder import folder_of_a_trial
from tests.proof.oracle import Oracle
from tests.proof.outside import Client, Unanswered
from tests.proof.shown import shown
from tests.sequencer.trading import copy_files
from tests.venue import running_venue

SIMPLE_CLIENTS = 5
NATIVE_CLIENTS = 3
"""For each of two accounts."""
ANSWERS_MAX = 250
"""The kill comes after so many answers at most, counted from the start of each life."""
RESUMES = 20
"""How often, at the end, somebody listens from any message on."""
DELAYS_MS = (0, 5, 60)
"""How long simple orders wait, by seed: killed before, while and after they go to market."""


def trial(seed, *, kills=20):
    """Kill one venue so many times; return what was counted."""
    return asyncio.run(_trial(seed, kills))


async def _trial(seed, kills):
    dice = random.Random(seed)
    settings = {"SIMULATION": dice.choice(("off", "on")), "LOG_LEVEL": "warning"}
    settings["EXECUTION_DELAY_MS"] = DELAYS_MS[seed % len(DELAYS_MS)]
    with (
        folder_of_a_trial() as folder,
        running_venue(DATA_DIR=Path(folder) / "data", **settings) as venue,
    ):
        siege = _Siege(venue, dice, Path(folder))
        await siege.prepare()
        for _ in range(kills):
            await siege.live_and_die()
        await siege.listen_to_the_end()
        return siege.oracle.counts


class _Siege:
    """One venue, its clients, and what they know."""

    def __init__(self, venue, dice, folder):
        self.venue, self.dice, self.folder = venue, dice, folder
        self.oracle = Oracle()
        self.auditor = Auditor()
        self.messages = []
        """What the listener heard, over all lives."""
        self.expected = []
        """What it should have heard, as the journal says."""
        self.last_shown = {}
        self.head = b""
        self.killed = asyncio.Event()
        self.left_until_kill = 0

    async def prepare(self):
        """Open two accounts with something to sell, as an operator would."""
        admin_key = (Path(self.venue.data_dir) / "admin.key").read_text(encoding="ascii").strip()
        admin = Client(self.venue.port, admin_key)
        self.native = {}
        for name in ("one", "two"):
            content = {"name": name, "cash": "1000000000"}
            opened = await self._made(admin, "/accounts", content)
            account = f"/accounts/{opened['account_id']}"
            await self._made(
                admin, f"{account}/deposits", {"asset": "AAPL", "quantity": "10000000"}
            )
            made = await self._made(admin, f"{account}/keys", {"permissions": ["trade"]})
            self.native[name] = made["key"]
        admin.close()

    async def _made(self, admin, path, content):
        answer = await admin.call("POST", f"/api/v1/admin{path}", content)
        assert answer.status == 201, answer
        return answer.json()

    async def live_and_die(self):
        """Load the venue, kill it in the middle, look at what is left, start it, ask it."""
        self.killed.clear()
        self.left_until_kill = self.dice.randint(1, ANSWERS_MAX)
        clients = [self._trade_simply(number) for number in range(SIMPLE_CLIENTS)]
        clients += [
            self._trade(name, number) for name in self.native for number in range(NATIVE_CLIENTS)
        ]
        await asyncio.gather(*clients, self._listen(), self._kill())
        self.oracle.counts["kills"] += 1
        await asyncio.to_thread(self._read_what_is_left)
        await asyncio.to_thread(self.venue.start)
        await self._resolve()
        await self._compare()

    async def _kill(self):
        await self.killed.wait()
        await asyncio.to_thread(self.venue.kill)

    def _count_down(self):
        """The kill comes with an answer, or a moment after it, while others are on their way."""
        self.left_until_kill -= 1
        if self.left_until_kill == 0:
            loop = asyncio.get_running_loop()
            moment = self.dice.choice((0.0, self.dice.random() * 0.004))
            loop.call_later(moment, self._strike)

    def _strike(self):
        os.kill(self.venue.pid, signal.SIGKILL)
        self.killed.set()

    # The load.

    async def _trade_simply(self, number):
        client, dice, oracle = Client(self.venue.port), self.dice, self.oracle
        own = []
        with suppress(Unanswered):
            while True:
                key = f"simple-{number}-{dice.getrandbits(64)}" if dice.random() < 0.6 else None
                asked = oracle.ask(key, {"stocks": "AAPL"})
                await self._send_simple(client, asked)
                own.append(asked.order_id)
                if dice.random() < 0.3:
                    await self._cancel_simply(client, dice.choice(own))
                if dice.random() < 0.1:
                    answer = await client.call("GET", f"/orders/{dice.choice(own)}")
                    oracle.hear(answer.json())
                    self._count_down()
        client.close()

    async def _send_simple(self, client, asked):
        headers = {"idempotency_key": asked.key} if asked.key is not None else {}
        answer = await client.call("POST", "/orders", asked.content, **headers)
        self.oracle.answered(asked, answer)
        self._count_down()

    async def _cancel_simply(self, client, order_id):
        answer = await client.call("DELETE", f"/orders/{order_id}")
        assert answer.status in (204, 409), answer
        if answer.status == 204 and self.oracle.told[order_id]["status"] == "PENDING":
            self.oracle.canceled(order_id)
        self._count_down()

    async def _trade(self, name, number):
        client, dice, oracle = Client(self.venue.port, self.native[name]), self.dice, self.oracle
        own = []
        with suppress(Unanswered):
            while True:
                asked = oracle.ask(
                    f"{name}-{number}-{dice.getrandbits(64)}",
                    {
                        "symbol": "AAPL",
                        "side": dice.choice(("buy", "sell", "sell")),
                        "type": "limit",
                        "price": f"228.{dice.randint(20, 60)}",
                        "account": name,
                    },
                    native=True,
                )
                await self._send_native(client, asked)
                own.append(asked.order_id)
                if dice.random() < 0.3:
                    path = f"/api/v1/orders/{dice.choice(own)}"
                    headers = {"idempotency_key": f"cancel-{dice.getrandbits(64)}"}
                    answer = await client.call("DELETE", path, **headers)
                    assert answer.status in (200, 409), answer
                    if answer.status == 200:
                        oracle.hear(answer.json())
                    self._count_down()
        client.close()

    async def _send_native(self, client, asked):
        content = {n: v for n, v in asked.content.items() if n != "account"}
        content["client_order_id"] = asked.key
        answer = await client.call("POST", "/api/v1/orders", content)
        self.oracle.answered(asked, answer)
        self._count_down()

    async def _listen(self):
        """Hear the simple orders; go on after the last that was heard, whenever it broke off."""
        after = self.messages[-1]["sequence"] if self.messages else 0
        url = f"{self.venue.ws_url}/ws?from_sequence={after}"
        with suppress(websockets.ConnectionClosed, OSError, websockets.InvalidHandshake):
            async with websockets.connect(url, proxy=None, max_size=None) as socket:
                while True:
                    message = json.loads(await socket.recv())
                    assert message["event"] == "order", message
                    self.messages.append(message)

    # What is left.

    def _read_what_is_left(self):
        """Recover a copy from zero, let the auditor hear what is new, see what was promised."""
        # Its history may still be written: the process that does it notices the end a moment later.
        copied = copy_files(Path(self.venue.data_dir), self.folder / "crashed", "journal*")
        with (
            closing(DataDirectory(copied)) as directory,
            closing(directory.open_journal()) as journal,
        ):
            recovered = recover(journal, None)
            recovered.engine.check()
            heard = self.auditor.sequence
            stored = journal.read(heard, 10**9)
            before = journal.read(heard - 1, 1)[0].hash if heard else b""
        assert before == self.head, "what was written before stays as it was"
        self.head = stored[-1].hash if stored else self.head
        for record in map(decode, stored):
            self.auditor.hear(record)
            self.expected += shown(record, self.last_shown)
        self.auditor.compare(recovered.engine)
        self.oracle.counts["records"] += len(stored)
        told = [asked.answer.sequence for asked in self.oracle.asked.values() if asked.answer]
        assert max(told, default=0) <= self.auditor.sequence, "what was told is durable"
        heard = [
            (m["sequence"], m["order_id"], m["status"], m["filled_quantity"]) for m in self.messages
        ]
        for one, other in zip(heard, self.expected, strict=False):
            assert one == other, f"nothing missed, nothing twice: {one} instead of {other}"
        assert len(heard) <= len(self.expected), "nothing is told that is not durable"
        for path in copied.iterdir():
            path.unlink()
        copied.rmdir()

    # After the start.

    async def _resolve(self):
        """Ask again what was not answered: with a key, that settles it."""
        clients = {name: Client(self.venue.port, key) for name, key in self.native.items()}
        simple = Client(self.venue.port)
        for asked in self.oracle.unanswered():
            if asked.key is None:
                continue
            self.oracle.counts["resolved"] += 1
            for _ in range(2):
                if asked.native:
                    await self._send_native(clients[asked.content["account"]], asked)
                else:
                    await self._send_simple(simple, asked)
        for client in (*clients.values(), simple):
            client.close()

    async def _compare(self):
        """Read everything back and compare it with what was told."""
        oracle, seen = self.oracle, Counter()
        client = Client(self.venue.port)
        seen += oracle.check_listed((await client.call("GET", "/orders")).json())
        client.close()
        for name, key in self.native.items():
            client = Client(self.venue.port, key)
            orders, cursor = [], ""
            while cursor is not None:
                page = (
                    await client.call("GET", f"/api/v1/orders?status=all&limit=500{cursor}")
                ).json()
                orders += page["items"]
                cursor = f"&cursor={page['next']}" if page["next"] else None
            seen += oracle.check_listed(orders, native=True)
            assert all(oracle.asked[int(o["quantity"])].content["account"] == name for o in orders)
            client.close()
        lost = [q for q, asked in oracle.asked.items() if asked.answer and not seen[q]]
        assert lost == [], f"what was acknowledged is there: {lost[:5]}"
        without_key = [asked for asked in oracle.unanswered() if asked.key is None]
        for asked in without_key:
            del oracle.asked[asked.quantity]  # It happened or it did not; nobody was promised.
            oracle.counts["unkeyed"] += 1
            if seen[asked.quantity]:
                oracle.asked[asked.quantity] = asked
                asked.answer = _Found(self.auditor.sequence)
        assert not oracle.unanswered()

    async def listen_to_the_end(self):
        """Place one order more and hear it; then everything before it was heard, too."""
        listening = asyncio.create_task(self._listen())
        client = Client(self.venue.port)
        asked = self.oracle.ask("the-last", {"stocks": "NOBODY"})
        await self._send_simple(client, asked)
        await client.call("DELETE", f"/orders/{asked.order_id}")
        client.close()
        while not self._has_heard_end_of(asked.order_id):  # noqa: ASYNC110 -- it listens apart
            await asyncio.sleep(0.01)
        for _ in range(RESUMES):
            await self._resume_anywhere()
        await asyncio.to_thread(self.venue.stop)
        await listening
        await asyncio.to_thread(self._read_what_is_left)
        self.oracle.counts["messages"] = len(self.messages)

    async def _resume_anywhere(self):
        """Go on after any message: what follows is what followed then."""
        place = self.dice.randrange(len(self.messages))
        follow = self.messages[place:]
        sequence = follow.pop(0)["sequence"]
        url = f"{self.venue.ws_url}/ws?from_sequence={sequence}"
        async with websockets.connect(url, proxy=None, max_size=None) as socket:
            for expected in follow:
                assert json.loads(await socket.recv()) == expected

    def _has_heard_end_of(self, order_id):
        ended = ("EXECUTED", "CANCELLED")
        return any(
            message["order_id"] == order_id and message["status"] in ended
            for message in reversed(self.messages)
        )


class _Found:
    """Stands for the answer that was lost, of an order that was found to be there."""

    def __init__(self, sequence):
        self.sequence = sequence
