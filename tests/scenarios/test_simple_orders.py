"""The simple API's order: accepted, waiting a while, then a market-to-limit buy like any other."""

from msgspec.structs import replace

from openoutcry.engine import listing
from openoutcry.model.commands import ChangeInstrument
from tests.scenarios.language import play
from tests.stage import instrument


def test_it_waits_cancelable_and_holds_no_money():
    play("""
        demo simple 10 -> pended 1
        order 1        -> pending_new 10 cum 0 leaves 10 r0
        demo has USD   -> 0 held 0
        book           -> - / -
        demo cancel 1  -> canceled 1 10 user
        after 2s       -> nothing
    """)


def test_it_goes_to_market_when_its_delay_is_over_and_not_before():
    stage = play("""
        alice sell 10 @ 100 -> accepted 1
        demo simple 10      -> pended 2
        after 999ms         -> nothing
    """)
    created = stage.records[-2].entry.at
    assert stage.engine.next_due() == created + 10**9
    play(
        """
        after 1ms -> top_up demo 1050 USD | accepted 2 @ 105 | executed 2x1 10 @ 100
        demo has USD  -> 50 held 0
        demo has ACME -> 10 held 0
        """,
        stage=stage,
    )
    assert stage.engine.next_due() is None
    assert stage.at == created + 10**9


def test_one_nanosecond_early_is_early():
    play("""
        demo simple 10        -> pended 1
        after 999999999ns     -> nothing
        after 1001ns          -> top_up demo 1050 USD | accepted 1 @ 105
    """)


def test_without_sellers_it_rests_and_executes_as_they_arrive():
    play("""
        demo simple 10    -> pended 1
        after 1s          -> top_up demo 1050 USD | accepted 1 @ 105
        book              -> 105x10 / -
        alice sell 4 @ 90 -> accepted 2 | executed 2x1 4 @ 105
        order 1           -> partially_filled 10 @ 105 cum 4 leaves 6 r0
        alice sell 6 @ 90 -> accepted 3 | executed 3x1 6 @ 105
        demo has USD      -> 0 held 0
    """)


def test_it_takes_what_is_offered_at_the_sellers_prices_and_rests_at_the_limit():
    play("""
        alice sell 3 @ 100 -> accepted 1
        bob   sell 3 @ 104 -> accepted 2
        carol sell 3 @ 106 -> accepted 3
        demo simple 10     -> pended 4
        after 1s           -> top_up demo 1050 USD | accepted 4 @ 105 | executed 4x1 3 @ 100
                           | executed 4x2 3 @ 104 | rested 4 4 @ 105
        book               -> 105x4 / 106x3
        demo has USD       -> 438 held 420
    """)


def test_its_limit_starts_from_the_best_ask_then_the_last_trade_then_the_reference():
    play("""
        demo simple 1      -> pended 1
        after 1s           -> top_up demo 105 USD | accepted 1 @ 105
        alice sell 1 @ 90  -> accepted 2 | executed 2x1 1 @ 105
        demo simple 1      -> pended 3
        after 1s           -> top_up demo 110 USD | accepted 3 @ 110
        demo cancel 3      -> canceled 3 1 user
        alice sell 1 @ 200 -> accepted 4
        demo simple 1      -> pended 5
        after 1s           -> top_up demo 100 USD | accepted 5 @ 210 | executed 5x4 1 @ 200
    """)


def test_only_what_is_short_is_topped_up_and_only_for_simple_orders():
    play("""
        demo deposit 1000 USD -> deposit demo 1000 USD
        demo simple 10        -> pended 1
        after 1s              -> top_up demo 50 USD | accepted 1 @ 105
        demo cancel 1         -> canceled 1 10 user
        demo simple 10        -> pended 2
        after 1s              -> accepted 2 @ 105
        demo buy 1 @ 100      -> rejected insufficient_funds
    """)


def test_a_keys_account_is_not_topped_up():
    play("""
        poor simple 10  -> pended 1
        after 1s        -> canceled 1 10 insufficient_funds
        alice simple 10 -> pended 2
        after 1s        -> accepted 2 @ 105
        alice has USD   -> 100000 held 1050
    """)


def test_an_agent_is_topped_up_with_cash_and_assets():
    play("""
        agent buy 10 @ 100  -> top_up agent 1000 USD | accepted 1
        agent sell 10 @ 101 -> top_up agent 10 ACME | accepted 2
        house has USD       -> -1000 held 0
        house has ACME      -> -10 held 0
        agent sell 1.5 @ 99 -> rejected quantity_increment
        agent has ACME      -> 10 held 10
    """)


