"""Requests sent one to five times, shuffled, many at once, across restarts: one effect, one answer.

Every request has a number that no other has as its quantity, so whoever reads the venue afterwards
can count what became of it. A restart is a clean one, or one on what a crash would have left.
"""

import asyncio
import random
import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path

from openoutcry.journal.directory import DataDirectory
from openoutcry.journal.record import decode
from tests.proof.folder import folder_of_a_trial
from tests.proof.inside import ADMIN_KEY, open_inside
from tests.sequencer.trading import copy_files

LIVES = 4
"""The venue is started so often while one set of requests is under way."""
AT_ONCE_MAX = 24
COPIES_MAX = 5
FIRST = 1_000
"""The smallest number of a request; smaller quantities are the trial's own."""
PRICES = [f"{100 + cents / 100:.2f}" for cents in range(-20, 21)]


class Asked:
    """One request, whatever number of times it is sent."""

    def __init__(self, number, method, path, content, *, key, headers):
        self.number = number
        self.method, self.path = method, path
        self.content = content
        self.key, self.headers = key, headers
        self.answers = []
        self.first_time = 0

    async def send(self, venue, dice):
        """Send it with its properties in any order; the answer must be the first one's."""
        items = list(self.content.items()) if self.content is not None else None
        if items is not None:
            dice.shuffle(items)
        content = dict(items) if items is not None else None
        answer = await venue.call(self.method, self.path, content, key=self.key, **self.headers)
        told = (answer.status, answer.body, answer.sequence, answer.headers.get("location"))
        assert 200 <= answer.status < 500, (self.number, answer)
        assert answer.code() != "key_reused", (vars(self), answer)
        self.first_time += not answer.replayed
        self.answers.append(told)
        assert told == self.answers[0], (self.method, self.path, self.answers[0], told)

    async def send_changed(self, venue):
        """Send something else under its keys; nothing may come of it."""
        content = {**(self.content or {}), "quantity": 7 if "/api" not in self.path else "7"}
        before = venue.sequencer.engine.sequence
        answer = await venue.call(self.method, self.path, content, key=self.key, **self.headers)
        assert (answer.status, answer.code()) == (409, "key_reused"), answer
        assert venue.sequencer.engine.sequence == before


class Requests:
    """Draws requests of every kind that can be repeated."""

    def __init__(self, dice, traders):
        self.dice = dice
        self.traders = traders
        self.number = FIRST
        self.placed = []
        """Native orders that were asked for, by whom."""

    def draw(self):
        self.number += 1
        kind = self.dice.choices(
            ("simple", "native", "cancel", "amend", "cancel_all", "deposit", "account"),
            (8, 8, 3, 3, 1, 2, 1),
        )[0]
        known = [one for one in self.placed if one.answers and one.answers[0][0] == 201]
        if kind in ("cancel", "amend") and not known:
            kind = "native"
        return getattr(self, f"_{kind}")(known)

    def _keyed(self):
        # Two accounts use the same keys: each account's are its own.
        return {"idempotency_key": f"k{self.number // 2}"}

    def _trader(self):
        return self.traders[self.number % 2][1]

    def _simple(self, _):
        key = self.dice.choice((None, self._trader()))
        headers = {"idempotency_key": f"s{self.number}"}
        content = {"stocks": "AAPL", "quantity": self.number}
        return Asked(self.number, "POST", "/orders", content, key=key, headers=headers)

    def _native(self, _):
        content = {
            "symbol": "AAPL",
            "side": self.dice.choice(("buy", "sell")),
            "type": "limit",
            "quantity": str(self.number),
            "price": self.dice.choice(PRICES),
        }
        by = self.dice.choice(("client_order_id", "key", "both"))
        if by != "key":
            content["client_order_id"] = f"c{self.number // 2}"
        headers = self._keyed() if by != "client_order_id" else {}
        path, key = "/api/v1/orders", self._trader()
        asked = Asked(self.number, "POST", path, content, key=key, headers=headers)
        self.placed.append(asked)
        return asked

    def _cancel(self, known):
        order = self.dice.choice(known)
        return self._of(order, "DELETE", None)

    def _amend(self, known):
        order = self.dice.choice(known)
        return self._of(order, "PATCH", {"price": self.dice.choice(PRICES)})

    def _of(self, order, method, content):
        path, headers = order.answers[0][3], {"idempotency_key": f"o{self.number}"}
        return Asked(self.number, method, path, content, key=order.key, headers=headers)

    def _cancel_all(self, _):
        path, key = "/api/v1/orders", self._trader()
        return Asked(self.number, "DELETE", path, None, key=key, headers=self._keyed())

    def _deposit(self, _):
        account_id = self.traders[self.number % 2][0]
        path = f"/api/v1/admin/accounts/{account_id}/deposits"
        content = {"asset": "TOKEN", "quantity": str(self.number)}
        # All of these act as the operator, so their keys are in one name space.
        headers = {"idempotency_key": f"d{self.number}"}
        return Asked(self.number, "POST", path, content, key=ADMIN_KEY, headers=headers)

    def _account(self, _):
        content = {"name": f"account {self.number}", "cash": str(self.number)}
        headers = {"idempotency_key": f"a{self.number}"}
        path = "/api/v1/admin/accounts"
        return Asked(self.number, "POST", path, content, key=ADMIN_KEY, headers=headers)


