"""The gates table: every check before every path into matching.

A cell is a story that ends in the refusal, or the reason why that refusal cannot arise there.

    enter     an order comes in                 release   a simple order's delay is over
    group     an order comes in with others     trigger   a stop's price was there
    amend     a resting order changes           peg       what it follows has moved
                                                leg       its parent is completely filled

A liquidation's market orders are the venue's own: they only close, in a market that trades.
"""

import pytest

from openoutcry.model.commands import ListInstrument
from openoutcry.risk.checks import MEANS, MEANS_OF_SPECIAL, MEANS_UNBOUND, TERMS
from tests.scenarios.language import play
from tests.stage import instrument

PATHS = ("enter", "group", "release", "trigger", "peg", "leg", "amend")
WAITING = "bob simple 10 -> pended 1\n"
RESTING = "alice buy 10 @ 90 -> accepted 1\n"
STOP = "alice buy 5 @ 106 stop 102 -> accepted 1\n"
FOLLOWER = "bob buy 1 @ 90 -> accepted 1\nalice buy 5 peg bid -> accepted 2 @ 90\n"
PARENT = "alice oto: buy 1 @ 100, buy 5 @ 104 -> accepted 1 | held 2 | rested 1 1 @ 100\n"
AT_ENTRY = ["its terms were looked at when it came in, and have not changed since"]
FORM = {"trigger": AT_ENTRY, "peg": AT_ENTRY, "leg": AT_ENTRY}


def triggers(reason):
    """A trade at 102, and what becomes of the stop."""
    return (
        "carol sell 1 @ 102 -> accepted 2\n"
        f"dave buy 1 @ 102 -> accepted 3 | executed 3x2 1 @ 102 | triggered 1"
        f" | canceled 1 5 {reason}"
    )


def moves(reason):
    """A better bid, and what becomes of the order that follows it."""
    return f"bob buy 1 @ 91 -> accepted 3 | restated 2 5 | canceled 2 5 {reason}"


def fills(reason):
    """The parent's fill, and what becomes of its leg."""
    return f"bob sell 1 @ 100 -> accepted 3 | executed 3x1 1 @ 100 | canceled 2 5 {reason}"


def later(decision, told, reason):
    """The cells of the paths on which a check that passed may fail later."""
    decided = f"{decision} -> {told}\n"
    return {
        "trigger": STOP + decided + triggers(reason),
        "peg": FOLLOWER + decided + moves(reason),
        "leg": PARENT + decided + fills(reason),
    }


