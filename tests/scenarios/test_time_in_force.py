"""How long orders last: until a time, or for the day."""

import pytest
from msgspec.structs import replace

from openoutcry.model.order import Special, TimeInForce
from openoutcry.model.reasons import Reason
from tests.scenarios.language import play


def test_a_gtd_order_expires_at_its_time():
    play("""
        alice buy 5 @ 100 until 2s -> accepted 1
        bob   sell 2 @ 100         -> accepted 2 | executed 2x1 2 @ 100
        after 1s                   -> nothing
        after 1s                   -> expired 1 3 expired
        alice has USD              -> 99800 held 0
        alice cancel 1             -> cancel_rejected too_late
    """)


def test_several_expire_in_order_of_time():
    play("""
        alice buy 5 @ 100 until 2s -> accepted 1
        alice buy 5 @ 100 until 1s -> accepted 2
        after 3s                   -> expired 2 5 expired | expired 1 5 expired
    """)


def test_a_time_that_has_passed_is_refused():
    play("""
        alice buy 5 @ 100 until 0s -> rejected not_allowed_combination
        alice buy 5 @ 100 until 1ns -> accepted 1
    """)


def test_a_time_belongs_to_gtd_and_gtd_to_a_time():
    stage = play("alice buy 5 @ 100 until 1s -> accepted 1")
    sound = stage.records[-1].entry.command
    for wrong in (
        replace(sound, time_in_force=TimeInForce.GTC),
        replace(sound, special=Special(reduce_only=False)),
        replace(sound, special=None),
    ):
        (event,) = stage.submit(wrong)
        assert event.reason is Reason.NOT_ALLOWED_COMBINATION


def test_another_time_may_be_given():
    play("""
        alice buy 5 @ 100 until 1s  -> accepted 1
        bob   buy 5 @ 100           -> accepted 2
        alice amend 1 until 3s      -> replaced 1 5 @ 100
        queue                       -> 1:100x5 2:100x5 / -
        after 2s                    -> nothing
        after 2s                    -> expired 1 5 expired
        bob   amend 2 until 3s      -> amend_rejected not_allowed_combination
    """)


def test_what_lasts_for_the_day_expires_at_the_close():
    play("""
        alice buy 5 @ 100 day         -> accepted 1
        alice buy 5 @ 99              -> accepted 2
        bob   sell 5 @ 110 day show 2 -> accepted 3
        carol sell 5 stop 90 day      -> accepted 4
        bob   sell 2 @ 100            -> accepted 5 | executed 5x1 2 @ 100
        venue close                   -> phase ACME closed | expired 1 3 expired
                                      | expired 3 5 expired | expired 4 5 expired
        book                          -> 99x5 / -
        alice has USD                 -> 99800 held 495
    """)


def test_a_held_leg_whose_time_is_over_is_canceled():
    play("""
        alice oto: buy 5 @ 90, sell 5 @ 110 until 1s -> accepted 1 | held 2 | rested 1 5 @ 90
        after 1s                                     -> canceled 2 5 expired
        order 1                                      -> new 5 @ 90 cum 0 leaves 5 r0
    """)


def test_a_held_leg_of_the_day_is_canceled_at_the_close():
    play("""
        alice oto: buy 5 @ 90, sell 5 @ 110 day -> accepted 1 | held 2 | rested 1 5 @ 90
        venue close                             -> phase ACME closed | canceled 2 5 expired
    """)


def test_a_sleeping_stop_expires():
    play("""
        alice sell 5 stop 90 until 1s -> accepted 1
        after 1s                      -> expired 1 5 expired
        alice has ACME                -> 1000 held 0
    """)


@pytest.mark.parametrize(
    "order",
    [
        "buy 5 market until 1s",
        "buy 5 market_to_limit until 1s",
        "buy 5 stop 105 until 1s",
        "buy 5 trail 5 day",
        "buy 5 @ 100 post until 1s",
    ],
)
def test_which_types_may_last(order):
    found = "rejected not_allowed_combination" if "market " in order else None
    if found is None:
        price = " @ 105" if "market_to_limit" in order else ""
        found = f"accepted 1{price}"
    play(f"alice {order} -> {found}")
