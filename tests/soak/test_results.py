"""What slices count adds up, and a seed is used once."""

import json
from collections import Counter

from tests.soak.results import FIRST_SEED, Results
from tests.soak.rows import ROWS

ROW = ROWS[0]


def test_slices_add_up_in_the_file_and_on_the_page(tmp_path):
    places = tmp_path / "results.json", tmp_path / "RESULTS.md"
    for _ in range(2):  # A slice that starts anew goes on where the last one ended.
        results = Results(*places)
        seed = results.next_seed(ROW)
        results.add(ROW, seed, Counter(kills=20, records=1_000), 1800.0)
        results.add(ROW, seed + 1, Counter(kills=20, cancels=3), 1800.0)
    kept = json.loads(places[0].read_text())[ROW.name]
    assert kept["counts"] == {"kills": 80, "records": 2_000, "cancels": 6}
    assert kept["seeds"] == [[FIRST_SEED, FIRST_SEED + 3]]
    (line,) = [line for line in places[1].read_text().splitlines() if "kill -9" in line]
    assert "| 80 kills | 1,000 | cancels 6, records 2,000 |" in line
    assert f"| {FIRST_SEED} to {FIRST_SEED + 3} | 2.00 |" in line
    assert line.endswith("| none |")


def test_a_trial_that_found_something_is_kept_and_its_seed_is_named(tmp_path):
    places = tmp_path / "results.json", tmp_path / "RESULTS.md"
    results = Results(*places)
    results.add_failure(ROW, 77, 1.0)
    assert results.next_seed(ROW) == 78
    assert "| 77 (" in places[1].read_text().splitlines()[-1]


def test_every_row_has_a_name_of_its_own():
    assert len({row.name for row in ROWS}) == len(ROWS)
