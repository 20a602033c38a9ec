"""Groups: one cancels the other, one triggers the other, and brackets."""

import pytest

from tests.scenarios.language import play
from tests.stage import instrument

TWO = (instrument(), instrument("GLOBEX"))
OCO = "alice oco: sell 10 @ 110, sell 10 stop 90 -> accepted 1 | accepted 2 | rested 1 10 @ 110\n"
BRACKET = """
    alice bracket: buy 10 @ 100, sell 10 @ 110, sell 10 stop 90 -> accepted 1 | held 2 | held 3
                                                                | rested 1 10 @ 100
"""
FILLED = (
    BRACKET
    + """
    bob sell 10 @ 100 -> accepted 4 | executed 4x1 10 @ 100 | accepted 2 | accepted 3
                      | rested 2 10 @ 110
"""
)


# OCO.


def test_one_hold_covers_both_legs():
    play(OCO + "alice has ACME -> 1000 held 10")
    play("""
        alice oco: buy 10 @ 90, buy 10 stop 110 -> accepted 1 | accepted 2 | rested 1 10 @ 90
        alice has USD                           -> 100000 held 1150    # 110 and 5 %: 115
    """)


def test_a_filled_leg_ends_the_other():
    play(
        OCO
        + """
        bob   buy 10 @ 110 -> accepted 3 | executed 3x1 10 @ 110 | canceled 2 10 group
        alice has ACME     -> 990 held 0
        """
    )


def test_a_partial_fill_shrinks_the_other_by_as_much():
    play(
        OCO
        + """
        bob   buy 4 @ 110 -> accepted 3 | executed 3x1 4 @ 110 | restated 2 6 group
        order 2           -> new 10 cum 0 leaves 6 r0
        alice has ACME    -> 996 held 6
        bob   buy 4 @ 90  -> accepted 4
        carol sell 1 @ 90 -> accepted 5 | executed 5x4 1 @ 90 | triggered 2 @ 86
                          | executed 2x4 3 @ 90 | restated 1 3 group
                          | canceled 2 7 insufficient_liquidity | canceled 1 6 group
        alice has ACME    -> 993 held 0
        """
    )


def test_whatever_ends_a_leg_ends_the_other():
    play(OCO + "alice cancel 1 -> canceled 1 10 user | canceled 2 10 group")
    play(OCO + "alice cancel 2 -> canceled 2 10 user | canceled 1 10 group")
    play(OCO + "alice amend 1 to 0 -> canceled 1 0 amended_below_filled | canceled 2 10 group")
    play(
        "alice oco: sell 10 @ 110, sell 10 stop 90 until 1s -> accepted 1 | accepted 2"
        "| rested 1 10 @ 110\n"
        "after 1s -> expired 2 10 expired | canceled 1 10 group"
    )
    play(
        OCO
        + "alice buy 1 @ 110 stp cancel_oldest -> accepted 3 | prevented 3x1 1 | prevented 1x3 1"
        " | expired 1 10 self_trade | canceled 2 10 group | rested 3 1 @ 110"
    )


def test_canceling_all_cancels_each_once():
    play(OCO + "alice cancel all -> canceled 1 10 user | canceled 2 10 user")


def test_legs_enter_in_order_and_the_second_never_if_the_first_ends_at_once():
    play("""
        bob   buy 10 @ 110                            -> accepted 1
        alice oco: sell 10 @ 110, sell 10 stop 90     -> accepted 2 | accepted 3
                                                      | executed 2x1 10 @ 110 | canceled 3 10 group
        book                                          -> - / -
    """)


def test_a_leg_that_takes_a_part_at_once_shrinks_the_one_to_come():
    play("""
        bob   buy 4 @ 110                             -> accepted 1
        alice oco: sell 10 @ 110, sell 10 @ 120       -> accepted 2 | accepted 3
                                                      | executed 2x1 4 @ 110 | restated 3 6 group
                                                      | rested 2 6 @ 110 | rested 3 6 @ 120
        book                                          -> - / 110x6 120x6
        alice has ACME                                -> 996 held 6
    """)


