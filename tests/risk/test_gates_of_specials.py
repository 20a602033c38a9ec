"""The gates table of special orders: every check before every path that they take into matching.

A cell is a story that ends in the refusal, or the reason why that refusal cannot arise there.
"""

import pytest

from openoutcry.risk.checks import MEANS_OF_SPECIAL, TERMS
from tests.scenarios.language import play
from tests.stage import instrument

PATHS = ("enter", "trigger", "move", "release", "amend")
TWO = (instrument(), instrument("GLOBEX"))
LAST = "carol sell 1 @ 100 -> accepted 1\ndave buy 1 @ 100 -> accepted 2 | executed 2x1 1 @ 100\n"
ASLEEP = LAST + "alice sell 5 stop 95 -> accepted 3\nbob buy 9 @ 95 -> accepted 4\n"
FOLLOWS = "bob buy 5 @ 98 -> accepted 1\nalice buy 2 peg bid -> accepted 2 @ 98\n"
WAITS = "alice oto: buy 5 @ 100, sell 5 @ 110 -> accepted 1 | held 2 | rested 1 5 @ 100\n"
RESTS = "alice sell 10 @ 110 show 4 -> accepted 1\n"
AT_ENTRY = ["the terms were checked when it entered, and the grid stays while it is open"]


def wakes(code):
    return (
        f"carol sell 1 @ 95 -> accepted 5 | executed 5x4 1 @ 95 | triggered 3 | canceled 3 5 {code}"
    )


def moves(code):
    return f"carol buy 1 @ 99 -> accepted 3 | restated 2 2 | canceled 2 2 {code}"


def fills(code):
    return f"bob sell 5 @ 100 -> accepted 3 | executed 3x1 5 @ 100 | canceled 2 5 {code}"


