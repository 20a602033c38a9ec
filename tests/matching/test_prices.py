"""Prices in blocks against one sorted list."""

import random

import pytest

from openoutcry.matching.prices import BLOCK, Prices


@pytest.mark.parametrize("seed", range(6))
def test_it_is_a_sorted_list(seed):
    dice, prices, naive = random.Random(seed), Prices(), set()
    near = prices.near
    most = dice.choice((30, 3 * BLOCK, 8 * BLOCK))
    for step in range(12 * BLOCK):
        grows = len(naive) < most and (step // most) % 3 < 2
        if not naive or (grows and dice.random() < 0.8):
            price = dice.choice((dice.randint(-most, most), step, -step))
            if price not in naive:
                naive.add(price)
                prices.add(price)
        else:
            choice = dice.random()
            price = max(naive) if choice < 0.3 else dice.choice(sorted(naive)[:50] or [0])
            naive.remove(price)
            prices.remove(price)
        if step % 97 == 0:
            prices.check()
            assert list(prices.descending()) == sorted(naive, reverse=True)
        assert prices.near is near, "whoever holds it sees the best"
        assert bool(near) is bool(naive)
        assert not near or near[-1] == max(naive)
    for price in sorted(naive):
        prices.remove(price)
        assert bool(near) is (price != max(naive))


def test_no_change_moves_more_than_a_block():
    prices = Prices()
    for price in range(20 * BLOCK):
        prices.add(price * 2)
    for price in range(0, 20 * BLOCK, 7):
        prices.add(price * 2 + 1)
    prices.check()
    lengths = [len(block) for block in (*prices._far, prices.near)]
    assert max(lengths) <= 2 * BLOCK
    assert len(lengths) < 60
