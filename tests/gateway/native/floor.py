"""A quiet venue in memory with two traders, for the stories of the native API."""

from contextlib import contextmanager
from typing import NamedTuple

from starlette.testclient import TestClient

from openoutcry.app import create_app
from openoutcry.model.order import Door
from openoutcry.settings import Settings

ROOT = "root-key-of-the-tests"
ADMIN = {"Authorization": f"Bearer {ROOT}"}
API = "/api/v1"
INSTRUMENT = {
    "symbol": "XYZ",
    "price_increment": "0.01",
    "quantity_increment": "1",
    "reference_price": "50",
    "maker_fee_bps": "1",
    "taker_fee_bps": "2.5",
}


class Trader(NamedTuple):
    client: TestClient
    account_id: str
    headers: dict

    def call(self, method, path, body=None, **headers):
        return self.client.request(
            method, API + path, json=body, headers={**self.headers, **headers}
        )

    def get(self, path):
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def place(self, side, quantity, price, **more):
        body = {
            "symbol": "XYZ",
            "side": side,
            "type": "limit",
            "quantity": str(quantity),
            "price": price,
            **more,
        }
        return self.call("POST", "/orders", body)

    def send(self, kind, side="buy", quantity=1, **terms):
        """Send an order of any type."""
        body = {"symbol": "XYZ", "side": side, "type": kind, "quantity": str(quantity), **terms}
        return self.call("POST", "/orders", body)

    def enter(self, kind, side="buy", quantity=1, **terms):
        """Enter an order of any type; it is accepted."""
        answer = self.send(kind, side, quantity, **terms)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def order(self, order):
        """Read an order again."""
        return self.get(f"/orders/{order['order_id']}")

    def amend(self, order, **changes):
        return self.call("PATCH", f"/orders/{order['order_id']}", changes)

    def rest(self, side, quantity, price, **more):
        answer = self.place(side, quantity, price, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()


class Floor(NamedTuple):
    client: TestClient
    alice: Trader
    bob: Trader

    def admin(self, method, path, body=None, **headers):
        return self.client.request(
            method, f"{API}/admin{path}", json=body, headers={**ADMIN, **headers}
        )

    def do(self, command):
        """Let the venue carry out a command, past all doors; return its record."""

        async def submit():
            sequencer = self.client.app.state.venue.sequencer
            return await sequencer.submit(command, actor="test", door=Door.VENUE)

        return self.client.portal.call(submit).record


def open_trader(client, name, cash="1000000", shares="1000", permissions=("trade",)):
    def admin(path, body):
        answer = client.post(f"{API}/admin{path}", json=body, headers=ADMIN)
        assert answer.status_code == 201, answer.text
        return answer.json()

    account_id = admin("/accounts", {"name": name, "cash": cash})["account_id"]
    if shares != "0":
        admin(f"/accounts/{account_id}/deposits", {"asset": "XYZ", "quantity": shares})
    key = admin(f"/accounts/{account_id}/keys", {"permissions": list(permissions)})["key"]
    return Trader(client, account_id, {"Authorization": f"Bearer {key}"})


@contextmanager
def open_floor(**settings):
    chosen = {"data_dir": ":memory:", "simulation": "off", "admin_key": ROOT, "log_level": "error"}
    app = create_app(Settings(_env_file=None, **{**chosen, **settings}))
    with TestClient(app) as client:
        listed = client.post(f"{API}/admin/instruments", json=INSTRUMENT, headers=ADMIN)
        assert listed.status_code in (201, 409), listed.text
        yield Floor(client, open_trader(client, "alice"), open_trader(client, "bob"))
