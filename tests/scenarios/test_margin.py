"""Accounts on margin: what equity carries, shorts, calls and liquidation; caps on positions."""

from tests.scenarios.language import play
from tests.stage import instrument

SHORTABLE = (instrument(shortable=True),)
TWO = (instrument(shortable=True), instrument("GLOBEX", shortable=True))


def test_exposure_is_bounded_by_a_multiple_of_equity():
    play(
        """
        poor deposit 1000 USD  -> deposit poor 1000 USD
        poor buy 11 @ 100      -> rejected insufficient_funds
        venue margin poor 2    -> changed poor
        poor buy 20 @ 100      -> accepted 1
        poor buy 1 @ 100       -> rejected insufficient_funds
        poor has USD           -> 1000 held 0
        poor margin            -> equity 1000 exposure 2000 maintenance 0
        """,
        listed=SHORTABLE,
    )


def test_an_order_counts_at_the_last_price_not_at_its_own():
    play(
        """
        poor deposit 1000 USD  -> deposit poor 1000 USD
        venue margin poor 4    -> changed poor
        poor buy 40 @ 50       -> accepted 1
        poor buy 1 @ 50        -> rejected insufficient_funds
        """,
        listed=SHORTABLE,
    )


def test_buying_more_than_the_cash_borrows_it():
    play(
        """
        poor deposit 1000 USD  -> deposit poor 1000 USD
        venue margin poor 2    -> changed poor
        alice sell 20 @ 100    -> accepted 1
        poor buy 20 @ 100      -> accepted 2 | executed 2x1 20 @ 100
        poor has USD           -> -1000 held 0
        poor has ACME          -> 20 held 0
        poor margin            -> equity 1000 exposure 2000 maintenance 500
        """,
        listed=SHORTABLE,
    )


def test_a_short_position_is_negative_and_crosses_through_zero():
    play(
        """
        poor deposit 1000 USD  -> deposit poor 1000 USD
        venue margin poor 2    -> changed poor
        alice buy 30 @ 100     -> accepted 1
        poor sell 10 @ 100     -> accepted 2 | executed 2x1 10 @ 100
        poor has ACME          -> -10 held 0
        poor has USD           -> 2000 held 0
        poor position          -> -10 cost -1000 realized 0
        poor margin            -> equity 1000 exposure 1000 maintenance 300
        alice cancel 1         -> canceled 1 20 user
        alice sell 25 @ 90     -> accepted 3
        poor buy 25 @ 90       -> accepted 4 | executed 4x3 25 @ 90
        poor position          -> 15 cost 1350 realized 100
        poor has USD           -> -250 held 0
        """,
        listed=SHORTABLE,
    )


def test_only_accounts_on_margin_sell_short_and_only_what_may_be():
    play(
        """
        poor deposit 1000 USD  -> deposit poor 1000 USD
        poor sell 1 @ 100      -> rejected insufficient_asset
        venue margin poor 2    -> changed poor
        poor sell 1 @ 100      -> accepted 1
        """,
        listed=SHORTABLE,
    )
    play("""
        poor deposit 1000 USD  -> deposit poor 1000 USD
        poor deposit 3 ACME    -> deposit poor 3 ACME
        venue margin poor 2    -> changed poor
        poor sell 2 @ 100      -> accepted 1
        poor sell 2 @ 100      -> rejected insufficient_asset
        poor sell 1 @ 100      -> accepted 2
    """)


def test_per_symbol_the_worse_side_counts_and_all_symbols_together():
    play(
        """
        poor deposit 1000 USD         -> deposit poor 1000 USD
        venue margin poor 2           -> changed poor
        poor buy 10 @ 90              -> accepted 1
        poor sell 10 @ 110            -> accepted 2
        poor margin                   -> equity 1000 exposure 1000 maintenance 0
        poor sell 10 @ 110 on GLOBEX  -> accepted 3
        poor sell 1 @ 110 on GLOBEX   -> rejected insufficient_funds
        poor sell 1 @ 110             -> rejected insufficient_funds
        poor margin                   -> equity 1000 exposure 2000 maintenance 0
        """,
        listed=TWO,
    )


