"""Post-only that slides: instead of being refused it works one tick away from the opposite best."""

from tests.scenarios.language import play


def test_one_that_would_cross_works_one_tick_away():
    play("""
        bob   sell 5 @ 101       -> accepted 1
        alice buy 2 @ 101 slide  -> accepted 2 @ 100
        alice buy 2 @ 105 slide  -> accepted 3 @ 100
        book                     -> 100x4 / 101x5
        alice has USD            -> 100000 held 400
        carol sell 2 @ 99 slide  -> accepted 4 @ 101
    """)


def test_one_that_would_not_works_at_its_limit():
    play("""
        bob   sell 5 @ 101      -> accepted 1
        alice buy 2 @ 100 slide -> accepted 2
        alice buy 2 @ 99 slide  -> accepted 3
        book                    -> 100x2 99x2 / 101x5
    """)


def test_it_does_not_slide_back():
    play("""
        bob   sell 5 @ 101      -> accepted 1
        alice buy 2 @ 103 slide -> accepted 2 @ 100
        bob   cancel 1          -> canceled 1 5 user
        book                    -> 100x2 / -
    """)


def test_it_may_be_day_and_so_may_any_post_only():
    play("""
        alice buy 2 @ 100 slide day      -> accepted 1
        alice buy 2 @ 100 post day       -> accepted 2
        alice buy 2 @ 100 slide until 9s -> accepted 3
        alice buy 2 @ 100 slide ioc      -> rejected not_allowed_combination
    """)


def test_there_is_no_price_below_one_tick():
    play("""
        bob   buy 5 @ 1        -> accepted 1
        carol sell 5 @ 2       -> accepted 2
        bob   cancel 1         -> canceled 1 5 user
        carol amend 2 @ 1      -> replaced 2 5 @ 1 requeued | rested 2 5 @ 1
        alice buy 2 @ 1 slide  -> rejected would_cross
    """)


def test_an_amend_slides_too_and_one_that_asks_for_nothing_new_stays():
    play("""
        bob   sell 5 @ 101      -> accepted 1
        alice buy 2 @ 99 slide  -> accepted 2
        dave  buy 2 @ 100       -> accepted 3
        alice amend 2 @ 102     -> replaced 2 2 @ 100 requeued | rested 2 2 @ 100
        queue                   -> 3:100x2 2:100x2 / 1:101x5
        bob   cancel 1          -> canceled 1 5 user
        alice amend 2 to 1      -> replaced 2 1 @ 100
        alice amend 2 @ 102     -> replaced 2 1 @ 100
        alice amend 2 @ 103     -> replaced 2 1 @ 103 requeued | rested 2 1 @ 103
        alice has USD           -> 100000 held 103
    """)
