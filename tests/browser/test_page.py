"""Stories of a person at the page, told in the system's Chromium against a running venue."""

import json
import re
import shlex
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.desk import call
from tests.venue import running_venue

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PRICE = re.compile(r"^\d+(\.\d+)?$")
EMPTY = "No orders yet. Type a symbol and a quantity, then Buy."
FOR_EVER_MS = 60_000


def test_the_page_talks_to_its_venue_only_and_nothing_complains(desk):
    expect(desk["#asks tr"].last.locator("td").first).to_have_text(PRICE)
    desk.order("AAPL", "10")
    desk.expect_status(desk.placed(), "EXECUTED")
    desk["#themes input[value=light]"].check(force=True)

    home = urlsplit(desk.venue.url).netloc
    elsewhere = [
        u for u in desk.requested if not u.startswith("data:") and urlsplit(u).netloc != home
    ]
    assert elsewhere == []
    assert any(url.startswith("ws:") for url in desk.requested)
    assert desk.complaints == []
    assert desk.violations() == []


def test_book_tape_and_last_price_come_alive(desk):
    best_ask = desk["#asks tr"].last.locator("td")
    best_bid = desk["#bids tr"].first.locator("td")
    for cell in (best_ask.first, best_bid.first):
        expect(cell).to_have_text(PRICE)
    expect(desk["#spread b"]).to_have_text(PRICE)
    expect(desk[".last-price"]).to_have_text(re.compile(r"\d"))

    newest = desk["#tape tbody tr"].first
    expect(newest.locator("td").first).to_have_text(re.compile(r"^[▲▼◆]"))
    before = desk["#tape tbody"].inner_text()
    expect(desk["#tape tbody"]).not_to_have_text(before)


def test_a_simple_order_is_pending_and_then_executed_without_a_reload(desk):
    desk.page.evaluate("globalThis.isSamePage = true")
    desk.order("AAPL", "25")
    order_id = desk.placed()
    desk.expect_status(order_id, "EXECUTED")

    assert desk.life(order_id) == ["PENDING", "EXECUTED"]
    assert desk.page.evaluate("isSamePage")
    assert call(desk.venue, "GET", f"/orders/{order_id}")[1]["status"] == "EXECUTED"
    expect(desk["#fills"]).to_contain_text(f"Order {order_id} executed: 25 AAPL at")


def test_a_symbol_with_a_slash_trades_like_any_other(open_desk, venue):
    desk = open_desk(venue, "#EUR%2FUSD")
    expect(desk["#symbol"]).to_have_value("EUR/USD")
    expect(desk["#asks tr"].last.locator("td").first).to_have_text(PRICE)
    desk["#quantity"].fill("5")
    desk["#buy"].click()
    desk.expect_status(desk.placed(), "EXECUTED")


def test_any_symbol_may_be_typed_and_is_listed_by_its_first_order(desk):
    desk["#symbol"].click()
    desk["#symbol"].fill("Nouvelle Société")
    desk["#symbol"].press("Enter")
    expect(desk["#book-empty"]).to_contain_text("is not listed yet")
    desk["#quantity"].fill("3")
    desk["#buy"].click()
    desk.expect_status(desk.placed(), "EXECUTED")
    expect(desk["#asks tr"].last.locator("td").first).to_have_text(PRICE)


@pytest.mark.parametrize(
    ("stocks", "quantity", "body"),
    [
        ("AAPL", "0", '{"stocks": "AAPL", "quantity": 0}'),
        ("AAPL", "1000000001", '{"stocks": "AAPL", "quantity": 1000000001}'),
        ("AAPL", "1.5", '{"stocks": "AAPL", "quantity": 1.5}'),
        ("AAPL", "ten", '{"stocks": "AAPL", "quantity": "ten"}'),
        ("AAPL", "", '{"stocks": "AAPL"}'),
        ("", "", "{}"),
        ("x" * 65, "1", json.dumps({"stocks": "x" * 65, "quantity": 1})),
    ],
)
def test_a_bad_order_is_not_sent_and_is_told_in_the_venues_words(desk, stocks, quantity, body):
    status, problem = call(desk.venue, "POST", "/orders", body)
    assert status == 400
    sent = []
    desk.page.on("request", lambda request: sent.append(request.method))
    desk.order(stocks, quantity)
    expect(desk["#said.bad"]).to_have_text(problem["detail"])
    assert "POST" not in sent


def test_what_only_the_venue_can_refuse_is_shown_in_its_words(open_desk):
    with running_venue(LISTING="closed", SIMULATION="off") as closed:
        status, problem = call(closed, "POST", "/orders", '{"stocks": "NOWHERE", "quantity": 1}')
        assert status == 400
        desk = open_desk(closed)
        desk.order("NOWHERE", "1")
        expect(desk["#said.bad"]).to_have_text(problem["detail"])