def test_what_closes_a_position_is_taken_however_little_equity_there_is():
    play(
        """
        poor deposit 1000 USD  -> deposit poor 1000 USD
        venue margin poor 2    -> changed poor
        alice sell 20 @ 100    -> accepted 1
        poor buy 20 @ 100      -> accepted 2 | executed 2x1 20 @ 100
        alice buy 1 @ 80       -> accepted 3
        bob sell 1 @ 80        -> accepted 4 | executed 4x3 1 @ 80
        poor buy 1 @ 80        -> rejected insufficient_funds
        poor sell 20 @ 80      -> accepted 5
        poor sell 20 @ 80      -> accepted 6
        """,
        listed=SHORTABLE,
    )


def test_below_maintenance_an_account_may_only_close_and_is_then_liquidated():
    play(
        """
        venue grace 60s        -> configured
        poor deposit 1000 USD  -> deposit poor 1000 USD
        venue margin poor 4    -> changed poor
        alice sell 40 @ 100    -> accepted 1
        poor buy 40 @ 100      -> accepted 2 | executed 2x1 40 @ 100
        poor buy 1 @ 1         -> rejected insufficient_funds
        alice buy 1 @ 98       -> accepted 3
        bob sell 1 @ 98        -> accepted 4 | executed 4x3 1 @ 98
                               | margin_called poor equity 920 maintenance 980
        poor sell 1 @ 110      -> accepted 5
        poor buy 1 @ 50        -> rejected account_blocked
        poor sell 40 @ 110     -> rejected account_blocked
        poor sell 39 @ 110     -> accepted 6
        alice buy 50 @ 97      -> accepted 7
        after 59s              -> nothing
        after 2s               -> canceled 5 1 liquidation | canceled 6 39 liquidation
                               | accepted 8 @ 93 | executed 8x7 40 @ 97 | margin_restored poor
        poor has ACME          -> 0 held 0
        poor has USD           -> 880 held 0
        poor buy 1 @ 50        -> accepted 9
        """,
        listed=SHORTABLE,
    )


def test_a_short_needs_thirty_per_cent():
    play(
        """
        poor deposit 1000 USD  -> deposit poor 1000 USD
        venue margin poor 4    -> changed poor
        alice buy 30 @ 100     -> accepted 1
        poor sell 30 @ 100     -> accepted 2 | executed 2x1 30 @ 100
        alice buy 1 @ 102      -> accepted 3
        bob sell 1 @ 102       -> accepted 4 | executed 4x3 1 @ 102
        poor margin            -> equity 940 exposure 3060 maintenance 918
        alice buy 1 @ 103      -> accepted 5
        bob sell 1 @ 103       -> accepted 6 | executed 6x5 1 @ 103
                               | margin_called poor equity 910 maintenance 927
        """,
        listed=SHORTABLE,
    )


def test_a_called_short_may_be_bought_back_and_no_more():
    play(
        """
        poor deposit 1000 USD  -> deposit poor 1000 USD
        venue margin poor 4    -> changed poor
        alice buy 30 @ 100     -> accepted 1
        poor sell 30 @ 100     -> accepted 2 | executed 2x1 30 @ 100
        alice buy 1 @ 103      -> accepted 3
        bob sell 1 @ 103       -> accepted 4 | executed 4x3 1 @ 103
                               | margin_called poor equity 910 maintenance 927
        poor sell 1 @ 120      -> rejected account_blocked
        poor buy 31 @ 90       -> rejected account_blocked
        poor buy 30 @ 90       -> accepted 5
        """,
        listed=SHORTABLE,
    )


def test_equity_that_comes_back_in_time_ends_the_call():
    play(
        """
        venue grace 60s        -> configured
        poor deposit 1000 USD  -> deposit poor 1000 USD
        venue margin poor 4    -> changed poor
        alice sell 40 @ 100    -> accepted 1
        poor buy 40 @ 100      -> accepted 2 | executed 2x1 40 @ 100
        alice buy 1 @ 98       -> accepted 3
        bob sell 1 @ 98        -> accepted 4 | executed 4x3 1 @ 98
                               | margin_called poor equity 920 maintenance 980
        poor deposit 60 USD    -> deposit poor 60 USD | margin_restored poor
        after 120s             -> nothing
        """,
        listed=SHORTABLE,
    )


