"""Candles are what their trades came to, however they are put together."""

import random

import pytest

from openoutcry.marketdata.candles import (
    DAY,
    INTERVALS,
    SECOND,
    Candle,
    Print,
    after,
    candles_of,
    joined,
    start_of,
)
from openoutcry.marketdata.ticker import Day, LastTrade


def trades(seed, count=400):
    dice, at = random.Random(seed), 1_800_000_000 * SECOND + 1
    for _ in range(count):
        at += dice.choice((0, 1, SECOND // 3, SECOND, 20 * SECOND))
        yield Print(at, dice.randint(90, 110), dice.randint(1, 9))


def naive(prints, interval):
    """Candles as one would write them down by hand."""
    starts = sorted({p.at // interval * interval for p in prints})
    for start in starts:
        own = [p for p in prints if start <= p.at < start + interval]
        prices = [p.price for p in own]
        volume = sum(p.quantity for p in own)
        yield Candle(start, prices[0], max(prices), min(prices), prices[-1], volume, len(own))


@pytest.mark.parametrize("name", INTERVALS)
@pytest.mark.parametrize("seed", [1, 2])
def test_candles_are_what_their_trades_came_to(seed, name):
    prints = list(trades(seed))
    expected = list(naive(prints, INTERVALS[name]))
    assert list(candles_of(prints, INTERVALS[name])) == expected
    seconds = candles_of(prints, SECOND)
    assert list(joined(seconds, INTERVALS[name])) == expected


def test_an_interval_begins_where_the_time_is_a_multiple():
    assert start_of(86_400 * SECOND + 5, DAY) == 86_400 * SECOND
    assert start_of(60 * SECOND, INTERVALS["1m"]) == 60 * SECOND
    one = after(None, Print(60 * SECOND - 1, 5, 2), INTERVALS["1m"])
    assert one == Candle(0, 5, 5, 5, 5, 2, 1)
    assert after(one, Print(60 * SECOND, 7, 1), INTERVALS["1m"]).start == 60 * SECOND


def test_a_ticker_shows_quotes_last_trade_and_day():
    day, noon = Day(), DAY // 2
    assert day.ticker(None, None, noon).last is None
    for price, quantity in ((100, 3), (90, 2), (105, 1)):
        day.trade(Print(noon, price, quantity))
    shown = day.ticker((104, 7), None, noon)
    assert shown[:4] == (104, 7, None, None)
    assert shown[4:] == (105, 1, 100, 105, 90, 6, 5)
    tomorrow = day.ticker(None, (106, 1), DAY)
    assert tomorrow == (None, None, 106, 1, 105, 1, None, None, None, 0, None)
    day.trade(Print(DAY + 1, 50, 4))
    assert day.last == LastTrade(50, 4)
    assert day.ticker(None, None, DAY + 2)[6:] == (50, 50, 50, 4, 0)