GATES = {
    "phase_takes_orders": {
        "enter": "venue halt -> phase ACME halted\nalice buy 10 @ 90 -> rejected halted",
        "group": "venue halt -> phase ACME halted\n"
        "alice oco: buy 1 @ 90, buy 1 @ 110 stop 105 -> rejected halted leg 1",
        "release": WAITING + "venue halt -> phase ACME halted\nafter 1s -> canceled 1 10 halted",
        "trigger": ["stops sleep through every phase but the one that trades"],
        "peg": ["pegs stand still in every phase but the one that trades"],
        "leg": "venue call -> phase ACME auction\n" + PARENT + "bob sell 1 @ 100 -> accepted 3"
        " | indicative 100 paired 1 imbalance 0\nvenue close -> allotted 3 0"
        " | executed 3x1 1 @ 100 | phase ACME closed | canceled 2 5 phase_forbids",
        "amend": RESTING
        + "venue halt -> phase ACME halted\nalice amend 1 to 11 -> amend_rejected halted",
    },
    "account_is_active": {
        "enter": "venue block alice -> changed alice\nalice buy 1 @ 9 -> rejected account_blocked",
        "group": "venue block alice -> changed alice\n"
        "alice oco: buy 1 @ 90, buy 1 @ 110 stop 105 -> rejected account_blocked leg 1",
        "release": WAITING
        + "venue block bob -> changed bob\nafter 1s -> canceled 1 10 account_blocked",
        **later("venue block alice", "changed alice", "account_blocked"),
        "amend": RESTING + "venue block alice -> changed alice\n"
        "alice amend 1 to 11 -> amend_rejected account_blocked",
    },
    "combination_makes_sense": {
        "enter": "alice buy 10 market @ 90 -> rejected not_allowed_combination",
        "group": "alice oco: buy 1 @ 90, buy 1 @ 91 ioc -> rejected not_allowed_combination leg 1",
        "release": ["the terms of a simple order are the venue's own"],
        **FORM,
        "amend": "alice buy 10 market_to_limit -> accepted 1 @ 105\n"
        "alice amend 1 @ 104 -> amend_rejected not_allowed_combination",
    },
    "price_on_grid": {
        "enter": "alice buy 10 @ 90.5 -> rejected price_increment",
        "group": "alice oco: buy 1 @ 90, buy 1 @ 110.5 stop 105 -> rejected price_increment leg 2",
        "release": ["a simple order has no price"],
        **FORM,
        "amend": RESTING + "alice amend 1 @ 90.5 -> amend_rejected price_increment",
    },
    "quantity_on_grid": {
        "enter": "alice buy 1.5 @ 90 -> rejected quantity_increment",
        "group": "alice oco: buy 1 @ 90, buy 1.5 @ 110 stop 105"
        " -> rejected quantity_increment leg 2",
        "release": ["refused when it is entered; the grid stays while an order waits"],
        **FORM,
        "amend": RESTING + "alice amend 1 to 1.5 -> amend_rejected quantity_increment",
    },
    "quantity_in_range": {
        "enter": "venue set maximum_quantity 9 -> changed ACME\n"
        "alice buy 10 @ 90 -> rejected quantity_above_maximum\n"
        "venue set minimum_quantity 5 -> changed ACME\n"
        "alice buy 4 @ 90 -> rejected quantity_below_minimum",
        "group": "venue set maximum_quantity 9 -> changed ACME\n"
        "alice oco: buy 9 @ 90, buy 10 @ 110 stop 105 -> rejected quantity_above_maximum leg 2",
        "release": WAITING
        + "bob simple 4 -> pended 2\nvenue set maximum_quantity 9 -> changed ACME\n"
        "venue set minimum_quantity 5 -> changed ACME\nafter 1s -> "
        "canceled 1 10 quantity_above_maximum | canceled 2 4 quantity_below_minimum",
        **later("venue set maximum_quantity 4", "changed ACME", "quantity_above_maximum"),
        "amend": RESTING + "venue set maximum_quantity 11 -> changed ACME\n"
        "alice amend 1 to 12 -> amend_rejected quantity_above_maximum\n"
        "venue set minimum_quantity 5 -> changed ACME\n"
        "alice amend 1 to 4 -> amend_rejected quantity_below_minimum",
    },
    "notional_in_range": {
        "enter": f"alice buy 10 @ {10**18} -> rejected notional_too_large\n"
        f"venue set minimum_notional {10**15} -> changed ACME\n"
        "alice buy 9 @ 100 -> rejected notional_below_minimum",
        "group": f"alice oco: buy 5 @ 90, buy 10 @ {10**18} stop 105"
        " -> rejected notional_too_large leg 2",
        "release": WAITING + f"venue set minimum_notional {10**16} -> changed ACME\n"
        "after 1s -> canceled 1 10 notional_below_minimum\n"
        f"venue set minimum_notional 0 -> changed ACME\nvenue set reference_price {10**18} -> "
        "changed ACME\nbob simple 10 -> pended 2\nafter 1s -> canceled 2 10 notional_too_large",
        "trigger": STOP
        + "carol sell 1 @ 102 -> accepted 2\ndave buy 1 @ 110 stop 101 -> accepted 3\n"
        f"venue set minimum_notional {10**15} -> changed ACME\n"
        "dave buy 10 @ 102 -> accepted 4 | executed 4x2 1 @ 102 | rested 4 9 @ 102"
        " | triggered 3 | canceled 3 1 notional_below_minimum | triggered 1"
        " | canceled 1 5 notional_below_minimum",
        "peg": FOLLOWER + f"bob buy 12 @ 91 -> accepted 3 | restated 2 5 | rested 2 5 @ 91\n"
        f"venue set minimum_notional {10**15} -> changed ACME\n"
        "bob buy 11 @ 92 -> accepted 4 | restated 2 5 | canceled 2 5 notional_below_minimum",
        "leg": PARENT + f"venue set minimum_notional {10**15} -> changed ACME\n"
        "carol sell 20 @ 100 -> accepted 3 | executed 3x1 1 @ 100"
        " | rested 3 19 @ 100 | canceled 2 5 notional_below_minimum",
        "amend": RESTING + f"alice amend 1 @ {10**18} -> amend_rejected notional_too_large\n"
        f"venue set minimum_notional {10**15} -> changed ACME\n"
        "alice amend 1 @ 91 -> amend_rejected notional_below_minimum",
    },
    "price_in_band": {
        "enter": "venue band 200 -> changed ACME | band ACME 98 102\n"
        "alice buy 1 @ 103 -> rejected price_outside_band",
        "group": "venue band 200 -> changed ACME | band ACME 98 102\n"
        "alice oco: buy 1 @ 103, buy 1 @ 110 stop 105 -> rejected price_outside_band leg 1",
        "release": ["a simple order's limit is clamped to the band"],
        "trigger": STOP
        + "venue band 300 -> changed ACME | band ACME 97 103\n"
        + triggers("price_outside_band"),
        "peg": "bob buy 1 @ 99 -> accepted 1\nalice buy 5 peg bid +2 -> accepted 2 @ 101\n"
        "venue band 100 -> changed ACME | band ACME 99 101\n"
        "bob buy 1 @ 100 -> accepted 3 | restated 2 5 | canceled 2 5 price_outside_band",
        "leg": PARENT
        + "venue band 300 -> changed ACME | band ACME 97 103\n"
        + fills("price_outside_band"),
        "amend": RESTING + "venue band 500 -> changed ACME | band ACME 95 105\n"
        "alice amend 1 @ 106 -> amend_rejected price_outside_band",
    },
    "price_in_collar": {
        "enter": "venue collar 200 -> changed ACME\nalice buy 1 @ 103 -> rejected price_collar",
        "group": "venue collar 200 -> changed ACME\n"
        "alice oco: buy 1 @ 103, buy 1 @ 110 stop 105 -> rejected price_collar leg 1",
        "release": ["a simple order's limit is clamped to the collar"],
        "trigger": STOP + "venue collar 300 -> changed ACME\n" + triggers("price_collar"),
        "peg": "bob buy 1 @ 99 -> accepted 1\nalice buy 5 peg bid +2 -> accepted 2 @ 101\n"
        "venue collar 100 -> changed ACME\n"
        "bob buy 1 @ 100 -> accepted 3 | restated 2 5 | canceled 2 5 price_collar",
        "leg": PARENT + "venue collar 300 -> changed ACME\n" + fills("price_collar"),
        "amend": RESTING + "venue collar 300 -> changed ACME\n"
        "alice amend 1 @ 104 -> amend_rejected price_collar",
    },
    "reference_exists": {
        "enter": "alice buy 5 peg bid -> rejected no_reference_price",
        "group": "alice oto: buy 5 peg bid, sell 5 @ 110 -> rejected no_reference_price leg 1",
        "release": ["only pegged orders follow a price"],
        "trigger": ["only pegged orders follow a price"],
        "peg": ["a reference that vanishes takes the order out of the book, and it stays"],
        "leg": "alice oto: buy 1 @ 100, buy 5 peg ask -1 -> accepted 1 | held 2"
        " | rested 1 1 @ 100\n" + fills("no_reference_price"),
        "amend": ["a reference that vanishes takes the order out of the book, and it stays"],
    },
    "open_orders_in_limit": {
        "enter": "venue limit alice 0 -> changed alice\n"
        "alice buy 1 @ 90 -> rejected open_orders_limit",
        "group": "venue limit alice 1 -> changed alice\n"
        "alice oco: buy 1 @ 90, buy 1 @ 110 stop 105 -> rejected open_orders_limit leg 2",
        "release": WAITING + "bob simple 1 -> pended 2\nvenue limit bob 1 -> changed bob\n"
        "after 1s -> canceled 1 10 open_orders_limit | accepted 2 @ 105",
        **later("venue limit alice 0", "changed alice", "open_orders_limit"),
        "amend": ["the order is one of those that are open already"],
    },
    "position_in_limit": {
        "enter": "venue cap alice 4 -> changed alice\nalice buy 5 @ 90 -> rejected position_limit",
        "group": "venue cap alice 4 -> changed alice\n"
        "alice oco: buy 5 @ 90, buy 1 @ 110 stop 105 -> rejected position_limit leg 1",
        "release": WAITING
        + "venue cap bob 9 -> changed bob\nafter 1s -> canceled 1 10 position_limit",
        **later("venue cap alice 4", "changed alice", "position_limit"),
        "amend": RESTING + "venue cap alice 11 -> changed alice\n"
        "alice amend 1 to 12 -> amend_rejected position_limit",
    },
    "only_reduces": {
        "enter": "alice sell 5 @ 100 reduce -> rejected reduce_only_would_increase",
        "group": "alice oco: sell 5 @ 110 reduce, sell 5 stop 90 reduce"
        " -> rejected reduce_only_would_increase leg 1",
        "release": ["a simple order never only reduces"],
        "trigger": ["its part shrinks with the position, and is gone before its price is there"],
        "peg": ["its part shrinks with the position, and is gone before its price is there"],
        "leg": "alice oto: buy 1 @ 100, buy 5 @ 99 reduce -> accepted 1 | held 2"
        " | rested 1 1 @ 100\n" + fills("reduce_only_would_increase"),
        "amend": ["a larger total gets no more than the position has, which is no refusal"],
    },
    "means_suffice": {
        "enter": "poor buy 1 @ 90 -> rejected insufficient_funds\n"
        "poor sell 1 @ 90 -> rejected insufficient_asset",
        "group": "poor oco: buy 1 @ 90, buy 1 @ 110 stop 105 -> rejected insufficient_funds leg 1",
        "release": "poor simple 10 -> pended 1\nafter 1s -> canceled 1 10 insufficient_funds",
        "trigger": "alice buy 900 stop 102 -> accepted 1\ncarol sell 1 @ 102 -> accepted 2\n"
        "carol sell 9 @ 150 -> accepted 3\ndave buy 1 @ 102 -> accepted 4 | executed 4x2 1 @ 102"
        " | triggered 1 | canceled 1 900 insufficient_funds",
        "peg": "bob buy 1 @ 90 -> accepted 1\nalice buy 1110 peg bid -> accepted 2 @ 90\n"
        "bob buy 1 @ 91 -> accepted 3 | restated 2 1110 | canceled 2 1110 insufficient_funds",
        "leg": "alice oto: buy 1 @ 100, buy 1000 @ 100 -> accepted 1 | held 2 | rested 1 1 @ 100\n"
        "bob sell 1 @ 100 -> accepted 3 | executed 3x1 1 @ 100"
        " | canceled 2 1000 insufficient_funds",
        "amend": RESTING + "alice amend 1 to 1112 -> amend_rejected insufficient_funds\n"
        "alice sell 1000 @ 110 -> accepted 2\n"
        "alice amend 2 to 1001 -> amend_rejected insufficient_asset",
    },
    "only_makes": {
        "enter": "bob sell 1 @ 100 -> accepted 1\nalice buy 1 @ 100 post -> rejected would_cross",
        "group": "bob sell 1 @ 100 -> accepted 1\n"
        "alice oco: buy 1 @ 100 post, buy 1 @ 110 stop 105 -> rejected would_cross leg 1",
        "release": ["a simple order is never post-only"],
        "trigger": ["a stop is never post-only"],
        "peg": ["a peg that would cross is held a tick away"],
        "leg": "alice oto: buy 1 @ 100, buy 5 @ 104 post -> accepted 1 | held 2"
        " | rested 1 1 @ 100\n"
        "carol sell 1 @ 104 -> accepted 3\nbob sell 1 @ 100 -> accepted 4"
        " | executed 4x1 1 @ 100 | canceled 2 5 would_cross",
        "amend": "alice buy 1 @ 90 post -> accepted 1\nbob sell 1 @ 100 -> accepted 2\n"
        "alice amend 1 @ 100 -> amend_rejected would_cross",
    },
}