def test_both_legs_in_one_book_never_trade_more_than_one():
    play("""
        alice oco: sell 10 @ 101, sell 10 @ 102 -> accepted 1 | accepted 2 | rested 1 10 @ 101
                                                | rested 2 10 @ 102
        bob   buy 30 @ 102                      -> accepted 3 | executed 3x1 10 @ 101
                                                | canceled 2 10 group | rested 3 20 @ 102
        book                                    -> 102x20 / -
    """)
    play("""
        alice oco: sell 10 @ 101, sell 10 @ 102 -> accepted 1 | accepted 2 | rested 1 10 @ 101
                                                | rested 2 10 @ 102
        bob   buy 11 @ 102 fok                  -> accepted 3 | canceled 3 11 fok
    """)


def test_unequal_legs_hold_what_the_dearer_way_could_cost():
    play("""
        alice oco: buy 10 @ 90, buy 5 stop 110 -> accepted 1 | accepted 2 | rested 1 10 @ 90
        alice has USD                          -> 100000 held 1025    # 10 x 90, and 5 x 25 more
        bob   sell 4 @ 90                      -> accepted 3 | executed 3x1 4 @ 90
                                               | restated 2 1 group
        alice has USD                          -> 99640 held 565
    """)


def test_the_hold_moves_with_an_amend():
    play(
        OCO
        + """
        alice amend 1 to 12 -> replaced 1 12 @ 110 requeued | rested 1 12 @ 110
        alice has ACME      -> 1000 held 12
        alice amend 1 to 4  -> replaced 1 4 @ 110 | restated 2 10 group
        alice has ACME      -> 1000 held 10
        """
    )


# All or nothing.


def test_a_group_is_refused_wholly():
    play("""
        alice oco: sell 10 @ 110, sell 10 stop 90.5  -> rejected price_increment leg 2
        alice oco: sell 10 @ 110.5, sell 10 stop 90  -> rejected price_increment leg 1
        poor  oco: sell 10 @ 110, sell 10 stop 90    -> rejected insufficient_asset leg 1
        poor bracket: buy 9 @ 100, sell 9 @ 110, sell 9 stop 90 -> rejected insufficient_funds leg 1
        bob   sell 1 @ 105                           -> accepted 1
        alice oco: buy 1 @ 95, buy 1 @ 105 post      -> rejected would_cross leg 2
        alice has USD                                -> 100000 held 0
        venue limit alice 2                          -> changed alice
        alice bracket: buy 9 @ 100, sell 9 @ 110, sell 9 stop 90 -> rejected open_orders_limit leg 3
        venue halt                                   -> phase ACME halted
        alice oco: sell 10 @ 110, sell 10 stop 90    -> rejected halted leg 1
    """)


def test_a_pair_whose_legs_could_only_be_held_one_by_one_is_refused():
    play("""
        poor deposit 1000 USD                  -> deposit poor 1000 USD
        poor oco: buy 10 @ 90, buy 5 stop 110  -> rejected insufficient_funds leg 1
        poor oco: buy 10 @ 90, buy 4 stop 110  -> accepted 1 | accepted 2 | rested 1 10 @ 90
        poor has USD                           -> 1000 held 1000
        poor amend 1 @ 91                      -> amend_rejected insufficient_funds
        poor amend 2 to 3                      -> replaced 2 3
        poor amend 1 @ 91                      -> replaced 1 10 @ 91 requeued | restated 2 3 group
                                               | rested 1 10 @ 91
        poor has USD                           -> 1000 held 982
    """)


def test_a_refusal_names_the_leg():
    stage = play("alice oto: buy 5 @ 100, sell 5 @ 9.5 on GLOBEX as it -> rejected price_increment "
                 "leg 2", listed=TWO)  # fmt: skip
    event = stage.records[-1].events[0]
    assert (event.symbol, event.client_order_id, event.leg) == ("GLOBEX", "it", 1)


