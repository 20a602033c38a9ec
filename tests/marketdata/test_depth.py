"""What changed of the best levels, and the checksum over the ten best."""

import random
import zlib

import pytest

from openoutcry.marketdata.checksums import digits, digits_unit
from openoutcry.marketdata.depth import changed, depth_checksum
from openoutcry.model.instrument import Grid
from openoutcry.model.units import UNIT

GRID = Grid("ACME", "USD", UNIT // 100, UNIT)
FINE = Grid("COIN", "USD", UNIT // 10, UNIT // 1000)


def book(bids=(), asks=()):
    return dict(bids), dict(asks)


@pytest.mark.parametrize(
    ("count", "increment", "text"),
    [
        (18720, UNIT // 100, "18720"),
        (50, UNIT // 1000, "50"),
        (1, 5 * UNIT // 100, "5"),
        (3, 5 * UNIT // 10, "15"),
        (10, UNIT, "10"),
        (1, 10 * UNIT, "10"),
        (1, 1, "1"),
        (0, UNIT, ""),
    ],
)
def test_digits_are_the_text_without_point_and_leading_zeros(count, increment, text):
    assert digits(count, digits_unit(increment)) == text


def test_the_checksum_is_that_of_the_documents():
    depth = book({18720: 10, 18719: 3}, {18724: 5})
    assert depth_checksum(GRID, depth) == zlib.crc32(b"1872451872010187193")
    assert depth_checksum(GRID, book()) == 0
    assert depth_checksum(FINE, book({5: 50}, {})) == zlib.crc32(b"550")


def test_ten_levels_a_side_count():
    bids = dict.fromkeys(range(100, 80, -1), 1)
    text = "".join(f"{price}1" for price in range(100, 90, -1))
    assert depth_checksum(GRID, book(bids)) == zlib.crc32(text.encode())


def test_only_what_changed_is_told_best_first():
    before = book({100: 5, 99: 5}, {101: 1, 102: 2, 103: 3})
    now = book({100: 5, 99: 4, 98: 1}, {102: 2, 103: 4})
    assert changed(before, now, 10) == ([(99, 4), (98, 1)], [(101, 0), (103, 4)])
    assert changed(now, now, 10) == ([], [])


def test_a_level_that_was_pushed_out_is_not_told():
    before = book({100: 5, 99: 5}, {101: 1, 102: 1})
    now = book({101: 1, 100: 5}, {100: 7, 101: 1})
    assert changed(before, now, 2) == ([(101, 1)], [(100, 7)])


def test_a_level_that_left_within_the_depth_is_told():
    before = book({100: 5, 99: 5})
    now = book({99: 5, 98: 1})
    assert changed(before, now, 2) == ([(100, 0), (98, 1)], [])


@pytest.mark.parametrize("seed", range(20))
def test_whoever_takes_in_the_changes_and_cuts_has_the_levels(seed):
    dice, levels = random.Random(seed), 4
    full = {price: dice.randint(1, 9) for price in range(90, 110)}
    mine = {}
    before = book()
    for _ in range(50):
        price = dice.randint(90, 110)
        if price in full and dice.random() < 0.5:
            del full[price]
        else:
            full[price] = dice.randint(1, 9)
        best = sorted(full, reverse=True)[:levels]
        now = book({price: full[price] for price in best})
        told, _ = changed(before, now, levels)
        for price, quantity in told:
            assert mine.get(price) != quantity
            if quantity:
                mine[price] = quantity
            else:
                del mine[price]
        mine = {price: mine[price] for price in sorted(mine, reverse=True)[:levels]}
        assert mine == now[0]
        before = now
