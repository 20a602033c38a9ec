"""Whatever is open is as it was after every kind of restart, and does what it must."""

from itertools import groupby

import pytest

from tests.sequencer.restarts import (
    account_stories,
    group_stories,
    price_stories,
    queue_stories,
    time_stories,
)
from tests.sequencer.restarts.exchange import SECOND, Exchange

STORIES = (
    *account_stories.STORIES,
    *time_stories.STORIES,
    *price_stories.STORIES,
    *group_stories.STORIES,
    *queue_stories.STORIES,
)


@pytest.fixture
def exchange(tmp_path):
    exchange = Exchange(tmp_path)
    yield exchange
    exchange.hang_up()
    if exchange.venue.exit_code is None:
        exchange.venue.kill()


def cast(exchange, number):
    """Return one of each story, untold."""
    street = [exchange.open_account(f"{side}{number}", cash="1000000000") for side in "ew"]
    return [story(exchange, street, number) for story in STORIES]


def place_what_leads(exchange, stories):
    """Tell the first part of what goes through a time of its own, and let the others begin."""
    leading = sorted((story for story in stories if story.lead), key=lambda story: -len(story.lead))
    for lead, group in groupby(leading, key=lambda story: story.lead):
        together = list(group)
        for story in together:
            story.place()
        for seconds, phase in lead:
            exchange.pass_(seconds)
            for story in together:
                story.until_phase(phase)
    exchange.begin()


def place(stories):
    """Tell the first part of all others."""
    for story in stories:
        if not story.lead:
            story.place()


def placed(exchange):
    """Return one of each story, the first part of it told."""
    stories = cast(exchange, 1)
    place_what_leads(exchange, stories)
    place(stories)
    return stories


def go_on(exchange, stories, before):
    """See that all answers are what they were, then tell the other parts.

    First nothing but prices moves, then time passes.
    """
    assert differences(before, exchange.looks()) == {}
    for story in stories:
        story.move()
    for story in sorted(stories, key=lambda story: story.after):
        moment = exchange.began_at + story.after * SECOND
        exchange.set_clock(max(exchange.now, moment))
        story.later()
    trades = exchange.trade_ids()
    assert len(trades) == len(set(trades)), "a trade's number is never used again"


def amend_all(traders):
    """Amend every open order that can be, so that little changes."""
    for trader in traders:
        for order in trader.open_orders():
            changed = {"client_order_id": f"again-{order['order_id']}"}
            answer = trader.call("PATCH", f"/orders/{order['order_id']}", changed)
            assert answer.status in (200, 422), answer


def differences(before, after):
    """Return what is answered differently, by who asks for what."""
    return {key: (before[key], after.get(key)) for key in before if before[key] != after.get(key)}


@pytest.mark.slow
def test_a_clean_stop(exchange):
    """The start goes on from a snapshot of all of it."""
    stories = placed(exchange)
    before = exchange.looks()
    exchange.stop()
    assert exchange.start() == (before["operator", "state"]["sequence"], 0)
    go_on(exchange, stories, before)


@pytest.mark.slow
def test_a_kill(exchange):
    """The start makes all of it again from its commands."""
    stories = placed(exchange)
    before = exchange.looks()
    exchange.kill()
    snapshot, records = exchange.start()
    assert (snapshot, records > 0) == (0, True)
    go_on(exchange, stories, before)


@pytest.mark.slow
def test_a_kill_some_time_after_a_snapshot(exchange):
    """The start goes on from a snapshot, and makes again what came after it."""
    older, newer = cast(exchange, 1), cast(exchange, 2)
    place_what_leads(exchange, older + newer)
    place(older)
    between = exchange.sequence()
    exchange.stop()
    exchange.start()
    amend_all(exchange.traders)
    place(newer)
    before = exchange.looks()
    exchange.kill()
    snapshot, records = exchange.start()
    assert (snapshot, records > 0) == (between, True)
    go_on(exchange, older + newer, before)


@pytest.mark.slow
def test_a_venue_that_was_stopped_for_everybody_stays_stopped(exchange):
    trader = exchange.open_account("trader")
    exchange.list("XYZ")
    exchange.admin("PUT", "/kill-switch", {"on": True})
    exchange.kill()
    exchange.start()
    exchange.stop()
    exchange.start()
    refused = trader.send("XYZ", "limit", "buy", 1, price="99")
    assert (refused.status, refused.json()["code"]) == (422, "account_blocked")
    exchange.admin("PUT", "/kill-switch", {"on": False})
    trader.enter("XYZ", "limit", "buy", 1, price="99")
