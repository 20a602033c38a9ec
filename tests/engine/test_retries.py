"""The window of recent idempotency keys: bounded, oldest out first, the first answer kept."""

from openoutcry.engine import retries
from openoutcry.engine.retries import RecentKeys, Remembered
from openoutcry.model.record import Retry


def key(number):
    return f"{number:032x}"


def test_a_key_stands_for_the_first_request_it_came_with():
    recent = RecentKeys()
    recent.remember(Retry(keys=(key(1), key(2)), body="one"), 5, 7)
    recent.remember(Retry(keys=(key(3),), body="two"), 8, 8)
    assert recent.find((key(3), key(1), key(4), key(2))) == [
        Remembered("two", 8, 8),
        Remembered("one", 5, 7),
        None,
        Remembered("one", 5, 7),
    ]


def test_the_oldest_keys_go_first(monkeypatch):
    monkeypatch.setattr(retries, "KEYS_KEPT", 3)
    recent = RecentKeys()
    for number in range(5):
        recent.remember(Retry(keys=(key(number),), body="b"), number, number)
    found = recent.find(tuple(key(n) for n in range(5)))
    assert [remembered is not None for remembered in found] == [False, False, True, True, True]
    assert len(recent.image()) == 3


def test_the_window_survives_the_way_there_and_back():
    recent, loaded = RecentKeys(), RecentKeys()
    for number in range(9, 0, -1):
        recent.remember(Retry(keys=(key(number),), body=str(number)), number, number)
    loaded.load(recent.image())
    assert loaded.image() == recent.image()
    assert [text for text, _ in recent.image()] == [key(n) for n in range(9, 0, -1)]
