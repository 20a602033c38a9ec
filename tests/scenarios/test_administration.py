"""What the venue may do: delist, kill, reset, tiers, quotes' protection, busts, sessions."""

import pytest
from msgspec.structs import replace

from openoutcry.model.commands import BustTrade, ListInstrument
from tests.scenarios.decisions import trade_as_it_stands
from tests.scenarios.language import play
from tests.stage import instrument

FEES = (instrument(fees_bps=(-1, 3)),)
TWO = (instrument(), instrument("GLOBEX"))


# Delisting.


def test_delisting_cancels_what_rests_and_leaves_positions():
    play(
        """
        alice buy 5 @ 99       -> accepted 1
        bob   sell 2 @ 99      -> accepted 2 | executed 2x1 2 @ 99
        alice buy 5 @ 98       -> accepted 3
        alice buy 5 @ 98 on GLOBEX -> accepted 4
        demo  simple 5         -> pended 5
        alice buy 5 @ 98 cls   -> accepted 6
        venue delist           -> canceled 1 3 delisted | canceled 3 5 delisted
                               | canceled 5 5 delisted | canceled 6 5 delisted | delisted ACME
        alice position         -> 2 cost 198 realized 0
        alice has USD          -> 99802 held 490
        alice buy 1 @ 99       -> rejected unknown_instrument
        demo simple 5          -> rejected unknown_instrument
        venue delist           -> refused unknown_instrument
        venue halt             -> refused unknown_instrument
        after 10s              -> nothing
        """,
        listed=TWO,
    )


def test_a_delisted_symbol_may_be_listed_again():
    stage = play("venue delist -> delisted ACME")
    stage.submit(ListInstrument(instrument=instrument()))
    play("alice buy 1 @ 99 -> accepted 1", stage=stage)


# The kill switch.


def test_the_kill_switch_cancels_and_blocks_an_account_and_off_unblocks():
    play("""
        alice buy 5 @ 99       -> accepted 1
        bob   buy 5 @ 99       -> accepted 2
        alice simple 5         -> pended 3
        venue kill alice       -> killed alice | changed alice | canceled 1 5 kill_switch
                               | canceled 3 5 kill_switch
        alice buy 5 @ 99       -> rejected account_blocked
        bob   buy 5 @ 99       -> accepted 4
        venue revive alice     -> revived alice | changed alice
        alice buy 5 @ 99       -> accepted 5
        venue kill nobody      -> refused unknown_account
    """)


def test_the_kill_switch_of_the_venue_is_for_everybody():
    play("""
        alice buy 5 @ 99       -> accepted 1
        bob   buy 5 @ 99       -> accepted 2
        venue kill             -> killed venue | canceled 1 5 kill_switch | canceled 2 5 kill_switch
        alice buy 5 @ 99       -> rejected account_blocked
        bob simple 5           -> pended 3
        after 2s               -> canceled 3 5 account_blocked
        venue revive           -> revived venue
        alice buy 5 @ 99       -> accepted 4
        venue kill             -> killed venue | canceled 4 5 kill_switch
        venue block bob        -> changed bob
        venue revive           -> revived venue
        bob buy 5 @ 99         -> rejected account_blocked
    """)


# Reset.


def test_a_reset_account_begins_anew():
    play("""
        alice buy 5 @ 99       -> accepted 1
        bob   sell 2 @ 99      -> accepted 2 | executed 2x1 2 @ 99
        venue reset alice 500  -> canceled 1 3 reset | reset alice -99302 USD
                               | reset alice -1002 ACME | reset alice
        alice has USD          -> 500 held 0
        alice has ACME         -> 0 held 0
        alice buy 6 @ 99       -> rejected insufficient_funds
        venue reset bob 0      -> reset bob -100198 USD | reset bob -998 ACME | reset bob
        venue reset nobody 5   -> refused unknown_account
        venue reset fees 5     -> refused unknown_account
    """)


# Fee tiers.


def test_a_tier_replaces_the_instruments_fees_for_what_is_entered_from_then_on():
    play(
        """
        alice sell 10 @ 100    -> accepted 1
        venue put alice gold   -> refused not_found
        venue tier gold -2 5   -> tier gold
        venue put alice gold   -> changed alice
        venue put bob gold     -> changed bob
        bob   buy 10 @ 100     -> accepted 2 | executed 2x1 10 @ 100 fees 0.5 -0.1
        alice sell 10 @ 100    -> accepted 3
        venue tier gold 0 0    -> tier gold
        bob   buy 5 @ 100      -> accepted 4 | executed 4x3 5 @ 100 fees 0 -0.1
        venue put bob nothing  -> changed bob
        bob   buy 5 @ 100      -> accepted 5 | executed 5x3 5 @ 100 fees 0.15 -0.1
        """,
        listed=FEES,
    )


