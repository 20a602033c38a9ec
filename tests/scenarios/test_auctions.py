"""Auction calls: who may come, what is published, and how they uncross."""

import pytest

from openoutcry.model.order import TimeInForce
from tests.scenarios.language import play
from tests.stage import instrument

FEES = (instrument(fees_bps=(1, 30)),)


def test_orders_accumulate_and_the_call_uncrosses_at_one_price():
    play("""
        venue call            -> phase ACME auction
        alice buy 5 @ 102     -> accepted 1
        bob   sell 3 @ 99     -> accepted 2 | indicative 102 paired 3 imbalance 2 buy
        book                  -> 102x5 / 99x3
        venue continue        -> allotted 2 0 | executed 2x1 3 @ 102 | phase ACME continuous
        book                  -> 102x2 / -
    """)


def test_nothing_trades_in_a_call_however_far_it_crosses():
    stage = play("""
        venue preopen         -> phase ACME pre_open
        alice buy 5 @ 110     -> accepted 1
        bob   sell 5 @ 90     -> accepted 2 | indicative 100 paired 5 imbalance 0
        auction               -> 100 paired 5 imbalance 0
        alice cancel 1        -> canceled 1 5 user
        auction               -> nothing
    """)
    assert stage.auditor.trades == 0


def test_the_price_follows_the_four_steps_not_the_orders_that_came_first():
    play("""
        venue call              -> phase ACME auction
        alice buy 5 @ 105       -> accepted 1
        bob   sell 5 @ 101      -> accepted 2 | indicative 101 paired 5 imbalance 0
        carol buy 4 @ 103       -> accepted 3
        dave  sell 3 @ 102      -> accepted 4
        auction                 -> 103 paired 8 imbalance 1 buy
        venue continue          -> allotted 2 0 | executed 2x1 5 @ 103 | allotted 4 0
                                | executed 4x3 3 @ 103 | phase ACME continuous
        book                    -> 103x1 / -
    """)


def test_market_orders_come_before_limits_then_price_then_time():
    play("""
        venue call                -> phase ACME auction
        alice buy 2 @ 100         -> accepted 1
        bob   buy 2 @ 100         -> accepted 2
        carol buy 2 @ 101         -> accepted 3
        dave  buy 2 market opg    -> accepted 4 @ 105
        agent sell 7 @ 100        -> top_up agent 7 ACME | accepted 5
                                  | indicative 100 paired 7 imbalance 1 buy
        venue continue            -> executed 5x4 2 @ 100 | allotted 5 3 | executed 5x3 2 @ 100
                                  | allotted 5 1 | executed 5x1 2 @ 100 | allotted 5 0
                                  | executed 5x2 1 @ 100 | phase ACME continuous
        book                      -> 100x1 / -
    """)


def test_what_market_orders_left_is_canceled():
    play("""
        venue call               -> phase ACME auction
        alice buy 5 market gtc   -> accepted 1 @ 105
        carol buy 5 market day   -> accepted 2 @ 105
        bob   sell 3 @ 100       -> accepted 3 | indicative 100 paired 3 imbalance 7 buy
        venue continue           -> executed 3x1 3 @ 100
                                 | canceled 1 2 insufficient_liquidity
                                 | canceled 2 5 insufficient_liquidity | phase ACME continuous
        alice has USD            -> 99700 held 0
    """)


def test_a_market_order_is_not_shown_and_holds_what_protects_it():
    play("""
        venue call               -> phase ACME auction
        alice buy 5 market gtc   -> accepted 1 @ 105
        book                     -> - / -
        alice has USD            -> 100000 held 525
        alice cancel 1           -> canceled 1 5 user
        alice has USD            -> 100000 held 0
    """)


def test_both_sides_pay_the_makers_rate():
    play(
        """
        venue call              -> phase ACME auction
        alice buy 10 @ 100      -> accepted 1
        bob   sell 10 @ 100     -> accepted 2 | indicative 100 paired 10 imbalance 0
        venue continue          -> allotted 2 0 | executed 2x1 10 @ 100 fees 0.1 0.1
                                | phase ACME continuous
        fees has USD            -> 0.2 held 0
        """,
        listed=FEES,
    )


