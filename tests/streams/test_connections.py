"""How many connections may be open, and who counts where."""

from collections import Counter

import pytest

from openoutcry.model.account import DEMO
from openoutcry.streams import connections as module
from openoutcry.streams.connections import Connections, Holder, TooMany


class Client:
    def __init__(self):
        self.key_id = None
        self.said = []

    def close(self, code):
        self.said.append(code)

    def announce(self, seconds):
        self.said.append(seconds)

    def age(self, now):
        return now


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(module, "ACCOUNT_CONNECTIONS_MAX", 2)
    monkeypatch.setattr(module, "DEMO_CONNECTIONS_MAX", 5)
    monkeypatch.setattr(module, "ADDRESS_CONNECTIONS_MAX", 3)
    return Connections()


def enter(connections, holder):
    connections.check(holder)
    client = Client()
    connections.enter(client, holder)
    return client


def is_full(connections, holder):
    try:
        connections.check(holder)
    except TooMany:
        return True
    return False


def test_an_account_has_so_many_wherever_they_are(small):
    first = enter(small, Holder("alice", "10.0.0.1"))
    enter(small, Holder("alice", "10.0.0.2"))
    assert is_full(small, Holder("alice", "10.0.0.3"))
    assert not is_full(small, Holder("bob", "10.0.0.1"))
    small.leave(first)
    small.leave(first)
    assert not is_full(small, Holder("alice", "10.0.0.3"))
    assert len(small) == 1


def test_whoever_has_no_key_is_counted_by_address_too(small):
    for account in (DEMO, "", DEMO):
        enter(small, Holder(account, "10.0.0.1"))
    for account in (DEMO, ""):
        assert is_full(small, Holder(account, "10.0.0.1"))
        assert not is_full(small, Holder(account, "10.0.0.2"))
    assert not is_full(small, Holder("alice", "10.0.0.1"))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1"])
def test_this_machine_is_not_one_address(small, address):
    for _ in range(5):
        enter(small, Holder(DEMO, address))
    assert is_full(small, Holder(DEMO, address))
    assert not is_full(small, Holder("", address))


def test_what_is_no_address_is_one_all_the_same(small):
    for _ in range(3):
        enter(small, Holder(DEMO, ""))
    assert is_full(small, Holder(DEMO, ""))


def test_who_becomes_somebody_else_is_counted_there(small):
    client = enter(small, Holder("", "10.0.0.1"))
    small.enter(client, Holder("alice", "10.0.0.1"))
    assert (len(small), small._by_account) == (1, Counter(alice=1))
    assert not small._by_address
    small.leave(client)
    assert not small._by_account


def test_all_are_told_and_closed(small):
    clients = [enter(small, Holder("alice", "a")), enter(small, Holder("bob", "b"))]
    small.announce(10)
    assert not small.is_closed
    small.close(1012)
    assert small.is_closed
    late = enter(small, Holder("carol", "c"))
    assert [one.said for one in (*clients, late)] == [[10, 1012], [10, 1012], [1012]]
    assert small.age(7.0) == 7.0
    assert Connections().age(7.0) == 0.0
