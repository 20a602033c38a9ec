"""Mass-quote protection in auctions: all trade at the maker's rate, so every fill counts."""

from tests.scenarios.language import play


def test_the_fills_of_an_auction_count_and_what_is_left_goes_before_the_next():
    play("""
        venue quotes alice 6 5s  -> changed alice
        venue call               -> phase ACME auction
        alice sell 4 @ 100       -> accepted 1
        alice sell 4 @ 100       -> accepted 2
        alice sell 4 @ 101       -> accepted 3
        alice buy 4 @ 90         -> accepted 4
        bob   buy 9 @ 100        -> accepted 5 | indicative 100 paired 8 imbalance 1 buy
        venue continue           -> allotted 5 5 | executed 5x1 4 @ 100
                                 | allotted 5 1 | executed 5x2 4 @ 100
                                 | canceled 3 4 mass_quote_protection
                                 | canceled 4 4 mass_quote_protection
                                 | phase ACME continuous
        book                     -> 100x1 / -
    """)


def test_what_would_have_traded_next_is_taken_by_others():
    play("""
        venue quotes alice 4 5s  -> changed alice
        venue call               -> phase ACME auction
        alice sell 4 @ 99        -> accepted 1
        alice sell 4 @ 100       -> accepted 2
        carol sell 4 @ 100       -> accepted 3
        bob   buy 8 @ 100        -> accepted 4 | indicative 100 paired 8 imbalance 4 sell
        venue continue           -> allotted 4 4 | executed 4x1 4 @ 100
                                 | canceled 2 4 mass_quote_protection
                                 | allotted 4 0 | executed 4x3 4 @ 100
                                 | phase ACME continuous
        book                     -> - / -
    """)


def test_the_later_order_of_a_trade_counts_as_well():
    play("""
        venue quotes alice 4 5s  -> changed alice
        venue call               -> phase ACME auction
        bob   sell 4 @ 100       -> accepted 1
        alice buy 4 @ 100        -> accepted 2 | indicative 100 paired 4 imbalance 0
        alice buy 4 @ 99         -> accepted 3
        venue continue           -> allotted 2 0 | executed 2x1 4 @ 100
                                 | canceled 3 4 mass_quote_protection | phase ACME continuous
    """)


def test_what_waits_for_an_auction_or_for_the_band_goes_too():
    play("""
        venue quotes alice 4 5s  -> changed alice
        venue call               -> phase ACME auction
        alice sell 4 @ 100       -> accepted 1
        alice sell 9 @ 110 cls   -> accepted 2
        bob   buy 4 @ 100        -> accepted 3 | indicative 100 paired 4 imbalance 0
        venue continue           -> allotted 3 0 | executed 3x1 4 @ 100
                                 | canceled 2 9 mass_quote_protection | phase ACME continuous
    """)
