"""Who hears what, rendered once."""

from openoutcry.model.commands import AdvanceTime, RevokeKey
from openoutcry.model.order import Door
from openoutcry.model.record import FORMAT, Entry, Record
from openoutcry.streams.audience import Audience
from openoutcry.streams.subscriber import NOT_PERMITTED


class Ear:
    """A subscriber that only remembers."""

    def __init__(self):
        self.heard = []
        self.close_code = None
        self.key_id = None

    def tell(self, text):
        self.heard.append(text)

    def close(self, code):
        self.close_code = code


def record(sequence):
    entry = Entry(at=sequence, actor="test", door=Door.VENUE, command=AdvanceTime())
    return Record(format=FORMAT, first=sequence, last=sequence, entry=entry, events=[])


class Rendering:
    """Renders a message for `ann` from odd records, for `bob` from even ones; counts."""

    def __init__(self):
        self.count = 0

    def __call__(self, record):
        self.count += 1
        name = "ann" if record.first % 2 else "bob"
        return [(name, record.first, f"{record.first}")]


def test_everybody_hears_the_same_text_and_it_is_rendered_once():
    rendering = Rendering()
    audience = Audience(rendering)
    one, other, bob = Ear(), Ear(), Ear()
    for ear, account in ((one, "ann"), (other, "ann"), (bob, "bob")):
        audience.admit(ear)
        audience.join(account, ear)
    audience.tell([record(1), record(2), record(3)])
    assert one.heard == other.heard == ["1", "3"]
    assert one.heard[0] is other.heard[0]
    assert bob.heard == ["2"]
    assert rendering.count == 3


def test_without_an_audience_nothing_is_rendered():
    rendering = Rendering()
    audience = Audience(rendering)
    audience.admit(Ear())
    audience.tell([record(1)])
    assert rendering.count == 0


def test_who_leaves_hears_nothing_more_and_others_do():
    audience = Audience(Rendering())
    one, other = Ear(), Ear()
    for ear in (one, other, one):
        audience.join("ann", ear)
    audience.tell([record(1)])
    audience.leave("ann", one)
    audience.leave("ann", one)
    audience.leave("nobody", one)
    audience.tell([record(3)])
    assert (one.heard, other.heard) == (["1"], ["1", "3"])


def test_closing_reaches_everybody_and_those_who_come_later():
    audience = Audience(Rendering())
    early, late = Ear(), Ear()
    audience.admit(early)
    audience.close(1012)
    audience.admit(late)
    assert (early.close_code, late.close_code) == (1012, 1012)
    audience.dismiss(early)
    audience.dismiss(early)
    assert len(audience) == 1


def test_a_revoked_key_ends_a_socket_that_still_catches_up():
    audience, ear = Audience(Rendering()), Ear()
    ear.key_id = "k1"
    audience.admit(ear)
    entry = Entry(at=1, actor="test", door=Door.ADMIN, command=RevokeKey(key_id="k1"))
    audience.tell([Record(format=FORMAT, first=1, last=1, entry=entry, events=[])])
    assert ear.close_code == NOT_PERMITTED
