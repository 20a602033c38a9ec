"""A real venue as the stories of the restarts see it: calls, traders, time, and all its answers.

Rule: every read waits for the last write, so that history has it too.
"""

import http.client
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tests.venue import RunningVenue

API = "/api/v1"
ROOT = "root-key-of-the-tests"
NOON = int(datetime(2027, 1, 15, 12, tzinfo=UTC).timestamp())
SECOND = 10**9
PATIENCE_S = 30
GRACE_S = 60
DELAY_S = 60
CALENDAR = """
name = "floor"
utc_offset = "+00:00"
daylight_saving = "none"
weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
[[turns]]
at = "09:00"
phase = "continuous"
[[turns]]
at = "17:30"
phase = "closed"
"""
PRIVATE = ("account", "balances", "positions", "orders", "fills", "postings", "prevented-matches")
PUBLIC = ("book/{}", "book/{}?level=3", "auction/{}", "trades/{}?limit=500", "candles/{}")
STATE = ("epoch", "sequence", "hash", "rules", "digest")


class Answer(NamedTuple):
    """What a call was answered."""

    status: int
    body: bytes
    sequence: int

    def json(self):
        return json.loads(self.body)


class Trader:
    """An account and its key."""

    def __init__(self, exchange, account_id, key):
        self.exchange, self.account_id, self.key = exchange, account_id, key

    def call(self, method, path, body=None, **headers):
        return self.exchange.call(method, path, body, self.key, **headers)

    def simply(self, method, path, body=None):
        """Make a call of the simple API."""
        return self.exchange.request(method, path, body, self.key)

    def get(self, path):
        answer = self.call("GET", path)
        assert answer.status == 200, (path, answer)
        return answer.json()

    def send(self, symbol, kind, side, quantity, **terms):
        """Send an order of any type."""
        return self.call("POST", "/orders", sent(symbol, kind, side, quantity, **terms))

    def enter(self, symbol, kind, side, quantity, **terms):
        """Enter an order of any type, which is taken."""
        answer = self.send(symbol, kind, side, quantity, **terms)
        assert answer.status == 201, answer
        return answer.json()

    def amend(self, order, **changes):
        answer = self.call("PATCH", f"/orders/{order['order_id']}", changes)
        assert answer.status == 200, answer

    def order(self, order):
        """Read an order again."""
        return self.get(f"/orders/{order['order_id']}")

    def open_orders(self):
        return self.get("/orders?limit=500")["items"]


def sent(symbol, kind, side, quantity, **terms):
    """Return the body of an order."""
    return {"symbol": symbol, "side": side, "type": kind, "quantity": str(quantity), **terms}


