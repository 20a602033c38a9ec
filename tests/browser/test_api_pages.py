"""The description at /docs, in a browser that has no network but the venue."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def docs(chromium, venue):
    context = chromium.new_context()
    page = context.new_page()
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append((message.type, message.text)))
    page.on("pageerror", lambda fault: page.said.append(("error", str(fault))))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(f"{venue.url}/docs")
    yield page
    context.close()


def test_every_call_is_shown_and_can_be_opened_without_a_network(docs, venue):
    expect(docs.locator(".opblock").first).to_be_visible()
    document = docs.request.get(f"{venue.url}/openapi.json").json()
    calls = sum(len(item) for item in document["paths"].values())
    expect(docs.locator(".opblock")).to_have_count(calls)
    docs.locator("#operations-orders-post_orders").click()
    opened = docs.locator("#operations-orders-post_orders")
    expect(opened.get_by_text("Idempotency-Key").first).to_be_visible()
    expect(opened.locator(".responses-table").first).to_contain_text("422")
    foreign = [url for url in docs.asked if not url.startswith((venue.url, "data:", "blob:"))]
    assert foreign == []
    assert [said for said in docs.said if said[0] == "error"] == []


def test_a_call_can_be_made_from_the_page(docs):
    block = docs.locator("#operations-venue-get_clock")
    block.click()
    block.get_by_role("button", name="Execute").click()
    expect(block.locator(".live-responses-table")).to_contain_text("now_ns")
    expect(block.locator(".live-responses-table")).to_contain_text(re.compile("x-sequence"))
