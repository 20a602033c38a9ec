"""Attention: what was looked at lately, the latest first, and no more than is bearable."""

from openoutcry.gateway.venue import ATTENTION_MAX, Attention


def test_the_latest_look_counts_and_comes_first():
    attention = Attention()
    for at, symbol in enumerate(("A", "B", "C", "A")):
        attention.touch(symbol, at)
    assert attention.since(0) == ["A", "C", "B"]
    assert attention.since(2) == ["A"]
    assert attention.since(-1) == ["A"]


def test_the_longest_untouched_is_forgotten_beyond_the_maximum():
    attention = Attention()
    for number in range(ATTENTION_MAX + 5):
        attention.touch(f"S{number}", number)
    seen = attention.since(-1)
    assert len(seen) == ATTENTION_MAX
    assert seen[-1] == "S5"


def test_a_look_wakes_whoever_asked_to_be_woken():
    attention, woken = Attention(), []
    attention.touch("A", 0)
    attention.waken = lambda: woken.append(1)
    attention.touch("A", 1)
    assert woken == [1]
