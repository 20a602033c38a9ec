"""Cancels: by the owner, of what is still live, and otherwise of nothing."""

from tests.scenarios.language import play
from tests.stage import instrument


def test_a_cancel_that_comes_too_late_changes_nothing():
    play("""
        alice sell 5 @ 100 -> accepted 1
        bob   buy 5 @ 100  -> accepted 2 | executed 2x1 5 @ 100
        alice cancel 1     -> cancel_rejected too_late
        bob   cancel 2     -> cancel_rejected too_late
        alice sell 5 @ 100 -> accepted 3
        alice cancel 3     -> canceled 3 5 user
        alice cancel 3     -> cancel_rejected too_late
    """)


def test_what_never_was_is_unknown():
    play("""
        alice cancel 1     -> cancel_rejected unknown_order
        alice sell 5 @ 100 -> accepted 1
        alice cancel 2     -> cancel_rejected unknown_order
        alice cancel 0     -> cancel_rejected unknown_order
        alice cancel -1    -> cancel_rejected unknown_order
    """)


def test_only_its_owner_may_cancel_an_order():
    play("""
        alice sell 4 @ 100 -> accepted 1
        bob   cancel 1     -> cancel_rejected unknown_order
        bob   cancel all   -> nothing
        order 1            -> new 4 @ 100 cum 0 leaves 4 r0
    """)


def test_a_cancel_keeps_what_was_filled():
    play("""
        alice sell 5 @ 100 -> accepted 1
        bob   buy 2 @ 100  -> accepted 2 | executed 2x1 2 @ 100
        alice cancel 1     -> canceled 1 3 user
        alice has ACME     -> 998 held 0
        alice has USD      -> 100200 held 0
    """)


def test_cancel_all_takes_the_accounts_orders_oldest_first():
    play(
        """
        alice sell 5 @ 103           -> accepted 1
        alice buy 5 @ 99             -> accepted 2
        bob   buy 5 @ 99             -> accepted 3
        alice sell 5 @ 101 on GLOBEX -> accepted 4
        alice buy 5 @ 98             -> accepted 5
        alice simple 5               -> pended 6
        alice cancel all sell GLOBEX -> canceled 4 5 user
        alice cancel all sell        -> canceled 1 5 user
        alice cancel all ACME        -> canceled 2 5 user | canceled 5 5 user | canceled 6 5 user
        alice cancel all             -> nothing
        alice has USD                -> 100000 held 0
        book                         -> 99x5 / -
        """,
        listed=(instrument(), instrument("GLOBEX")),
    )


def test_canceling_everything_leaves_nothing_held():
    stage = play("""
        alice sell 5 @ 103 -> accepted 1
        bob   buy 9 @ 99   -> accepted 2
        carol sell 4 @ 99  -> accepted 3 | executed 3x2 4 @ 99
        demo  simple 7     -> pended 4
        alice cancel all   -> canceled 1 5 user
        bob   cancel all   -> canceled 2 5 user
        demo  cancel all   -> canceled 4 7 user
    """)
    for account in stage.engine.accounts():
        assert [b for b in stage.engine.balances(account.account_id) if b.held] == []
    assert stage.engine.order_count() == 0
