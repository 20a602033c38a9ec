"""A snapshot is the whole state: what is restored from it goes on as if nothing had happened."""

import msgspec
import pytest

from openoutcry.engine import consequences
from openoutcry.engine.engine import Engine
from openoutcry.model.commands import AdoptRules, CancelAllOrders
from openoutcry.model.order import Door
from openoutcry.model.record import Entry, Retry
from tests.audited_specials import AuditedSpecials
from tests.engine.test_reference import queues
from tests.scenarios.language import play
from tests.workload import Workload, played


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_restored_engine_has_the_same_digest_and_the_same_future(seed):
    workload = Workload(seed)
    engine = Engine()
    for entry in workload.opening():
        engine.apply(entry)
    restored = Engine.restore(engine.snapshot())
    for number in range(3_000):
        entry = workload.draw()
        events = engine.apply(entry)
        assert restored.apply(entry) == events
        workload.heard(events)
        if number % 100 == 0:
            assert restored.digest() == engine.digest()
            restored = Engine.restore(restored.snapshot())
            restored.check()
    assert restored.snapshot() == engine.snapshot()


def test_queues_are_restored_in_order_of_priority_not_of_ids():
    stage = play("""
        alice sell 5 @ 101 -> accepted 1
        bob   sell 5 @ 101 -> accepted 2
        carol sell 5 @ 101 -> accepted 3
        alice amend 1 to 6 -> replaced 1 6 @ 101 requeued | rested 1 6 @ 101
    """)
    restored = Engine.restore(stage.engine.snapshot())
    assert queues(restored) == queues(stage.engine) == [[(2, 5), (3, 5), (1, 6)], []]


def test_timers_accounts_keys_and_counters_are_restored():
    stage = play("""
        demo  simple 5           -> pended 1
        demo  simple 5 delay 2s  -> pended 2
        demo  cancel 1           -> canceled 1 5 user
        venue limit alice 7      -> changed alice
        venue halt               -> phase ACME halted
    """)
    engine = stage.engine
    restored = Engine.restore(engine.snapshot())
    assert restored.next_due() == engine.next_due() is not None
    assert restored.accounts() == engine.accounts()
    assert restored.instruments() == engine.instruments()
    assert (restored.sequence, restored.now, restored.rules) == (
        engine.sequence,
        engine.now,
        engine.rules,
    )
    for account in engine.accounts():
        assert restored.orders_of(account.account_id) == engine.orders_of(account.account_id)
        assert restored.balances(account.account_id) == engine.balances(account.account_id)
        assert restored.positions(account.account_id) == engine.positions(account.account_id)


def test_what_was_delisted_with_a_band_in_an_auction_is_restored_as_it_is():
    stage = play("""
        venue band 500 -> changed ACME | band ACME 95 105
        venue call     -> phase ACME auction
        venue delist   -> delisted ACME
    """)
    restored = Engine.restore(stage.engine.snapshot())
    assert restored.snapshot() == stage.engine.snapshot()


def test_legs_that_a_command_left_held_are_let_go_by_a_restored_engine_too(monkeypatch):
    monkeypatch.setattr(consequences, "CONSEQUENCES_MAX", 1)
    monkeypatch.setattr(AuditedSpecials, "check", lambda *_: None)
    stage = play("""
        alice oto: buy 1 @ 100, sell 1 @ 110 -> accepted 1 | held 2 | rested 1 1 @ 100
        alice oto: buy 1 @ 100, sell 1 @ 110 -> accepted 3 | held 4 | rested 3 1 @ 100
        bob sell 2 @ 100    -> accepted 5 | executed 5x1 1 @ 100 | executed 5x3 1 @ 100
                            | accepted 2 | rested 2 1 @ 110
    """)
    restored = Engine.restore(stage.engine.snapshot())
    play("bob deposit 1 USD -> deposit bob 1 USD | accepted 4 | rested 4 1 @ 110", stage=stage)
    assert restored.apply(stage.records[-1].entry) == stage.records[-1].events
    assert restored.digest() == stage.engine.digest()


def test_requests_are_remembered_across_a_restart():
    engine = Engine()
    retry = Retry(keys=("aa" * 16, "bb" * 16), body="cc")
    command = AdoptRules(rules=1)
    engine.apply(Entry(at=1, actor="t", door=Door.ADMIN, command=command, retry=retry))
    restored = Engine.restore(engine.snapshot())
    asked = ("bb" * 16, "dd" * 16)
    assert restored.retried(asked) == engine.retried(asked)
    assert restored.retried(asked)[0].first == 1
    assert restored.retried(asked)[1] is None


@pytest.mark.parametrize("spoil", [lambda p: p[:-1], lambda p: b"", lambda p: b"{}"])
def test_what_is_no_snapshot_is_refused(spoil):
    with pytest.raises(msgspec.DecodeError):
        Engine.restore(spoil(Engine().snapshot()))


def test_a_snapshot_of_an_unknown_format_is_refused():
    picture = msgspec.json.decode(Engine().snapshot())
    picture["format"] = 999
    with pytest.raises(msgspec.ValidationError, match="format"):
        Engine.restore(msgspec.json.encode(picture))


@pytest.mark.parametrize("commands", [500, 5_000])
def test_nothing_in_memory_grows_with_closed_orders(commands):
    """However long the past was: once everything is canceled, no trace of an order is left."""
    engine = played(commands, 5)
    for account in engine.accounts():
        command = CancelAllOrders(account_id=account.account_id)
        engine.apply(Entry(at=engine.now, actor="t", door=Door.ADMIN, command=command))
    engine.next_due()  # Timers of orders that have ended are dropped when they come first.
    state = engine._state
    assert (state.orders, state.orders_by_account, len(state.timers)) == ({}, {}, 0)
    for market in state.markets.values():
        for ladder in (market.book.bids, market.book.asks):
            assert (ladder.keys, ladder.levels) == ([], {})
