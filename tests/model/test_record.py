"""Records as text: whatever a journal holds comes back equal, to the last digit."""

import msgspec
import pytest

from openoutcry.model.commands import Command, Deposit
from openoutcry.model.events import Event
from openoutcry.model.record import Record
from tests.scenarios.language import play

STORY = """
    alice sell 5 @ 101 as mine -> accepted 1
    bob   buy 8 @ 102          -> accepted 2 | executed 2x1 5 @ 101 | rested 2 3 @ 102
    bob   amend 2 to 9         -> replaced 2 9 @ 102 requeued | rested 2 4 @ 102
    bob   buy 1.5 @ 99.5       -> rejected price_increment
    alice simple 10 NEW        -> listed NEW | pended 3
    after 1s                   -> accepted 3 @ 10500
    bob   cancel all           -> canceled 2 4 user
    bob   cancel 2             -> cancel_rejected too_late
    venue halt                 -> phase ACME halted
"""


def test_a_record_survives_the_way_there_and_back():
    for record in play(STORY).records:
        assert msgspec.json.decode(msgspec.json.encode(record), type=Record) == record


@pytest.mark.parametrize("amount", [2**63, -(2**63) - 1, 2**64, 10**30, -(10**60)])
def test_amounts_beyond_64_bits_are_text_of_any_length(amount):
    command = Deposit(account_id="alice", asset="USD", amount=amount)
    packed = msgspec.json.encode(command)
    assert msgspec.json.decode(packed, type=Command) == command


@pytest.mark.parametrize("union", [Command, Event])
def test_every_tag_names_one_type_in_the_imperative_or_the_past(union):
    kinds = union.__args__
    tags = [kind.__struct_config__.tag for kind in kinds]
    assert len(set(tags)) == len(kinds)
    for kind, tag in zip(kinds, tags, strict=True):
        spelled = "".join(f"_{c.lower()}" if c.isupper() else c for c in kind.__name__)
        assert tag == spelled.lstrip("_")
        assert kind.__struct_config__.frozen


def test_what_is_unknown_in_a_record_is_refused_by_its_tag():
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"command":"do_something"}', type=Command)
