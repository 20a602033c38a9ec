"""The bytes of a record and the chain that holds them together."""

from hashlib import sha256

import pytest
from msgspec.structs import replace

from openoutcry.journal.record import (
    StoredRecord,
    decode,
    decode_claim,
    encode,
    last_of,
    link_at,
    opening,
    seal,
)
from openoutcry.model.errors import JournalDamaged
from tests.journal.written import eventful, quiet

BODY = (
    b'{"format":1,"first":7,"last":8,"entry":{"at":1007,"actor":"\xc3\xa9","door":"admin",'
    b'"command":{"command":"open_account","name":"a\\nb"}},"events":['
    b'{"event":"account_opened","account":{"account_id":"a0","name":"a"}},'
    b'{"event":"account_opened","account":{"account_id":"a1","name":"a"}}]}'
)


def test_a_record_is_one_line_of_json():
    assert encode(eventful(7, events=2)) == BODY


def test_a_record_survives_the_journal():
    for record in (quiet(1), eventful(2), eventful(5, events=1)):
        stored = seal(b"link", encode(record))
        assert decode(stored) == record
        claim = decode_claim(stored)
        assert (claim.first, claim.last, claim.entry) == (record.first, record.last, record.entry)
        assert last_of(stored) == record.last


def test_the_hash_covers_the_record_before_and_the_body():
    assert seal(b"link", b"body").hash == sha256(b"linkbody").digest()


def test_an_epoch_is_part_of_the_chain():
    assert opening("one") == sha256(b"one").digest()
    assert opening("two", b"hash") == sha256(b"hashtwo").digest()
    epochs = {1: "one", 5: "two"}
    assert link_at(epochs, 1, b"") == opening("one")
    assert link_at(epochs, 4, b"hash") == b"hash"
    assert link_at(epochs, 5, b"hash") == opening("two", b"hash")


@pytest.mark.parametrize("read", [decode, decode_claim])
def test_any_flipped_bit_is_seen(read):
    stored = seal(opening("epoch"), BODY)
    for field in StoredRecord.__struct_fields__:
        content = getattr(stored, field)
        for position in range(len(content)):
            for bit in (1, 128):
                flipped = bytearray(content)
                flipped[position] ^= bit
                with pytest.raises(JournalDamaged, match="hash"):
                    read(replace(stored, **{field: bytes(flipped)}))


@pytest.mark.parametrize("read", [decode, decode_claim])
def test_a_record_of_a_later_release_is_refused_by_its_sequence(read):
    later = seal(b"", encode(replace(quiet(41), format=2)))
    with pytest.raises(JournalDamaged, match="sequence 41 has format 2, this release reads 1"):
        read(later)


def test_a_record_that_cannot_say_its_sequence_is_damaged():
    with pytest.raises(JournalDamaged, match="does not say"):
        last_of(StoredRecord(b"", b"", b'{"first":1'))


@pytest.mark.parametrize("size", [0, 1, 2014, 2015, 2016, 2047, 2048, 2049, 4094, 10_000])
def test_a_long_record_has_the_same_kind_of_hash_as_a_short_one(size):
    link, body = opening("epoch"), bytes(range(256)) * 40
    assert seal(link, body[:size]).hash == sha256(link + body[:size]).digest()
