"""Answers that get lost on the way, and a venue that is killed: nothing happens twice."""

import random
import threading
from contextlib import contextmanager

import pytest

from openoutcry.client.errors import Unanswered
from openoutcry.client.identity import Signer
from openoutcry.client.patience import Patience
from openoutcry.client.venue import Venue
from tests.client.cutting_proxy import cutting_proxy
from tests.client.floor import SYMBOL, open_floor
from tests.signing import Signer as KeyPair

QUICK = Patience(seconds=20.0, first_wait_s=0.001, longest_wait_s=0.01)


class LosingAnswers:
    """Cuts every answer off, until it has cut so many."""

    def __init__(self, times, passes=0):
        self.left, self._passes = times, passes

    def __call__(self, chunk):
        if not self.left:
            return None
        self.left -= 1
        return self._passes


@contextmanager
def unlucky(floor, cut, name="alice", **options):
    with cutting_proxy(floor.venue.port, cut) as proxy:
        options = {"patience": QUICK, **options}
        with Venue(proxy.url, floor.keys[name], **options) as venue:
            yield venue, proxy


@pytest.mark.parametrize("passes", [0, 1, 100])
def test_an_order_whose_answers_are_lost_is_entered_once(floor, alice, passes):
    before = alice.status().sequence
    with unlucky(floor, LosingAnswers(3, passes)) as (venue, proxy):
        order = venue.place(SYMBOL, "buy", 1, price="20.00")
        assert proxy.cuts == 3
    assert [one.order_id for one in alice.orders()] == [order.order_id]
    assert alice.status().sequence == before + 1


WRITES = {
    "amend": lambda venue, order: venue.amend(order.order_id, price="20.01"),
    "cancel": lambda venue, order: venue.cancel(order.order_id),
    "cancel_all": lambda venue, order: venue.cancel_all(SYMBOL),
    "cancel_after": lambda venue, order: venue.cancel_after(0),
    "batch": lambda venue, order: venue.batch(
        [{"symbol": SYMBOL, "side": "buy", "quantity": 1, "price": "20.02"}] * 2
    ),
    "group": lambda venue, order: venue.group(
        "oco",
        [
            {"symbol": SYMBOL, "side": "sell", "quantity": 1, "price": "90.00"},
            {"symbol": SYMBOL, "side": "sell", "quantity": 1, "price": "91.00"},
        ],
    ),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_every_write_whose_answer_is_lost_happens_once(floor, alice, write):
    def events_of(venue):
        order = alice.place(SYMBOL, "buy", 1, price="20.00")
        write(venue, order)
        events = alice.status().sequence - order.sequence
        alice.cancel_all()
        return events

    with unlucky(floor, LosingAnswers(2)) as (venue, proxy):
        assert events_of(venue) == events_of(alice)
        assert proxy.cuts == 2


def test_a_deposit_whose_answer_is_lost_is_made_once(floor):
    floor.open_account("erin")
    with unlucky(floor, LosingAnswers(4)) as (venue, _):
        admin = Venue(venue._exchange.url, floor.admin._exchange.identity, patience=QUICK)
        with admin:
            admin.admin.deposit(floor.accounts["erin"], "USD", 5)
    with floor.client("erin") as erin:
        assert {one.asset: one.total for one in erin.balances()}["USD"] == 1_000_000_005


def test_a_read_is_simply_made_again(floor):
    with unlucky(floor, LosingAnswers(3)) as (venue, proxy):
        assert venue.account().name == "alice"
        assert proxy.cuts == 3


def test_patience_ends_and_the_key_settles_what_happened(floor, alice):
    hurried = Patience(seconds=0.2, first_wait_s=0.01)
    with (
        unlucky(floor, lambda chunk: 0, patience=hurried) as (venue, _),
        pytest.raises(Unanswered) as raised,
    ):
        venue.place(SYMBOL, "buy", 1, price="20.00")
    name = raised.value.key
    assert alice.order_by_client_id(name).status == "new"
    again = alice.place(SYMBOL, "buy", 1, price="20.00", client_order_id=name)
    assert [one.order_id for one in alice.orders()] == [again.order_id]


def test_a_program_reads_its_own_writes(floor):
    with floor.client("alice") as alice:
        assert alice.sequence == 0
        order = alice.place(SYMBOL, "buy", 1, price="20.00")
        assert alice.sequence == order.sequence
        assert [one.order_id for one in alice.orders()] == [order.order_id]
        alice.cancel_all()


def test_a_signed_request_is_signed_again_for_each_attempt(floor):
    pair = KeyPair()
    made = floor.admin.admin.make_key(floor.accounts["bob"], public_key=pair.public_key)
    signer = Signer(made.key_id, pair._private.private_bytes_raw())
    with (
        cutting_proxy(floor.venue.port, LosingAnswers(2)) as proxy,
        Venue(proxy.url, signer, patience=QUICK) as bob,
    ):
        order = bob.place(SYMBOL, "buy", 1, price="20.00")
        assert [one.order_id for one in bob.orders(symbol=SYMBOL)] == [order.order_id]
        bob.cancel_all(SYMBOL)


@pytest.mark.slow
def test_a_killed_venue_has_each_order_once():
    """Three threads of one client place orders while the venue is killed and started again."""
    dice = random.Random(7)
    with open_floor("alice") as floor, cutting_proxy(floor.venue.port) as proxy:
        lottery = threading.Lock()

        def cut(chunk):
            with lottery:
                return dice.randrange(len(chunk)) if dice.random() < 0.1 else None

        proxy.cut = cut
        placed, told = [], threading.Semaphore(0)

        def trade(number):
            for turn in range(40):
                order = venue.place(
                    SYMBOL, "buy", 1, price="20.00", client_order_id=f"{number}-{turn}"
                )
                placed.append(order.order_id)
                told.release()

        with Venue(proxy.url, floor.keys["alice"], patience=Patience(seconds=60)) as venue:
            threads = [threading.Thread(target=trade, args=(number,)) for number in range(3)]
            for thread in threads:
                thread.start()
            for _ in range(50):
                assert told.acquire(timeout=60)
            floor.venue.kill()
            floor.venue.start()
            for thread in threads:
                thread.join(120)
        assert proxy.cuts > 5
        with floor.client("alice") as alice:
            there = {one.order_id: one.client_order_id for one in alice.orders()}
        assert sorted(there) == sorted(placed)
        assert len(set(there.values())) == len(placed) == 120