def test_an_auctions_trade_has_no_side():
    stage = play("""
        venue call              -> phase ACME auction
        alice buy 10 @ 100      -> accepted 1
        bob   sell 10 @ 100     -> accepted 2 | indicative 100 paired 10 imbalance 0
        venue continue          -> allotted 2 0 | executed 2x1 10 @ 100 | phase ACME continuous
    """)
    assert stage.records[-1].events[1].side is None


def test_nobody_trades_with_themselves_and_the_later_one_is_the_taker():
    play("""
        venue call               -> phase ACME auction
        alice buy 5 @ 100        -> accepted 1
        alice sell 5 @ 100       -> accepted 2 | indicative 100 paired 5 imbalance 0
        bob   sell 3 @ 100       -> accepted 3
        venue continue           -> prevented 2x1 5 | prevented 1x2 5 | expired 2 5 self_trade
                                 | allotted 3 0 | executed 3x1 3 @ 100 | phase ACME continuous
        book                     -> 100x2 / -
    """)


def test_what_prevention_left_crossed_is_uncrossed_again():
    play("""
        venue call               -> phase ACME auction
        alice buy 10 @ 101       -> accepted 1
        alice sell 10 @ 99       -> accepted 2 | indicative 100 paired 10 imbalance 0
        bob   sell 10 @ 101      -> accepted 3
        auction                  -> 100 paired 10 imbalance 0
        venue continue           -> prevented 2x1 10 | prevented 1x2 10 | expired 2 10 self_trade
                                 | allotted 3 0 | executed 3x1 10 @ 101 | phase ACME continuous
        book                     -> - / -
    """)


def test_opening_orders_wait_for_the_opening_and_the_rest_of_them_goes():
    play("""
        alice buy 5 @ 100 opg    -> rejected phase_forbids
        venue preopen            -> phase ACME pre_open
        alice buy 5 @ 101 opg    -> accepted 1
        carol buy 5 @ 90 opg     -> accepted 2
        book                     -> - / -
        bob   sell 3 @ 100       -> accepted 3 | indicative 101 paired 3 imbalance 2 buy
        venue continue           -> executed 3x1 3 @ 101 | canceled 1 2 expired
                                 | canceled 2 5 expired | phase ACME continuous
    """)


def test_closing_orders_wait_through_the_day_and_trade_at_the_close():
    play("""
        alice buy 5 @ 101 cls    -> accepted 1
        carol buy 5 market cls   -> accepted 2 @ 105
        bob   sell 3 @ 101       -> accepted 3
        book                     -> - / 101x3
        dave  buy 1 @ 101        -> accepted 4 | executed 4x3 1 @ 101
        venue call               -> phase ACME auction
        venue close              -> executed 3x2 2 @ 101 | canceled 1 5 expired
                                 | canceled 2 3 insufficient_liquidity | phase ACME closed
    """)


def test_closing_orders_of_a_call_stay_for_the_close_when_trading_goes_on():
    play("""
        venue call               -> phase ACME auction
        alice buy 5 @ 101 cls    -> accepted 1
        bob   sell 3 @ 101       -> accepted 2
        venue continue           -> phase ACME continuous
        order 1                  -> new 5 @ 101 cum 0 leaves 5 r0
        book                     -> - / 101x3
        venue close              -> canceled 1 5 expired | phase ACME closed
    """)


@pytest.mark.parametrize("phase", ["preopen", "call"])
@pytest.mark.parametrize("terms", ["@ 100 ioc", "@ 100 fok", "@ 100 post", "market", "market fok"])
def test_a_call_refuses_what_wants_to_trade_at_once(phase, terms):
    shown = {"preopen": "pre_open", "call": "auction"}[phase]
    play(f"""
        venue {phase}         -> phase ACME {shown}
        alice buy 5 {terms}   -> rejected phase_forbids
    """)


@pytest.mark.parametrize("time_in_force", ["gtc", "day", "opg", "cls"])
@pytest.mark.parametrize("terms", ["@ 100", "market"])
def test_a_call_takes_what_can_wait(terms, time_in_force):
    stage = play("venue preopen -> phase ACME pre_open")
    shown = " @ 105" if terms == "market" else ""
    play(f"alice buy 5 {terms} {time_in_force} -> accepted 1{shown}", stage=stage)
    assert stage.engine.order(1).terms.time_in_force is TimeInForce(time_in_force)