def test_a_tiers_worst_fee_is_held():
    play(
        """
        venue tier dear 10 50  -> tier dear
        venue put alice dear   -> changed alice
        alice buy 10 @ 100     -> accepted 1
        alice has USD          -> 100000 held 1005
        """,
        listed=FEES,
    )


# Mass-quote protection.


def test_quotes_go_before_the_next_fill_once_too_much_was_taken():
    play(
        """
        venue quotes alice 6 5s       -> changed alice
        alice sell 4 @ 100            -> accepted 1
        alice sell 4 @ 101            -> accepted 2
        alice sell 4 @ 102            -> accepted 3
        alice sell 4 @ 102 on GLOBEX  -> accepted 4
        carol sell 4 @ 102            -> accepted 5
        bob   buy 12 @ 102            -> accepted 6 | executed 6x1 4 @ 100 | executed 6x2 4 @ 101
                                      | canceled 3 4 mass_quote_protection
                                      | canceled 4 4 mass_quote_protection
                                      | executed 6x5 4 @ 102
        alice sell 4 @ 100            -> accepted 7
        """,
        listed=TWO,
    )


def test_what_was_taken_longer_ago_does_not_count():
    play("""
        venue quotes alice 6 5s  -> changed alice
        alice sell 9 @ 100       -> accepted 1
        bob   buy 5 @ 100        -> accepted 2 | executed 2x1 5 @ 100
        after 6s                 -> nothing
        bob   buy 1 @ 100        -> accepted 3 | executed 3x1 1 @ 100
        bob   buy 5 @ 101        -> accepted 4 | executed 4x1 3 @ 100 | rested 4 2 @ 101
    """)


def test_all_symbols_count_and_taking_does_not():
    play(
        """
        venue quotes alice 6 5s       -> changed alice
        carol sell 9 @ 100            -> accepted 1
        alice buy 9 @ 100             -> accepted 2 | executed 2x1 9 @ 100
        alice sell 9 @ 100            -> accepted 3
        alice sell 9 @ 100 on GLOBEX  -> accepted 4
        bob   buy 3 @ 100             -> accepted 5 | executed 5x3 3 @ 100
        bob   buy 3 @ 100 on GLOBEX   -> accepted 6 | executed 6x4 3 @ 100
                                      | canceled 3 6 mass_quote_protection
                                      | canceled 4 6 mass_quote_protection
        """,
        listed=TWO,
    )


def test_a_fill_or_kill_does_not_count_on_quotes_that_would_go():
    play("""
        venue quotes alice 4 5s  -> changed alice
        alice sell 4 @ 100       -> accepted 1
        alice sell 4 @ 101       -> accepted 2
        bob   buy 8 @ 101 fok    -> accepted 3 | canceled 3 8 fok
        bob   buy 4 @ 101 fok    -> accepted 4 | executed 4x1 4 @ 100
                                 | canceled 2 4 mass_quote_protection
    """)


# Busts.


def test_a_bust_takes_back_both_sides_and_the_fees():
    play(
        """
        alice sell 10 @ 100    -> accepted 1
        bob   buy 10 @ 100     -> accepted 2 | executed 2x1 10 @ 100 fees 0.3 -0.1
        venue bust 1           -> bust bob -10 ACME | bust bob 1000 USD | bust bob 0.3 USD
                               | bust alice -0.1 USD | busted 1
        bob has USD            -> 100000 held 0
        bob has ACME           -> 1000 held 0
        alice has USD          -> 100000 held 0
        alice has ACME         -> 1000 held 0
        fees has USD           -> 0 held 0
        bob position           -> 0 cost 0 realized 0
        venue bust 1           -> refused already_busted
        """,
        listed=FEES,
    )


def test_each_order_gets_its_own_fee_back():
    stage = play(
        """
        alice sell 10 @ 100    -> accepted 1
        bob   buy 10 @ 100     -> accepted 2 | executed 2x1 10 @ 100 fees 0.3 -0.1
        venue bust 1           -> bust bob -10 ACME | bust bob 1000 USD | bust bob 0.3 USD
                               | bust alice -0.1 USD | busted 1
        """,
        listed=FEES,
    )
    busted = stage.records[-1].events[-1]
    assert (busted.taker.fees, busted.maker.fees) == (0, 0)


def test_an_order_that_holds_other_units_stays():
    play("""
        poor deposit 500 USD   -> deposit poor 500 USD
        poor deposit 5 ACME    -> deposit poor 5 ACME
        poor  sell 5 @ 110     -> accepted 1
        alice sell 5 @ 100     -> accepted 2
        poor  buy 5 @ 100      -> accepted 3 | executed 3x2 5 @ 100
        venue bust 1           -> bust poor -5 ACME | bust poor 500 USD | busted 1
        order 1                -> new 5 @ 110 cum 0 leaves 5 r0
    """)


