"""What becomes of the part that does not trade at once: the types and times in force."""

import pytest

from tests.scenarios.language import play
from tests.stage import instrument


def test_what_an_ioc_does_not_take_is_canceled():
    play("""
        alice sell 4 @ 100     -> accepted 1
        bob   buy 9 @ 100 ioc  -> accepted 2 | executed 2x1 4 @ 100 | canceled 2 5 ioc
        bob has USD            -> 99600 held 0
        bob   buy 1 @ 100 ioc  -> accepted 3 | canceled 3 1 ioc
        book                   -> - / -
    """)


def test_an_ioc_that_is_filled_is_not_canceled():
    play("""
        alice sell 4 @ 100    -> accepted 1
        bob   buy 4 @ 100 ioc -> accepted 2 | executed 2x1 4 @ 100
    """)


def test_a_fok_takes_all_or_touches_nothing():
    play("""
        alice sell 4 @ 100    -> accepted 1
        bob   sell 4 @ 101    -> accepted 2
        carol sell 4 @ 102    -> accepted 3
        dave  buy 9 @ 101 fok -> accepted 4 | canceled 4 9 fok
        book                  -> - / 100x4 101x4 102x4
        dave has USD          -> 100000 held 0
        dave  buy 8 @ 101 fok -> accepted 5 | executed 5x1 4 @ 100 | executed 5x2 4 @ 101
        book                  -> - / 102x4
    """)


def test_a_selling_fok_counts_within_its_limit_only():
    play("""
        alice buy 4 @ 100      -> accepted 1
        bob   buy 4 @ 99       -> accepted 2
        dave  sell 5 @ 100 fok -> accepted 3 | canceled 3 5 fok
        dave  sell 5 @ 99 fok  -> accepted 4 | executed 4x1 4 @ 100 | executed 4x2 1 @ 99
    """)


def test_a_fok_counts_no_further_than_an_order_of_its_own():
    play("""
        alice sell 4 @ 100     -> accepted 1
        bob   sell 4 @ 100     -> accepted 2
        carol sell 4 @ 100     -> accepted 3
        bob   buy 8 @ 100 fok  -> accepted 4 | canceled 4 8 fok
        bob   buy 4 @ 100 fok  -> accepted 5 | executed 5x1 4 @ 100
    """)


def test_a_market_order_stops_at_its_protection():
    play("""
        alice sell 1 @ 100   -> accepted 1
        alice sell 1 @ 105   -> accepted 2
        alice sell 1 @ 106   -> accepted 3
        bob   buy 9 market   -> accepted 4 @ 105 | executed 4x1 1 @ 100 | executed 4x2 1 @ 105
                             | canceled 4 7 insufficient_liquidity
        bob has USD          -> 99795 held 0
        book                 -> - / 106x1
    """)


def test_a_market_sell_stops_at_its_protection():
    play("""
        alice buy 1 @ 100    -> accepted 1
        alice buy 1 @ 95     -> accepted 2
        alice buy 1 @ 94     -> accepted 3
        bob   sell 9 market  -> accepted 4 @ 95 | executed 4x1 1 @ 100 | executed 4x2 1 @ 95
                             | canceled 4 7 insufficient_liquidity
        book                 -> 94x1 / -
    """)


@pytest.mark.parametrize(
    ("ask", "bid", "highest", "lowest"),
    [
        (119, 119, 124, 114),  # 124.95 and 113.05: inwards on both sides
        (101, 101, 106, 96),  # 106.05 and 95.95
        (19, 19, 19, 19),  # 19.95 and 18.05
        (1, 1, 1, 1),
    ],
)
def test_protection_is_rounded_inwards(ask, bid, highest, lowest):
    play(f"""
        alice sell 1 @ {ask} -> accepted 1
        bob buy 1 market     -> accepted 2 @ {highest} | executed 2x1 1 @ {ask}
        alice buy 1 @ {bid}  -> accepted 3
        bob sell 1 market    -> accepted 4 @ {lowest} | executed 4x3 1 @ {bid}
    """)


def test_the_protection_is_the_instruments():
    play(
        """
        alice sell 1 @ 1000 -> accepted 1
        alice sell 1 @ 1001 -> accepted 2
        bob   buy 2 market  -> accepted 3 @ 1001 | executed 3x1 1 @ 1000 | executed 3x2 1 @ 1001
        """,
        listed=(instrument(protection=10),),
    )


def test_a_market_order_without_opposite_quote_is_accepted_and_canceled_at_once():
    play("""
        bob  buy 5 market      -> accepted 1 | canceled 1 5 insufficient_liquidity
        bob  sell 5 market     -> accepted 2 | canceled 2 5 insufficient_liquidity
        bob  buy 5 market fok  -> accepted 3 | canceled 3 5 fok
        poor sell 5 market     -> accepted 4 | canceled 4 5 insufficient_liquidity
    """)


def test_a_market_fok_is_all_or_nothing_within_its_protection():
    play("""
        alice sell 4 @ 100    -> accepted 1
        alice sell 4 @ 106    -> accepted 2
        bob buy 5 market fok  -> accepted 3 @ 105 | canceled 3 5 fok
        bob buy 4 market fok  -> accepted 4 @ 105 | executed 4x1 4 @ 100
    """)


def test_market_to_limit_rests_at_the_limit_that_protected_it():
    play("""
        alice sell 2 @ 100          -> accepted 1
        bob   buy 5 market_to_limit -> accepted 2 @ 105 | executed 2x1 2 @ 100 | rested 2 3 @ 105
        order 2                     -> partially_filled 5 @ 105 cum 2 leaves 3 r0
        book                        -> 105x3 / -
        bob has USD                 -> 99800 held 315
        carol sell 3 @ 90           -> accepted 3 | executed 3x2 3 @ 105
    """)


def test_market_to_limit_starts_from_the_last_trade_then_from_the_reference_price():
    play(
        """
        bob   buy 1 market_to_limit  -> accepted 1 @ 210
        alice sell 1 @ 90            -> accepted 2 | executed 2x1 1 @ 210
        bob   buy 1 market_to_limit  -> accepted 3 @ 220
        bob   cancel 3               -> canceled 3 1 user
        bob   sell 1 market_to_limit -> accepted 4 @ 200
        """,
        listed=(instrument(reference_price=200),),
    )


def test_market_to_limit_may_be_ioc_or_fok():
    play("""
        alice sell 2 @ 100              -> accepted 1
        bob   buy 3 market_to_limit fok -> accepted 2 @ 105 | canceled 2 3 fok
        bob   buy 3 market_to_limit ioc -> accepted 3 @ 105 | executed 3x1 2 @ 100
                                        | canceled 3 1 ioc
    """)


def test_a_post_only_order_that_would_cross_is_rejected():
    play("""
        alice sell 5 @ 101      -> accepted 1
        bob   buy 5 @ 101 post  -> rejected would_cross
        bob   buy 5 @ 100 post  -> accepted 2
        carol sell 5 @ 100 post -> rejected would_cross
        bob   sell 5 @ 100 post -> rejected would_cross
        book                    -> 100x5 / 101x5
        bob has USD             -> 100000 held 500
    """)


@pytest.mark.parametrize(
    "order",
    [
        "buy 5",
        "buy 5 market @ 100",
        "buy 5 market gtc",
        "buy 5 market_to_limit @ 100",
        "buy 5 @ 100 post ioc",
        "buy 5 @ 100 post fok",
        "buy 5 market post",
        "buy 5 market_to_limit post",
    ],
)
def test_terms_that_contradict_each_other_are_refused(order):
    play(f"alice {order} -> rejected not_allowed_combination")
