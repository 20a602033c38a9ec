"""Self-trade prevention: four modes, the taker's governs, for an account or a group of accounts."""

import pytest

from openoutcry.model.events import MatchPrevented
from openoutcry.model.order import SelfTradePrevention
from tests.scenarios.language import play


def test_cancel_oldest_expires_the_maker_and_the_taker_goes_on():
    play("""
        alice sell 5 @ 100                       -> accepted 1
        alice sell 5 @ 101                       -> accepted 2
        bob   sell 5 @ 101                       -> accepted 3
        alice buy 4 @ 101 stp cancel_oldest      -> accepted 4
            | prevented 4x1 4 | prevented 1x4 4 | expired 1 5 self_trade
            | prevented 4x2 4 | prevented 2x4 4 | expired 2 5 self_trade
            | executed 4x3 4 @ 101
        alice has ACME                           -> 1004 held 0
    """)


def test_cancel_both_expires_both_and_stops():
    play("""
        alice sell 5 @ 100                  -> accepted 1
        bob   sell 5 @ 100                  -> accepted 2
        alice buy 8 @ 100 stp cancel_both   -> accepted 3
            | prevented 3x1 5 | prevented 1x3 5 | expired 1 5 self_trade | expired 3 8 self_trade
        book                                -> - / 100x5
    """)


def test_decrement_reduces_both_by_the_smaller_and_goes_on():
    play("""
        alice sell 5 @ 100                -> accepted 1
        bob   sell 5 @ 100                -> accepted 2
        alice buy 8 @ 100 stp decrement   -> accepted 3
            | prevented 3x1 5 | prevented 1x3 5 | expired 1 5 self_trade | executed 3x2 3 @ 100
        book                              -> - / 100x2
        alice has USD                     -> 99700 held 0
    """)
    play("""
        alice sell 5 @ 100                -> accepted 1
        bob   sell 5 @ 100                -> accepted 2
        alice buy 2 @ 100 stp decrement   -> accepted 3
            | prevented 3x1 2 | prevented 1x3 2 | expired 3 2 self_trade
        queue                             -> - / 1:100x3 2:100x5
        order 1                           -> new 5 @ 100 cum 0 leaves 3 r0
        alice has ACME                    -> 1000 held 3
    """)


def test_decrement_of_equal_ones_ends_both():
    play("""
        alice sell 5 @ 100                -> accepted 1
        alice buy 5 @ 100 stp decrement   -> accepted 2
            | prevented 2x1 5 | prevented 1x2 5 | expired 1 5 self_trade | expired 2 5 self_trade
    """)


def test_the_takers_mode_governs_not_the_makers():
    play("""
        alice sell 5 @ 100 stp cancel_oldest -> accepted 1
        alice buy 5 @ 100                    -> accepted 2 | prevented 2x1 5 | prevented 1x2 5
                                             | expired 2 5 self_trade
    """)


def test_an_account_has_a_mode_and_an_order_its_own():
    play("""
        venue stp alice cancel_oldest        -> changed alice
        alice sell 5 @ 100                   -> accepted 1
        alice buy 5 @ 100 stp cancel_newest  -> accepted 2 | prevented 2x1 5 | prevented 1x2 5
                                             | expired 2 5 self_trade
        alice buy 5 @ 100                    -> accepted 3 | prevented 3x1 5 | prevented 1x3 5
                                             | expired 1 5 self_trade | rested 3 5 @ 100
    """)


def test_accounts_of_a_group_do_not_trade_with_each_other():
    play("""
        venue kin alice desk  -> changed alice
        venue kin bob desk    -> changed bob
        alice sell 5 @ 100    -> accepted 1
        bob   buy 5 @ 100     -> accepted 2 | prevented 2x1 5 | prevented 1x2 5
                              | expired 2 5 self_trade
        carol buy 2 @ 100     -> accepted 3 | executed 3x1 2 @ 100
        venue kin bob none    -> changed bob
        bob   buy 3 @ 100     -> accepted 4 | executed 4x1 3 @ 100
    """)


