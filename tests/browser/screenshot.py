"""Pictures of the page of a running venue, for the README: `python -m tests.browser.screenshot`."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.chromium import running_chromium
from tests.browser.desk import Desk
from tests.venue import running_venue

FOLDER = Path(__file__).parents[2] / "docs" / "images"
WIDE = {"width": 1440, "height": 900}
TRADES_WANTED = 25
PATIENCE_MS = 60_000


def main() -> None:
    """Trade a little, wait until the page has something to show, and take the picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        running_venue(EXECUTION_DELAY_MS=1000, SIMULATION="on") as venue,
        running_chromium() as browser,
    ):
        page = browser.new_page(viewport=WIDE, device_scale_factor=2)
        page.set_default_timeout(PATIENCE_MS)
        desk = Desk(page, venue)
        expect(desk["#tape tbody tr"].nth(TRADES_WANTED).locator("td").first).not_to_be_empty(
            timeout=PATIENCE_MS
        )
        for quantity in ("25", "100", "10"):
            desk.order("AAPL", quantity)
            desk.expect_status(desk.placed(), "EXECUTED")
        desk.order("AAPL", "40")
        desk.expect_status(desk.placed(), "PENDING")
        target = FOLDER / "terminal.png"
        page.screenshot(path=target)
        print(f"wrote {target}")


if __name__ == "__main__":
    main()