def test_a_liquidation_that_finds_nobody_is_tried_again():
    play(
        """
        venue grace 60s        -> configured
        poor deposit 1000 USD  -> deposit poor 1000 USD
        venue margin poor 4    -> changed poor
        alice sell 40 @ 100    -> accepted 1
        poor buy 40 @ 100      -> accepted 2 | executed 2x1 40 @ 100
        alice buy 1 @ 98       -> accepted 3
        bob sell 1 @ 98        -> accepted 4 | executed 4x3 1 @ 98
                               | margin_called poor equity 920 maintenance 980
        after 61s              -> nothing
        alice buy 10 @ 98      -> accepted 5
        after 11s              -> accepted 6 @ 94 | executed 6x5 10 @ 98
                               | canceled 6 30 insufficient_liquidity | margin_restored poor
        after 60s              -> nothing
        """,
        listed=SHORTABLE,
    )


def test_nothing_is_withdrawn_that_exposure_needs():
    play(
        """
        poor deposit 1000 USD  -> deposit poor 1000 USD
        venue margin poor 2    -> changed poor
        alice sell 10 @ 100    -> accepted 1
        poor buy 5 @ 100       -> accepted 2 | executed 2x1 5 @ 100
        poor deposit -501 USD  -> refused insufficient_funds
        poor deposit -500 USD  -> withdrawal poor -500 USD
        """,
        listed=SHORTABLE,
    )


def test_margin_changes_only_while_nothing_is_open_or_owed():
    play(
        """
        poor deposit 1000 USD  -> deposit poor 1000 USD
        venue margin poor 3    -> refused not_found
        venue margin poor 2    -> changed poor
        poor buy 20 @ 100      -> accepted 1
        venue margin poor 1    -> refused orders_resting
        alice sell 20 @ 100    -> accepted 2 | executed 2x1 20 @ 100
        venue margin poor 1    -> refused insufficient_funds
        """,
        listed=SHORTABLE,
    )


def test_a_cap_counts_the_position_the_open_orders_of_that_side_and_the_order():
    play("""
        venue cap alice 10     -> changed alice
        alice buy 4 @ 100      -> accepted 1
        bob   sell 4 @ 100     -> accepted 2 | executed 2x1 4 @ 100
        alice buy 5 @ 99       -> accepted 3
        alice sell 5 @ 110     -> accepted 4
        alice buy 2 @ 98       -> rejected position_limit
        alice buy 1 @ 98       -> accepted 5
        alice amend 5 to 2     -> amend_rejected position_limit
        alice sell 9 @ 120     -> accepted 6
        alice sell 1 @ 120     -> rejected position_limit
        alice cancel 3         -> canceled 3 5 user
        alice amend 5 to 6     -> replaced 5 6 @ 98 requeued | rested 5 6 @ 98
    """)


def test_a_cap_on_one_symbol_says_nothing_of_another():
    play(
        """
        venue cap alice 10           -> changed alice
        alice buy 11 @ 90 on GLOBEX  -> accepted 1
        alice buy 11 @ 90            -> rejected position_limit
        """,
        listed=TWO,
    )


def test_a_called_account_may_not_open_more_by_an_amend():
    play(
        """
        poor deposit 1000 USD  -> deposit poor 1000 USD
        venue margin poor 4    -> changed poor
        alice buy 30 @ 100     -> accepted 1
        poor sell 30 @ 100     -> accepted 2 | executed 2x1 30 @ 100
        alice buy 1 @ 103      -> accepted 3
        bob sell 1 @ 103       -> accepted 4 | executed 4x3 1 @ 103
                               | margin_called poor equity 910 maintenance 927
        poor buy 10 @ 90       -> accepted 5
        poor amend 5 to 31     -> amend_rejected account_blocked
        poor amend 5 to 30     -> replaced 5 30 @ 90 requeued | rested 5 30 @ 90
        """,
        listed=SHORTABLE,
    )


