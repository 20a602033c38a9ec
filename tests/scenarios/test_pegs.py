"""Pegged orders: they follow the best price of others, with a new stamp each time they move."""

import pytest

from tests.scenarios.language import play

QUOTED = """
    bob   buy 5 @ 98   -> accepted 1
    carol sell 5 @ 103 -> accepted 2
"""


@pytest.mark.parametrize(
    ("order", "price"),
    [
        ("buy 1 peg bid", 98),
        ("buy 1 peg bid +1", 99),
        ("buy 1 peg bid -2", 96),
        ("sell 1 peg ask", 103),
        ("sell 1 peg ask -1", 102),
        ("buy 1 peg mid", 100),  # 100.5: a buyer pays no more
        ("sell 1 peg mid", 101),  # and a seller gets no less
        ("buy 1 peg mid +1", 101),
        ("buy 1 peg ask -2", 101),
        ("sell 1 peg bid +2", 100),
        ("buy 1 peg bid @ 97", 97),  # its limit
        ("sell 1 peg ask @ 105", 105),
        ("buy 1 peg bid @ 99", 98),
    ],
)
def test_it_works_at_its_reference_and_offset_within_its_limit(order, price):
    play(QUOTED + f"alice {order} -> accepted 3 @ {price}")


@pytest.mark.parametrize(
    ("order", "price"),
    [
        ("buy 1 peg ask", 102),
        ("buy 1 peg bid +9", 102),
        ("sell 1 peg bid", 99),
        ("sell 1 peg ask -9", 99),
    ],
)
def test_a_price_that_would_cross_is_held_one_tick_from_the_opposite_best(order, price):
    play(QUOTED + f"alice {order} -> accepted 3 @ {price}")


def test_it_moves_with_its_reference():
    play(
        QUOTED
        + """
        alice buy 2 peg bid -> accepted 3 @ 98
        dave  buy 1 @ 99    -> accepted 4 | restated 3 2 | rested 3 2 @ 99
        queue               -> 4:99x1 3:99x2 1:98x5 / 2:103x5
        dave  cancel 4      -> canceled 4 1 user | restated 3 2 | rested 3 2 @ 98
        queue               -> 1:98x5 3:98x2 / 2:103x5
        alice has USD       -> 100000 held 196
        """
    )


def test_one_that_does_not_move_keeps_its_place():
    play(
        QUOTED
        + """
        alice buy 2 peg bid  -> accepted 3 @ 98
        dave  buy 1 @ 98     -> accepted 4
        bob   cancel 1       -> canceled 1 5 user
        queue                -> 3:98x2 4:98x1 / 2:103x5
        dave  sell 1 @ 98    -> accepted 5 | executed 5x3 1 @ 98
        """
    )


def test_several_move_in_the_order_of_their_stamps():
    play(
        QUOTED
        + """
        alice buy 1 peg bid    -> accepted 3 @ 98
        dave  buy 1 peg bid    -> accepted 4 @ 98
        bob   amend 1 @ 99     -> replaced 1 5 @ 99 requeued | rested 1 5 @ 99 | restated 3 1
                               | rested 3 1 @ 99 | restated 4 1 | rested 4 1 @ 99
        queue                  -> 1:99x5 3:99x1 4:99x1 / 2:103x5
        """
    )


def test_pegged_orders_are_never_a_reference_for_each_other():
    play(
        QUOTED
        + """
        alice buy 1 peg bid +1 -> accepted 3 @ 99
        dave  buy 1 peg bid +1 -> accepted 4 @ 99
        alice buy 1 peg bid +1 -> accepted 5 @ 99
        """
    )


def test_two_that_would_meet_are_kept_a_tick_apart():
    play(
        """
        bob   buy 5 @ 98    -> accepted 1
        carol sell 5 @ 102  -> accepted 2
        alice buy 1 peg mid -> accepted 3 @ 100
        dave  sell 1 peg mid -> accepted 4 @ 101
        alice cancel 3      -> canceled 3 1 user | restated 4 1 | rested 4 1 @ 100
        """
    )


def test_without_a_reference_none_enters():
    play("""
        alice buy 1 peg bid  -> rejected no_reference_price
        bob   buy 5 @ 98     -> accepted 1
        alice buy 1 peg ask  -> rejected no_reference_price
        alice buy 1 peg mid  -> rejected no_reference_price
        alice buy 1 peg bid  -> accepted 2 @ 98
        bob   cancel 1       -> canceled 1 5 user | restated 2 1 no_reference_price
        dave  buy 1 peg bid  -> rejected no_reference_price
    """)


def test_a_reference_that_vanishes_takes_it_out_until_it_returns():
    play("""
        bob   buy 5 @ 98    -> accepted 1
        alice buy 1 peg bid -> accepted 2 @ 98
        bob   cancel 1      -> canceled 1 5 user | restated 2 1 no_reference_price
        book                -> - / -
        order 2             -> new 1 cum 0 leaves 1 r0
        alice has USD       -> 100000 held 98
        bob   buy 5 @ 95    -> accepted 3 | rested 2 1 @ 95
        alice has USD       -> 100000 held 95
        queue               -> 3:95x5 2:95x1 / -
        bob   cancel 3      -> canceled 3 5 user | restated 2 1 no_reference_price
        alice cancel 2      -> canceled 2 1 user
        alice has USD       -> 100000 held 0
    """)


