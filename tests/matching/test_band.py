"""A band by itself: its ends, its reference, and the window of trades behind it."""

import pytest

from openoutcry.matching.band import REFRESH_SPAN, SECOND, WINDOW_SECONDS, Band
from openoutcry.model.order import Side

NOON = 1_800_000_000 * SECOND


def band(bps=500, reference=(100, 1)):
    return Band(bps, reference, NOON)


@pytest.mark.parametrize(
    ("bps", "reference", "ends"),
    [
        (500, (100, 1), (95, 105)),
        (250, (100, 1), (98, 102)),
        (0, (100, 1), (100, 100)),
        # 100.5: rounded inwards at both ends.
        (100, (201, 2), (100, 101)),
        (9_999, (1, 1), (1, 1)),
    ],
)
def test_the_ends_are_rounded_inwards(bps, reference, ends):
    assert band(bps, reference).ends() == ends


def test_a_buy_above_and_a_sell_below_are_excluded_and_the_ends_are_not():
    narrow = band()
    assert [narrow.excludes(Side.BUY, price) for price in (94, 105, 106)] == [False, False, True]
    assert [narrow.excludes(Side.SELL, price) for price in (94, 95, 106)] == [True, False, False]
    assert [narrow.clamp(price) for price in (90, 95, 100, 105, 106)] == [95, 95, 100, 105, 105]


def test_a_reference_stands_for_thirty_seconds():
    watched = band()
    watched.note(NOON, 110)
    assert not watched.refresh(NOON + REFRESH_SPAN - 1)
    assert watched.refresh(NOON + REFRESH_SPAN)
    assert watched.ends() == (105, 115)
    watched.note(NOON + REFRESH_SPAN, 130)
    assert not watched.refresh(NOON + 2 * REFRESH_SPAN - 1)
    assert watched.refresh(NOON + 2 * REFRESH_SPAN)
    assert watched.reference == (240, 2)
    watched.check()


@pytest.mark.parametrize(
    ("price", "moves"), [(1009, False), (1010, True), (991, False), (990, True)]
)
def test_a_move_of_one_per_cent_is_enough_and_less_is_not(price, moves):
    watched = band(reference=(1000, 1))
    watched.note(NOON, price)
    assert watched.refresh(NOON + REFRESH_SPAN) is moves


def test_the_mean_counts_every_trade_of_the_last_five_minutes():
    watched = band()
    for place, price in enumerate((110, 120, 130, 130)):
        watched.note(NOON + place // 2 * SECOND, price)
    assert len(watched.window) == 2, "trades of one second are kept as one"
    assert watched.refresh(NOON + (WINDOW_SECONDS - 1) * SECOND)
    assert watched.reference == (490, 4)


def test_older_trades_do_not_count():
    watched = band()
    for second, price in ((0, 110), (1, 130)):
        watched.note(NOON + second * SECOND, price)
    assert watched.refresh(NOON + WINDOW_SECONDS * SECOND)
    assert watched.reference == (130, 1)
    assert not watched.refresh(NOON + 2 * WINDOW_SECONDS * SECOND)
    assert watched.count == watched.total == 0
