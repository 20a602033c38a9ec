"""Reduce-only: it never increases a position, and all of an account's never exceed it."""

from tests.scenarios.language import play

# Alice has bought 10.
LONG = """
    bob   sell 10 @ 100 -> accepted 1
    alice buy 10 @ 100  -> accepted 2 | executed 2x1 10 @ 100
"""


def test_it_is_shrunk_to_the_position_at_entry():
    play(
        LONG
        + """
        alice sell 15 @ 110 reduce -> accepted 3 less 5
        order 3                    -> new 15 @ 110 cum 0 leaves 10 r0
        alice has ACME             -> 1010 held 10
        """
    )


def test_without_a_position_to_reduce_it_is_refused():
    play(
        LONG
        + """
        carol sell 5 @ 110 reduce -> rejected reduce_only_would_increase   # shares, no position
        alice buy 5 @ 90 reduce   -> rejected reduce_only_would_increase
        bob   buy 15 @ 90 reduce  -> accepted 3 less 5                     # bob has sold 10
        """
    )


def test_all_of_them_never_exceed_the_position():
    play(
        LONG
        + """
        alice sell 6 @ 110 reduce -> accepted 3
        alice sell 6 @ 111 reduce -> accepted 4 less 2
        alice sell 6 @ 112 reduce -> rejected reduce_only_would_increase
        alice cancel 3            -> canceled 3 6 user
        alice sell 9 @ 112 reduce -> accepted 5 less 3
        """
    )


def test_the_newest_shrink_first_when_the_position_does():
    play(
        LONG
        + """
        alice sell 4 @ 110 reduce -> accepted 3
        alice sell 4 @ 109 reduce -> accepted 4
        alice sell 2 @ 108 reduce -> accepted 5
        carol buy 3 @ 90          -> accepted 6
        alice sell 3 @ 90         -> accepted 7 | executed 7x6 3 @ 90
                                  | canceled 5 2 reduce_only | restated 4 3 reduce_only
        queue                     -> - / 4:109x3 3:110x4
        """
    )


def test_its_own_fills_shrink_nobody_else():
    play(
        LONG
        + """
        alice sell 4 @ 110 reduce -> accepted 3
        alice sell 6 @ 111 reduce -> accepted 4
        carol buy 4 @ 110         -> accepted 5 | executed 5x3 4 @ 110
        order 4                   -> new 6 @ 111 cum 0 leaves 6 r0
        """
    )


def test_they_shrink_before_the_next_trade_of_the_same_run():
    play(
        LONG
        + """
        alice sell 8 @ 105        -> accepted 3
        alice sell 10 @ 106 reduce -> accepted 4
        carol buy 20 @ 106        -> accepted 5 | executed 5x3 8 @ 105 | restated 4 2 reduce_only
                                  | executed 5x4 2 @ 106 | rested 5 10 @ 106
        alice position            -> 0 cost 0 realized 52
        """
    )


def test_a_stop_counts_while_it_sleeps():
    play(
        LONG
        + """
        alice sell 10 stop 90 reduce -> accepted 3
        alice sell 1 @ 110 reduce    -> rejected reduce_only_would_increase
        carol buy 4 @ 95             -> accepted 4
        alice sell 4 @ 95            -> accepted 5 | executed 5x4 4 @ 95 | restated 3 6 reduce_only
        order 3                      -> new 10 cum 0 leaves 6 r0
        """
    )


def test_a_pair_counts_once():
    play(
        LONG
        + """
        alice oco: sell 10 @ 110 reduce, sell 10 stop 90 reduce -> accepted 3 | accepted 4
                                                                | rested 3 10 @ 110
        alice sell 1 @ 120 reduce -> rejected reduce_only_would_increase
        carol buy 4 @ 95          -> accepted 5
        alice sell 4 @ 95         -> accepted 6 | executed 6x5 4 @ 95
                                  | restated 4 6 reduce_only | restated 3 6 reduce_only
        alice has ACME            -> 1006 held 6
        """
    )


def test_a_position_that_turns_ends_them():
    play(
        LONG
        + """
        alice sell 10 @ 110 reduce -> accepted 3
        carol buy 12 @ 95          -> accepted 4
        alice sell 12 @ 95         -> accepted 5 | executed 5x4 12 @ 95 | canceled 3 10 reduce_only
        """
    )


def test_it_may_take():
    play(
        LONG
        + """
        carol buy 20 @ 95           -> accepted 3
        alice sell 20 market reduce -> accepted 4 @ 91 less 10 | executed 4x3 10 @ 95
        alice position              -> 0 cost 0 realized -50
        """
    )


def test_an_amend_may_not_take_more_than_there_is():
    play(
        LONG
        + """
        alice sell 6 @ 110 reduce -> accepted 3
        alice amend 3 to 20       -> replaced 3 20 @ 110 requeued | rested 3 10 @ 110
        order 3                   -> new 20 @ 110 cum 0 leaves 10 r1
        """
    )


def test_a_fok_does_not_count_what_would_shrink_away():
    play(
        LONG
        + """
        alice sell 8 @ 105         -> accepted 3
        alice sell 10 @ 106 reduce -> accepted 4
        carol buy 11 @ 106 fok     -> accepted 5 | canceled 5 11 fok
        carol buy 10 @ 106 fok     -> accepted 6 | executed 6x3 8 @ 105 | restated 4 2 reduce_only
                                   | executed 6x4 2 @ 106
        """
    )
