"""Stops and stop-limits: they sleep until a price is there, then come in as fresh orders."""

import pytest

from openoutcry.engine import consequences
from openoutcry.engine.engine import Engine
from tests.audited_specials import AuditedSpecials
from tests.scenarios.language import play
from tests.stage import instrument

# One trade at 100, so that there is a last price.
TRADED = """
    carol sell 1 @ 100 -> accepted 1
    dave  buy 1 @ 100  -> accepted 2 | executed 2x1 1 @ 100
"""


def test_a_stop_sleeps_and_is_in_no_book():
    play(
        TRADED
        + """
        alice sell 5 stop 95 -> accepted 3
        book                 -> - / -
        order 3              -> new 5 cum 0 leaves 5 r0
        alice has ACME       -> 1000 held 5
        """
    )


def test_a_trade_at_the_trigger_wakes_it_and_one_before_it_does_not():
    play(
        TRADED
        + """
        alice sell 5 stop 95 -> accepted 3
        bob   buy 2 @ 96     -> accepted 4
        carol sell 1 @ 96    -> accepted 5 | executed 5x4 1 @ 96
        bob   buy 9 @ 95     -> accepted 6
        carol sell 2 @ 95    -> accepted 7 | executed 7x4 1 @ 96 | executed 7x6 1 @ 95
                             | triggered 3 @ 91 | executed 3x6 5 @ 95
        book                 -> 95x3 / -
        """
    )


def test_a_buy_stop_wakes_at_or_above():
    play(
        TRADED
        + """
        alice buy 2 stop 105 -> accepted 3
        bob   sell 5 @ 104   -> accepted 4
        bob   sell 5 @ 106   -> accepted 5
        carol buy 5 @ 104    -> accepted 6 | executed 6x4 5 @ 104
        carol buy 1 @ 106    -> accepted 7 | executed 7x5 1 @ 106
                             | triggered 3 @ 111 | executed 3x5 2 @ 106
        """
    )


def test_without_a_trade_nothing_triggers_the_reference_price_is_none():
    play("""
        alice sell 5 stop 100 -> accepted 1
        alice sell 5 stop 150 -> accepted 2
        book                  -> - / -
    """)


def test_one_through_its_trigger_already_triggers_at_once():
    play(
        TRADED
        + """
        bob   buy 5 @ 99      -> accepted 3
        alice sell 2 stop 100 -> accepted 4 | triggered 4 @ 95 | executed 4x3 2 @ 99
        bob   sell 5 @ 101    -> accepted 5
        alice buy 2 stop 99   -> accepted 6 | triggered 6 @ 106 | executed 6x5 2 @ 101
        """
    )


def test_a_stop_limit_rests_at_its_limit_with_a_new_stamp():
    play(
        TRADED
        + """
        alice sell 5 @ 94 stop 95 -> accepted 3
        order 3                   -> new 5 @ 94 cum 0 leaves 5 r0
        bob   buy 1 @ 95          -> accepted 4
        carol sell 1 @ 95         -> accepted 5 | executed 5x4 1 @ 95 | triggered 3
        dave  sell 5 @ 94         -> accepted 6
        queue                     -> - / 3:94x5 6:94x5
        """
    )


def test_a_stop_limit_does_not_trade_beyond_its_limit():
    play(
        TRADED
        + """
        alice sell 5 @ 95 stop 95 -> accepted 3
        bob   buy 2 @ 95          -> accepted 4
        bob   buy 9 @ 94          -> accepted 5
        carol sell 1 @ 95         -> accepted 6 | executed 6x4 1 @ 95 | triggered 3
                                  | executed 3x4 1 @ 95 | rested 3 4 @ 95
        book                      -> 94x9 / 95x4
        """
    )


def test_what_is_left_of_a_triggered_stop_is_canceled():
    play(
        TRADED
        + """
        alice sell 5 stop 95 -> accepted 3
        bob   buy 3 @ 95     -> accepted 4
        carol sell 1 @ 95    -> accepted 5 | executed 5x4 1 @ 95 | triggered 3 @ 91
                             | executed 3x4 2 @ 95 | canceled 3 3 insufficient_liquidity
        alice has ACME       -> 998 held 0
        """
    )


def test_one_that_finds_no_quote_is_canceled():
    play(
        TRADED
        + """
        alice sell 5 stop 95 -> accepted 3
        bob   buy 1 @ 95     -> accepted 4
        carol sell 1 @ 95    -> accepted 5 | executed 5x4 1 @ 95 | triggered 3
                             | canceled 3 5 insufficient_liquidity
        """
    )


