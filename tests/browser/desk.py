"""The page as a person at it sees it, with a witness of what the browser did meanwhile."""

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from playwright.sync_api import Locator, Page, expect

WITNESS = """
globalThis.violations = [];
addEventListener("securitypolicyviolation", (event) =>
  violations.push(`${event.violatedDirective}: ${event.blockedURI}`));
globalThis.lives = {};
new MutationObserver(() => {
  for (const row of document.querySelectorAll("#orders tr[data-order]")) {
    const life = (lives[row.dataset.order] ??= []);
    const status = row.querySelector(".state").textContent;
    if (status && life.at(-1) !== status) life.push(status);
  }
}).observe(document, { subtree: true, childList: true, characterData: true });
"""


class Desk:
    """One visitor's page of one venue."""

    def __init__(self, page: Page, venue, address: str = "", health: str = "live") -> None:
        self.page = page
        self.venue = venue
        self.requested: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("websocket", lambda socket: self.requested.append(socket.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._heard)
        page.add_init_script(WITNESS)
        page.goto(f"{venue.url}/{address}")
        self.expect_health(health)

    def _heard(self, message) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def __getitem__(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def expect_health(self, health: str) -> None:
        expect(self["#health"]).to_have_text(health)

    def order(self, stocks: str, quantity: str) -> None:
        """Type an order and send it."""
        self["#stocks"].fill(stocks)
        self["#quantity"].fill(quantity)
        self["#buy"].click()

    def placed(self) -> int:
        """Return the number of the order just sent."""
        expect(self["#said.good"]).to_be_visible()
        return int(self["#said"].inner_text().split()[1])

    def row(self, order_id: int) -> Locator:
        return self[f'#orders tr[data-order="{order_id}"]']

    def expect_status(self, order_id: int, status: str) -> None:
        expect(self.row(order_id).locator(".state")).to_have_text(status)

    def life(self, order_id: int) -> list[str]:
        """Return every status that the page has shown of an order."""
        return self.page.evaluate("(id) => lives[id] ?? []", str(order_id))

    def violations(self) -> list[str]:
        return self.page.evaluate("violations")


def call(venue, method: str, path: str, body: str | None = None):
    """Be another client: return the status and the parsed answer of one call."""
    data = None if body is None else body.encode()
    request = Request(venue.url + path, data=data, method=method)
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read() or "null")
    except HTTPError as refusal:
        with refusal:
            return refusal.code, json.loads(refusal.read())
