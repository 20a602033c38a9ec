"""Bands and collars: what they refuse, clamp and suspend, and the halt at their ends."""

from openoutcry.matching.band import REFRESH_SPAN
from openoutcry.model.commands import AdvanceTime
from openoutcry.model.order import Door
from openoutcry.model.record import Entry
from tests.scenarios.language import play


def test_a_limit_outside_the_band_is_refused_on_its_aggressive_side_only():
    play("""
        venue band 500        -> changed ACME | band ACME 95 105
        alice buy 1 @ 105     -> accepted 1
        alice buy 1 @ 106     -> rejected price_outside_band
        bob   sell 1 @ 106    -> accepted 2
        bob   sell 1 @ 94     -> rejected price_outside_band
        alice buy 1 @ 94      -> accepted 3
        bob   amend 2 @ 94    -> amend_rejected price_outside_band
    """)


def test_a_market_order_trades_to_the_end_of_the_band_and_no_further():
    play("""
        venue band 200        -> changed ACME | band ACME 98 102
        bob   sell 1 @ 101    -> accepted 1
        bob   sell 1 @ 103    -> accepted 2
        alice buy 5 market    -> accepted 3 @ 102 | executed 3x1 1 @ 101
                              | canceled 3 4 insufficient_liquidity
        alice buy 5 market    -> accepted 4 @ 102 | canceled 4 5 insufficient_liquidity
        alice buy 5 market_to_limit -> accepted 5 @ 102
    """)


def test_an_auction_does_not_print_outside_the_band():
    play("""
        venue band 200           -> changed ACME | band ACME 98 102
        venue call               -> phase ACME auction
        alice buy 5 market gtc   -> accepted 1 @ 102
        bob   sell 5 @ 103       -> accepted 2
        venue continue           -> canceled 1 5 insufficient_liquidity | phase ACME continuous
        book                     -> - / 103x5
    """)


def test_what_rests_outside_a_narrowed_band_stays_and_does_not_trade():
    play("""
        alice buy 5 @ 103     -> accepted 1
        carol buy 5 @ 100     -> accepted 2
        venue band 200        -> changed ACME | band ACME 98 102 | suspended 1
        order 1               -> new 5 @ 103 cum 0 leaves 5 r0
        alice has USD         -> 100000 held 515
        bob   sell 5 @ 100    -> accepted 3 | executed 3x2 5 @ 100
        bob   sell 5 @ 101    -> accepted 4
        book                  -> - / 101x5
    """)


def test_a_suspended_order_comes_back_with_its_priority():
    play("""
        alice buy 5 @ 103     -> accepted 1
        carol buy 5 @ 103     -> accepted 2
        venue band 200        -> changed ACME | band ACME 98 102 | suspended 1 | suspended 2
        venue band 500        -> changed ACME | band ACME 95 105 | resumed 1 | resumed 2
        book                  -> 103x10 / -
        bob   sell 6 @ 103    -> accepted 3 | executed 3x1 5 @ 103 | executed 3x2 1 @ 103
    """)


def test_what_meets_when_the_band_widens_is_uncrossed():
    play("""
        alice buy 5 @ 103     -> accepted 1
        venue band 200        -> changed ACME | band ACME 98 102 | suspended 1
        bob   sell 5 @ 101    -> accepted 2
        venue band 0          -> changed ACME | band ACME none | resumed 1 | allotted 2 0
                              | executed 2x1 5 @ 101
        book                  -> - / -
    """)


def test_what_comes_back_at_the_very_price_of_the_other_side_is_uncrossed():
    play("""
        alice buy 5 @ 103     -> accepted 1
        venue band 200        -> changed ACME | band ACME 98 102 | suspended 1
        bob   sell 4 @ 103    -> accepted 2
        venue band 0          -> changed ACME | band ACME none | resumed 1 | allotted 2 0
                              | executed 2x1 4 @ 103
        book                  -> 103x1 / -
    """)


def test_a_suspended_order_may_be_canceled_and_amended_into_the_band():
    play("""
        alice buy 5 @ 103     -> accepted 1
        alice buy 5 @ 104     -> accepted 2
        venue band 200        -> changed ACME | band ACME 98 102 | suspended 2 | suspended 1
        alice cancel 2        -> canceled 2 5 user
        alice amend 1 to 4    -> replaced 1 4 @ 103
        alice amend 1 to 6    -> amend_rejected price_outside_band
        alice amend 1 @ 102   -> replaced 1 4 @ 102 requeued | rested 1 4 @ 102
        book                  -> 102x4 / -
        alice has USD         -> 100000 held 408
    """)


def test_the_reference_follows_the_mean_of_recent_trades():
    play("""
        venue band 1000       -> changed ACME | band ACME 90 110
        alice buy 9 @ 104     -> accepted 1
        bob   sell 1 @ 104    -> accepted 2 | executed 2x1 1 @ 104
        after 29s             -> nothing
        bob   sell 1 @ 104    -> accepted 3 | executed 3x1 1 @ 104
        after 2s              -> band ACME 94 114
        after 600s            -> nothing
    """)


