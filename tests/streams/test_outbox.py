"""What waits for one connection, and which of its bounds is exceeded."""

import pytest

from openoutcry.streams import outbox as module
from openoutcry.streams.outbox import Excess, Joined, Outbox

MUCH = 10**9


def filled(count, *, at=0.0):
    box = Outbox()
    for number in range(1, count + 1):
        assert box.put(b"m%d" % number, number, at) is None
    return box


def test_messages_leave_in_order_and_in_parts():
    box = filled(5)
    assert box.take(5, 0.0) == [b"m1", b"m2", b"m3"]
    assert box.take(1, 0.0) == [b"m4"]
    assert box.take(MUCH, 0.0) == [b"m5"]
    assert box.take(MUCH, 0.0) == []


def test_the_number_is_bounded(monkeypatch):
    monkeypatch.setattr(module, "MESSAGES_MAX", 3)
    box = filled(3)
    assert box.put(b"m", 4, 0.0) is Excess.MESSAGES
    box.take(1, 0.0)
    assert box.put(b"m", 4, 0.0) is None


def test_the_size_is_bounded_and_one_message_always_finds_room(monkeypatch):
    monkeypatch.setattr(module, "BYTES_MAX", 10)
    box = Outbox()
    assert box.put(b"x" * 50, 1, 0.0) is None
    assert box.put(b"x", 2, 0.0) is Excess.BYTES
    box.take(MUCH, 0.0)
    assert box.put(b"x" * 5, 3, 0.0) is None
    assert box.put(b"x" * 5, 4, 0.0) is None
    assert box.put(b"x", 5, 0.0) is Excess.BYTES


def test_the_age_of_the_oldest_is_bounded():
    box = filled(1, at=100.0)
    assert box.put(b"n", 2, 105.0) is None
    assert not box.is_late(105.0)
    assert box.is_late(105.1)
    assert box.put(b"o", 3, 105.1) is Excess.AGE
    box.take(2, 105.1)
    assert box.age(105.1) == pytest.approx(0.1)
    box.take(MUCH, 105.1)
    assert box.age(200.0) == 0.0


def test_only_the_client_can_be_late():
    is_held_up = False
    box = Outbox(lambda: is_held_up)
    box.put(b"m", 1, 100.0)
    assert box.put(b"n", 2, 200.0) is None
    assert not box.is_late(200.0)
    is_held_up = True
    assert box.put(b"o", 3, 200.0) is Excess.AGE
    assert box.is_late(200.0)


def test_the_past_does_not_count(monkeypatch):
    monkeypatch.setattr(module, "MESSAGES_MAX", 2)
    monkeypatch.setattr(module, "BYTES_MAX", 10)
    box = Outbox()
    box.put_past([(b"x" * 100, number) for number in range(1, 6)], 0.0)
    assert box.has_past
    assert box.put(b"12345", 6, 0.0) is None
    assert box.put(b"12345", 7, 0.0) is None
    assert box.put(b"12345", 8, 0.0) is Excess.MESSAGES


def test_behind_the_past_nothing_grows_old():
    left = []
    box = Outbox()
    box.put_past([(b"p1", 1), (b"p2", 2)], 0.0)
    box.on_past_left = lambda: left.append("once")
    box.put(b"live", 3, 0.0)
    assert box.age(100.0) == 0.0
    assert box.take(1, 100.0) == [b"p1"]
    assert left == []
    assert box.take(1, 101.0) == [b"p2"]
    assert left == ["once"]
    assert not box.has_past
    assert box.age(103.0) == 2.0


def test_the_first_missed_is_the_first_of_a_channel():
    box = Outbox()
    assert box.first_missed() is None
    box.put(b"reply", 0, 0.0)
    assert box.first_missed() is None
    box.put(b"message", 17, 0.0)
    assert box.first_missed() == 17
    box.clear()
    assert (len(box), box.first_missed(), box.has_past) == (0, None, False)
    assert box.put(b"x", 1, 0.0) is None


def test_messages_are_joined_from_then_on():
    box = filled(2)
    box.join_from_now()
    box.put(b"m3", 3, 0.0)
    box.put(b"m4", 4, 0.0)
    plain = box.take(MUCH, 0.0)
    assert (plain, isinstance(plain, Joined)) == ([b"m1", b"m2"], False)
    joined = box.take(MUCH, 0.0)
    assert (joined, isinstance(joined, Joined)) == ([b"m3", b"m4"], True)
    box.join_from_now()
    box.put(b"m5", 5, 0.0)
    assert isinstance(box.take(MUCH, 0.0), Joined)
    assert box.take(MUCH, 0.0) == []
