"""The gates table: every check before every path into matching.

A cell is a story that ends in the refusal, or the reason why that refusal cannot arise there.
"""

import pytest

from openoutcry.model.commands import ListInstrument
from openoutcry.risk.checks import MEANS, TERMS
from tests.scenarios.language import play
from tests.stage import instrument

PATHS = ("enter", "release", "amend")
WAITING = "bob simple 10 -> pended 1\n"
RESTING = "alice buy 10 @ 90 -> accepted 1\n"

GATES = {
    "phase_takes_orders": {
        "enter": "venue halt -> phase ACME halted\nalice buy 10 @ 90 -> rejected halted",
        "release": WAITING + "venue halt -> phase ACME halted\nafter 1s -> canceled 1 10 halted",
        "amend": RESTING
        + "venue halt -> phase ACME halted\nalice amend 1 to 11 -> amend_rejected halted",
    },
    "account_is_active": {
        "enter": "venue block alice -> changed alice\nalice buy 1 @ 9 -> rejected account_blocked",
        "release": WAITING
        + "venue block bob -> changed bob\nafter 1s -> canceled 1 10 account_blocked",
        "amend": RESTING + "venue block alice -> changed alice\n"
        "alice amend 1 to 11 -> amend_rejected account_blocked",
    },
    "combination_makes_sense": {
        "enter": "alice buy 10 market @ 90 -> rejected not_allowed_combination",
        "release": ["the terms of a simple order are the venue's own"],
        "amend": "alice buy 10 market_to_limit -> accepted 1 @ 105\n"
        "alice amend 1 @ 104 -> amend_rejected not_allowed_combination",
    },
    "price_on_grid": {
        "enter": "alice buy 10 @ 90.5 -> rejected price_increment",
        "release": ["a simple order has no price"],
        "amend": RESTING + "alice amend 1 @ 90.5 -> amend_rejected price_increment",
    },
    "quantity_on_grid": {
        "enter": "alice buy 1.5 @ 90 -> rejected quantity_increment",
        "release": ["refused when it is entered; the grid stays while an order waits"],
        "amend": RESTING + "alice amend 1 to 1.5 -> amend_rejected quantity_increment",
    },
    "quantity_in_range": {
        "enter": "venue set maximum_quantity 9 -> changed ACME\n"
        "alice buy 10 @ 90 -> rejected quantity_above_maximum\n"
        "venue set minimum_quantity 5 -> changed ACME\n"
        "alice buy 4 @ 90 -> rejected quantity_below_minimum",
        "release": WAITING
        + "bob simple 4 -> pended 2\nvenue set maximum_quantity 9 -> changed ACME\n"
        "venue set minimum_quantity 5 -> changed ACME\nafter 1s -> "
        "canceled 1 10 quantity_above_maximum | canceled 2 4 quantity_below_minimum",
        "amend": RESTING + "venue set maximum_quantity 11 -> changed ACME\n"
        "alice amend 1 to 12 -> amend_rejected quantity_above_maximum\n"
        "venue set minimum_quantity 5 -> changed ACME\n"
        "alice amend 1 to 4 -> amend_rejected quantity_below_minimum",
    },
    "notional_in_range": {
        "enter": f"alice buy 10 @ {10**18} -> rejected notional_too_large\n"
        f"venue set minimum_notional {10**15} -> changed ACME\n"
        "alice buy 9 @ 100 -> rejected notional_below_minimum",
        "release": WAITING + f"venue set minimum_notional {10**16} -> changed ACME\n"
        "after 1s -> canceled 1 10 notional_below_minimum\n"
        f"venue set minimum_notional 0 -> changed ACME\nvenue set reference_price {10**18} -> "
        "changed ACME\nbob simple 10 -> pended 2\nafter 1s -> canceled 2 10 notional_too_large",
        "amend": RESTING + f"alice amend 1 @ {10**18} -> amend_rejected notional_too_large\n"
        f"venue set minimum_notional {10**15} -> changed ACME\n"
        "alice amend 1 @ 91 -> amend_rejected notional_below_minimum",
    },
    "open_orders_in_limit": {
        "enter": "venue limit alice 0 -> changed alice\n"
        "alice buy 1 @ 90 -> rejected open_orders_limit",
        "release": WAITING + "bob simple 1 -> pended 2\nvenue limit bob 1 -> changed bob\n"
        "after 1s -> canceled 1 10 open_orders_limit | accepted 2 @ 105",
        "amend": ["the order is one of those that are open already"],
    },
    "means_suffice": {
        "enter": "poor buy 1 @ 90 -> rejected insufficient_funds\n"
        "poor sell 1 @ 90 -> rejected insufficient_asset",
        "release": "poor simple 10 -> pended 1\nafter 1s -> canceled 1 10 insufficient_funds",
        "amend": RESTING + "alice amend 1 to 1112 -> amend_rejected insufficient_funds\n"
        "alice sell 1000 @ 110 -> accepted 2\n"
        "alice amend 2 to 1001 -> amend_rejected insufficient_asset",
    },
    "only_makes": {
        "enter": "bob sell 1 @ 100 -> accepted 1\nalice buy 1 @ 100 post -> rejected would_cross",
        "release": ["a simple order is never post-only"],
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
    assert list(GATES) == [check.__name__ for check in (*TERMS, *MEANS)]
    assert {tuple(cells) for cells in GATES.values()} == {PATHS}


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