@pytest.mark.parametrize("trade_id", [0, 2])
def test_a_trade_that_never_was_cannot_be_busted(trade_id):
    stage = play("""
        alice sell 5 @ 100     -> accepted 1
        bob   buy 5 @ 100      -> accepted 2 | executed 2x1 5 @ 100
    """)
    trade = replace(trade_as_it_stands(stage, 1), trade_id=trade_id)
    (event,) = stage.submit(BustTrade(trade=trade))
    assert event.reason.value == "not_found"


def test_a_filled_order_goes_back_and_a_live_one_stays():
    stage = play("""
        alice sell 10 @ 100    -> accepted 1
        bob   buy 4 @ 100      -> accepted 2 | executed 2x1 4 @ 100
        bob   buy 3 @ 100      -> accepted 3 | executed 3x1 3 @ 100
        venue bust 1           -> bust bob -4 ACME | bust bob 400 USD | busted 1
        order 1                -> partially_filled 10 @ 100 cum 3 leaves 3 r0
        bob position           -> 3 cost 300 realized 0
        book                   -> - / 100x3
    """)
    busted = stage.records[-1].events[-1]
    assert (busted.taker.status.value, busted.taker.cum_quantity) == ("canceled", 0)
    assert busted.taker.canceled_quantity == 4


def test_two_busts_of_one_order_add_up():
    stage = play("""
        alice sell 4 @ 100     -> accepted 1
        carol sell 3 @ 100     -> accepted 2
        bob   buy 7 @ 100      -> accepted 3 | executed 3x1 4 @ 100 | executed 3x2 3 @ 100
        venue bust 1           -> bust bob -4 ACME | bust bob 400 USD | busted 1
        venue bust 2           -> bust bob -3 ACME | bust bob 300 USD | busted 2
    """)
    busted = stage.records[-1].events[-1]
    assert (busted.taker.cum_quantity, busted.taker.canceled_quantity) == (0, 7)
    assert busted.taker.cost == 0


def test_orders_that_hold_what_must_go_back_are_canceled():
    play("""
        poor deposit 500 USD   -> deposit poor 500 USD
        alice sell 5 @ 100     -> accepted 1
        poor  buy 5 @ 100      -> accepted 2 | executed 2x1 5 @ 100
        poor  sell 5 @ 110     -> accepted 3
        venue bust 1           -> canceled 3 5 insufficient_asset | bust poor -5 ACME
                               | bust poor 500 USD | busted 1
    """)


def test_what_has_been_spent_cannot_be_taken_back():
    play("""
        poor deposit 500 USD   -> deposit poor 500 USD
        alice sell 5 @ 100     -> accepted 1
        poor  buy 5 @ 100      -> accepted 2 | executed 2x1 5 @ 100
        poor deposit -5 ACME   -> withdrawal poor -5 ACME
        venue bust 1           -> refused insufficient_asset
        poor has USD           -> 0 held 0
    """)


def test_busting_what_was_sold_on_is_as_if_it_traded_back():
    play("""
        alice sell 5 @ 100     -> accepted 1
        bob   buy 5 @ 100      -> accepted 2 | executed 2x1 5 @ 100
        carol buy 5 @ 120      -> accepted 3
        bob   sell 5 @ 120     -> accepted 4 | executed 4x3 5 @ 120
        venue bust 1           -> bust bob -5 ACME | bust bob 500 USD | busted 1
        bob position           -> -5 cost -500 realized 100
    """)


# Sessions.


def test_a_calendar_moves_its_instruments():
    play(
        """
        alice buy 5 @ 101 cls -> accepted 1
        venue sessions floor 10s auction 20s closed 30s pre_open 40s continuous -> sessions floor 4
        after 11s             -> phase ACME auction
        bob sell 5 @ 101      -> accepted 2 | indicative 101 paired 5 imbalance 0
        auction               -> 101 paired 5 imbalance 0
        after 10s             -> executed 2x1 5 @ 101 | phase ACME closed
        after 30s             -> phase ACME pre_open | phase ACME continuous
        bob sell 5 @ 101      -> accepted 3
        after 100s            -> nothing
        """,
        listed=(instrument(calendar="floor"), instrument("GLOBEX")),
    )


def test_orders_for_the_day_end_with_it():
    play("""
        alice buy 5 @ 99 day  -> accepted 1
        alice buy 5 @ 98      -> accepted 2
        venue close           -> phase ACME closed | expired 1 5 expired
        venue continue        -> phase ACME continuous
        book                  -> 98x5 / -
    """)


def test_other_sessions_replace_the_ones_before():
    play(
        """
        venue sessions floor 10s closed  -> sessions floor 1
        venue sessions floor 20s halted  -> sessions floor 1
        after 15s                        -> nothing
        after 10s                        -> phase ACME halted
        """,
        listed=(instrument(calendar="floor"),),
    )
