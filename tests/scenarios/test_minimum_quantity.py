"""A minimum quantity: at least so much at once, or nothing."""

import pytest

from tests.scenarios.language import play


def test_at_least_so_much_or_nothing():
    play("""
        bob   sell 3 @ 100                -> accepted 1
        carol sell 2 @ 101                -> accepted 2
        alice buy 9 @ 101 ioc least 6     -> accepted 3 | canceled 3 9 minimum_quantity
        alice buy 9 @ 100 ioc least 4     -> accepted 4 | canceled 4 9 minimum_quantity
        book                              -> - / 100x3 101x2
        alice buy 9 @ 101 ioc least 5     -> accepted 5 | executed 5x1 3 @ 100
                                          | executed 5x2 2 @ 101 | canceled 5 4 ioc
    """)


def test_a_market_order_may_have_one():
    play("""
        bob   sell 3 @ 100           -> accepted 1
        alice buy 9 market least 4   -> accepted 2 @ 105 | canceled 2 9 minimum_quantity
        alice buy 9 market least 3   -> accepted 3 @ 105 | executed 3x1 3 @ 100
                                     | canceled 3 6 insufficient_liquidity
        alice buy 9 market least 1   -> accepted 4 | canceled 4 9 insufficient_liquidity
    """)


def test_it_counts_no_further_than_an_order_of_its_own():
    play("""
        bob   sell 3 @ 100             -> accepted 1
        alice sell 3 @ 100             -> accepted 2
        carol sell 3 @ 100             -> accepted 3
        alice buy 9 @ 100 ioc least 4  -> accepted 4 | canceled 4 9 minimum_quantity
    """)


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ("buy 9 @ 100 least 5", "not_allowed_combination"),
        ("buy 9 @ 100 fok least 5", "not_allowed_combination"),
        ("buy 9 @ 100 ioc least 10", "not_allowed_combination"),
        ("buy 9 @ 100 ioc least 0", "not_allowed_combination"),
        ("buy 9 @ 100 ioc least 1.5", "quantity_increment"),
    ],
)
def test_only_an_ioc_has_one(order, reason):
    play(f"alice {order} -> rejected {reason}")
