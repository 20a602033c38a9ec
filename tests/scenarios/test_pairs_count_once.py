"""A pair counts once, with its larger leg: for caps, and for what equity carries."""

from tests.scenarios.language import play


def test_a_cap_counts_a_pair_once_with_the_larger_leg():
    play("""
        venue cap alice 9                        -> changed alice
        alice oco: sell 8 @ 110, sell 10 @ 120   -> rejected position_limit leg 2
        alice oco: sell 10 @ 110, sell 8 @ 120   -> rejected position_limit leg 1
        alice oco: sell 8 @ 110, sell 9 @ 120    -> accepted 1 | accepted 2 | rested 1 8 @ 110
                                                 | rested 2 9 @ 120
        alice sell 1 @ 130                       -> rejected position_limit
        alice amend 1 to 10                      -> amend_rejected position_limit
        alice amend 1 to 9                       -> replaced 1 9 @ 110 requeued | restated 2 9 group
                                                 | rested 1 9 @ 110
        alice amend 2 to 5                       -> replaced 2 5 @ 120
        alice sell 1 @ 130                       -> rejected position_limit
        bob   buy 4 @ 110                        -> accepted 3 | executed 3x1 4 @ 110
                                                 | restated 2 1 group
        alice sell 1 @ 130                       -> rejected position_limit
        alice cancel 1                           -> canceled 1 5 user | canceled 2 5 group
        alice sell 6 @ 130                       -> rejected position_limit
        alice sell 5 @ 130                       -> accepted 4
    """)


def test_margin_carries_a_pair_once():
    play("""
        poor  deposit 500 USD                  -> deposit poor 500 USD
        venue margin poor 2                    -> changed poor
        poor oco: buy 10 @ 90, buy 11 stop 110 -> rejected insufficient_funds leg 2
        poor oco: buy 10 @ 90, buy 10 stop 110 -> accepted 1 | accepted 2 | rested 1 10 @ 90
        poor margin                            -> equity 500 exposure 1000 maintenance 0
        poor  buy 1 @ 90                       -> rejected insufficient_funds
    """)
