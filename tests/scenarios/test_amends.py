"""What an amend may change, what it costs in priority, and what it leaves alone."""

import pytest

from openoutcry.model.events import OrderCanceled
from tests.scenarios.language import play
from tests.stage import instrument

QUEUE = """
    alice sell 5 @ 101 -> accepted 1
    bob   sell 5 @ 101 -> accepted 2
"""


@pytest.mark.parametrize(
    "amend",
    [
        "alice amend 1 to 4        -> replaced 1 4 @ 101",
        "alice amend 1 to 4 @ 101  -> replaced 1 4 @ 101",
        "alice amend 1 to 5        -> replaced 1 5 @ 101",
        "alice amend 1 @ 101       -> replaced 1 5 @ 101",
        "alice amend 1 as new-name -> replaced 1 5 @ 101",
        "alice amend 1             -> replaced 1 5 @ 101",
    ],
)
def test_what_does_not_grow_or_move_keeps_its_place(amend):
    play(f"""{QUEUE}
        {amend}
        carol buy 1 @ 101 -> accepted 3 | executed 3x1 1 @ 101
    """)


@pytest.mark.parametrize(
    "amend",
    [
        "alice amend 1 to 6 -> replaced 1 6 @ 101 requeued | rested 1 6 @ 101",
        """alice amend 1 @ 102 -> replaced 1 5 @ 102 requeued | rested 1 5 @ 102
           alice amend 1 @ 101 -> replaced 1 5 @ 101 requeued | rested 1 5 @ 101""",
        """alice amend 1 to 4 -> replaced 1 4 @ 101
           alice amend 1 to 5 -> replaced 1 5 @ 101 requeued | rested 1 5 @ 101""",
    ],
)
def test_what_grows_or_moves_goes_to_the_tail(amend):
    play(f"""{QUEUE}
        {amend}
        carol buy 1 @ 101 -> accepted 3 | executed 3x2 1 @ 101
    """)


def test_growth_in_price_but_not_in_total_still_loses_priority():
    play("""
        alice sell 5 @ 101       -> accepted 1
        bob   sell 5 @ 100       -> accepted 2
        alice amend 1 to 3 @ 100 -> replaced 1 3 @ 100 requeued | rested 1 3 @ 100
        carol buy 6 @ 100        -> accepted 3 | executed 3x2 5 @ 100 | executed 3x1 1 @ 100
    """)


def test_the_new_quantity_is_the_total_and_fills_count():
    play("""
        alice sell 10 @ 101 -> accepted 1
        bob   buy 4 @ 101   -> accepted 2 | executed 2x1 4 @ 101
        alice amend 1 to 7  -> replaced 1 7 @ 101
        order 1             -> partially_filled 7 @ 101 cum 4 leaves 3 r1
        book                -> - / 101x3
        alice has ACME      -> 996 held 3
    """)


@pytest.mark.parametrize("total", [4, 3, 1])
def test_a_total_at_or_below_what_is_filled_ends_the_order(total):
    stage = play(f"""
        alice sell 10 @ 101      -> accepted 1
        bob   buy 4 @ 101        -> accepted 2 | executed 2x1 4 @ 101
        alice amend 1 to {total} -> canceled 1 0 amended_below_filled
        alice has ACME           -> 996 held 0
        alice cancel 1           -> cancel_rejected too_late
        book                     -> - / -
    """)
    ended = next(
        event.order for r in stage.records for event in r.events if isinstance(event, OrderCanceled)
    )
    assert (ended.terms.quantity, ended.cum_quantity, ended.revision) == (4, 4, 1)


def test_an_amend_that_reaches_the_other_side_trades_as_if_it_came_in():
    play("""
        alice sell 5 @ 105       -> accepted 1
        bob   buy 3 @ 100        -> accepted 2
        carol buy 3 @ 99         -> accepted 3
        alice amend 1 to 7 @ 100 -> replaced 1 7 @ 100 requeued | executed 1x2 3 @ 100
                                 | rested 1 4 @ 100
        order 1                  -> partially_filled 7 @ 100 cum 3 leaves 4 r1
        book                     -> 99x3 / 100x4
    """)


def test_an_amend_holds_more_or_less_exactly():
    play("""
        alice buy 5 @ 100        -> accepted 1
        alice has USD            -> 100000 held 500
        alice amend 1 to 9 @ 110 -> replaced 1 9 @ 110 requeued | rested 1 9 @ 110
        alice has USD            -> 100000 held 990
        alice amend 1 to 2       -> replaced 1 2 @ 110
        alice has USD            -> 100000 held 220
        alice cancel 1           -> canceled 1 2 user
        alice has USD            -> 100000 held 0
    """)