def test_a_fok_counts_what_stands_behind_its_own_with_cancel_oldest_only():
    book = """
        bob   sell 2 @ 100 -> accepted 1
        alice sell 5 @ 100 -> accepted 2
        carol sell 5 @ 100 -> accepted 3
    """
    for mode in ("cancel_newest", "cancel_both", "decrement"):
        play(
            book
            + f"""
            alice buy 3 @ 100 fok stp {mode} -> accepted 4 | canceled 4 3 fok
            alice buy 2 @ 100 fok stp {mode} -> accepted 5 | executed 5x1 2 @ 100
            """
        )
    play(
        book
        + """
        alice buy 8 @ 100 fok stp cancel_oldest -> accepted 4 | canceled 4 8 fok
        alice buy 7 @ 100 fok stp cancel_oldest -> accepted 5 | executed 5x1 2 @ 100
            | prevented 5x2 5 | prevented 2x5 5 | expired 2 5 self_trade | executed 5x3 5 @ 100
        """
    )


def test_it_applies_to_amends_and_to_triggered_stops():
    play("""
        venue stp alice cancel_oldest -> changed alice
        alice sell 5 @ 105            -> accepted 1
        alice buy 3 @ 95              -> accepted 2
        alice amend 2 @ 105           -> replaced 2 3 @ 105 requeued | prevented 2x1 3
                                      | prevented 1x2 3 | expired 1 5 self_trade
                                      | rested 2 3 @ 105
        alice sell 2 stop 101         -> accepted 3
        bob   sell 1 @ 101            -> accepted 4 | executed 4x2 1 @ 105
        bob   sell 1 @ 101            -> accepted 5 | executed 5x2 1 @ 105
        carol buy 1 @ 101             -> accepted 6
        alice cancel 2                -> canceled 2 1 user
        alice buy 9 @ 100             -> accepted 7
        dave  sell 1 @ 101            -> accepted 8 | executed 8x6 1 @ 101 | triggered 3 @ 95
                                      | prevented 3x7 2 | prevented 7x3 2 | expired 7 9 self_trade
                                      | canceled 3 2 insufficient_liquidity
    """)


def test_decrement_of_plain_orders_beside_groups():
    play("""
        bob   oco: sell 1 @ 120, sell 1 @ 121 -> accepted 1 | accepted 2 | rested 1 1 @ 120
                                              | rested 2 1 @ 121
        alice sell 5 @ 100                    -> accepted 3
        alice buy 3 @ 100 stp decrement       -> accepted 4 | prevented 4x3 3 | prevented 3x4 3
                                              | expired 4 3 self_trade
    """)


def test_decrement_of_a_leg_moves_the_hold_of_the_pair():
    play("""
        alice oco: sell 10 @ 101, sell 10 @ 102 -> accepted 1 | accepted 2 | rested 1 10 @ 101
                                                | rested 2 10 @ 102
        alice buy 4 @ 101 stp decrement         -> accepted 3 | prevented 3x1 4 | prevented 1x3 4
                                                | restated 1 6 group | restated 2 10 group
                                                | expired 3 4 self_trade
        alice has ACME                          -> 1000 held 10
    """)


@pytest.mark.parametrize("mode", list(SelfTradePrevention))
def test_it_never_refuses_an_order_and_the_match_is_told_to_both(mode):
    stage = play("alice sell 5 @ 100 -> accepted 1")
    stage.engine.check()
    play(
        f"""
        alice buy 3 @ 100 stp {mode.value} -> {
            {
                SelfTradePrevention.CANCEL_NEWEST: "accepted 2 | prevented 2x1 3 | prevented 1x2 3 "
                "| expired 2 3 self_trade",
                SelfTradePrevention.CANCEL_OLDEST: "accepted 2 | prevented 2x1 3 | prevented 1x2 3 "
                "| expired 1 5 self_trade | rested 2 3 @ 100",
                SelfTradePrevention.CANCEL_BOTH: "accepted 2 | prevented 2x1 3 | prevented 1x2 3 "
                "| expired 1 5 self_trade | expired 2 3 self_trade",
                SelfTradePrevention.DECREMENT: "accepted 2 | prevented 2x1 3 | prevented 1x2 3 "
                "| expired 2 3 self_trade",
            }[mode]
        }
        """,
        stage=stage,
    )
    told = [e for e in stage.records[-1].events if isinstance(e, MatchPrevented)]
    assert [(e.order_id, e.resting_order_id, e.price, e.quantity, e.mode) for e in told] == [
        (2, 1, 100, 3, mode)
    ] * 2
    assert [e.order.terms.order_id for e in told] == [2, 1]
