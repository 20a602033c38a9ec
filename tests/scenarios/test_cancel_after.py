"""Cancel-after: whoever does not say in time that they are there loses all open orders."""

from openoutcry.engine.engine import Engine
from openoutcry.model.commands import AdvanceTime, CancelAllOrders, SetCancelAfter
from openoutcry.model.events import CancelAfterSet
from openoutcry.model.order import Door
from openoutcry.model.reasons import Reason
from openoutcry.model.record import Entry
from tests.scenarios.language import play
from tests.stage import SECOND


def test_who_does_not_renew_it_in_time_loses_all_open_orders():
    play("""
        alice sell 5 @ 101     -> accepted 1
        bob   sell 5 @ 102     -> accepted 2
        alice cancel after 5s  -> cancel_after alice on
        alice buy 4 @ 99       -> accepted 3
        alice simple 5 delay 60s -> pended 4
        after 4s               -> nothing
        after 1s               -> cancel_after alice off | canceled 1 5 cancel_after
                               | canceled 3 4 cancel_after | canceled 4 5 cancel_after
        book                   -> - / 102x5
        alice has USD          -> 100000 held 0
        after 9s               -> nothing
    """)


def test_it_fires_once_and_orders_entered_afterwards_stay():
    play("""
        alice cancel after 1s  -> cancel_after alice on
        after 1s               -> cancel_after alice off
        alice sell 5 @ 101     -> accepted 1
        after 60s              -> nothing
        book                   -> - / 101x5
    """)


def test_each_call_replaces_the_last_whether_it_is_longer_or_shorter():
    play("""
        alice sell 5 @ 101     -> accepted 1
        alice cancel after 2s  -> cancel_after alice on
        after 1s               -> nothing
        alice cancel after 2s  -> cancel_after alice on
        after 1s               -> nothing
        alice cancel after 60s -> cancel_after alice on
        alice cancel after 1s  -> cancel_after alice on
        after 1s               -> cancel_after alice off | canceled 1 5 cancel_after
        after 60s              -> nothing
    """)


def test_off_is_off():
    play("""
        alice sell 5 @ 101     -> accepted 1
        alice cancel after 2s  -> cancel_after alice on
        alice cancel after off -> cancel_after alice off
        after 9s               -> nothing
        alice cancel after off -> cancel_after alice off
        book                   -> - / 101x5
    """)


def test_every_account_has_its_own():
    play("""
        alice sell 5 @ 101     -> accepted 1
        bob   sell 5 @ 102     -> accepted 2
        alice cancel after 3s  -> cancel_after alice on
        bob   cancel after 2s  -> cancel_after bob on
        after 2s               -> cancel_after bob off | canceled 2 5 cancel_after
        after 1s               -> cancel_after alice off | canceled 1 5 cancel_after
    """)


def test_what_hangs_together_ends_together():
    play("""
        alice oto: sell 5 @ 110, buy 5 @ 90 -> accepted 1 | held 2 | rested 1 5 @ 110
        alice cancel after 1s               -> cancel_after alice on
        after 1s                            -> cancel_after alice off
                                            | canceled 1 5 cancel_after | canceled 2 5 cancel_after
    """)


def test_it_is_for_accounts_that_trade():
    play("""
        nobody cancel after 1s -> refused unknown_account
        house  cancel after 1s -> refused unknown_account
    """)


def test_a_halt_and_a_block_do_not_keep_it_from_firing():
    play("""
        alice sell 5 @ 101     -> accepted 1
        alice cancel after 1s  -> cancel_after alice on
        venue halt             -> phase ACME halted
        venue block alice      -> changed alice
        after 1s               -> cancel_after alice off | canceled 1 5 cancel_after
    """)


def test_it_survives_a_restart_and_is_part_of_what_the_digest_covers():
    stage = play("""
        alice sell 5 @ 101     -> accepted 1
        alice cancel after 5s  -> cancel_after alice on
    """)
    other = play("""
        alice sell 5 @ 101     -> accepted 1
        alice cancel after 6s  -> cancel_after alice on
    """)
    restored = Engine.restore(stage.engine.snapshot())
    assert restored.digest() == stage.engine.digest() != other.engine.digest()
    due = restored.next_due()
    assert due == stage.at + 5 * SECOND
    events = restored.apply(Entry(at=due, actor="t", door=Door.VENUE, command=AdvanceTime()))
    assert [getattr(event, "order", event) for event in events][1].reason is Reason.CANCEL_AFTER


def test_a_clock_that_is_set_forward_does_not_fire_it():
    stage = play("alice cancel after 5s -> cancel_after alice on")
    before = stage.engine.next_due()
    stage.submit(AdvanceTime(leap=60 * SECOND), door=Door.VENUE)
    assert stage.engine.next_due() == before + 60 * SECOND


def test_it_says_when_it_fires_in_the_venues_time():
    stage = play("alice sell 5 @ 101 -> accepted 1")
    (event,) = stage.submit(SetCancelAfter(account_id="alice", timeout=5))
    assert event == CancelAfterSet(account_id="alice", fires_at=stage.at + 5)


def test_a_cancel_of_all_says_why():
    stage = play("alice sell 5 @ 101 -> accepted 1")
    command = CancelAllOrders(account_id="alice", reason=Reason.DISCONNECT)
    (event,) = stage.submit(command)
    assert event.order.reason is Reason.DISCONNECT