GATES = {
    "phase_takes_orders": {
        "enter": "venue halt -> phase ACME halted\nalice sell 5 stop 95 -> rejected halted\n"
        "venue close -> phase ACME closed\nalice sell 5 @ 100 show 2 -> rejected phase_forbids",
        "trigger": ["what was hit outside of continuous trading waits for it"],
        "move": ["nothing moves outside of continuous trading"],
        "release": "alice oto: buy 5 @ 100, sell 5 @ 110 on GLOBEX -> accepted 1 | held 2"
        " | rested 1 5 @ 100\n"
        "venue halt GLOBEX -> phase GLOBEX halted\n" + fills("halted"),
        "amend": RESTS + "venue halt -> phase ACME halted\n"
        "alice amend 1 show 2 -> amend_rejected halted",
    },
    "account_is_active": {
        "enter": "venue block alice -> changed alice\n"
        "alice sell 5 stop 95 -> rejected account_blocked",
        "trigger": ASLEEP + "venue block alice -> changed alice\n" + wakes("account_blocked"),
        "move": FOLLOWS + "venue block alice -> changed alice\n" + moves("account_blocked"),
        "release": WAITS + "venue block alice -> changed alice\n" + fills("account_blocked"),
        "amend": RESTS + "venue block alice -> changed alice\n"
        "alice amend 1 to 9 -> amend_rejected account_blocked",
    },
    "combination_makes_sense": {
        "enter": "alice sell 5 market show 2 -> rejected not_allowed_combination",
        "trigger": AT_ENTRY,
        "move": AT_ENTRY,
        "release": AT_ENTRY,
        "amend": RESTS + "alice amend 1 stop 95 -> amend_rejected not_allowed_combination",
    },
    "price_on_grid": {
        "enter": "alice sell 5 stop 95.5 -> rejected price_increment",
        "trigger": AT_ENTRY,
        "move": AT_ENTRY,
        "release": AT_ENTRY,
        "amend": RESTS + "alice amend 1 @ 110.5 -> amend_rejected price_increment",
    },
    "quantity_on_grid": {
        "enter": "alice sell 5 @ 110 show 1.5 -> rejected quantity_increment",
        "trigger": AT_ENTRY,
        "move": AT_ENTRY,
        "release": AT_ENTRY,
        "amend": RESTS + "alice amend 1 show 1.5 -> amend_rejected quantity_increment",
    },
    "quantity_in_range": {
        "enter": "venue set maximum_quantity 4 -> changed ACME\n"
        "alice sell 5 stop 95 -> rejected quantity_above_maximum",
        "trigger": ASLEEP
        + "venue set maximum_quantity 4 -> changed ACME\n"
        + wakes("quantity_above_maximum"),
        "move": FOLLOWS
        + "venue set maximum_quantity 1 -> changed ACME\n"
        + moves("quantity_above_maximum"),
        "release": WAITS + "venue set maximum_quantity 4 -> changed ACME\n"
        "bob sell 3 @ 100 -> accepted 3 | executed 3x1 3 @ 100\n"
        "bob sell 2 @ 100 -> accepted 4 | executed 4x1 2 @ 100 | canceled 2 5 "
        "quantity_above_maximum",
        "amend": RESTS + "venue set maximum_quantity 11 -> changed ACME\n"
        "alice amend 1 to 12 -> amend_rejected quantity_above_maximum",
    },
    "notional_in_range": {
        "enter": f"alice buy 10 stop {10**18} -> rejected notional_too_large",
        "trigger": LAST + "alice sell 1 stop 95 -> accepted 3\nbob buy 9 @ 95 -> accepted 4\n"
        f"venue set minimum_notional {2 * 10**14} -> changed ACME\n"
        "carol sell 3 @ 95 -> accepted 5 | executed 5x4 3 @ 95 | triggered 3 | canceled 3 1 "
        "notional_below_minimum",
        "move": FOLLOWS + f"venue set minimum_notional {2 * 10**14} -> changed ACME\n"
        "carol buy 3 @ 99 -> accepted 3 | restated 2 2 | canceled 2 2 notional_below_minimum",
        "release": "alice oto: buy 5 @ 100, sell 1 @ 110 -> accepted 1 | held 2"
        " | rested 1 5 @ 100\n"
        f"venue set minimum_notional {2 * 10**14} -> changed ACME\n"
        "bob sell 5 @ 100 -> accepted 3 | executed 3x1 5 @ 100 | canceled 2 1 "
        "notional_below_minimum",
        "amend": RESTS + f"venue set minimum_notional {2 * 10**14} -> changed ACME\n"
        "alice amend 1 to 1 -> amend_rejected notional_below_minimum",
    },
    "price_in_band": {
        "enter": LAST + "venue band 100 -> changed ACME | band ACME 99 101\n"
        "alice buy 9 @ 102 show 2 -> rejected price_outside_band",
        "trigger": LAST + "alice buy 5 @ 120 stop 101 -> accepted 3\n"
        "venue band 100 -> changed ACME | band ACME 99 101\nbob sell 1 @ 101 -> accepted 4\n"
        "carol buy 1 @ 101 -> accepted 5 | executed 5x4 1 @ 101 | triggered 3 | canceled 3 5 "
        "price_outside_band",
        "move": LAST + "venue band 100 -> changed ACME | band ACME 99 101\n"
        "bob buy 5 @ 99 -> accepted 3\nalice buy 2 peg bid +2 -> accepted 4 @ 101\n"
        "carol buy 1 @ 100 -> accepted 5 | restated 4 2 | canceled 4 2 price_outside_band",
        "release": "alice oto: buy 5 @ 100, buy 5 @ 110 -> accepted 1 | held 2 | rested 1 5 @ 100\n"
        "venue band 100 -> changed ACME | band ACME 99 101\n" + fills("price_outside_band"),
        "amend": LAST + "venue band 100 -> changed ACME | band ACME 99 101\n"
        "alice buy 9 @ 100 show 2 -> accepted 3\n"
        "alice amend 3 @ 102 -> amend_rejected price_outside_band",
    },
    "price_in_collar": {
        "enter": LAST + "venue collar 100 -> changed ACME\n"
        "alice buy 9 @ 102 show 2 -> rejected price_collar",
        "trigger": LAST + "alice buy 5 @ 120 stop 101 -> accepted 3\n"
        "venue collar 100 -> changed ACME\nbob sell 1 @ 101 -> accepted 4\n"
        "carol buy 1 @ 101 -> accepted 5 | executed 5x4 1 @ 101 | triggered 3 | canceled 3 5 "
        "price_collar",
        "move": LAST + "venue collar 100 -> changed ACME\nbob buy 5 @ 99 -> accepted 3\n"
        "alice buy 2 peg bid +2 -> accepted 4 @ 101\n"
        "carol buy 1 @ 100 -> accepted 5 | restated 4 2 | canceled 4 2 price_collar",
        "release": "alice oto: buy 5 @ 100, buy 5 @ 110 -> accepted 1 | held 2 | rested 1 5 @ 100\n"
        "venue collar 100 -> changed ACME\n" + fills("price_collar"),
        "amend": LAST + "venue collar 100 -> changed ACME\n"
        "alice buy 9 @ 100 show 2 -> accepted 3\n"
        "alice amend 3 @ 102 -> amend_rejected price_collar",
    },
    "reference_exists": {
        "enter": "alice buy 2 peg bid -> rejected no_reference_price",
        "trigger": ["a stop is never pegged"],
        "move": ["it leaves the book until there is one"],
        "release": "alice oto: buy 5 @ 100, sell 5 peg ask -> accepted 1 | held 2"
        " | rested 1 5 @ 100\n" + fills("no_reference_price"),
        "amend": "bob buy 5 @ 2 -> accepted 1\nalice buy 2 peg bid -> accepted 2 @ 2\n"
        "alice amend 2 peg -2 -> amend_rejected no_reference_price",
    },
    "open_orders_in_limit": {
        "enter": "venue limit alice 0 -> changed alice\n"
        "alice sell 5 stop 95 -> rejected open_orders_limit",
        "trigger": ASLEEP + "venue limit alice 0 -> changed alice\n" + wakes("open_orders_limit"),
        "move": FOLLOWS + "venue limit alice 0 -> changed alice\n" + moves("open_orders_limit"),
        "release": WAITS + "venue limit alice 0 -> changed alice\n" + fills("open_orders_limit"),
        "amend": ["the order is one of those that are open already"],
    },
    "position_in_limit": {
        "enter": "venue cap alice 4 -> changed alice\n"
        "alice sell 5 stop 95 -> rejected position_limit",
        "trigger": ASLEEP + "venue cap alice 4 -> changed alice\n" + wakes("position_limit"),
        "move": FOLLOWS + "venue cap alice 1 -> changed alice\n" + moves("position_limit"),
        "release": "alice oto: buy 5 @ 100, buy 5 @ 90 -> accepted 1 | held 2 | rested 1 5 @ 100\n"
        "venue cap alice 9 -> changed alice\n" + fills("position_limit"),
        "amend": RESTS + "venue cap alice 10 -> changed alice\n"
        "alice amend 1 to 11 -> amend_rejected position_limit",
    },
    "only_reduces": {
        "enter": "alice sell 5 @ 110 reduce -> rejected reduce_only_would_increase",
        "trigger": ["it shrinks with the position, and is gone before there is none"],
        "move": ["it shrinks with the position, and is gone before there is none"],
        "release": "alice oto: buy 5 @ 100, buy 5 @ 90 reduce -> accepted 1 | held 2"
        " | rested 1 5 @ 100\n" + fills("reduce_only_would_increase"),
        "amend": ["it is shrunk instead: what is at market has something left to reduce"],
    },
    "means_suffice": {
        "enter": "poor buy 1 stop 95 -> rejected insufficient_funds\n"
        "poor sell 1 @ 95 show 1 -> rejected insufficient_asset",
        "trigger": "poor deposit 1050 USD -> deposit poor 1050 USD\n"
        "poor buy 10 stop 100 quote -> accepted 1\n"
        "bob sell 20 @ 150 -> accepted 2 | triggered 1 | canceled 1 10 insufficient_funds",
        "move": "poor deposit 98 USD -> deposit poor 98 USD\nbob buy 5 @ 98 -> accepted 1\n"
        "poor buy 1 peg bid -> accepted 2 @ 98\n"
        "carol buy 1 @ 99 -> accepted 3 | restated 2 1 | canceled 2 1 insufficient_funds",
        "release": "alice oto: buy 5 @ 100, sell 1006 @ 110 -> accepted 1 | held 2"
        " | rested 1 5 @ 100\n"
        "bob sell 5 @ 100 -> accepted 3 | executed 3x1 5 @ 100 | canceled 2 1006 "
        "insufficient_asset",
        "amend": RESTS + "alice amend 1 to 1001 -> amend_rejected insufficient_asset",
    },
    "only_makes": {
        "enter": "bob sell 1 @ 100 -> accepted 1\n"
        "alice buy 5 @ 100 show 2 post -> rejected would_cross",
        "trigger": ["a stop is never post-only"],
        "move": ["a pegged order is held away from what it would cross"],
        "release": "carol buy 1 @ 99 -> accepted 1\n"
        "alice oto: buy 5 @ 100, sell 5 @ 99 post -> accepted 2 | held 3 | rested 2 5 @ 100\n"
        "bob sell 5 @ 100 -> accepted 4 | executed 4x2 5 @ 100 | canceled 3 5 would_cross",
        "amend": "alice buy 5 @ 90 show 2 post -> accepted 1\nbob sell 1 @ 100 -> accepted 2\n"
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
        play(cell, listed=TWO)


def test_the_table_has_every_check_and_every_path():
    assert list(GATES) == [check.__name__ for check in (*TERMS, *MEANS_OF_SPECIAL)]
    assert {tuple(cells) for cells in GATES.values()} == {PATHS}
