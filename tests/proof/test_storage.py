"""The disk breaks, everywhere and in every way: fail-stop, nothing told is lost."""

import pytest

from tests.proof import stopping, storage


@pytest.mark.slow
def test_a_fault_at_any_write_or_sync_loses_nothing_and_only_the_journals_stops_the_venue():
    counted = storage.trial(1, each=True)
    assert counted["points"] > 100
    for kept in ("journal, running", "history, traded on", "snapshot"):
        assert counted[kept]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_a_server_whose_journal_breaks_ends_with_70_and_never_asks_the_disk_again(seed):
    assert stopping.trial(seed)["acknowledged"] > 10
