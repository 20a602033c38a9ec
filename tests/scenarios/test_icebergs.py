"""Icebergs: only what is shown has a place in the queue; the rest counts, and is never seen."""

import pytest

from tests.scenarios.language import play


def test_the_book_shows_the_displayed_part_only():
    play("""
        alice sell 10 @ 100 show 3 -> accepted 1
        bob   sell 2 @ 100         -> accepted 2
        book                       -> - / 100x5
        queue                      -> - / 1:100x3 2:100x2
        alice has ACME             -> 1000 held 10
    """)


def test_a_refill_goes_to_the_tail():
    play("""
        alice sell 10 @ 100 show 3 -> accepted 1
        bob   sell 2 @ 100         -> accepted 2
        carol buy 3 @ 100          -> accepted 3 | executed 3x1 3 @ 100 | rested 1 3 @ 100
        queue                      -> - / 2:100x2 1:100x3
        carol buy 1 @ 100          -> accepted 4 | executed 4x2 1 @ 100
        queue                      -> - / 2:100x1 1:100x3
    """)


def test_a_part_of_what_is_shown_keeps_its_place():
    play("""
        alice sell 10 @ 100 show 3 -> accepted 1
        bob   sell 2 @ 100         -> accepted 2
        carol buy 2 @ 100          -> accepted 3 | executed 3x1 2 @ 100
        queue                      -> - / 1:100x1 2:100x2
    """)


def test_refills_come_within_the_run_after_all_that_is_shown():
    play("""
        alice sell 7 @ 100 show 3 -> accepted 1
        bob   sell 2 @ 100        -> accepted 2
        carol buy 20 @ 100        -> accepted 3 | executed 3x1 3 @ 100 | rested 1 3 @ 100
                                  | executed 3x2 2 @ 100 | executed 3x1 3 @ 100 | rested 1 1 @ 100
                                  | executed 3x1 1 @ 100 | rested 3 11 @ 100
        book                      -> 100x11 / -
    """)


def test_two_icebergs_take_turns():
    play("""
        alice sell 4 @ 100 show 2 -> accepted 1
        bob   sell 4 @ 100 show 1 -> accepted 2
        carol buy 6 @ 100         -> accepted 3 | executed 3x1 2 @ 100 | rested 1 2 @ 100
                                  | executed 3x2 1 @ 100 | rested 2 1 @ 100
                                  | executed 3x1 2 @ 100
                                  | executed 3x2 1 @ 100 | rested 2 1 @ 100
        queue                     -> - / 2:100x1
    """)


def test_what_is_shown_at_a_worse_price_waits_for_what_is_hidden_at_a_better_one():
    play("""
        alice sell 4 @ 100 show 1 -> accepted 1
        bob   sell 4 @ 101        -> accepted 2
        carol buy 3 @ 101         -> accepted 3 | executed 3x1 1 @ 100 | rested 1 1 @ 100
                                  | executed 3x1 1 @ 100 | rested 1 1 @ 100
                                  | executed 3x1 1 @ 100 | rested 1 1 @ 100
        book                      -> - / 100x1 101x4
    """)


def test_hidden_quantity_counts_for_fok_and_minimum():
    play("""
        alice sell 10 @ 100 show 1        -> accepted 1
        bob   buy 11 @ 100 fok            -> accepted 2 | canceled 2 11 fok
        bob   buy 11 @ 100 ioc least 11   -> accepted 3 | canceled 3 11 minimum_quantity
        alice amend 1 to 2                -> replaced 1 2 @ 100
        bob   buy 2 @ 100 fok             -> accepted 4 | executed 4x1 1 @ 100 | rested 1 1 @ 100
                                          | executed 4x1 1 @ 100
    """)