@pytest.mark.parametrize(
    ("check", "path"),
    [(check, path) for check, cells in GATES.items() for path in cells],
)
def test_no_path_goes_round_a_check(check, path):
    cell = GATES[check][path]
    if isinstance(cell, str):
        play(cell)


def test_the_table_has_every_check_and_every_path():
    assert list(GATES) == [check.__name__ for check in (*TERMS, *MEANS_OF_SPECIAL)]
    assert {tuple(sorted(cells)) for cells in GATES.values()} == {tuple(sorted(PATHS))}


def test_who_is_asked_less_could_not_be_refused_by_the_rest():
    assert set(MEANS_UNBOUND) < set(MEANS) < set(MEANS_OF_SPECIAL)
    in_order = [check for check in MEANS_OF_SPECIAL if check in MEANS]
    assert in_order == list(MEANS)


def test_a_simple_order_off_the_grid_is_refused_when_it_is_entered():
    stage = play("alice buy 1 @ 90 -> accepted 1")
    lots_of_ten = instrument("BULK", quantity_increment=10 * 10**12)
    stage.submit(ListInstrument(instrument=lots_of_ten))
    play(
        """
        bob simple 15 BULK -> rejected quantity_increment
        bob simple 20 BULK -> pended 2
        """,
        stage=stage,
    )