def test_the_taker_finishes_first_and_every_trade_of_its_run_counts():
    """The last trade of the run is at 97 again; the one at 95 has triggered all the same."""
    play(
        TRADED
        + """
        alice buy 2 stop 103  -> accepted 3
        bob   sell 1 @ 103    -> accepted 4
        carol sell 1 @ 104    -> accepted 5
        dave  sell 9 @ 105    -> accepted 6
        bob   buy 3 @ 105     -> accepted 7 | prevented 7x4 1 | prevented 4x7 1
                              | expired 7 3 self_trade
        carol buy 2 @ 103     -> accepted 8 | executed 8x4 1 @ 103 | rested 8 1 @ 103
                              | triggered 3 @ 109 | executed 3x5 1 @ 104 | executed 3x6 1 @ 105
        """
    )


def test_buys_run_lowest_first_then_sells_highest_first_equal_ones_by_entry():
    play(
        TRADED
        + """
        alice buy 1 @ 120 stop 104  -> accepted 3
        alice buy 1 @ 120 stop 103  -> accepted 4
        bob   buy 1 @ 120 stop 103  -> accepted 5
        carol sell 1 @ 110          -> accepted 6
        dave  buy 1 @ 110           -> accepted 7 | executed 7x6 1 @ 110
                                    | triggered 4 | triggered 5 | triggered 3
        queue                       -> 4:120x1 5:120x1 3:120x1 / -
        """
    )
    play(
        TRADED
        + """
        alice sell 1 @ 80 stop 96   -> accepted 3
        alice sell 1 @ 80 stop 97   -> accepted 4
        bob   sell 1 @ 80 stop 97   -> accepted 5
        carol buy 1 @ 90            -> accepted 6
        dave  sell 1 @ 90           -> accepted 7 | executed 7x6 1 @ 90
                                    | triggered 4 | triggered 5 | triggered 3
        queue                       -> - / 4:80x1 5:80x1 3:80x1
        """
    )


def test_each_runs_to_completion_and_the_next_is_chosen_anew():
    """The first stop's trade at 92 wakes 94, which is nearer than 93 and so comes before it."""
    play(
        TRADED
        + """
        alice sell 2 stop 95 -> accepted 3
        alice sell 1 stop 93 -> accepted 4
        alice sell 1 stop 94 -> accepted 5
        bob   buy 2 @ 95     -> accepted 6
        bob   buy 1 @ 93     -> accepted 7
        bob   buy 5 @ 92     -> accepted 8
        carol sell 1 @ 95    -> accepted 9 | executed 9x6 1 @ 95
                             | triggered 3 @ 91 | executed 3x6 1 @ 95 | executed 3x7 1 @ 93
                             | triggered 5 @ 88 | executed 5x8 1 @ 92
                             | triggered 4 @ 88 | executed 4x8 1 @ 92
        """
    )


def test_a_quote_triggers_without_a_trade_if_it_is_asked_to():
    play("""
        bob   buy 5 @ 96           -> accepted 1
        alice sell 2 stop 95 quote -> accepted 2
        alice sell 2 stop 95       -> accepted 3
        carol buy 5 @ 94           -> accepted 4
        bob   cancel 1             -> canceled 1 5 user | triggered 2 @ 90 | executed 2x4 2 @ 94
                                   | triggered 3 @ 90 | executed 3x4 2 @ 94
    """)


def test_a_buy_looks_at_the_best_ask():
    play("""
        alice buy 2 stop 105 quote -> accepted 1
        bob   sell 5 @ 104         -> accepted 2
        bob   amend 2 @ 105        -> replaced 2 5 @ 105 requeued | rested 2 5 @ 105
                                   | triggered 1 @ 110 | executed 1x2 2 @ 105
    """)


def test_an_empty_side_is_no_quote():
    play("""
        bob   sell 5 @ 104         -> accepted 1
        alice buy 2 stop 105 quote -> accepted 2
        bob   cancel 1             -> canceled 1 5 user
        order 2                    -> new 2 cum 0 leaves 2 r0
    """)


def test_one_that_is_quoted_already_triggers_at_once():
    play("""
        bob   sell 5 @ 106         -> accepted 1
        alice buy 2 stop 105 quote -> accepted 2 | triggered 2 @ 111 | executed 2x1 2 @ 106
    """)


def test_a_stop_buy_reserves_the_protection_and_the_worst_fee():
    play(
        """
        alice buy 2 stop 100      -> accepted 1
        alice has USD             -> 100000 held 210.84
        alice buy 2 @ 99 stop 100 -> accepted 2
        alice has USD             -> 100000 held 409.632
        alice cancel 1            -> canceled 1 2 user
        alice has USD             -> 100000 held 198.792
        """,
        listed=(instrument(fees_bps=(10, 40)),),
    )


def test_every_check_is_made_again_at_the_trigger():
    play(
        TRADED
        + """
        alice sell 5 stop 95 -> accepted 3
        bob   sell 5 stop 95 -> accepted 4
        bob   buy 9 @ 95     -> accepted 5
        venue block alice    -> changed alice
        carol sell 1 @ 95    -> accepted 6 | executed 6x5 1 @ 95
                             | triggered 3 | canceled 3 5 account_blocked
                             | triggered 4 @ 91 | prevented 4x5 5 | prevented 5x4 5
                             | expired 4 5 self_trade
        """
    )


