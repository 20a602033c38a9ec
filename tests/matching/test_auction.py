"""Where an auction uncrosses: the four steps, each as a table, and against every price there is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openoutcry.matching.auction import Clearing, Interest, clearing


def found(buys, sells, reference=None, bounds=(1, 10**9)):
    """Clear interests written as {limit: quantity}."""
    return clearing(
        [Interest(*item) for item in buys.items()],
        [Interest(*item) for item in sells.items()],
        reference,
        bounds,
    )


@pytest.mark.parametrize(
    ("buys", "sells", "reference", "expected"),
    [
        # 1: the largest volume.
        ({102: 5, 101: 5}, {100: 5, 101: 5}, 100, Clearing(101, 10, 0)),
        # 2: of equal volumes the smallest surplus.
        ({102: 5}, {100: 5, 102: 3}, 102, Clearing(100, 5, 0)),
        # 3: all surplus on the buy side, the highest; on the sell side, the lowest.
        ({102: 9}, {100: 5}, 100, Clearing(102, 5, 4)),
        ({102: 5}, {100: 9}, 102, Clearing(100, 5, -4)),
        # 4: the reference price if it is within, else the end that is nearer.
        ({105: 5}, {100: 5}, 103, Clearing(103, 5, 0)),
        ({105: 5}, {100: 5}, 99, Clearing(100, 5, 0)),
        ({105: 5}, {100: 5}, 110, Clearing(105, 5, 0)),
        ({105: 5}, {100: 5}, None, Clearing(105, 5, 0)),
        # Nothing meets.
        ({99: 5}, {100: 5}, 100, None),
        ({}, {100: 5}, 100, None),
    ],
)
def test_the_four_steps(buys, sells, reference, expected):
    assert found(buys, sells, reference) == expected


def test_the_vector_of_the_rules():
    """V equal from 6.10 to 6.39, least surplus 500 from 6.35 to 6.39, all on the buy side: 6.39."""
    buys = {639: 1_500, 634: 300}
    sells = {610: 1_000, 640: 400}
    assert found({**buys, 635: 0}, sells, 620) == Clearing(639, 1_000, 500)


def test_no_reference_takes_the_nearest_to_the_middle_and_the_upper_of_two():
    # 100, 103, 104, 109: volume and surplus equal; the middle is 104.5.
    buys, sells = {109: 5}, {100: 5, 103: 0, 104: 0}
    assert found(buys, sells).price == 104
    assert found({106: 5}, {100: 5, 102: 0, 104: 0}).price == 104


def test_the_reference_counts_even_outside_the_range():
    only_market = [Interest(105, 5, is_market=True)], [Interest(95, 5, is_market=True)]
    assert clearing(*only_market, 100) == Clearing(100, 5, 0)
    assert clearing(*only_market, None) is None


def test_what_protects_a_market_order_is_no_price_to_uncross_at():
    buys, sells = [Interest(107, 5, is_market=True)], [Interest(101, 5)]
    assert clearing(buys, sells, 100) == Clearing(101, 5, 0)


def test_nothing_prints_outside_the_bounds():
    assert found({110: 5}, {108: 5}, 100, (95, 105)) is None
    assert found({110: 5}, {90: 5}, 100, (95, 105)) == Clearing(100, 5, 0)
    assert found({110: 5, 104: 1}, {90: 5, 104: 1}, 120, (95, 105)) == Clearing(104, 6, 0)


def test_the_bounds_themselves_may_print():
    assert found({105: 5}, {105: 5}, 100, (95, 105)) == Clearing(105, 5, 0)
    assert found({95: 5}, {95: 5}, 100, (95, 105)) == Clearing(95, 5, 0)
    assert found({106: 5}, {106: 5}, 100, (95, 105)) is None
    assert found({94: 5}, {94: 5}, 100, (95, 105)) is None


LIMITS = st.dictionaries(st.integers(95, 105), st.integers(1, 20), max_size=6)


@settings(max_examples=300)
@given(LIMITS, LIMITS, st.one_of(st.none(), st.integers(90, 110)))
def test_it_is_what_one_finds_by_trying_every_price(buys, sells, reference):
    """The rules word for word, over all the candidates, without any of the shortcuts."""
    best_bid, best_ask = max(buys, default=0), min(sells, default=10**9)
    candidates = {p for p in (*buys, *sells) if best_ask <= p <= best_bid}
    if reference is not None:
        candidates.add(reference)
    tried = []
    for price in sorted(candidates):
        bought = sum(q for limit, q in buys.items() if limit >= price)
        sold = sum(q for limit, q in sells.items() if limit <= price)
        tried.append((min(bought, sold), bought - sold, price))
    most = max((volume for volume, _, _ in tried), default=0)
    tried = [one for one in tried if one[0] == most]
    least = min((abs(surplus) for _, surplus, _ in tried), default=0)
    tried = [one for one in tried if abs(one[1]) == least]
    if not most:
        assert found(buys, sells, reference) is None
        return
    prices = [price for _, _, price in tried]
    if all(surplus > 0 for _, surplus, _ in tried):
        wanted = max(prices)
    elif all(surplus < 0 for _, surplus, _ in tried):
        wanted = min(prices)
    elif reference is None:
        middle = (min(prices) + max(prices)) / 2
        wanted = min(prices, key=lambda price: (abs(price - middle), -price))
    else:
        wanted = min(max(reference, min(prices)), max(prices))
    assert found(buys, sells, reference).price == wanted
