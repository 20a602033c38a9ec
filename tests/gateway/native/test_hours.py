"""Trading hours over the API: which calendar an instrument gets, and where that puts it."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from openoutcry.settings import Settings, explain
from tests.gateway.native.floor import open_floor

HOURS = """
name = "floor"
utc_offset = "+00:00"
weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
[[turns]]
at = "{begin}"
phase = "{phase}"
"""
NEW = {
    "symbol": "NEW", "price_increment": "0.01", "quantity_increment": "1", "reference_price": "9",
}  # fmt: skip


@pytest.fixture
def hours(tmp_path):
    """Return a calendar that has been in one phase for an hour, and is for the next hours."""

    def write(phase):
        begin = (datetime.now(UTC) - timedelta(hours=1)).strftime("%H:%M")
        path = tmp_path / "hours.toml"
        path.write_text(HOURS.format(begin=begin, phase=phase), encoding="utf-8")
        return str(path)

    return write


@pytest.mark.parametrize("phase", ["pre_open", "auction", "halted", "closed"])
def test_what_is_listed_without_a_calendar_keeps_the_venues_hours(hours, phase):
    with open_floor(calendar=hours(phase)) as floor:
        shown = {one["symbol"]: one for one in floor.bob.get("/instruments")}
        assert (shown["AAPL"]["calendar"], shown["AAPL"]["phase"]) == ("floor", phase)
        assert (shown["XYZ"]["calendar"], shown["XYZ"]["phase"]) == ("floor", phase)
        assert shown["BTC/USD"]["calendar"] == "always"
        own = floor.admin("POST", "/instruments", NEW | {"calendar": "always"}).json()
        assert (own["calendar"], own["phase"]) == ("always", "continuous")


def test_a_change_of_the_calendar_moves_the_instrument(hours):
    with open_floor(calendar=hours("closed")) as floor:
        freed = floor.admin("PATCH", "/instruments/XYZ", {"calendar": "always"})
        assert freed.json()["calendar"] == "always"
        sequence = int(freed.headers["x-sequence"]) + 1
        moved = floor.bob.get(f"/instruments/XYZ?min_sequence={sequence}")
        assert moved["phase"] == "continuous"
        floor.bob.rest("buy", 1, "49.00")


def test_simple_orders_end_where_nothing_is_traded(hours):
    with open_floor(calendar=hours("closed"), execution_delay_ms=0) as floor:
        sent = {"stocks": "AAPL", "quantity": 1}
        placed = floor.client.post("/orders", json=sent)
        assert (placed.status_code, placed.json()["status"]) == (201, "PENDING")
        assert floor.client.get(f"/orders/{placed.json()['id']}").json()["status"] == "CANCELLED"


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "No such file"), ("name = 'x'", "turns is missing"), ("name = ", "Invalid value")],
)
def test_a_calendar_that_cannot_be_used_is_said_before_anything_opens(tmp_path, text, words):
    path = tmp_path / "hours.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None, calendar=str(path))
    told = explain(caught.value)
    assert "OPENOUTCRY_CALENDAR: always, us-equities or the path of a TOML file" in told
    assert words in told