def test_a_leg_that_will_be_held_is_refused_for_what_it_asks():
    play(f"""
        alice oto: buy 1 @ 100, sell 10 stop {10**18} -> rejected notional_too_large leg 2
        alice oto: buy 1 @ 100, sell 10 @ {10**18}    -> rejected notional_too_large leg 2
    """)


@pytest.mark.parametrize(
    "group",
    [
        "oco: sell 10 @ 110",
        "oco: sell 10 @ 110, sell 10 stop 90, sell 10 stop 80",
        "oco: sell 10 @ 110, buy 10 @ 90",
        "oco: sell 10 @ 110, sell 10 stop 90 on GLOBEX",
        "oco: sell 10 @ 110, sell 10 market",
        "oco: sell 10 @ 110 ioc, sell 10 stop 90",
        "oto: buy 10 @ 100",
        "bracket: buy 10 @ 100, sell 10 @ 110",
        "bracket: buy 10 @ 100, sell 9 @ 110, sell 9 stop 90",
        "bracket: buy 10 @ 100, buy 10 @ 110, buy 10 stop 90",
        "bracket: buy 10 @ 100, sell 10 stop 90, sell 10 @ 110",
        "bracket: buy 10 @ 100, sell 10 @ 110, sell 10 @ 120",
    ],
)
def test_what_a_group_must_look_like(group):
    play(f"alice {group} -> rejected not_allowed_combination leg 1", listed=TWO)


# OTO and bracket.


def test_held_legs_reserve_nothing_and_are_in_no_book():
    play(
        BRACKET
        + """
        alice has ACME -> 1000 held 0
        alice has USD  -> 100000 held 1000
        book           -> 100x10 / -
        order 2        -> held 10 cum 0 leaves 10 r0
        """
    )


def test_legs_wait_until_the_parent_is_completely_filled():
    play(
        BRACKET
        + """
        bob sell 9 @ 100 -> accepted 4 | executed 4x1 9 @ 100
        book             -> 100x1 / -
        bob sell 1 @ 100 -> accepted 5 | executed 5x1 1 @ 100 | accepted 2 | accepted 3
                         | rested 2 10 @ 110
        book             -> - / 110x10
        alice has ACME   -> 1010 held 10
        """
    )


def test_the_exits_of_a_bracket_are_a_pair():
    play(
        FILLED
        + """
        bob   buy 4 @ 110 -> accepted 5 | executed 5x2 4 @ 110 | restated 3 6 group
        bob   buy 6 @ 110 -> accepted 6 | executed 6x2 6 @ 110 | canceled 3 10 group
        """
    )


def test_canceling_the_parent_cancels_held_legs():
    play(
        BRACKET
        + """
        bob   sell 4 @ 100 -> accepted 4 | executed 4x1 4 @ 100
        alice cancel 1     -> canceled 1 6 user | canceled 2 10 parent | canceled 3 10 parent
        """
    )


def test_whatever_ends_the_parent_unfilled_cancels_held_legs():
    play("""
        alice oto: buy 10 @ 100 ioc, sell 10 @ 110 -> accepted 1 | held 2 | canceled 1 10 ioc
                                                   | canceled 2 10 parent
    """)


def test_canceling_a_held_exit_cancels_its_sibling_and_not_the_parent():
    play(
        BRACKET
        + """
        alice cancel 2 -> canceled 2 10 user | canceled 3 10 group
        order 1        -> new 10 @ 100 cum 0 leaves 10 r0
        """
    )


def test_a_parent_that_fills_at_once_releases_its_legs_at_once():
    play("""
        bob   sell 10 @ 100 -> accepted 1
        alice oto: buy 10 @ 100, sell 10 @ 105 -> accepted 2 | held 3 | executed 2x1 10 @ 100
                                               | accepted 3 | rested 3 10 @ 105
    """)