def test_what_is_hidden_behind_an_order_of_ones_own_does_not_count_for_fok():
    play("""
        bob   sell 10 @ 100 show 2 -> accepted 1
        alice sell 5 @ 100         -> accepted 2
        alice buy 3 @ 100 fok      -> accepted 3 | canceled 3 3 fok
        alice buy 2 @ 100 fok      -> accepted 4 | executed 4x1 2 @ 100 | rested 1 2 @ 100
        alice buy 3 @ 101 fok      -> accepted 5 | canceled 5 3 fok
        alice cancel 2             -> canceled 2 5 user
        alice buy 8 @ 100 fok      -> accepted 6 | executed 6x1 2 @ 100 | rested 1 2 @ 100
            | executed 6x1 2 @ 100 | rested 1 2 @ 100 | executed 6x1 2 @ 100 | rested 1 2 @ 100
            | executed 6x1 2 @ 100
    """)


def test_an_iceberg_takes_with_all_of_it_before_it_rests():
    play("""
        bob   sell 4 @ 100         -> accepted 1
        alice buy 10 @ 100 show 2  -> accepted 2 | executed 2x1 4 @ 100 | rested 2 2 @ 100
        book                       -> 100x2 / -
        order 2                    -> partially_filled 10 @ 100 cum 4 leaves 6 r0
        alice has USD              -> 99600 held 600
    """)


def test_less_comes_off_what_is_hidden_first():
    play("""
        alice sell 10 @ 100 show 3 -> accepted 1
        bob   sell 2 @ 100         -> accepted 2
        alice amend 1 to 4         -> replaced 1 4 @ 100
        queue                      -> - / 1:100x3 2:100x2
        alice amend 1 to 2         -> replaced 1 2 @ 100
        queue                      -> - / 1:100x2 2:100x2
        alice has ACME             -> 1000 held 2
    """)


def test_more_of_it_goes_to_the_tail():
    play("""
        alice sell 10 @ 100 show 3 -> accepted 1
        bob   sell 2 @ 100         -> accepted 2
        alice amend 1 to 11        -> replaced 1 11 @ 100 requeued | rested 1 3 @ 100
        queue                      -> - / 2:100x2 1:100x3
    """)


def test_another_size_of_the_part_keeps_priority_and_counts_from_the_next():
    play("""
        alice sell 10 @ 100 show 3 -> accepted 1
        bob   sell 2 @ 100         -> accepted 2
        alice amend 1 show 5       -> replaced 1 10 @ 100
        queue                      -> - / 1:100x3 2:100x2
        carol buy 3 @ 100          -> accepted 3 | executed 3x1 3 @ 100 | rested 1 5 @ 100
    """)


def test_canceling_it_ends_what_is_hidden_too():
    play("""
        alice sell 10 @ 100 show 3 -> accepted 1
        alice cancel 1             -> canceled 1 10 user
        alice has ACME             -> 1000 held 0
        book                       -> - / -
    """)


def test_an_agent_is_topped_up_for_one_too():
    play("""
        agent sell 5 @ 110 show 2 -> top_up agent 5 ACME | accepted 1
        book                      -> - / 110x2
    """)


def test_decrement_takes_what_is_hidden_first():
    play("""
        alice sell 10 @ 100 show 3            -> accepted 1
        alice buy 6 @ 100 stp decrement       -> accepted 2 | prevented 2x1 6 | prevented 1x2 6
                                              | expired 2 6 self_trade
        queue                                 -> - / 1:100x3
        order 1                               -> new 10 @ 100 cum 0 leaves 4 r0
    """)


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ("sell 10 @ 100 show 11", "not_allowed_combination"),
        ("sell 10 @ 100 show 0", "not_allowed_combination"),
        ("sell 10 @ 100 show 2.5", "quantity_increment"),
        ("sell 10 @ 100 show 2 ioc", "not_allowed_combination"),
        ("sell 10 @ 100 show 2 fok", "not_allowed_combination"),
        ("sell 10 market show 2", "not_allowed_combination"),
        ("sell 10 market_to_limit show 2", "not_allowed_combination"),
        ("sell 10 peg bid show 2", "not_allowed_combination"),
    ],
)
def test_only_a_lasting_limit_order_has_a_part_to_show(order, reason):
    play(f"alice {order} -> rejected {reason}")


@pytest.mark.parametrize("lasts", ["gtc", "day", "until 5s"])
def test_it_may_last_as_long_as_it_likes(lasts):
    play(f"alice sell 10 @ 100 show 2 {lasts} -> accepted 1\nbook -> - / 100x2")