@pytest.mark.parametrize("time_in_force", ["gtc", "day"])
def test_outside_of_a_call_a_market_order_cannot_wait(time_in_force):
    play(f"alice buy 5 market {time_in_force} -> rejected not_allowed_combination")


def test_a_simple_order_whose_time_comes_in_a_call_is_canceled():
    play("""
        demo simple 5  -> pended 1
        venue call     -> phase ACME auction
        after 1s       -> canceled 1 5 phase_forbids
    """)


def test_cancels_and_amends_work_in_a_call_and_amends_do_not_trade():
    play("""
        venue call             -> phase ACME auction
        alice buy 5 @ 99       -> accepted 1
        bob   sell 5 @ 100     -> accepted 2
        alice amend 1 @ 101    -> replaced 1 5 @ 101 requeued | rested 1 5 @ 101
                               | indicative 100 paired 5 imbalance 0
        bob   amend 2 to 3     -> replaced 2 3 @ 100
        auction                -> 101 paired 3 imbalance 2 buy
        venue continue         -> allotted 1 2 | executed 1x2 3 @ 101 | phase ACME continuous
    """)


def test_a_halt_interrupts_a_call_and_what_crossed_uncrosses_when_trading_goes_on():
    play("""
        venue call             -> phase ACME auction
        alice buy 5 @ 101      -> accepted 1
        bob   sell 5 @ 100     -> accepted 2 | indicative 100 paired 5 imbalance 0
        venue halt             -> phase ACME halted
        alice cancel 1         -> canceled 1 5 user
        carol buy 2 @ 105      -> rejected halted
        venue call             -> phase ACME auction
        carol buy 2 @ 105      -> accepted 3
        venue halt             -> phase ACME halted
        venue continue         -> allotted 3 0 | executed 3x2 2 @ 100 | phase ACME continuous
    """)


def test_going_from_one_call_to_another_keeps_what_rests():
    play("""
        venue preopen          -> phase ACME pre_open
        alice buy 5 @ 101      -> accepted 1
        bob   sell 5 @ 100     -> accepted 2 | indicative 100 paired 5 imbalance 0
        venue call             -> phase ACME auction
        book                   -> 101x5 / 100x5
    """)


def test_what_rests_when_a_call_begins_takes_part():
    play("""
        alice buy 5 @ 101      -> accepted 1
        venue call             -> phase ACME auction
        bob   sell 5 @ 100     -> accepted 2 | indicative 100 paired 5 imbalance 0
        venue continue         -> allotted 2 0 | executed 2x1 5 @ 100 | phase ACME continuous
    """)


def test_the_indicative_price_is_published_once_a_second_at_most():
    play("""
        venue call             -> phase ACME auction
        alice buy 5 @ 101      -> accepted 1
        bob   sell 5 @ 101     -> accepted 2 | indicative 101 paired 5 imbalance 0
        bob   sell 2 @ 101     -> accepted 3
        auction                -> 101 paired 5 imbalance 2 sell
        after 500ms            -> nothing
        after 499ms            -> nothing
        after 2ms              -> indicative 101 paired 5 imbalance 2 sell
        after 2s               -> nothing
    """)


def test_an_auction_with_nothing_to_trade_just_ends():
    play("""
        venue call             -> phase ACME auction
        alice buy 5 @ 99       -> accepted 1
        bob   sell 5 @ 101     -> accepted 2
        venue continue         -> phase ACME continuous
        book                   -> 99x5 / 101x5
    """)


def test_the_reference_is_the_last_trade_once_there_is_one():
    play("""
        alice buy 1 @ 104      -> accepted 1
        bob   sell 1 @ 104     -> accepted 2 | executed 2x1 1 @ 104
        venue call             -> phase ACME auction
        alice buy 5 @ 106      -> accepted 3
        bob   sell 5 @ 102     -> accepted 4 | indicative 104 paired 5 imbalance 0
        venue continue         -> allotted 4 0 | executed 4x3 5 @ 104 | phase ACME continuous
    """)