def test_a_gap_beyond_what_was_reserved_is_a_failed_check():
    play(
        TRADED
        + """
        poor  deposit 1050 USD  -> deposit poor 1050 USD
        poor  buy 10 stop 100 quote -> accepted 3
        poor has USD            -> 1050 held 1050
        bob   sell 20 @ 150     -> accepted 4 | triggered 3 | canceled 3 10 insufficient_funds
        poor has USD            -> 1050 held 0
        """
    )


def test_what_a_better_price_saves_is_released():
    play(
        TRADED
        + """
        bob   sell 5 @ 102      -> accepted 3
        alice buy 2 stop 102    -> accepted 4
        alice has USD           -> 100000 held 214
        carol buy 1 @ 102       -> accepted 5 | executed 5x3 1 @ 102
                                | triggered 4 @ 107 | executed 4x3 2 @ 102
        alice has USD           -> 99796 held 0
        """
    )


def test_a_halted_market_wakes_nobody_and_takes_no_stops():
    play(
        TRADED
        + """
        alice sell 5 stop 95   -> accepted 3
        bob   buy 1 @ 99       -> accepted 4
        alice sell 2 stop 99 quote -> accepted 5 | triggered 5 @ 95 | executed 5x4 1 @ 99
                               | canceled 5 1 insufficient_liquidity
        venue halt             -> phase ACME halted
        alice sell 5 stop 95   -> rejected halted
        alice cancel 3         -> canceled 3 5 user
        """
    )


def test_in_a_call_stops_sleep_and_wake_when_trading_goes_on():
    play(
        TRADED
        + """
        bob   buy 5 @ 99       -> accepted 3
        venue call             -> phase ACME auction
        alice sell 5 stop 100  -> accepted 4
        alice sell 1 @ 98 stop 100 -> accepted 5
        order 4                -> new 5 cum 0 leaves 5 r0
        venue continue         -> phase ACME continuous | triggered 4 @ 95 | executed 4x3 5 @ 99
                               | triggered 5
        """
    )


def test_the_trades_of_an_auction_trigger():
    play(
        TRADED
        + """
        alice sell 5 stop 95   -> accepted 3
        venue call             -> phase ACME auction
        bob   buy 9 @ 95       -> accepted 4
        carol sell 2 @ 95      -> accepted 5 | indicative 95 paired 2 imbalance 7 buy
        venue continue         -> allotted 5 0 | executed 5x4 2 @ 95 | phase ACME continuous
                               | triggered 3 @ 91 | executed 3x4 5 @ 95
        """
    )


def test_a_cascade_is_bounded_and_goes_on_after_the_next_command(monkeypatch):
    monkeypatch.setattr(consequences, "CONSEQUENCES_MAX", 2)
    monkeypatch.setattr(AuditedSpecials, "check", lambda *_: None)
    stage = play(
        TRADED
        + """
        alice sell 1 @ 80 stop 95 -> accepted 3
        alice sell 1 @ 80 stop 96 -> accepted 4
        alice sell 1 @ 80 stop 97 -> accepted 5
        bob   buy 1 @ 90          -> accepted 6
        carol sell 1 @ 90         -> accepted 7 | executed 7x6 1 @ 90 | triggered 5 | triggered 4
        """
    )
    restored = Engine.restore(stage.engine.snapshot())
    play("bob deposit 1 USD -> deposit bob 1 USD | triggered 3", stage=stage)
    restored.apply(stage.records[-1].entry)
    assert restored.digest() == stage.engine.digest()


def test_what_sleeps_is_not_measured_by_collar_and_band():
    play(
        TRADED
        + """
        venue collar 100           -> changed ACME
        alice buy 5 @ 120 stop 110 -> accepted 3
        alice amend 3 @ 121        -> replaced 3 5 @ 121
        alice buy 5 @ 120          -> rejected price_collar
        venue collar 0             -> changed ACME
        venue band 100             -> changed ACME | band ACME 99 101
        alice buy 5 @ 120 stop 110 -> accepted 4
        """
    )


@pytest.mark.parametrize(
    "order",
    [
        "sell 5 stop 95 ioc",
        "sell 5 stop 95 fok",
        "sell 5 @ 94 stop 95 ioc",
        "sell 5 stop 0",
        "sell 5 stop 95 post",
        "sell 5 stop 95 show 2",
        "sell 5 @ 100 quote",
        "sell 5 market quote",
        "sell 5 stop 95 from 90",
    ],
)
def test_terms_that_mean_nothing_on_a_stop_are_refused(order):
    play(f"alice {order} -> rejected not_allowed_combination")


def test_its_prices_must_be_on_the_grid():
    play("""
        alice sell 5 stop 95.5      -> rejected price_increment
        alice sell 5 @ 94 stop 95.5 -> rejected price_increment
        alice sell 5 @ 94.5 stop 95 -> rejected price_increment
    """)
