"""The system's Chromium under Playwright: where it is, and how to start it without any network."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MISSING = (
    "these tests drive the system's Chromium, and there is none: "
    "install it (Debian: apt-get install chromium), or set CHROMIUM to its path"
)


class NoChromium(Exception):
    """There is no browser to drive."""


def path_of_chromium() -> str:
    """Return the path of the browser, or raise NoChromium with what to do about it."""
    named = os.environ.get("CHROMIUM")
    found = next(filter(None, map(shutil.which, [named] if named else NAMES)), None)
    if found is None:
        raise NoChromium(MISSING)
    return found


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Yield a browser, and end it."""
    path = path_of_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
