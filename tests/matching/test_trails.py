"""Trailing stops against a plain list that looks at every stop with every trade."""

import random

import pytest

from openoutcry.matching import trails as module
from openoutcry.matching.trails import SPARE, Trail, Trails, level_of
from openoutcry.model.order import Side


class Naive:
    def __init__(self, side: Side) -> None:
        self.side, self.sign = side, 1 if side is Side.SELL else -1
        self.stops: dict[int, list] = {}

    def trade(self, price: int) -> dict[int, tuple[int, int]]:
        hit = {}
        for order_id, (trail, activation, extreme) in list(self.stops.items()):
            if extreme is not None:
                level = level_of(self.side, trail, self.sign * extreme)
                if self.sign * price <= level:
                    hit[order_id] = (extreme, self.sign * level)
                    del self.stops[order_id]
                    continue
            if extreme is None:
                moves = activation is None or self.sign * price >= self.sign * activation
            else:
                moves = self.sign * price > self.sign * extreme
            if moves:
                self.stops[order_id][2] = price
        return hit


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("seed", range(20))
def test_they_follow_and_are_hit_as_if_each_were_looked_at(side, seed):
    dice = random.Random(seed)
    trails, naive, last, ids = Trails(side), Naive(side), 1000, 0
    for _ in range(2_000):
        roll = dice.random()
        if roll < 0.3:
            ids += 1
            trail = Trail(dice.randint(1, 12), is_bps=dice.random() < 0.5)
            trail = trail._replace(distance=trail.distance * 7) if trail.is_bps else trail
            activation = dice.choice((None, last + dice.randint(-9, 9)))
            if dice.random() < 0.5:
                trails.add(ids, trail, last)
                naive.stops[ids] = [trail, None, last]
            else:
                trails.add_inactive(ids, trail, activation)
                naive.stops[ids] = [trail, activation, None]
        elif roll < 0.45 and naive.stops:
            order_id = dice.choice(list(naive.stops))
            trail, activation, extreme = naive.stops.pop(order_id)
            trails.discard(order_id, activation)
            if dice.random() < 0.3 and extreme is not None:  # It comes back with another trail.
                trail = trail._replace(distance=trail.distance + dice.choice((-1, 0, 1)) or 1)
                trails.add(order_id, trail, extreme)
                naive.stops[order_id] = [trail, activation, extreme]
        else:
            last = max(1, last + dice.randint(-4, 4))
            hits = {hit.order_id: (hit.extreme, hit.level) for hit in trails.trade(last)}
            assert hits == naive.trade(last)
        assert len(trails) == len(naive.stops)
        for order_id, (_, _, extreme) in naive.stops.items():
            assert order_id in trails
            assert trails.extreme_of(order_id) == extreme
    trails.discard(ids + 1, None)
    assert ids + 1 not in trails


def test_a_trade_that_changes_nothing_looks_at_nothing(monkeypatch):
    """However many stops there are: the cost of a trade is that of what it changes."""
    trails = Trails(Side.SELL)
    for order_id in range(5_000):
        trails.add(order_id, Trail(50 + order_id % 40, is_bps=False), 1000)
    moved = _count_calls(monkeypatch)
    for price in range(1000, 1100):
        assert trails.trade(price) == []
    assert moved["level_of"] <= 100 * 4, "one group moves with each trade, as one"
    for price in range(1099, 1051, -1):
        assert trails.trade(price) == []
    assert moved["level_of"] <= 100 * 4, "between the best trade and the levels nothing is done"


def _count_calls(monkeypatch) -> dict[str, int]:
    counted = {"level_of": 0}
    real = module.level_of

    def counting(*asked):
        counted["level_of"] += 1
        return real(*asked)

    monkeypatch.setattr(module, "level_of", counting)
    return counted


def test_what_comes_and_goes_leaves_nothing_behind():
    trails = Trails(Side.BUY)
    trails.add(0, Trail(5, is_bps=False), 1000)
    for order_id in range(1, 10_000):
        trails.add(order_id, Trail(5 + order_id % 3, is_bps=order_id % 2 == 0), 1000 + order_id % 7)
        trails.discard(order_id, None)
        if order_id % 10 == 0:
            trails.trade(1000 - order_id // 1_000)
            trails.trade(1001)
    kept = sum(len(heap) for group in trails._groups.values() for heap in group.heaps)
    assert kept + len(trails._peaks) + len(trails._keys) + len(trails._waiting) < 4 * SPARE
