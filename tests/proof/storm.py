"""A storm of retries: every call that changes something, sent one to five times, over two restarts.

A real server, real sockets. Copies are shuffled, many are under way at once, by HTTP or as methods
of the stream; the venue is killed in the middle of them, started, stopped in the middle of them and
started again. However often a request was sent, it had one effect, and its answers are the same.

With `forgets` the engine remembers so few keys that nearly every copy is found in history.
"""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path

from openoutcry.engine import retries
from tests.proof.folder import folder_of_a_trial
from tests.proof.outside import Client, Unanswered
from tests.proof.speaker import Speaker
from tests.proof.storm_audit import audit
from tests.proof.storm_drawing import HALTED, PREFIX, SYMBOL, Holder
from tests.proof.storm_requests import Requests
from tests.proof.verdict import Verdict
from tests.venue import RunningVenue

COPIES_MAX = 5
AT_ONCE = 24
ENDINGS = (signal.SIGKILL, signal.SIGTERM)
CONFLICTS = 12
"""Keys that are used, at the end, for something else."""
OTHERS = (
    ("/cancel-after", {"timeout_s": 7}),
    ("/admin/tiers/never", {"maker_fee_bps": "9", "taker_fee_bps": "9"}),
)
"""Requests that no storm draws: a trader's, the operator's."""
KEYS_KEPT, LAG_MAX = 60, 20
"""Of a venue that forgets."""
FORGETFUL = f"""
from openoutcry.engine import retries
from openoutcry.history import history
retries.KEYS_KEPT, history.LAG_MAX = {KEYS_KEPT}, {LAG_MAX}
import sys
from openoutcry.cli.main import main
sys.argv = ["openoutcry", "serve"]
main()
"""


def trial(seed, *, requests=3_000, forgets=None):
    """Let one storm pass, of about so many different requests; return what was counted."""
    forgets = seed % 2 == 1 if forgets is None else forgets
    command = [sys.executable, *(["-c", FORGETFUL] if forgets else ["-m", "openoutcry", "serve"])]
    kept = retries.KEYS_KEPT
    with folder_of_a_trial() as folder:
        settings = {"SIMULATION": "off", "EXECUTION_DELAY_MS": 0, "LOG_LEVEL": "warning"}
        venue = RunningVenue(str(Path(folder) / "data"), settings, command)
        retries.KEYS_KEPT = KEYS_KEPT if forgets else kept
        try:
            return asyncio.run(Storm(venue, random.Random(seed)).pass_over(requests))
        finally:
            retries.KEYS_KEPT = kept
            if venue.exit_code is None:
                venue.kill()


