"""Feeds whose messages a test makes, to see what a connection does with them."""

import json

from openoutcry.streams.feeds.message import Message
from openoutcry.streams.feeds.topic import RESUMABLE


def message(topic, sequence, kind="update", **content):
    body = {"channel": topic.channel.value, "type": kind, "sequence": sequence, **content}
    text = json.dumps(body).encode()
    return Message(topic.name, sequence, text, is_snapshot=kind == "snapshot")


class PuppetFeeds:
    """Tells what a test says; `past` is what a replay finds, by the topic's name."""

    def __init__(self):
        self.hearers = {}
        self.past = {}
        self.on_page = None
        self.content = {}

    def tell(self, records):
        """Hear nothing of the venue."""

    def can_replay(self, topic, since):
        return topic.channel in RESUMABLE and since.epoch == "this"

    def follow(self, topic, hearer):
        self.hearers.setdefault(topic.name, {})[hearer] = topic
        hearer.hear(message(topic, 0, "snapshot", depth=topic.depth, **self.content))

    async def replay(self, topic, since, hearer):
        for page in self.past[topic.name]:
            yield [message(topic, number) for number in page if number > since.sequence]
            if self.on_page is not None:
                self.on_page()
        self.hearers.setdefault(topic.name, {})[hearer] = topic

    def leave(self, topic, hearer):
        self.hearers.get(topic.name, {}).pop(hearer, None)

    def say(self, name, sequence, **content):
        told = None
        for hearer, topic in list(self.hearers.get(name, {}).items()):
            told = told or message(topic, sequence, **content)
            hearer.hear(told)

    def close(self):
        """Nothing is open."""


def puppet(hall):
    hall.venue.feeds = PuppetFeeds()
    return hall.venue.feeds