def test_an_amend_may_use_what_its_own_order_holds():
    play("""
        alice buy 999 @ 100     -> accepted 1
        alice amend 1 to 1000   -> replaced 1 1000 @ 100 requeued | rested 1 1000 @ 100
        alice amend 1 to 1001   -> amend_rejected insufficient_funds
        alice amend 1 to 500 @ 200 -> replaced 1 500 @ 200 requeued | rested 1 500 @ 200
        alice has USD           -> 100000 held 100000
    """)


@pytest.mark.parametrize(
    "refused",
    [
        "alice amend 1 to 9 @ 99.5  -> amend_rejected price_increment",
        "alice amend 1 to 2.5       -> amend_rejected quantity_increment",
        "alice amend 1 @ 1000000    -> amend_rejected insufficient_funds",
        "alice amend 1 to 9999      -> amend_rejected insufficient_funds",
        "bob   amend 1 to 2         -> amend_rejected unknown_order",
        "alice amend 7 to 2         -> amend_rejected unknown_order",
        "alice amend 0 to 2         -> amend_rejected unknown_order",
    ],
)
def test_an_amend_that_fails_leaves_the_order_untouched(refused):
    play(f"""
        alice buy 5 @ 100 -> accepted 1
        bob   buy 5 @ 100 -> accepted 2
        {refused}
        order 1           -> new 5 @ 100 cum 0 leaves 5 r0
        alice has USD     -> 100000 held 500
        carol sell 1 @ 100 -> accepted 3 | executed 3x1 1 @ 100
    """)


def test_a_revision_counts_every_accepted_amend_and_no_other():
    play("""
        alice buy 5 @ 100     -> accepted 1
        alice amend 1         -> replaced 1 5 @ 100
        alice amend 1 to 4    -> replaced 1 4 @ 100
        alice amend 1 @ 0.5   -> amend_rejected price_increment
        alice amend 1 to 6    -> replaced 1 6 @ 100 requeued | rested 1 6 @ 100
        order 1               -> new 6 @ 100 cum 0 leaves 6 r3
    """)


def test_an_amend_gives_another_client_order_id():
    stage = play("""
        alice buy 5 @ 100 as first -> accepted 1
        alice amend 1 as second    -> replaced 1 5 @ 100
        alice amend 1 to 4         -> replaced 1 4 @ 100
    """)
    names = [r.events[0].order.terms.client_order_id for r in stage.records[-3:]]
    assert names == ["first", "second", "second"]


def test_an_amend_of_an_ended_order_is_too_late():
    play("""
        alice buy 5 @ 100    -> accepted 1
        bob   sell 5 @ 100   -> accepted 2 | executed 2x1 5 @ 100
        alice amend 1 to 9   -> amend_rejected too_late
    """)


def test_only_a_limit_order_has_a_price_to_amend():
    play("""
        alice buy 5 market_to_limit -> accepted 1 @ 105
        alice amend 1 @ 104         -> amend_rejected not_allowed_combination
        alice amend 1 to 6          -> replaced 1 6 @ 105 requeued | rested 1 6 @ 105
    """)


def test_an_amend_that_would_make_a_post_only_order_take_is_refused():
    play("""
        alice buy 5 @ 99 post -> accepted 1
        bob   sell 5 @ 101    -> accepted 2
        alice amend 1 @ 101   -> amend_rejected would_cross
        alice amend 1 @ 100   -> replaced 1 5 @ 100 requeued | rested 1 5 @ 100
    """)


def test_an_order_that_waits_is_canceled_and_entered_again_rather_than_amended():
    play("""
        demo simple 10    -> pended 1
        demo amend 1 to 4 -> amend_rejected not_allowed_combination
        order 1           -> pending_new 10 cum 0 leaves 10 r0
    """)


def test_a_taker_that_was_amended_pays_as_taker_when_it_takes():
    play(
        """
        alice sell 10 @ 105 -> accepted 1
        bob   buy 10 @ 100  -> accepted 2
        bob   amend 2 @ 105 -> replaced 2 10 @ 105 requeued | executed 2x1 10 @ 105 fees 1.05 0.105
        """,
        listed=(instrument(fees_bps=(1, 10)),),
    )