def test_it_moves_after_the_incoming_order_and_before_stops():
    """The trade wakes a stop that takes the peg where it has come to."""
    play("""
        bob   buy 1 @ 98        -> accepted 1
        bob   buy 5 @ 96        -> accepted 2
        alice buy 2 peg bid     -> accepted 3 @ 98
        carol sell 2 stop 98    -> accepted 4
        dave  sell 1 @ 98       -> accepted 5 | executed 5x1 1 @ 98
                                | restated 3 2 | rested 3 2 @ 96
                                | triggered 4 @ 92 | executed 4x2 2 @ 96
    """)


def test_every_check_is_made_again_when_it_moves():
    play("""
        poor  deposit 100 USD -> deposit poor 100 USD
        bob   buy 5 @ 98      -> accepted 1
        poor  buy 1 peg bid   -> accepted 2 @ 98
        alice buy 1 peg bid   -> accepted 3 @ 98
        venue block alice     -> changed alice
        dave  buy 1 @ 101     -> accepted 4 | restated 2 1 | canceled 2 1 insufficient_funds
                              | restated 3 1 | canceled 3 1 account_blocked
        poor has USD          -> 100 held 0
    """)


def test_it_keeps_its_fees_when_it_moves():
    play("""
        bob   buy 5 @ 98      -> accepted 1
        alice buy 2 peg bid   -> accepted 2 @ 98
        venue tier gold 0 100 -> tier gold
        venue put alice gold  -> changed alice
        carol buy 1 @ 99      -> accepted 3 | restated 2 2 | rested 2 2 @ 99
        alice has USD         -> 100000 held 198
    """)


def test_it_makes_and_is_filled_like_any_other():
    play(
        QUOTED
        + """
        alice buy 2 peg bid +1 -> accepted 3 @ 99
        dave  sell 3 @ 98      -> accepted 4 | executed 4x3 2 @ 99 | executed 4x1 1 @ 98
        """
    )


def test_it_does_not_move_in_a_halt_but_when_trading_goes_on():
    play(
        QUOTED
        + """
        alice buy 2 peg bid -> accepted 3 @ 98
        venue halt          -> phase ACME halted
        bob   cancel 1      -> canceled 1 5 user
        order 3             -> new 2 @ 98 cum 0 leaves 2 r0
        venue continue      -> phase ACME continuous | restated 3 2 no_reference_price
        """
    )


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ("buy 1 peg bid ioc", "not_allowed_combination"),
        ("buy 1 peg bid fok", "not_allowed_combination"),
        ("buy 1 peg bid post", "not_allowed_combination"),
        ("buy 1 peg bid +1.5", "price_increment"),
        ("buy 1 peg bid @ 99.5", "price_increment"),
    ],
)
def test_what_a_pegged_order_cannot_be(order, reason):
    play(QUOTED + f"alice {order} -> rejected {reason}")


def test_amending_offset_and_limit_moves_it():
    play(
        QUOTED
        + """
        alice buy 2 peg bid  -> accepted 3 @ 98
        alice amend 3 peg +2 -> replaced 3 2 @ 100 requeued | rested 3 2 @ 100
        alice amend 3 @ 99   -> replaced 3 2 @ 99 requeued | rested 3 2 @ 99
        alice amend 3 to 1   -> replaced 3 1 @ 99
        alice amend 3 to 4   -> replaced 3 4 @ 99 requeued | rested 3 4 @ 99
        alice has USD        -> 100000 held 396
        """
    )


def test_one_that_is_held_back_moves_when_the_way_is_free_whoever_came_before():
    play("""
        bob   buy 5 @ 100              -> accepted 1
        carol sell 5 @ 103             -> accepted 2
        carol sell 5 @ 104             -> accepted 3
        alice buy 1 peg bid            -> accepted 4 @ 100
        dave  buy 1 peg bid +5         -> accepted 5 @ 102
        carol cancel 2                 -> canceled 2 5 user | restated 5 1 | rested 5 1 @ 103
        dave  cancel 5                 -> canceled 5 1 user
        alice amend 4 peg +9           -> replaced 4 1 @ 103 requeued | rested 4 1 @ 103
        carol sell 5 @ 106             -> accepted 6
        carol cancel 3                 -> canceled 3 5 user | restated 4 1 | rested 4 1 @ 105
    """)


def test_an_amend_may_make_one_be_held_back():
    play("""
        bob   buy 5 @ 100              -> accepted 1
        carol sell 5 @ 104             -> accepted 2
        carol sell 5 @ 106             -> accepted 3
        alice buy 1 peg bid            -> accepted 4 @ 100
        alice amend 4 peg +9           -> replaced 4 1 @ 103 requeued | rested 4 1 @ 103
        carol cancel 2                 -> canceled 2 5 user | restated 4 1 | rested 4 1 @ 105
    """)


def test_while_its_market_is_halted_it_stays_whatever_it_would_follow():
    """Only what keeps its price may change in a halt; when that is over it follows again."""
    play(
        QUOTED
        + """
        dave  buy 1 @ 99         -> accepted 3
        alice buy 3 peg bid      -> accepted 4 @ 99
        venue halt               -> phase ACME halted
        dave  cancel 3           -> canceled 3 1 user
        alice amend 4 to 3       -> replaced 4 3 @ 99
        alice amend 4 to 2       -> replaced 4 2 @ 99
        queue                    -> 4:99x2 1:98x5 / 2:103x5
        venue continue           -> phase ACME continuous | restated 4 2 | rested 4 2 @ 98
        """
    )
