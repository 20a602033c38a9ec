"""Trailing stops: they follow the best trade at a distance, and never back."""

import pytest

from tests.scenarios.language import play


def traded(*prices: int) -> str:
    """Trades at these prices, one after the other; each uses two order ids."""
    return "".join(
        f"carol sell 1 @ {price} -> accepted {2 * n + 1}\n"
        f"dave buy 1 @ {price} -> accepted {2 * n + 2} | "
        f"executed {2 * n + 2}x{2 * n + 1} 1 @ {price}\n"
        for n, price in enumerate(prices)
    )


def level(stage, order_id):
    return stage.engine.order(order_id).stop_price


def test_a_sell_follows_the_highest_trade_and_fires_at_the_distance():
    stage = play(traded(100) + "alice sell 2 trail 5 -> accepted 3")
    assert level(stage, 3) == 95
    play(
        """
        bob   buy 1 @ 104  -> accepted 4
        carol sell 1 @ 104 -> accepted 5 | executed 5x4 1 @ 104
        """,
        stage=stage,
    )
    assert level(stage, 3) == 99
    play(
        """
        bob   buy 1 @ 102  -> accepted 6
        carol sell 1 @ 102 -> accepted 7 | executed 7x6 1 @ 102
        """,
        stage=stage,
    )
    assert level(stage, 3) == 99
    play(
        """
        bob   buy 4 @ 99   -> accepted 8
        carol sell 1 @ 99  -> accepted 9 | executed 9x8 1 @ 99
                           | triggered 3 @ 95 | executed 3x8 2 @ 99
        """,
        stage=stage,
    )


def test_a_buy_mirrors_it():
    stage = play(traded(100) + "alice buy 2 trail 5 -> accepted 3")
    assert level(stage, 3) == 105
    play(
        """
        bob   sell 1 @ 97  -> accepted 4
        carol buy 1 @ 97   -> accepted 5 | executed 5x4 1 @ 97
        bob   sell 5 @ 102 -> accepted 6
        carol buy 1 @ 102  -> accepted 7 | executed 7x6 1 @ 102
                           | triggered 3 @ 107 | executed 3x6 2 @ 102
        """,
        stage=stage,
    )


def test_every_trade_of_a_run_is_followed_in_order():
    """Up to 106 and down to 100 within one order: 106 - 5 = 101 is reached on the way back."""
    play(
        traded(100)
        + """
        alice buy 1 @ 120 stop 103 -> accepted 3
        bob   sell 2 trail 5       -> accepted 4
        carol sell 1 @ 106         -> accepted 5
        dave  buy 1 @ 99           -> accepted 6
        dave  buy 1 @ 106          -> accepted 7 | executed 7x5 1 @ 106 | triggered 3
        carol sell 1 @ 110         -> accepted 8 | executed 8x3 1 @ 120
        order 4                    -> new 2 cum 0 leaves 2 r0
        carol sell 1 @ 99          -> accepted 9 | executed 9x6 1 @ 99 | triggered 4
                                   | canceled 4 2 insufficient_liquidity
        """
    )


@pytest.mark.parametrize(
    ("side", "last", "bps", "shown", "stays", "fires"),
    [
        ("sell", 100, 250, 97, 98, 97),  # 97.5
        ("sell", 101, 100, 99, 100, 99),  # 99.99
        ("sell", 200, 50, 199, 200, 199),  # exactly 199
        ("buy", 100, 250, 103, 102, 103),  # 102.5
        ("buy", 101, 100, 103, 102, 103),  # 102.01
        ("buy", 200, 50, 201, 200, 201),  # exactly 201
    ],
)
def test_basis_points_are_compared_exactly(side, last, bps, shown, stays, fires):
    other = "sell" if side == "buy" else "buy"
    stage = play(traded(last) + f"alice {side} 2 trail {bps}bps -> accepted 3")
    assert level(stage, 3) == shown
    play(
        f"""
        bob   {other} 1 @ {stays} -> accepted 4
        carol {side} 1 @ {stays}  -> accepted 5 | executed 5x4 1 @ {stays}
        order 3                   -> new 2 cum 0 leaves 2 r0
        bob   {other} 1 @ {fires} -> accepted 6
        carol {side} 1 @ {fires}  -> accepted 7 | executed 7x6 1 @ {fires} | triggered 3
                                  | canceled 3 2 insufficient_liquidity
        """,
        stage=stage,
    )