def test_a_waiting_order_counts_down_and_can_be_cancelled(open_desk):
    with running_venue(EXECUTION_DELAY_MS=FOR_EVER_MS, SIMULATION="off") as slow:
        desk = open_desk(slow)
        expect(desk["#orders-empty"]).to_have_text(EMPTY)
        desk.order("AAPL", "10")
        order_id = desk.placed()
        desk.expect_status(order_id, "PENDING")
        expect(desk["#orders-empty"]).to_be_hidden()
        desk.row(order_id).get_by_role("button", name=f"Cancel order {order_id}").click()
        desk.expect_status(order_id, "CANCELLED")
        expect(desk.row(order_id).locator(".cancel")).to_be_hidden()
        assert call(slow, "GET", f"/orders/{order_id}")[1]["status"] == "CANCELLED"


def test_an_order_without_sellers_says_what_it_waits_for(open_desk):
    with running_venue(EXECUTION_DELAY_MS=0, SIMULATION="off") as quiet:
        desk = open_desk(quiet)
        desk.order("AAPL", "10")
        desk.expect_status(desk.placed(), "PENDING")
        expect(desk["#orders-note"]).to_contain_text("start the simulated market")
        expect(desk["#book-empty"]).to_contain_text("No sellers here: start the simulated market")


def test_the_command_on_the_page_is_the_call_of_its_form(desk):
    desk["#stocks"].fill("O'Hara & Co")
    desk["#quantity"].fill("12")
    program, *words = shlex.split(desk["#curl"].inner_text())
    assert program == "curl"
    assert words[words.index("-X") + 1] == "POST"
    assert f"{desk.venue.url}/orders" in words
    body = words[words.index("-d") + 1]
    assert json.loads(body) == {"stocks": "O'Hara & Co", "quantity": 12}
    assert call(desk.venue, "POST", "/orders", body)[0] == 201


def test_an_order_of_another_client_appears_by_itself(desk):
    order_id = call(desk.venue, "POST", "/orders", '{"stocks": "MSFT", "quantity": 4}')[1]["id"]
    desk.expect_status(order_id, "EXECUTED")
    assert desk.life(order_id) == ["PENDING", "EXECUTED"]


def test_the_page_survives_the_venue_being_killed(open_desk):
    with running_venue(EXECUTION_DELAY_MS=300, SIMULATION="on") as venue:
        desk = open_desk(venue)
        desk.order("AAPL", "10")
        before = desk.placed()
        desk.expect_status(before, "EXECUTED")

        venue.kill()
        desk.expect_health("down")
        expect(desk["#banner"]).to_contain_text("Orders stay at the venue")
        expect(desk["#buy"]).to_be_disabled()

        venue.restart()
        meanwhile = call(venue, "POST", "/orders", '{"stocks": "AAPL", "quantity": 7}')[1]["id"]
        desk.expect_health("live")
        expect(desk["#banner"]).to_be_hidden()
        expect(desk["#buy"]).to_be_enabled()
        desk.expect_status(meanwhile, "EXECUTED")
        desk.expect_status(before, "EXECUTED")

        desk.order("AAPL", "3")
        desk.expect_status(desk.placed(), "EXECUTED")


def test_the_chosen_theme_is_there_again_at_the_next_visit(desk):
    root = desk["html"]
    expect(root).to_have_attribute("data-theme", "dark")
    desk["#themes input[value=light]"].check(force=True)
    expect(root).to_have_attribute("data-theme", "light")
    desk.page.reload()
    expect(root).to_have_attribute("data-theme", "light")
    expect(desk["body"]).to_have_css("color-scheme", "light")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 720), (390, 844)])
def test_the_page_fits_its_window(open_desk, venue, width, height):
    desk = open_desk(venue, viewport={"width": width, "height": height})
    expect(desk["#tape tbody tr"].first.locator("td").first).not_to_be_empty()
    root = "document.documentElement"
    assert desk.page.evaluate(f"{root}.scrollWidth") <= width
    assert desk.page.evaluate(f"{root}.scrollHeight") <= height


def test_on_a_telephone_one_panel_is_shown_at_a_time(open_desk, venue):
    desk = open_desk(venue, viewport={"width": 390, "height": 844})
    expect(desk["#buy"]).to_be_in_viewport()
    for tab, panel in {"Book": ".book", "Tape": ".tape", "Orders": ".orders"}.items():
        desk["#tabs"].get_by_role("button", name=tab).click()
        expect(desk[panel]).to_be_visible()
        expect(desk["#buy"]).to_be_hidden()
