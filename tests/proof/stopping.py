"""A server whose journal breaks: it ends with 70 within a second, and asks the disk nothing more.

The fault comes at a write or a sync that the seed chooses, while clients place orders.
"""

import asyncio
import os
import random
from collections import Counter
from pathlib import Path

from tests.proof.disk import Fault, Place, build
from tests.proof.folder import folder_of_a_trial
from tests.proof.oracle import Oracle
from tests.proof.outside import Client, Unanswered
from tests.venue import running_venue

EXIT_CODE = 70
CLIENTS = 4
FAULTS = (Fault.SYNC_EIO, Fault.TORN_WRITE, Fault.SYNC_ENOSPC, Fault.WRITE_ENOSPC, Fault.WRITE_EIO)


def trial(seed):
    """Let one server end by a fault and start it on a sound disk; return what was counted."""
    fault = FAULTS[seed % len(FAULTS)]
    point = random.Random(seed).randint(60, 200)
    with folder_of_a_trial() as folder:
        report = Path(folder) / "report"
        broken = {
            "LD_PRELOAD": str(build(folder)),
            "BROKEN_DISK": f"{int(Place.JOURNAL)} {point} {int(fault)}",
            "BROKEN_DISK_REPORT": str(report),
        }
        os.environ.update(broken)
        try:
            with running_venue(DATA_DIR=Path(folder) / "data", SIMULATION="off") as venue:
                for name in broken:
                    del os.environ[name]
                return asyncio.run(_Ending(venue, report).watch(fault))
        finally:
            for name in broken:
                os.environ.pop(name, None)


class _Ending:
    def __init__(self, venue, report):
        self.venue, self.report = venue, report
        self.oracle = Oracle()
        self.refused = 0

    async def watch(self, fault):
        """Place orders until the venue ends; then ask it for every one of them."""
        await asyncio.gather(*(self._trade(number) for number in range(CLIENTS)))
        assert await asyncio.to_thread(self.venue.wait_exit) == EXIT_CODE
        assert self.report.read_text().splitlines() == ["broke"], "nothing was tried again"
        await asyncio.to_thread(self.venue.start)
        client = Client(self.venue.port)
        for asked in list(self.oracle.asked.values()):
            for _ in range(2):
                await self._send(client, asked)
        listed = await client.call("GET", "/orders")
        seen = self.oracle.check_listed(listed.json())
        assert seen.keys() == self.oracle.asked.keys()
        client.close()
        acknowledged = self.oracle.counts["acknowledged"]
        return Counter({"servers": 1, fault.name: 1, "acknowledged": acknowledged})

    async def _trade(self, number):
        client = Client(self.venue.port)
        try:
            while True:
                asked = self.oracle.ask(f"{number}-{len(self.oracle.asked)}", {"stocks": "AAPL"})
                await self._send(client, asked)
        except Unanswered:
            client.close()

    async def _send(self, client, asked):
        content, key = asked.content, asked.key
        answer = await client.call("POST", "/orders", content, idempotency_key=key)
        if answer.status == 503:
            client.close()
            raise Unanswered
        self.oracle.answered(asked, answer)
