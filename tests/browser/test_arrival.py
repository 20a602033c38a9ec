"""Stories of somebody new at the page: a symbol nobody listed, a venue of other symbols, a key."""

import json
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from tests.venue import running_venue

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ADMIN_KEY = "the-operator-of-this-test"
BEYOND_STALE_MS = 9000
"""Longer than the page takes to call a silent venue stale."""
LOOK_MS = 5000
FOR_EVER_MS = 60_000
OTHERS = """
[[instruments]]
symbol = "ZINC"
reference_price = "12.50"
price_increment = "0.01"
quantity_increment = "1"

[[instruments]]
symbol = "COPPER"
reference_price = "9.10"
price_increment = "0.01"
quantity_increment = "1"
"""


@pytest.fixture(scope="module")
def locked():
    with running_venue(
        AUTH="keys", ADMIN_KEY=ADMIN_KEY, SIMULATION="on", EXECUTION_DELAY_MS=FOR_EVER_MS
    ) as venue:
        yield venue


def key_of(venue) -> str:
    """Have the operator open an account that can trade, and return its key."""

    def admin(path, content):
        request = Request(
            f"{venue.url}/api/v1/admin{path}",
            data=json.dumps(content).encode(),
            headers={"Authorization": f"Bearer {ADMIN_KEY}"},
        )
        with urlopen(request, timeout=10) as answer:
            return json.load(answer)

    account_id = admin("/accounts", {"name": "newcomer"})["account_id"]
    made = admin(f"/accounts/{account_id}/keys", {"permissions": ["trade"]})
    return made["key"]


def asked_of(desk, milliseconds: int) -> list[str]:
    """Return what the page asks the venue for in a while."""
    before = len(desk.requested)
    desk.page.wait_for_timeout(milliseconds)
    return desk.requested[before:]


def test_a_symbol_that_is_not_listed_leaves_the_page_live(open_desk, venue):
    desk = open_desk(venue, "#NOBODY%20YET")
    expect(desk["#book-empty"]).to_contain_text("The first order lists it at 100.00")
    seen = set()
    for _ in range(BEYOND_STALE_MS // 500):
        desk.page.wait_for_timeout(500)
        seen.add(desk["#health"].inner_text())
        expect(desk["#buy"]).to_be_enabled()
    assert seen == {"live"}
    expect(desk["#banner"]).to_be_hidden()

    desk.order("NOBODY YET", "2")
    desk.expect_status(desk.placed(), "EXECUTED")
    assert desk.complaints == []


def test_a_venue_of_other_symbols_opens_on_its_first(open_desk, tmp_path):
    listed = tmp_path / "others.toml"
    listed.write_text(OTHERS)
    with running_venue(INSTRUMENTS=listed, SIMULATION="on") as others:
        desk = open_desk(others)
        expect(desk["#symbol"]).to_have_value("ZINC")
        expect(desk["#stocks"]).to_have_value("ZINC")
        desk.expect_health("live")
        addressed = open_desk(others, "#COPPER")
        expect(addressed["#symbol"]).to_have_value("COPPER")
        assert desk.complaints == []


def test_a_venue_with_keys_asks_for_one_and_waits(open_desk, locked):
    desk = open_desk(locked, health="key needed")
    expect(desk["#lock"]).to_be_visible()
    expect(desk["#key"]).to_be_focused()
    expect(desk["#banner"]).to_contain_text("This venue needs a key")
    assert asked_of(desk, LOOK_MS) == []

    desk["#key"].fill("nobody.knows")
    desk["#lock-go"].click()
    expect(desk["#lock-said"]).to_have_text("the key is not one of this venue's")
    desk.page.keyboard.press("Escape")
    expect(desk["#lock"]).to_be_hidden()
    expect(desk["#buy"]).to_be_disabled()
    desk["#banner"].get_by_role("button", name="Enter key").click()
    expect(desk["#key"]).to_be_focused()
    assert asked_of(desk, LOOK_MS) == []
    assert desk.complaints == []


@pytest.mark.parametrize("is_kept", [False, True])
def test_with_a_key_the_page_trades_and_keeps_it_only_if_told(open_desk, locked, is_kept):
    key = key_of(locked)
    desk = open_desk(locked, health="key needed")
    desk["#key"].fill(key)
    desk["#remember"].set_checked(is_kept)
    desk.page.keyboard.press("Enter")
    desk.expect_health("live")
    expect(desk["#lock"]).to_be_hidden()
    desk.order("AAPL", "5")
    desk.expect_status(desk.placed(), "PENDING")

    expect(desk["#curl"]).to_contain_text("Bearer $OPENOUTCRY_KEY")
    secret = key.split(".")[1]
    assert not any(secret in url for url in desk.requested)
    assert secret not in desk.page.content()
    assert desk.page.evaluate("localStorage.getItem('key')") is None
    assert desk.complaints == []

    desk.page.reload()
    desk.expect_health("live" if is_kept else "key needed")


def test_a_forgotten_key_is_asked_for_again(open_desk, locked):
    desk = open_desk(locked, health="key needed")
    desk["#key"].fill(key_of(locked))
    desk["#remember"].check()
    desk["#lock-go"].click()
    desk.expect_health("live")
    desk["#forget"].click()
    desk.expect_health("key needed")
    assert desk.page.evaluate("sessionStorage.getItem('key')") is None
    assert asked_of(desk, LOOK_MS) == []


def test_where_requests_are_limited_the_page_leaves_most_of_them(open_desk):
    with running_venue(RATE_LIMIT=60, SIMULATION="on", EXECUTION_DELAY_MS=100) as limited:
        desk = open_desk(limited)
        asked = asked_of(desk, 3 * LOOK_MS)
        assert len(asked) <= 15
        desk.expect_health("live")
        expect(desk["#facts"]).to_contain_text("to save requests")
        desk.order("AAPL", "1")
        desk.expect_status(desk.placed(), "EXECUTED")
        assert desk.complaints == []
