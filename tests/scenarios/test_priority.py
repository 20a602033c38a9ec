"""Price, then time; and a trade prints at the resting order's price."""

from tests.scenarios.language import play
from tests.stage import instrument


def test_a_better_price_trades_first_then_an_older_order():
    play("""
        alice sell 5 @ 102 -> accepted 1
        bob   sell 5 @ 101 -> accepted 2
        carol sell 5 @ 102 -> accepted 3
        dave  buy 12 @ 102 -> accepted 4 | executed 4x2 5 @ 101 | executed 4x1 5 @ 102
                           | executed 4x3 2 @ 102
        book               -> - / 102x3
    """)


def test_bids_are_taken_from_the_highest_down():
    play("""
        alice buy 5 @ 98   -> accepted 1
        bob   buy 5 @ 99   -> accepted 2
        carol buy 5 @ 99   -> accepted 3
        dave sell 12 @ 98  -> accepted 4 | executed 4x2 5 @ 99 | executed 4x3 5 @ 99
                           | executed 4x1 2 @ 98
        book               -> 98x3 / -
    """)


def test_an_order_at_the_very_price_trades():
    play("""
        alice sell 5 @ 101 -> accepted 1
        bob   buy 5 @ 101  -> accepted 2 | executed 2x1 5 @ 101
    """)


def test_an_order_one_tick_short_rests():
    play("""
        alice sell 5 @ 101 -> accepted 1
        bob   buy 5 @ 100  -> accepted 2
        carol buy 5 @ 100  -> accepted 3
        book               -> 100x10 / 101x5
    """)


def test_a_trade_prints_at_the_resting_price_and_the_saving_is_released_at_once():
    play("""
        alice sell 5 @ 101 -> accepted 1
        bob   buy 5 @ 110  -> accepted 2 | executed 2x1 5 @ 101
        bob has USD        -> 99495 held 0
        alice has USD      -> 100505 held 0
        alice has ACME     -> 995 held 0
    """)


def test_a_partly_filled_order_keeps_its_place():
    play("""
        alice sell 5 @ 101 -> accepted 1
        bob   sell 5 @ 101 -> accepted 2
        carol buy 2 @ 101  -> accepted 3 | executed 3x1 2 @ 101
        carol buy 4 @ 101  -> accepted 4 | executed 4x1 3 @ 101 | executed 4x2 1 @ 101
        order 2            -> partially_filled 5 @ 101 cum 1 leaves 4 r0
    """)


def test_what_is_left_of_a_taker_rests_at_its_limit_and_makes():
    play("""
        alice sell 3 @ 101 -> accepted 1
        bob   buy 5 @ 103  -> accepted 2 | executed 2x1 3 @ 101 | rested 2 2 @ 103
        carol sell 2 @ 100 -> accepted 3 | executed 3x2 2 @ 103
        book               -> - / -
    """)


def test_instruments_do_not_meet():
    play(
        """
        alice sell 5 @ 101 on GLOBEX -> accepted 1
        bob   buy 5 @ 101            -> accepted 2
        book                         -> 101x5 / -
        book GLOBEX                  -> - / 101x5
        """,
        listed=(instrument(), instrument("GLOBEX")),
    )