def trial(seed, *, requests=2_000):
    """Send so many requests, copies counted; return what came of them."""
    with folder_of_a_trial() as folder:
        return asyncio.run(_Trial(seed, Path(folder)).run(requests))


class _Trial:
    def __init__(self, seed, folder):
        self.dice = random.Random(seed)
        self.folder = folder
        self.sent = 0
        self.all = []
        self.waiting = []
        """Copies still to be sent."""

    async def run(self, requests):
        data_dir = self.folder / "0"
        for life in range(LIVES):
            async with open_inside(data_dir) as venue:
                if life == 0:
                    traders = [
                        await venue.open_account(name, assets=["AAPL"]) for name in ("a", "b")
                    ]
                    source = Requests(self.dice, traders)
                await self._live(venue, source, requests * (life + 1) // LIVES)
                if life == LIVES - 1:
                    await self._send(venue, self.waiting)
                    await self._check(venue)
                crashed = self.dice.random() < 0.5
                if crashed:
                    copy_files(data_dir, self.folder / str(life + 1))
            if crashed:
                shutil.rmtree(data_dir)
                data_dir = self.folder / str(life + 1)
        changed = await self._change(data_dir)
        self._count_records(data_dir)
        return Counter(requests=self.sent, effects=len(self.all), conflicts=changed, restarts=LIVES)

    async def _live(self, venue, source, until):
        """Send until so many were sent: new requests, and copies of earlier ones."""
        while self.sent < until:
            drawn = [source.draw() for _ in range(self.dice.randint(1, AT_ONCE_MAX // 2))]
            self.all += drawn
            # A first copy goes now; whether another overtakes it is the venue's to settle.
            batch = list(drawn)
            for one in drawn:
                self.waiting += [one] * self.dice.randint(0, COPIES_MAX - 1)
            self.dice.shuffle(self.waiting)
            take = self.dice.randint(0, AT_ONCE_MAX)
            batch += self.waiting[:take]
            del self.waiting[:take]
            self.dice.shuffle(batch)
            await self._send(venue, batch)

    async def _send(self, venue, batch):
        for start in range(0, len(batch), AT_ONCE_MAX):
            part = batch[start : start + AT_ONCE_MAX]
            await asyncio.gather(*(one.send(venue, self.dice) for one in part))
            self.sent += len(part)

    async def _check(self, venue):
        """Count what is there: as many orders and deposits as were asked for, each once."""
        for one in self.all:
            assert one.first_time == 1, (one.number, one.first_time, len(one.answers))
        engine = venue.sequencer.engine
        opened = [one for one in self.all if one.path.endswith("/accounts")]
        names = [account.name for account in engine.accounts()]
        assert all(names.count(one.content["name"]) == 1 for one in opened)
        tokens = sum(
            balance.total
            for account in engine.accounts()
            for balance in engine.balances(account.account_id)
            if balance.asset == "TOKEN"
        )
        deposits = [one for one in self.all if "deposits" in one.path]
        assert tokens == sum(one.number for one in deposits) * 10**12

    def _count_records(self, data_dir):
        """Read the journal: one record for each request, one order for each number."""
        with (
            closing(DataDirectory(data_dir)) as directory,
            closing(directory.open_journal()) as journal,
        ):
            records = [decode(stored) for stored in journal.read(0, 10**9)]
        keyed = [record for record in records if record.entry.retry is not None]
        assert len(keyed) == len(self.all)
        quantities = Counter(
            command.quantity
            for record in keyed
            if (command := record.entry.command)
            and hasattr(command, "side")
            and not hasattr(command, "order_id")
            and hasattr(command, "quantity")
        )
        assert all(times == 1 for times in quantities.values())

    async def _change(self, data_dir):
        """Use keys for other requests: refused, without a trace."""
        async with open_inside(data_dir) as venue:
            chosen = [one for one in self.all if one.content and "quantity" in one.content]
            for one in chosen[:: max(1, len(chosen) // 50)]:
                await one.send_changed(venue)
                await one.send(venue, self.dice)
            return len(chosen[:: max(1, len(chosen) // 50)])
