"""Halts and closes: nothing trades, cancels work."""

import pytest

from tests.scenarios.language import play
from tests.stage import instrument


def test_a_halt_refuses_orders_and_keeps_what_rests():
    play("""
        alice sell 5 @ 100      -> accepted 1
        venue halt              -> phase ACME halted
        bob buy 5 @ 100         -> rejected halted
        bob buy 5 market        -> rejected halted
        book                    -> - / 100x5
        venue continue          -> phase ACME continuous
        bob buy 5 @ 100         -> accepted 2 | executed 2x1 5 @ 100
    """)


def test_cancels_work_in_a_halt_and_after_the_close():
    play("""
        alice sell 5 @ 101 -> accepted 1
        alice sell 5 @ 102 -> accepted 2
        alice sell 5 @ 103 -> accepted 3
        venue halt         -> phase ACME halted
        alice cancel 1     -> canceled 1 5 user
        venue close        -> phase ACME closed
        alice cancel 2     -> canceled 2 5 user
        alice cancel all   -> canceled 3 5 user
        alice has ACME     -> 1000 held 0
    """)


def test_a_closed_instrument_refuses_orders():
    play("""
        venue close        -> phase ACME closed
        alice sell 5 @ 101 -> rejected phase_forbids
    """)


def test_in_a_halt_an_amend_may_only_shrink():
    play("""
        alice buy 5 @ 100          -> accepted 1
        venue halt                 -> phase ACME halted
        alice amend 1 to 6         -> amend_rejected halted
        alice amend 1 @ 99         -> amend_rejected halted
        alice amend 1 @ 101        -> amend_rejected halted
        alice amend 1 to 4 @ 99    -> amend_rejected halted
        alice amend 1 to 4         -> replaced 1 4 @ 100
        alice has USD              -> 100000 held 400
    """)


@pytest.mark.parametrize("amend", ["to 6", "@ 99", "to 4", "as other", "to 9 @ 1"])
def test_a_closed_instrument_refuses_every_amend(amend):
    play(f"""
        alice buy 5 @ 100     -> accepted 1
        venue close           -> phase ACME closed
        alice amend 1 {amend} -> amend_rejected phase_forbids
        order 1               -> new 5 @ 100 cum 0 leaves 5 r0
    """)


@pytest.mark.parametrize("amend", ["to 9.5", "@ 99.5", "to 9999999 @ 100"])
def test_a_halt_is_named_before_what_else_is_wrong_with_an_amend(amend):
    play(f"""
        alice buy 5 @ 100     -> accepted 1
        venue halt            -> phase ACME halted
        alice amend 1 {amend} -> amend_rejected halted
        venue block alice     -> changed alice
        alice amend 1 to 6    -> amend_rejected halted
        alice amend 1 to 4    -> amend_rejected account_blocked
    """)


def test_other_instruments_go_on():
    play(
        """
        venue halt                   -> phase ACME halted
        alice sell 5 @ 100 on GLOBEX -> accepted 1
        """,
        listed=(instrument(), instrument("GLOBEX")),
    )


def test_a_blocked_account_may_only_cancel():
    play("""
        alice buy 5 @ 100   -> accepted 1
        venue block alice   -> changed alice
        alice buy 5 @ 100   -> rejected account_blocked
        alice amend 1 to 4  -> amend_rejected account_blocked
        alice cancel 1      -> canceled 1 5 user
        venue unblock alice -> changed alice
        alice buy 5 @ 100   -> accepted 2
    """)


def test_what_a_blocked_account_left_in_the_book_trades():
    play("""
        alice buy 5 @ 100  -> accepted 1
        venue block alice  -> changed alice
        bob   sell 2 @ 100 -> accepted 2 | executed 2x1 2 @ 100
    """)