def test_what_is_left_of_an_order_is_what_may_close_a_position():
    play(
        """
        poor deposit 1000 USD  -> deposit poor 1000 USD
        venue margin poor 4    -> changed poor
        alice buy 30 @ 100     -> accepted 1
        poor sell 30 @ 100     -> accepted 2 | executed 2x1 30 @ 100
        poor buy 30 @ 90       -> accepted 3
        alice sell 10 @ 90     -> accepted 4 | executed 4x3 10 @ 90
        alice buy 1 @ 130      -> accepted 5
        bob sell 1 @ 130       -> accepted 6 | executed 6x5 1 @ 130
                               | margin_called poor equity 500 maintenance 780
        poor amend 3 @ 91      -> replaced 3 30 @ 91 requeued | rested 3 20 @ 91
        poor amend 3 to 31     -> amend_rejected account_blocked
        """,
        listed=SHORTABLE,
    )


def test_a_leg_that_its_sibling_has_shrunk_still_closes_a_called_account():
    play(
        """
        poor deposit 1000 USD  -> deposit poor 1000 USD
        venue margin poor 4    -> changed poor
        alice sell 40 @ 100    -> accepted 1
        poor buy 40 @ 100      -> accepted 2 | executed 2x1 40 @ 100
        poor oco: sell 40 @ 110, sell 40 stop 80 -> accepted 3 | accepted 4 | rested 3 40 @ 110
        bob buy 10 @ 110       -> accepted 5 | executed 5x3 10 @ 110 | restated 4 30 group
        alice buy 50 @ 79      -> accepted 6
        carol buy 1 @ 84       -> accepted 7
        bob sell 1 @ 84        -> accepted 8 | executed 8x7 1 @ 84
                               | margin_called poor equity 620 maintenance 630
        carol buy 1 @ 80       -> accepted 9
        bob sell 1 @ 80        -> accepted 10 | executed 10x9 1 @ 80 | triggered 4 @ 76
                               | executed 4x6 30 @ 79 | canceled 3 30 group | margin_restored poor
        """,
        listed=SHORTABLE,
    )


def test_an_order_may_shrink_however_little_equity_there_is():
    play(
        """
        poor deposit 1000 USD  -> deposit poor 1000 USD
        venue margin poor 2    -> changed poor
        alice sell 15 @ 100    -> accepted 1
        poor buy 15 @ 100      -> accepted 2 | executed 2x1 15 @ 100
        poor buy 5 @ 50        -> accepted 3
        alice buy 1 @ 80       -> accepted 4
        bob sell 1 @ 80        -> accepted 5 | executed 5x4 1 @ 80
        poor margin            -> equity 700 exposure 1600 maintenance 300
        poor amend 3 to 6      -> amend_rejected insufficient_funds
        poor amend 3 to 4      -> replaced 3 4 @ 50
        """,
        listed=SHORTABLE,
    )


def test_open_orders_alone_hold_back_what_they_may_come_to():
    play(
        """
        poor deposit 1000 USD  -> deposit poor 1000 USD
        venue margin poor 2    -> changed poor
        poor buy 10 @ 100      -> accepted 1
        poor deposit -501 USD  -> refused insufficient_funds
        poor deposit -500 USD  -> withdrawal poor -500 USD
        """,
        listed=SHORTABLE,
    )


def test_who_is_short_may_enter_what_needs_nothing():
    play(
        """
        poor deposit 1000 USD  -> deposit poor 1000 USD
        venue margin poor 2    -> changed poor
        alice buy 10 @ 100     -> accepted 1
        poor sell 10 @ 100     -> accepted 2 | executed 2x1 10 @ 100
        poor sell 5 market     -> accepted 3 | canceled 3 5 insufficient_liquidity
        poor oco: sell 5 @ 110, sell 5 stop 90 -> accepted 4 | accepted 5 | rested 4 5 @ 110
        """,
        listed=SHORTABLE,
    )