class Storm:
    """One venue and everything that is sent to it."""

    def __init__(self, venue, dice):
        self.venue, self.dice = venue, dice
        self.counts = Counter()
        self.verdicts = []
        self.waiting = []
        """Copies still to be sent."""
        self.until_ending = 0
        self.ending = None
        """The signal that is sent once so many more answers have come."""
        self.is_ending = False
        """Whether it may not answer any more."""
        self.idle = {}
        self.speakers = {}

    async def pass_over(self, requests):
        await self.prepare()
        lives = [*ENDINGS, None]
        for life, ending in enumerate(lives, 1):
            while len(self.verdicts) < requests * life // len(lives):
                await self._round()
            if ending is not None:
                await self._round(ending)
                await self._start_again(ending)
        while self.waiting:
            await self.send(self.taken(AT_ONCE))
        await self._use_keys_for_something_else()
        await self.end()
        self.counts["restarts"] = len(ENDINGS)
        done = Counter(one.asked.route for one in self.verdicts if one.is_done)
        done.update(method for one in self.verdicts if one.is_done for method in one.methods)
        return self.counts, done

    async def end(self):
        """Stop the venue, and hold its journal against everything that was answered."""
        status = (await self._admin("GET", "/status")).json()
        await self.hang_up()
        await asyncio.to_thread(self.venue.stop)
        records = await asyncio.to_thread(audit, self.venue.data_dir, self.verdicts, status)
        self.counts["records"] = records
        for verdict in self.verdicts:
            self.counts["settled" if verdict.settled else "without effect"] += 1

    # What is there before.

    async def prepare(self):
        key = (Path(self.venue.data_dir) / "admin.key").read_text(encoding="ascii").strip()
        self.admin = Holder("admin", "demo", key)
        holders = {"admin": self.admin}
        listing = {
            "symbol": HALTED, "price_increment": "0.01", "quantity_increment": "1",
            "reference_price": "100",
        }  # fmt: skip
        await self._admin("POST", "/admin/instruments", listing)
        for name, margin in {"ann": 1, "bob": 1, "mia": 2, "rex": 1}.items():
            content = {"name": name, "cash": "100000000000", "margin": margin}
            opened = (await self._admin("POST", "/admin/accounts", content)).json()
            account = f"/admin/accounts/{opened['account_id']}"
            for asset in (SYMBOL, HALTED):
                paid = {"asset": asset, "quantity": "100000000"}
                await self._admin("POST", f"{account}/deposits", paid)
            made = await self._admin("POST", f"{account}/keys", {"permissions": ["trade"]})
            holders[name] = Holder(name, opened["account_id"], made.json()["key"])
        self.requests = Requests(self.dice, holders)

    async def _admin(self, method, path, content=None):
        answer = await self._http(self.admin, method, path, content)
        assert answer.status < 300, (path, answer)
        return answer

    # Rounds.

    async def _round(self, ending=None):
        """Draw requests; send their first copies among others; look for what they may be about."""
        drawn = [
            Verdict(asked) for asked in self.requests.deal(self.dice.randint(AT_ONCE // 3, AT_ONCE))
        ]
        self.verdicts += drawn
        for verdict in drawn:
            self.waiting += [verdict] * self.dice.randint(0, COPIES_MAX - 1)
        most = 2 * AT_ONCE
        sent = drawn + self.taken(self.dice.randint(0, most) if ending is None else most)
        self.dice.shuffle(sent)
        if ending is not None:
            self.is_ending = True
            self.ending, self.until_ending = ending, self.dice.randint(1, len(sent) // 2)
        await self.send(sent)
        if ending is None:
            page = await self._http(self.admin, "GET", f"/trades/{SYMBOL}?limit=9")
            self.requests.trades = [trade["trade_id"] for trade in page.json()["items"]]

    def taken(self, count):
        self.dice.shuffle(self.waiting)
        taken, self.waiting = self.waiting[:count], self.waiting[count:]
        return taken

    async def send(self, verdicts):
        """Send a copy of each, so many at once; what is not answered waits for the next life."""
        room = asyncio.Semaphore(AT_ONCE)

        async def send_one(verdict):
            async with room:
                try:
                    told = await self._ask(verdict)
                except Unanswered:
                    assert self.is_ending, f"the venue is there: {verdict}"
                    self.counts["unanswered"] += 1
                    self.waiting.append(verdict)
                else:
                    self._count_down()
                    if told is not None:
                        self.requests.learn(verdict.asked, told)

        await asyncio.gather(*(send_one(verdict) for verdict in verdicts))

    async def _ask(self, verdict):
        """Send one copy; return what it made known, if it was the first to be answered."""
        asked = verdict.asked
        self.counts["requests"] += 1
        copy = verdict.next_copy()
        if asked.method is not None and self._goes_by_stream(asked):
            self.counts["by stream"] += 1
            method, params = asked.method
            verdict.methods.add(method)
            speaker = self._speaker(asked.holder)
            copy.by_stream = True
            answer = await speaker.ask(
                method, self._shuffled(params), request_id=copy.request_id, key=asked.key
            )
        else:
            headers = {"x_request_id": copy.request_id}
            if asked.key is not None:
                headers["idempotency_key"] = asked.key
            content = self._shuffled(asked.content)
            answer = await self._http(asked.holder, asked.route[0], asked.path, content, **headers)
        return verdict.hear(copy, answer)

    def _goes_by_stream(self, asked):
        return self.dice.random() < 0.5

    def _shuffled(self, content):
        if content is None:
            return None
        items = list(content.items())
        self.dice.shuffle(items)
        return dict(items)

    async def _http(self, holder, method, path, content=None, **headers):
        idle = self.idle.setdefault(holder.name, [])
        client = idle.pop() if idle else Client(self.venue.port, holder.key)
        answer = await client.call(method, PREFIX + path, content, **headers)
        idle.append(client)
        return answer

    def _speaker(self, holder):
        if holder.name not in self.speakers:
            self.speakers[holder.name] = Speaker(self.venue.ws_url, holder.key)
        return self.speakers[holder.name]

    # Ends.

    def _count_down(self):
        """End the venue with an answer, or a moment after it, while others are on their way."""
        self.until_ending -= 1
        if self.ending is not None and self.until_ending <= 0:
            ending, self.ending = self.ending, None
            moment = self.dice.choice((0.0, self.dice.random() * 0.004))
            asyncio.get_running_loop().call_later(moment, os.kill, self.venue.pid, ending)

    async def _start_again(self, ending):
        if self.ending is not None:
            self._count_down()  # Nothing was answered at all.
        await self.hang_up()
        code = await asyncio.to_thread(self.venue.wait_exit)
        assert code == (0 if ending is signal.SIGTERM else -ending), self.venue.log()
        await asyncio.to_thread(self.venue.start)
        self.is_ending = False
        for speaker in self.speakers.values():
            speaker.come_back()

    async def hang_up(self):
        for speaker in self.speakers.values():
            await speaker.close()
        for client in (client for idle in self.idle.values() for client in idle):
            client.close()
        self.idle.clear()

    async def _use_keys_for_something_else(self):
        """Use keys for another request: refused, without a trace; what they stand for stays."""
        used = [one for one in self.verdicts if one.settled and one.asked.key is not None]
        for verdict in self.dice.sample(used, min(CONFLICTS, len(used))):
            asked = verdict.asked
            path, content = OTHERS[asked.holder is self.admin]
            headers = {"idempotency_key": asked.key, "x_request_id": "something-else"}
            answer = await self._http(asked.holder, "PUT", path, content, **headers)
            assert (answer.status, answer.code()) == (409, "key_reused"), (asked, answer)
            await self.send([verdict])
            self.counts["conflicts"] += 1
