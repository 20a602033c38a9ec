"""What is known of one request of a storm, and whether its answers may be true together.

An answer settles a request if it says that something was done, that a rule of the market forbids
it, or that it came too late. From the first of these on every answer is that one, byte for byte; at
most one of them may say that it was the first. Before it, it may be answered that something is not
there, or stands in the way: then nothing happened.
"""

import json
from dataclasses import dataclass

from tests.proof.outside import Unanswered

ADD_KEY = ("POST", "/admin/accounts/{account_id}/keys")
CHANGE_INSTRUMENT = ("PATCH", "/admin/instruments/{symbol:path}")
BATCH = ("POST", "/orders/batch")
UNAVAILABLE = 503


@dataclass
class Copy:
    """One copy on its way."""

    request_id: str
    was_settled: bool
    """Whether the request was settled when it left."""
    by_stream: bool = False


class Verdict:
    """One request and what it was answered."""

    def __init__(self, asked):
        self.asked = asked
        self.copies = 0
        self.settled = None
        """The body and the sequence that settled it."""
        self.content = None
        """Of that answer, where it is JSON."""
        self.is_done = False
        """Whether it says that something was done."""
        self.location = None
        self.status = None
        self.answered = {}
        """By its request id, whether the answer to a copy says that it was repeated."""
        self.methods = set()
        """By which it was sent on the stream."""
        self.in_the_way = set()
        """What it was answered before anything happened."""

    def __repr__(self):
        return f"{self.asked!r} -> {self.settled} or {self.in_the_way}"

    def next_copy(self):
        self.copies += 1
        return Copy(f"r{self.asked.number}.{self.copies}", self.settled is not None)

    def hear(self, copy, answer):
        """Judge an answer; return its content if it settles the request, for the first time."""
        content = json.loads(answer.body) if answer.body else {}
        if answer.status == UNAVAILABLE or _is_cut(self.asked, content):
            raise Unanswered
        assert answer.status not in (401, 403, 429, 500), (self, answer)
        code = answer.code() if answer.status >= 400 else None
        assert code != "key_reused" or self.asked.may_conflict, (self, answer)
        if _is_in_the_way(self.asked, answer.status, code):
            assert not copy.was_settled, f"it has been settled otherwise: {self}, {answer}"
            assert not answer.replayed, (self, answer)
            self.in_the_way.add(code)
            return None
        return self._settle(copy, answer, content)

    def _settle(self, copy, answer, content):
        body = answer.body
        if self.asked.route == ADD_KEY and answer.status == 201:
            body = _without_secret(content, answer, self.asked)
        self.answered[copy.request_id] = answer.replayed
        is_first = self.settled is None
        if is_first:
            self.settled, self.content = (body, answer.sequence), content
            self.is_done = answer.status < 400
        assert (body, answer.sequence) == self.settled, (self, answer)
        if not copy.by_stream:
            told = (answer.status, answer.headers.get("location"))
            before = (self.status, self.location) if self.status is not None else told
            self.status, self.location = told
            assert told == before, (self, answer)
        return content if is_first and self.is_done else None


def _is_in_the_way(asked, status, code):
    if status == 400:
        # A key that has ended meanwhile, a price off a grid that is another one meanwhile.
        assert asked.route in (ADD_KEY, CHANGE_INSTRUMENT), (asked, code)
        return True
    return status == 404 or (status == 409 and code != "too_late")


def _is_cut(asked, content):
    """Say whether the venue stopped in the middle of a batch; then it may be sent again."""
    results = content.get("results", ()) if asked.route == BATCH else ()
    return any(one["status"] == UNAVAILABLE for one in results)


def _without_secret(content, answer, asked):
    """Return a new key as it is told for ever: its secret only the first time, if it has one."""
    has_secret = not answer.replayed and "public_key" not in asked.content
    assert (content["secret"] is not None) is has_secret, (asked, answer)
    assert content["key"] == (f"{content['key_id']}.{content['secret']}" if has_secret else None)
    return json.dumps({**content, "secret": None, "key": None}).encode()