def test_a_reference_stands_for_thirty_seconds_and_moves_by_one_per_cent_at_least():
    play("""
        venue band 1000       -> changed ACME | band ACME 90 110
        after 31s             -> nothing
        alice buy 9 @ 101     -> accepted 1
        alice buy 9 @ 100     -> accepted 2
        bob   sell 9 @ 101    -> accepted 3 | executed 3x1 9 @ 101 | band ACME 91 111
        bob   sell 9 @ 100    -> accepted 4 | executed 4x2 9 @ 100
        after 31s             -> nothing
        carol buy 9 @ 104     -> accepted 5
        bob   sell 9 @ 104    -> accepted 6 | executed 6x5 9 @ 104
        after 40s             -> nothing
    """)


def test_trades_older_than_five_minutes_do_not_count():
    play("""
        venue band 1000       -> changed ACME | band ACME 90 110
        after 31s             -> nothing
        alice buy 1 @ 104     -> accepted 1
        bob   sell 1 @ 104    -> accepted 2 | executed 2x1 1 @ 104 | band ACME 94 114
        after 295s            -> nothing
        alice buy 1 @ 100     -> accepted 3
        bob   sell 1 @ 100    -> accepted 4 | executed 4x3 1 @ 100 | band ACME 92 112
        after 31s             -> band ACME 90 110
    """)


def test_a_market_at_its_band_halts_and_reopens():
    play("""
        venue band 500        -> changed ACME | band ACME 95 105
        alice buy 5 @ 105     -> accepted 1
        after 14s             -> nothing
        after 2s              -> phase ACME halted
        bob sell 5 @ 105      -> rejected halted
        after 290s            -> nothing
        after 11s             -> phase ACME auction
        bob sell 5 @ 105      -> accepted 2 | indicative 105 paired 5 imbalance 0
        after 61s             -> allotted 2 0 | executed 2x1 5 @ 105 | phase ACME continuous
                              | band ACME 100 110
    """)


def test_a_market_that_leaves_its_band_in_time_does_not_halt():
    play("""
        venue band 500        -> changed ACME | band ACME 95 105
        alice sell 5 @ 95     -> accepted 1
        after 14s             -> nothing
        alice cancel 1        -> canceled 1 5 user
        after 60s             -> nothing
        alice sell 5 @ 95     -> accepted 2
        after 14s             -> nothing
        after 2s              -> phase ACME halted
    """)


def test_who_ends_the_halt_by_hand_ends_the_plan_too():
    play("""
        venue band 500        -> changed ACME | band ACME 95 105
        alice buy 5 @ 105     -> accepted 1
        after 16s             -> phase ACME halted
        alice cancel 1        -> canceled 1 5 user
        venue continue        -> phase ACME continuous
        after 600s            -> nothing
    """)


def test_a_collar_binds_the_aggressive_side_against_the_last_trade():
    play("""
        venue collar 300      -> changed ACME
        alice buy 1 @ 103     -> accepted 1
        alice buy 1 @ 104     -> rejected price_collar
        bob   sell 1 @ 110    -> accepted 2
        bob   sell 1 @ 96     -> rejected price_collar
        bob   sell 1 @ 103    -> accepted 3 | executed 3x1 1 @ 103
        alice buy 1 @ 106     -> accepted 4
        alice amend 4 @ 107   -> amend_rejected price_collar
        alice amend 4 @ 1     -> replaced 4 1 @ 1 requeued | rested 4 1 @ 1
    """)


def test_a_collar_clamps_market_orders():
    play("""
        venue collar 300      -> changed ACME
        bob   sell 1 @ 103    -> accepted 1
        bob   sell 1 @ 104    -> accepted 2
        alice buy 5 market    -> accepted 3 @ 103 | executed 3x1 1 @ 103
                              | canceled 3 4 insufficient_liquidity
    """)


def test_the_band_is_named_before_the_collar():
    play("""
        venue collar 300      -> changed ACME
        venue band 300        -> changed ACME | band ACME 97 103
        alice buy 1 @ 104     -> rejected price_outside_band
    """)


def test_a_reference_that_stays_is_looked_at_again_and_not_without_end():
    stage = play("""
        venue band 500        -> changed ACME | band ACME 95 105
        bob   sell 5 @ 100    -> accepted 1
        alice buy 1 @ 100     -> accepted 2 | executed 2x1 1 @ 100
    """)
    for _ in range(3):
        due = stage.engine.next_due()
        assert due is not None, "somebody looks again"
        stage.later(due - stage.at)
        entry = Entry(at=due, actor="test", door=Door.VENUE, command=AdvanceTime())
        assert stage.take(entry) == []
        assert stage.engine.next_due() == due + REFRESH_SPAN