def test_it_becomes_active_at_its_activation_price_and_starts_there():
    stage = play(traded(100) + "alice sell 2 trail 5 from 103 -> accepted 3")
    assert level(stage, 3) is None
    play(
        """
        bob   buy 1 @ 90   -> accepted 4
        carol sell 1 @ 90  -> accepted 5 | executed 5x4 1 @ 90
        order 3            -> new 2 cum 0 leaves 2 r0
        bob   buy 1 @ 104  -> accepted 6
        carol sell 1 @ 104 -> accepted 7 | executed 7x6 1 @ 104
        """,
        stage=stage,
    )
    assert level(stage, 3) == 99
    play(
        """
        bob   buy 1 @ 99   -> accepted 8
        carol sell 1 @ 99  -> accepted 9 | executed 9x8 1 @ 99 | triggered 3
                           | canceled 3 2 insufficient_liquidity
        """,
        stage=stage,
    )


def test_a_buy_becomes_active_at_or_below():
    stage = play(traded(100) + "alice buy 2 trail 5 from 97 -> accepted 3")
    assert level(stage, 3) is None
    play(
        """
        bob   sell 1 @ 110 -> accepted 4
        carol buy 1 @ 110  -> accepted 5 | executed 5x4 1 @ 110
        bob   sell 1 @ 97  -> accepted 6
        carol buy 1 @ 97   -> accepted 7 | executed 7x6 1 @ 97
        """,
        stage=stage,
    )
    assert level(stage, 3) == 102


def test_the_last_trade_before_it_may_activate_it():
    assert level(play(traded(104) + "alice sell 2 trail 5 from 104 -> accepted 3"), 3) == 99


def test_without_a_trade_it_starts_at_the_first():
    stage = play("alice sell 2 trail 5 -> accepted 1")
    assert level(stage, 1) is None
    play(
        """
        bob   buy 1 @ 50  -> accepted 2
        carol sell 1 @ 50 -> accepted 3 | executed 3x2 1 @ 50
        """,
        stage=stage,
    )
    assert level(stage, 1) == 45


def test_a_trail_longer_than_the_price_never_fires():
    stage = play(
        traded(100)
        + """
        alice sell 2 trail 100 -> accepted 3
        bob   buy 1 @ 1        -> accepted 4
        carol sell 1 @ 1       -> accepted 5 | executed 5x4 1 @ 1
        """
    )
    assert level(stage, 3) is None


def test_a_buy_reserves_its_level_with_protection():
    play(
        traded(100)
        + """
        alice buy 2 trail 10         -> accepted 3
        alice has USD                -> 100000 held 230    # 110 and 5 %: 115
        alice buy 2 trail 10 from 90 -> accepted 4
        alice has USD                -> 100000 held 440    # 100 and 5 %: 105
        """
    )


def test_an_amend_reckons_from_the_best_trade_not_from_the_last():
    play(
        traded(100)
        + """
        alice buy 2 trail 10   -> accepted 3
        bob   sell 1 @ 104     -> accepted 4
        carol buy 1 @ 104      -> accepted 5 | executed 5x4 1 @ 104
        alice amend 3 trail 5  -> replaced 3 2
        alice has USD          -> 100000 held 220    # 105 and 5 %: 110
        """
    )


@pytest.mark.parametrize(
    "order",
    [
        "sell 5 trail 5 @ 100",
        "sell 5 trail 5 ioc",
        "sell 5 trail 0",
        "sell 5 trail 0bps",
        "sell 5 trail 5 quote",
        "sell 5 trail 5 from 0",
        "sell 5 @ 100 from 90",
        "sell 5 trail 5 trail 5bps",
    ],
)
def test_terms_that_contradict_each_other_are_refused(order):
    play(f"alice {order} -> rejected not_allowed_combination")


def test_amending_the_trail_moves_the_level_at_once():
    stage = play(
        traded(100)
        + """
        alice sell 2 trail 5    -> accepted 3
        alice amend 3 trail 3   -> replaced 3 2
        alice amend 3 trail 300bps -> amend_rejected not_allowed_combination
        """
    )
    assert level(stage, 3) == 97
