"""Snapshots as files."""

import os
from hashlib import sha256
from stat import S_ISDIR

import pytest

from openoutcry.journal.snapshots import Snapshot, SnapshotFiles


@pytest.fixture
def files(tmp_path):
    return SnapshotFiles(tmp_path)


def snapshot(sequence):
    return Snapshot(epoch="e", sequence=sequence, hash=b"\x01" * 32, image=b'{"a":\n1}')


def test_a_snapshot_is_read_back_as_it_was(files):
    files.save(snapshot(17))
    assert files.load(17) == snapshot(17)
    assert files.passed_over == []


def test_the_newest_three_are_kept_whatever_order_they_came_in(files):
    for sequence in (9, 100, 20, 3_000_000_000, 21):
        files.save(snapshot(sequence))
    assert files.sequences() == [3_000_000_000, 100, 21]


def test_other_files_are_neither_read_nor_deleted(files, tmp_path):
    others = [tmp_path / name for name in ("snapshot-1.json", "admin.key", "snapshot-x.draft")]
    for other in others:
        other.write_text("mine")
    for sequence in range(1, 6):
        files.save(snapshot(sequence))
    files.discard_after(0)
    assert files.sequences() == []
    assert sorted(tmp_path.iterdir()) == sorted(others)


def test_those_of_a_lost_future_can_be_discarded(files):
    for sequence in (5, 6, 7):
        files.save(snapshot(sequence))
    files.discard_after(6)
    assert files.sequences() == [6, 5]


def test_only_its_owner_may_read_a_snapshot(files, tmp_path):
    files.save(snapshot(1))
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600


def test_any_flipped_byte_and_any_cut_is_seen_and_named(files, tmp_path):
    files.save(snapshot(17))
    (path,) = tmp_path.iterdir()
    content = path.read_bytes()
    damaged = [content[:length] for length in range(len(content))]
    for position in range(len(content)):
        flipped = bytearray(content)
        flipped[position] ^= 0x20
        damaged.append(bytes(flipped))
    for number, one in enumerate(damaged, start=1):
        path.write_bytes(one)
        assert files.load(17) is None
        assert len(files.passed_over) == number
        assert path.name in files.passed_over[-1]


def test_a_file_under_the_name_of_another_sequence_is_not_used(files, tmp_path):
    files.save(snapshot(17))
    (path,) = tmp_path.iterdir()
    path.rename(tmp_path / path.name.replace("17", "18"))
    assert files.load(18) is None
    assert "another file" in files.passed_over[0]


def test_a_file_with_an_unreadable_header_is_passed_over_and_named(files, tmp_path):
    files.save(snapshot(17))
    (path,) = tmp_path.iterdir()
    rest = b'{"format":1}\n{}'
    path.write_bytes(sha256(rest).hexdigest().encode() + b" " + rest)
    assert files.load(17) is None
    assert f"{path.name}: its header cannot be read" in files.passed_over[0]


def test_a_snapshot_is_synced_before_it_has_its_name_and_the_name_after(
    files, tmp_path, monkeypatch
):
    seen = []

    def fsync(descriptor):
        size = 0 if S_ISDIR(os.fstat(descriptor).st_mode) else os.fstat(descriptor).st_size
        seen.append((size, [path.suffix for path in tmp_path.iterdir()]))

    monkeypatch.setattr(os, "fsync", fsync)
    open_files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    files.save(snapshot(17))
    assert len(os.listdir("/proc/self/fd")) == open_files  # noqa: PTH208
    (path,) = tmp_path.iterdir()
    assert seen == [(path.stat().st_size, [".draft"]), (0, [".json"])]