def test_with_no_delay_it_goes_to_market_within_its_own_command():
    play("""
        alice sell 10 @ 100    -> accepted 1
        demo simple 10 delay 0 -> pended 2 | top_up demo 1050 USD | accepted 2 @ 105
                               | executed 2x1 10 @ 100
        poor simple 10 delay 0 -> pended 3 | canceled 3 10 insufficient_funds
    """)


def test_a_check_that_fails_when_the_delay_is_over_cancels_with_its_code():
    play("""
        demo simple 10   -> pended 1
        venue halt       -> phase ACME halted
        demo simple 10   -> pended 2
        after 1s         -> canceled 1 10 halted | canceled 2 10 halted
        venue close      -> phase ACME closed
        demo simple 10   -> pended 3
        after 1s         -> canceled 3 10 phase_forbids
        venue continue   -> phase ACME continuous
        venue block demo -> changed demo
        demo simple 10   -> pended 4
        after 1s         -> canceled 4 10 account_blocked
        demo has USD     -> 0 held 0
    """)


def test_a_halt_that_is_over_in_time_does_no_harm():
    play("""
        demo simple 10 -> pended 1
        venue halt     -> phase ACME halted
        venue continue -> phase ACME continuous
        after 1s       -> top_up demo 1050 USD | accepted 1 @ 105
    """)


def test_those_due_go_in_order_of_time_then_id():
    play("""
        demo simple 1 delay 3s -> pended 1
        demo simple 1 delay 1s -> pended 2
        demo simple 1 delay 2s -> pended 3
        after 5s -> top_up demo 105 USD | accepted 2 @ 105 | top_up demo 105 USD
                 | accepted 3 @ 105 | top_up demo 105 USD | accepted 1 @ 105
    """)


def test_one_command_releases_a_bounded_number_and_says_that_more_are_due():
    stage = play("\n".join(f"demo simple 1 -> pended {n}" for n in range(1, 71)))
    canceled = "demo cancel 70 -> canceled 70 1 user"
    first, rest = (
        " | ".join(f"top_up demo 105 USD | accepted {n} @ 105" for n in numbers)
        for numbers in (range(1, 65), range(65, 70))
    )
    play(f"after 5s -> {first}\n{canceled}\nafter 1s -> {rest}", stage=stage)


def test_going_to_market_without_a_fill_leaves_the_time_of_its_last_change():
    stage = play("""
        demo simple 10 -> pended 1
        after 1s       -> top_up demo 1050 USD | accepted 1 @ 105
    """)
    pended, accepted = stage.records[-2].events[0].order, stage.records[-1].events[-1].order
    assert accepted.updated_at == pended.updated_at == accepted.terms.created_at


def test_an_unknown_symbol_is_listed_by_its_first_order():
    stage = play("""
        demo simple 10 NEW        -> listed NEW | pended 1
        demo simple 10 NEW        -> pended 2
        demo simple 10 OLD closed -> rejected unknown_instrument
        demo buy 10 @ 5 on OLD    -> rejected unknown_instrument
        after 1s                  -> top_up demo 1050 USD | accepted 1 @ 10500
                                  | top_up demo 1050 USD | accepted 2 @ 10500
    """)
    listed = stage.engine.instrument("NEW")
    assert listed is not None
    assert listed.listed_by_use
    assert listed.reference_price == 10_000
    assert (listed.grid.asset, listed.grid.currency) == ("NEW", "USD")


def test_listings_by_use_are_limited(monkeypatch):
    monkeypatch.setattr(listing, "LISTED_BY_USE_MAX", 2)
    play("""
        demo simple 1 ONE   -> listed ONE | pended 1
        demo simple 1 TWO   -> listed TWO | pended 2
        demo simple 1 THREE -> rejected unknown_instrument
        demo simple 1 TWO   -> pended 3
    """)


def test_a_refused_order_lists_nothing():
    stage = play("nobody simple 1 NEW -> rejected unknown_account")
    assert stage.engine.instrument("NEW") is None


def test_it_counts_whole_shares_whatever_the_lot():
    play(
        """
        demo simple 3     -> pended 1
        order 1           -> pending_new 30 cum 0 leaves 30 r0
        after 1s          -> top_up demo 315 USD | accepted 1 @ 105
        alice sell 5 @ 90 -> accepted 2 | executed 2x1 5 @ 105
        alice has USD     -> 100052.5 held 0
        """,
        listed=(instrument(quantity_increment=10**11),),
    )


def test_the_instruments_limits_are_those_of_the_moment_it_goes_to_market():
    stage = play("demo simple 10 -> pended 1")
    listed = stage.engine.instrument("ACME")
    assert listed is not None
    stage.submit(ChangeInstrument(instrument=replace(listed, maximum_quantity=9)))
    play("after 1s -> canceled 1 10 quantity_above_maximum", stage=stage)
