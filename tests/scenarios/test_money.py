"""Fees, holds and deposits: reserved in full, settled to the last unit, released exactly once."""

from openoutcry.model.commands import ChangeInstrument
from tests.scenarios.language import play
from tests.stage import instrument

FEES = (instrument(fees_bps=(-1, 3)),)
FINE = (instrument(price_increment=10**6, quantity_increment=10**6, fees_bps=(-1, 3)),)
"""A tick times a lot is one unit, so every fee shows how it is rounded."""


def test_a_buy_holds_its_cost_and_the_worst_fee():
    play(
        """
        alice buy 10 @ 100 -> accepted 1
        alice has USD      -> 100000 held 1000.3
        alice cancel 1     -> canceled 1 10 user
        alice has USD      -> 100000 held 0
        """,
        listed=FEES,
    )


def test_a_rebate_is_not_counted_on_when_holding():
    play(
        """
        alice buy 10 @ 100 -> accepted 1
        alice has USD      -> 100000 held 1000
        """,
        listed=(instrument(fees_bps=(-1, -2)),),
    )


def test_the_worse_of_both_rates_is_held():
    play(
        """
        alice buy 10 @ 100 -> accepted 1
        alice has USD      -> 100000 held 1001
        """,
        listed=(instrument(fees_bps=(10, 3)),),
    )


def test_taker_pays_maker_earns_and_the_fee_is_never_in_the_price():
    play(
        """
        alice sell 10 @ 100 -> accepted 1
        bob   buy 10 @ 102  -> accepted 2 | executed 2x1 10 @ 100 fees 0.3 -0.1
        alice has USD       -> 101000.1 held 0
        bob has USD         -> 98999.7 held 0
        fees has USD        -> 0.2 held 0
        """,
        listed=FEES,
    )


def test_a_seller_pays_the_fee_out_of_the_proceeds():
    play(
        """
        poor deposit 10 ACME -> deposit poor 10 ACME
        alice buy 10 @ 100   -> accepted 1
        poor sell 10 market  -> accepted 2 @ 95 | executed 2x1 10 @ 100 fees 0.3 -0.1
        poor has USD         -> 999.7 held 0
        poor has ACME        -> 0 held 0
        """,
        listed=FEES,
    )


def test_a_fee_is_rounded_against_the_participant_and_a_rebate_down():
    # Three units of notional: 0.0009 units of fee are one, 0.0003 of rebate are none.
    play(
        """
        alice sell 3 @ 1 -> accepted 1
        bob   buy 3 @ 1  -> accepted 2 | executed 2x1 3 @ 1 fees 0.000000000001 0
        fees has USD     -> 0.000000000001 held 0
        """,
        listed=FINE,
    )


def test_fees_are_rounded_once_a_fill():
    # 10,001 units are 3.0003 of fee: four; in two fills, 1 + 10,000: one and three.
    play(
        """
        alice sell 10001 @ 1 -> accepted 1
        bob   buy 10001 @ 1  -> accepted 2
                             | executed 2x1 10001 @ 1 fees 0.000000000004 -0.000000000001
        alice sell 1 @ 1     -> accepted 3
        alice sell 10000 @ 1 -> accepted 4
        bob   buy 10001 @ 1  -> accepted 5 | executed 5x3 1 @ 1 fees 0.000000000001 0
                             | executed 5x4 10000 @ 1 fees 0.000000000003 -0.000000000001
        """,
        listed=FINE,
    )


def test_many_small_fills_never_cost_more_than_was_held():
    # All the cash there is: one unit a lot, one more for the fee of each lot.
    story = ["poor deposit 0.00000000001 USD -> deposit poor 0.00000000001 USD"]
    story += ["poor buy 6 @ 1 -> rejected insufficient_funds", "poor buy 5 @ 1 -> accepted 1"]
    fee = "0.000000000001"
    story += [
        f"alice sell 1 @ 1 -> accepted {n} | executed {n}x1 1 @ 1 fees {fee} {fee}"
        for n in range(2, 7)
    ]
    story += ["poor has USD -> 0 held 0"]
    fine = instrument(price_increment=10**6, quantity_increment=10**6, fees_bps=(1, 3))
    play("\n".join(story), listed=(fine,))


def test_the_rates_are_those_of_the_moment_of_entry():
    stage = play("alice sell 10 @ 100 -> accepted 1", listed=FEES)
    stage.submit(ChangeInstrument(instrument=instrument(fees_bps=(0, 50))))
    play(
        """
        bob buy 10 @ 100 -> accepted 2 | executed 2x1 10 @ 100 fees 5 -0.1
        """,
        stage=stage,
    )


def test_a_sell_holds_its_asset_and_nothing_else():
    play("""
        alice sell 10 @ 100 -> accepted 1
        alice has ACME      -> 1000 held 10
        alice has USD       -> 100000 held 0
        bob buy 4 @ 100     -> accepted 2 | executed 2x1 4 @ 100
        alice has ACME      -> 996 held 6
        alice cancel 1      -> canceled 1 6 user
        alice has ACME      -> 996 held 0
    """)


def test_what_is_held_cannot_be_spent_twice_or_withdrawn():
    play("""
        alice buy 600 @ 100        -> accepted 1
        alice buy 401 @ 100        -> rejected insufficient_funds
        alice deposit -40001 USD   -> refused insufficient_funds
        alice deposit -40000 USD   -> withdrawal alice -40000 USD
        alice has USD              -> 60000 held 60000
        alice sell 1001 @ 100      -> rejected insufficient_asset
        alice sell 1000 @ 101      -> accepted 2
        alice deposit -1 ACME      -> refused insufficient_funds
    """)


def test_the_last_unit_may_be_spent_and_no_more():
    play("""
        alice buy 1000 @ 100 -> accepted 1
        bob   buy 1001 @ 100 -> rejected insufficient_funds
        alice buy 1 @ 1      -> rejected insufficient_funds
    """)


def test_proceeds_are_there_at_once():
    play("""
        poor deposit 10 ACME -> deposit poor 10 ACME
        alice buy 10 @ 100   -> accepted 1
        poor sell 10 @ 100   -> accepted 2 | executed 2x1 10 @ 100
        poor buy 10 @ 100    -> accepted 3
        poor has USD         -> 1000 held 1000
    """)


def test_a_deposit_is_no_position_and_a_fill_is():
    play("""
        poor deposit 10 ACME -> deposit poor 10 ACME
        poor position        -> 0 cost 0 realized 0
        alice buy 4 @ 100    -> accepted 1
        poor sell 4 @ 90     -> accepted 2 | executed 2x1 4 @ 100
        poor position        -> -4 cost -400 realized 0
        alice position       -> 4 cost 400 realized 0
    """)


def test_a_position_that_crosses_zero_closes_then_opens():
    play("""
        alice buy 4 @ 100  -> accepted 1
        bob   sell 4 @ 100 -> accepted 2 | executed 2x1 4 @ 100
        bob   buy 10 @ 90  -> accepted 3
        alice sell 6 @ 90  -> accepted 4 | executed 4x3 6 @ 90
        alice position     -> -2 cost -180 realized -40
        bob position       -> 2 cost 180 realized 40
    """)
