"""What waits to begin begins, whenever it comes."""

import asyncio
from types import SimpleNamespace

from openoutcry.gateway.native.stream.subscriptions import Following, Subscriptions
from openoutcry.streams.feeds.topic import Channel, Position, Topic


class Feeds:
    """Notes what is followed, and then lets something happen."""

    def __init__(self, count):
        self.followed = []
        self.then = None
        self.complete = asyncio.Event()
        self._count = count

    def can_replay(self, topic, since):
        return False

    def follow(self, topic, following):
        self.followed.append(topic.key)
        if len(self.followed) == self._count:
            self.complete.set()
        if self.then is not None:
            then, self.then = self.then, None
            asyncio.get_running_loop().call_soon(then)


async def begun(count):
    feeds = Feeds(count)
    attention = SimpleNamespace(touch=lambda *_: None)
    teller = SimpleNamespace(outbox=SimpleNamespace(has_past=False), fail=None)
    subscriptions = Subscriptions(SimpleNamespace(feeds=feeds, attention=attention), teller)
    first, second = (
        Following(Topic(Channel.ORDERS, key), Position("epoch", 1), teller)
        for key in ("AAA", "BBB")
    )
    # In the moment between the last step of the task that begins things and its end.
    feeds.then = lambda: subscriptions.begin([second])
    subscriptions.begin([first])
    async with asyncio.timeout(20):
        await feeds.complete.wait()
    return feeds.followed


def test_what_is_subscribed_just_as_the_one_before_has_begun_is_not_forgotten():
    assert asyncio.run(begun(2)) == ["AAA", "BBB"]
