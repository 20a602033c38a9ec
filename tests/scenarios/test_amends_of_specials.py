"""Amending orders with special terms: every field that may change, and what it does."""

import pytest

from tests.scenarios.language import play

TRADED = """
    carol sell 1 @ 100 -> accepted 1
    dave  buy 1 @ 100  -> accepted 2 | executed 2x1 1 @ 100
"""


def test_a_sleeping_stop_may_move_its_trigger_price_and_quantity():
    play(
        TRADED
        + """
        alice buy 5 @ 112 stop 110 -> accepted 3
        alice amend 3 stop 108     -> replaced 3 5 @ 112
        alice amend 3 @ 109        -> replaced 3 5 @ 109
        alice amend 3 to 7         -> replaced 3 7 @ 109
        alice has USD              -> 100000 held 763
        bob   sell 1 @ 108         -> accepted 4
        carol buy 1 @ 108          -> accepted 5 | executed 5x4 1 @ 108 | triggered 3
        book                       -> 109x7 / -
        """
    )


def test_a_stop_moved_through_the_market_triggers_at_once():
    play(
        TRADED
        + """
        alice buy 5 stop 110   -> accepted 3
        bob   sell 2 @ 101     -> accepted 4
        alice amend 3 stop 100 -> replaced 3 5 | triggered 3 @ 106 | executed 3x4 2 @ 101
                               | canceled 3 3 insufficient_liquidity
        alice has USD          -> 99798 held 0
        """
    )


def test_what_a_stop_reserves_follows_its_trigger():
    play("""
        alice buy 5 stop 100   -> accepted 1
        alice has USD          -> 100000 held 525
        alice amend 1 stop 200 -> replaced 1 5
        alice has USD          -> 100000 held 1050
        poor  deposit 500 USD  -> deposit poor 500 USD
        poor  buy 4 stop 100   -> accepted 2
        poor  amend 2 stop 200 -> amend_rejected insufficient_funds
        order 2                -> new 4 cum 0 leaves 4 r0
    """)


def test_a_triggered_stop_has_no_trigger_any_more():
    play(
        TRADED
        + """
        alice sell 5 @ 105 stop 100 -> accepted 3 | triggered 3
        alice amend 3 stop 95       -> amend_rejected not_allowed_combination
        alice amend 3 @ 106         -> replaced 3 5 @ 106 requeued | rested 3 5 @ 106
        alice amend 3 to 4          -> replaced 3 4 @ 106
        """
    )


@pytest.mark.parametrize(
    ("order", "amend", "reason"),
    [
        ("sell 5 @ 110", "stop 95", "not_allowed_combination"),
        ("sell 5 @ 110", "trail 3", "not_allowed_combination"),
        ("sell 5 @ 110", "peg +1", "not_allowed_combination"),
        ("sell 5 stop 95", "trail 3", "not_allowed_combination"),
        ("sell 5 stop 95", "@ 94", "not_allowed_combination"),
        ("sell 5 stop 95", "stop 95.5", "price_increment"),
        ("sell 5 stop 95", "stop 0", "not_allowed_combination"),
        ("sell 5 stop 95", "to 0.5", "quantity_increment"),
        ("sell 5 trail 3", "trail 0", "not_allowed_combination"),
        ("sell 5 @ 110 show 2", "show 6", "not_allowed_combination"),
        ("sell 5 @ 110 show 2", "show 1.5", "quantity_increment"),
        ("sell 5 @ 110 show 2", "to 1001", "insufficient_asset"),
    ],
)
def test_what_an_amend_cannot_do(order, amend, reason):
    stage = play(f"alice {order} -> accepted 1")
    before = stage.engine.order(1)
    play(f"alice amend 1 {amend} -> amend_rejected {reason}", stage=stage)
    assert stage.engine.order(1) == before


def test_a_plain_order_does_not_become_an_iceberg():
    play("""
        alice sell 5 @ 110     -> accepted 1
        alice amend 1 show 2   -> amend_rejected not_allowed_combination
    """)


def test_an_iceberg_amended_below_its_part_shows_all_of_it():
    play("""
        alice sell 10 @ 110 show 4 -> accepted 1
        alice amend 1 to 3         -> replaced 1 3 @ 110
        queue                      -> - / 1:110x3
        alice amend 1 to 8         -> replaced 1 8 @ 110 requeued | rested 1 3 @ 110
        queue                      -> - / 1:110x3
    """)


def test_in_a_halt_they_may_only_shrink():
    play("""
        alice sell 10 @ 110 show 4  -> accepted 1
        alice sell 5 stop 90        -> accepted 2
        venue halt                  -> phase ACME halted
        alice amend 1 show 2        -> amend_rejected halted
        alice amend 2 stop 91       -> amend_rejected halted
        alice amend 1 to 11         -> amend_rejected halted
        alice amend 1 to 10         -> replaced 1 10 @ 110
        alice amend 1 to 9 @ 110    -> replaced 1 9 @ 110
        alice amend 2 to 4          -> replaced 2 4
    """)


def test_an_amend_to_nothing_more_ends_it():
    play("""
        alice sell 10 @ 110 show 4 -> accepted 1
        bob   buy 2 @ 110          -> accepted 2 | executed 2x1 2 @ 110
        alice amend 1 to 2         -> canceled 1 0 amended_below_filled
        alice has ACME             -> 998 held 0
        alice sell 10 stop 90      -> accepted 3
        alice amend 3 to 0         -> canceled 3 0 amended_below_filled
        alice has ACME             -> 998 held 0
    """)


def test_a_name_may_change_and_nothing_else():
    stage = play("""
        alice sell 10 @ 110 show 4 as one -> accepted 1
        alice amend 1 as two              -> replaced 1 10 @ 110
        order 1                           -> new 10 @ 110 cum 0 leaves 10 r1
    """)
    assert stage.engine.order(1).terms.client_order_id == "two"
    play("alice amend 1 show 3 -> replaced 1 10 @ 110", stage=stage)
    assert stage.engine.order(1).terms.client_order_id == "two"


def test_what_a_triggered_stop_still_has_may_change():
    play(
        TRADED
        + """
        alice sell 5 @ 105 stop 100 until 1s -> accepted 3 | triggered 3
        alice amend 3 until 9s               -> replaced 3 5 @ 105
        after 2s                             -> nothing
        """
    )
