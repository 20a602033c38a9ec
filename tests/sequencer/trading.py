"""A day of trading, small: records of every kind, as a venue would have journaled them."""

import random
import shutil

from openoutcry.engine.engine import Engine
from openoutcry.journal.record import Block, encode, link_at, seal
from openoutcry.model import commands
from openoutcry.model.account import AccountKind
from openoutcry.model.order import Door, OrderType, Side
from openoutcry.model.record import FORMAT, Entry, Record, Retry
from openoutcry.sequencer.recovery import save_snapshot
from tests.sequencer.rig import SECOND, START

TRADERS = ("alice", "bob")


def commands_of_a_day(seed, count):
    """Yield commands: accounts first, then whatever the dice say."""
    dice = random.Random(seed)
    for name in TRADERS:
        yield commands.OpenAccount(name=name, account_id=name, kind=AccountKind.AGENT, cash=10**18)
    yield commands.EnterSimpleOrder(account_id="alice", symbol="ACME", quantity=1, delay_ns=1)
    for _ in range(count):
        trader = dice.choice(TRADERS)
        match dice.randrange(6):
            case 0:
                yield commands.EnterSimpleOrder(
                    account_id=trader,
                    symbol="ACME",
                    quantity=dice.randint(1, 9),
                    delay_ns=dice.randrange(SECOND),
                )
            case 1:
                yield commands.AdvanceTime()
            case 2:
                yield commands.CancelOrder(account_id=trader, order_id=dice.randint(1, count))
            case _:
                yield commands.EnterOrder(
                    account_id=trader,
                    symbol="ACME",
                    side=dice.choice((Side.BUY, Side.SELL)),
                    type=OrderType.LIMIT,
                    quantity=dice.randint(1, 20),
                    price=dice.randint(9_990, 10_010),
                )


class Day:
    """An engine and its journal, written block by block."""

    def __init__(self, journal, seed=1, engine=None):
        self.journal = journal
        self.engine = engine or Engine()
        self.at = max(START, self.engine.now)
        self._seed = seed
        self._commands = commands_of_a_day(seed, 10**9)

    def trade(self, blocks, records=7):
        """Go on for so many blocks of so many records."""
        for _ in range(blocks):
            self.write([next(self._commands) for _ in range(records)])
        return self

    def write(self, commands):
        """Apply commands and append their records as one block."""
        stored, journal = [], self.journal
        link = link_at(journal.epochs, journal.last + 1, journal.last_hash)
        before = self.engine.sequence
        for command in commands:
            self.at += SECOND // 10
            first = self.engine.sequence + 1
            retry = Retry(keys=(f"{self._seed:08x}{first:024x}",), body="body")
            entry = Entry(at=self.at, actor="test", door=Door.NATIVE, command=command, retry=retry)
            events = self.engine.apply(entry)
            record = Record(
                format=FORMAT, first=first, last=self.engine.sequence, entry=entry, events=events
            )
            stored.append(seal(link, encode(record)))
            link = stored[-1].hash
        journal.append(Block(before + 1, self.engine.sequence, stored))

    def keep(self, snapshots):
        """Keep a snapshot of now."""
        save_snapshot(self.engine, self.journal, snapshots)
        return self


def copy_files(source, target, pattern="*"):
    """Copy a data directory as a crash would leave it: nobody closes anything first."""
    target.mkdir()
    for file in source.glob(pattern):
        if file.name != "lock" and not file.name.endswith("-shm"):
            shutil.copy(file, target)
    return target
