"""A served venue with an instrument and two traders with something to trade."""

from contextlib import contextmanager
from typing import NamedTuple

from openoutcry.client.venue import Venue
from tests.venue import RunningVenue, running_venue

ROOT = "root-key-of-the-tests"
SYMBOL = "XYZ"


class Floor(NamedTuple):
    venue: RunningVenue
    admin: Venue
    keys: dict
    accounts: dict

    def client(self, name, url=None, **options):
        return Venue(url or self.venue.url, self.keys[name], **options)

    def open_account(self, name):
        """Open an account with money and shares; it gets a key to trade with."""
        account = self.admin.admin.open_account(name, cash=1_000_000_000)
        self.admin.admin.deposit(account.account_id, SYMBOL, 1_000_000)
        made = self.admin.admin.make_key(account.account_id, ("read", "trade"))
        self.keys[name], self.accounts[name] = made.key, account.account_id
        return made


@contextmanager
def open_floor(*names, **settings):
    """Serve a venue, list `SYMBOL` and open accounts."""
    settings = {"SIMULATION": "off", "AUTH": "keys", "ADMIN_KEY": ROOT, **settings}
    with running_venue(**settings) as venue, Venue(venue.url, ROOT) as admin:
        admin.admin.list_instrument(
            SYMBOL, price_increment="0.01", quantity_increment=1, reference_price=50
        )
        floor = Floor(venue, admin, {}, {})
        for name in names:
            floor.open_account(name)
        yield floor
