"""Nobody trades with themselves: the newest order's remainder expires, and nothing is refused."""

from tests.scenarios.language import play


def test_the_takers_remainder_expires_and_the_maker_stays():
    play("""
        alice sell 5 @ 100 -> accepted 1
        alice buy 3 @ 100  -> accepted 2 | prevented 2x1 3 | prevented 1x2 3
                           | expired 2 3 self_trade
        book               -> - / 100x5
        alice has USD      -> 100000 held 0
        alice has ACME     -> 1000 held 5
    """)


def test_others_ahead_are_traded_with_first():
    play("""
        bob   sell 2 @ 99  -> accepted 1
        carol sell 2 @ 100 -> accepted 2
        alice sell 5 @ 100 -> accepted 3
        dave  sell 5 @ 100 -> accepted 4
        alice buy 9 @ 100  -> accepted 5 | executed 5x1 2 @ 99 | executed 5x2 2 @ 100
                           | prevented 5x3 5 | prevented 3x5 5 | expired 5 5 self_trade
        alice has USD      -> 99602 held 0
        book               -> - / 100x10
    """)


def test_it_is_checked_only_when_a_fill_would_print():
    play("""
        bob   sell 2 @ 100 -> accepted 1
        alice sell 5 @ 100 -> accepted 2
        alice buy 2 @ 100  -> accepted 3 | executed 3x1 2 @ 100
        alice buy 2 @ 99   -> accepted 4
        book               -> 99x2 / 100x5
    """)


def test_every_type_of_order_expires_alike():
    play("""
        alice sell 5 @ 100          -> accepted 1
        alice buy 3 @ 100 ioc       -> accepted 2 | prevented 2x1 3 | prevented 1x2 3
                                    | expired 2 3 self_trade
        alice buy 3 market          -> accepted 3 @ 105 | prevented 3x1 3 | prevented 1x3 3
                                    | expired 3 3 self_trade
        alice buy 3 market_to_limit -> accepted 4 @ 105 | prevented 4x1 3 | prevented 1x4 3
                                    | expired 4 3 self_trade
        alice buy 3 @ 100 fok       -> accepted 5 | canceled 5 3 fok
    """)


def test_an_amend_that_reaches_its_own_order_expires():
    play("""
        alice sell 5 @ 101       -> accepted 1
        alice buy 3 @ 99         -> accepted 2
        alice amend 2 @ 101      -> replaced 2 3 @ 101 requeued | prevented 2x1 3
                                 | prevented 1x2 3 | expired 2 3 self_trade
        alice has USD            -> 100000 held 0
        alice cancel 2           -> cancel_rejected too_late
    """)


def test_what_expired_counts_as_prevented():
    stage = play("""
        bob   sell 2 @ 100 -> accepted 1
        alice sell 5 @ 100 -> accepted 2
        alice buy 9 @ 100  -> accepted 3 | executed 3x1 2 @ 100 | prevented 3x2 5
                           | prevented 2x3 5 | expired 3 7 self_trade
    """)
    ended = stage.records[-1].events[-1].order
    figures = (ended.cum_quantity, ended.prevented_quantity, ended.canceled_quantity)
    assert figures == (2, 7, 0)
    assert ended.leaves_quantity == 0


def test_a_simple_order_expires_like_any_other():
    play("""
        demo  deposit 5 ACME -> deposit demo 5 ACME
        demo  sell 5 @ 100   -> accepted 1
        demo  simple 2       -> pended 2
        after 1s             -> top_up demo 210 USD | accepted 2 @ 105 | prevented 2x1 2
                             | prevented 1x2 2 | expired 2 2 self_trade
    """)
