"""What the browser's stories share: one Chromium, a quiet witness, and a venue that stays up."""

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import NoChromium, running_chromium
from tests.browser.desk import Desk
from tests.venue import running_venue

PATIENCE_MS = 15_000
"""Generous, because a condition is waited for, never a time."""


# For a module, not the session: while Playwright's sync API is open, its loop runs in this thread,
# and no test after it could start one of its own.
@pytest.fixture(scope="module")
def chromium():
    expect.set_options(timeout=PATIENCE_MS)
    try:
        with running_chromium() as browser:
            yield browser
    except NoChromium as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="module")
def venue():
    with running_venue(EXECUTION_DELAY_MS=300, SIMULATION="on") as running:
        yield running


@pytest.fixture
def open_desk(chromium):
    """Return a way to open the page of a venue as a new visitor."""
    contexts = []

    def opened(venue, address="", health="live", **settings):
        settings.setdefault("viewport", {"width": 1440, "height": 900})
        context = chromium.new_context(**settings)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        return Desk(context.new_page(), venue, address, health)

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def desk(open_desk, venue):
    return open_desk(venue)