def test_a_leg_is_checked_again_when_it_is_released():
    play(
        BRACKET
        + """
        alice sell 1000 @ 200 -> accepted 4
        alice sell 5 @ 200    -> rejected insufficient_asset
        bob   sell 10 @ 100   -> accepted 5 | executed 5x1 10 @ 100 | accepted 2 | accepted 3
                              | rested 2 10 @ 110
        """
    )
    play("""
        alice oto: buy 10 @ 100, sell 1001 @ 110 -> accepted 1 | held 2 | rested 1 10 @ 100
        bob   sell 10 @ 100                      -> accepted 3 | executed 3x1 10 @ 100
                                                 | accepted 2 | rested 2 1001 @ 110
    """)
    play("""
        alice oto: buy 10 @ 100, sell 1011 @ 110 -> accepted 1 | held 2 | rested 1 10 @ 100
        bob   sell 10 @ 100                      -> accepted 3 | executed 3x1 10 @ 100
                                                 | canceled 2 1011 insufficient_asset
    """)


def test_an_exit_that_fails_ends_its_sibling():
    play("""
        alice bracket: buy 10 @ 100, sell 10 @ 99 post, sell 10 stop 90 -> accepted 1 | held 2
                                                                        | held 3
                                                                        | rested 1 10 @ 100
        carol buy 1 @ 99           -> accepted 4
        bob   sell 10 @ 100        -> accepted 5 | executed 5x1 10 @ 100
                                   | canceled 2 10 would_cross | canceled 3 10 group
    """)


def test_released_exits_may_trade_at_once_in_the_order_given():
    play("""
        alice bracket: buy 10 @ 100, sell 10 @ 99, sell 10 stop 90 -> accepted 1 | held 2 | held 3
                                                                   | rested 1 10 @ 100
        carol buy 4 @ 99                                           -> accepted 4
        bob   sell 10 @ 100        -> accepted 5 | executed 5x1 10 @ 100 | accepted 2 | accepted 3
                                   | executed 2x4 4 @ 99 | restated 3 6 group | rested 2 6 @ 99
        alice has ACME             -> 1006 held 6
    """)


def test_stops_fire_before_legs_are_released():
    play("""
        alice oto: buy 1 @ 100, sell 1 @ 98 -> accepted 1 | held 2 | rested 1 1 @ 100
        carol buy 5 @ 98                    -> accepted 3
        dave  sell 1 stop 100               -> accepted 4
        bob   sell 1 @ 100                  -> accepted 5 | executed 5x1 1 @ 100
                                            | triggered 4 @ 94 | executed 4x3 1 @ 98
                                            | accepted 2 | executed 2x3 1 @ 98
    """)


def test_reduce_only_exits_are_cut_to_what_was_bought():
    play("""
        alice bracket: buy 10 @ 100, sell 10 @ 110 reduce, sell 10 stop 90 reduce -> accepted 1
                                   | held 2 | held 3 | rested 1 10 @ 100
        bob   buy 4 @ 101          -> accepted 4
        alice sell 4 @ 101         -> accepted 5 | executed 5x4 4 @ 101
        bob   sell 10 @ 100        -> accepted 6 | executed 6x1 10 @ 100 | accepted 2 less 4
                                   | accepted 3 less 4 | rested 2 6 @ 110
    """)


def test_a_held_leg_may_be_amended():
    play(
        BRACKET
        + """
        alice amend 2 @ 112   -> replaced 2 10
        alice amend 3 stop 95 -> replaced 3 10
        bob   sell 10 @ 100   -> accepted 4 | executed 4x1 10 @ 100 | accepted 2 | accepted 3
                              | rested 2 10 @ 112
        book                  -> - / 112x10
        bob   buy 1 @ 95      -> accepted 5
        carol sell 1 @ 95     -> accepted 6 | executed 6x5 1 @ 95 | triggered 3
                              | canceled 3 10 insufficient_liquidity | canceled 2 10 group
        """
    )


def test_an_oto_may_span_two_symbols():
    play(
        """
        alice oto: buy 10 @ 100, sell 3 @ 50 on GLOBEX -> accepted 1 | held 2 | rested 1 10 @ 100
        bob   sell 10 @ 100                            -> accepted 3 | executed 3x1 10 @ 100
                                                       | accepted 2 | rested 2 3 @ 50
        book GLOBEX                                    -> - / 50x3
        """,
        listed=TWO,
    )