class Exchange:
    """One venue over all its lives."""

    def __init__(self, folder):
        self.folder = folder
        self.traders, self.symbols, self.written = [], [], 0
        self.began_at = 0
        self._connection = None
        (folder / "floor.toml").write_text(CALENDAR, encoding="utf-8")
        self.set_clock(NOON * SECOND)
        settings = {
            "ADMIN_KEY": ROOT,
            "AUTH": "keys",
            "SIMULATION": "off",
            "EXECUTION_DELAY_MS": DELAY_S * 1000,
            "LIQUIDATION_GRACE_S": GRACE_S,
            "CALENDAR": folder / "floor.toml",
            "LOG_FORMAT": "json",
        }
        command = [sys.executable, "-m", "tests.sequencer.restarts.still_venue", "serve"]
        self.venue = RunningVenue(str(folder / "data"), settings, command)

    # Its lives.

    def stop(self):
        """Stop it as an operator would."""
        self.hang_up()
        assert self.venue.stop() == 0, self.venue.log()

    def kill(self):
        """End it without a word."""
        self.hang_up()
        self.venue.kill()

    def start(self):
        """Start it on what is there; return how: from which snapshot, and how many records."""
        self.venue.start()
        lines = [json.loads(line) for line in self.venue.log().splitlines() if line[:1] == "{"]
        recovered = [line for line in lines if line["event"] == "recovered"][-1]
        return recovered["after_snapshot"], recovered["records"]

    def hang_up(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # Its time.

    def set_clock(self, now):
        self.now = now
        (self.folder / "next").write_text(str(now))
        (self.folder / "next").replace(self.folder / "now")

    def pass_(self, seconds):
        """Let time pass."""
        self.set_clock(self.now + int(seconds * SECOND))

    def moment(self, seconds):
        """Return the time so many seconds after the stories began, as the API takes times."""
        moment = datetime.fromtimestamp(self.began_at // SECOND, UTC) + timedelta(seconds=seconds)
        return moment.isoformat().replace("+00:00", "Z")

    def begin(self):
        """Let the stories begin now, at a whole second."""
        self.set_clock(-(-self.now // SECOND) * SECOND)
        self.began_at = self.now

    def until(self, is_so):
        """Let the venue notice that time has passed, until something is so."""
        patience = time.monotonic() + PATIENCE_S
        while not is_so():
            assert time.monotonic() < patience, "it never happened"
            self.pass_(0.002)  # What comes of a timer may have one of its own.
            # A command that changes nothing makes the venue look at its clock at once.
            self.traders[0].call("PUT", "/cancel-after", {"timeout_s": 0})

    # Its calls.

    def call(self, method, path, body=None, key=ROOT, **headers):
        """Make a call of the native API."""
        if method == "GET":
            path += f"{'&' if '?' in path else '?'}min_sequence={self.written}"
        return self.request(method, API + path, body, key, **headers)

    def request(self, method, path, body, key, **headers):
        """Make a call of any path."""
        content = None if body is None else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["Authorization"] = f"Bearer {key}"
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                "127.0.0.1", self.venue.port, timeout=PATIENCE_S
            )
        self._connection.request(method, path, content, named)
        response = self._connection.getresponse()
        sequence = int(response.getheader("x-sequence", "0"))
        if method != "GET":
            self.written = max(self.written, sequence)
        return Answer(response.status, response.read(), sequence)

    def admin(self, method, path, body=None):
        """Make a call of the administration, which succeeds."""
        answer = self.call(method, f"/admin{path}", body)
        assert answer.status < 300, (path, answer)
        return answer.json() if answer.body else None

    def open_account(self, name, *, cash="1000000", **terms):
        """Open an account with a key."""
        opened = self.admin("POST", "/accounts", {"name": name, "cash": cash, **terms})
        account_id = opened["account_id"]
        key = self.admin("POST", f"/accounts/{account_id}/keys", {"permissions": ["trade"]})["key"]
        self.traders.append(Trader(self, account_id, key))
        return self.traders[-1]

    def list(self, symbol, **terms):
        """List an instrument around a price of 100."""
        listed = {"symbol": symbol, "price_increment": "0.01", "quantity_increment": "1"}
        listed |= {"reference_price": "100", "calendar": "always", "shortable": True}
        self.symbols.append(symbol)
        return self.admin("POST", "/instruments", listed | terms)

    def deposit(self, trader, asset, quantity):
        content = {"asset": asset, "quantity": quantity}
        self.admin("POST", f"/accounts/{trader.account_id}/deposits", content)

    def change(self, symbol, **terms):
        self.admin("PATCH", f"/instruments/{symbol}", terms)

    def move_to(self, symbol, phase):
        self.admin("PUT", f"/instruments/{symbol}/phase", {"phase": phase})

    def sequence(self):
        """Return how many events there have been."""
        return self.call("GET", "/status").json()["sequence"]

    def events(self, after):
        """Return the events after a sequence, as the operator may see them."""
        found = {}
        for sequence in range(after + 1, self.sequence() + 1):
            record = self.call("GET", f"/sequence/{sequence}").json()
            found |= {event["sequence"]: event for event in record["events"]}
        return list(found.values())

    def trade_ids(self):
        """Return the number of every trade there was in what is listed."""
        answers = [self.call("GET", f"/trades/{symbol}?limit=500") for symbol in self.symbols]
        found = [answer.json()["items"] for answer in answers if answer.status == 200]
        return [trade["trade_id"] for page in found for trade in page]

    # All that it answers.

    def looks(self):
        """Return every answer that anybody could read, by who asks and for what."""
        found = {}
        for trader in self.traders:
            paths = [f"/{path}" for path in PRIVATE] + ["/orders?status=all&limit=500"]
            for path in paths:
                found[trader.account_id, path] = trader.call("GET", path)
            every = found[trader.account_id, paths[-1]].json()
            assert every["next"] is None, "one page shows all"
            for order in every["items"]:
                path = f"/orders/{order['order_id']}"
                found[trader.account_id, path] = trader.call("GET", path)
                found[trader.account_id, f"{path}/events"] = trader.call("GET", f"{path}/events")
            found[trader.account_id, "simple"] = trader.simply("GET", "/orders")
        for symbol in self.symbols:
            for path in (f"/{path.format(symbol)}" for path in PUBLIC):
                found["everybody", path] = self.call("GET", path)
        found["everybody", "ticker"] = self.call("GET", "/ticker")
        found["everybody", "instruments"] = self.call("GET", "/admin/instruments")
        found["operator", "accounts"] = self.call("GET", "/admin/accounts?limit=500")
        state = self.call("GET", "/status").json()
        found["operator", "state"] = {name: state[name] for name in STATE}
        return found
