"""What an empty venue is opened with, and that it is done once."""

import pytest
from starlette.testclient import TestClient

from openoutcry.app import create_app
from openoutcry.calendars.known import Calendars
from openoutcry.first_start import BadInstruments, built_in, read_instruments
from openoutcry.model.account import DEMO, AccountKind
from openoutcry.model.commands import Configure, OpenAccount
from openoutcry.model.units import UNIT, Asset
from openoutcry.settings import Settings
from openoutcry.simulation.market import AGENTS

ALWAYS_OPEN = Calendars({})
SECOND = 10**9
ROOT = "root-key-of-the-tests"
ADMIN = {"Authorization": f"Bearer {ROOT}"}
GOLD = """
[[instruments]]
symbol = "XAU/USD"
asset = "XAU"
price_increment = "0.1"
quantity_increment = "0.01"
reference_price = "2650"
taker_fee_bps = "1.5"
"""


def app_of(tmp_path, **settings):
    chosen = {"data_dir": str(tmp_path / "data"), "simulation": "off", "admin_key": ROOT}
    chosen |= settings
    return create_app(Settings(_env_file=None, log_level="error", **chosen))


def test_an_empty_venue_gets_a_demo_account_agents_and_instruments(tmp_path):
    app = app_of(tmp_path)
    with TestClient(app):
        engine = app.state.venue.sequencer.engine
        assert engine.account(DEMO).kind is AccountKind.DEMO
        (cash,) = engine.balances(DEMO)
        assert (cash.asset, cash.total) == (Asset("USD"), 1_000_000 * UNIT)
        for agent in AGENTS:
            assert engine.account(agent).kind is AccountKind.AGENT
        symbols = [instrument.symbol for instrument in engine.instruments()]
        assert symbols == [instrument.symbol for instrument in built_in(ALWAYS_OPEN, 0)]
        assert {"AAPL", "EUR/USD", "BTC/USD"} <= set(symbols)
        engine.check()


def test_a_venue_that_was_open_before_is_given_nothing_more(tmp_path):
    app = app_of(tmp_path)
    with TestClient(app):
        sequence = app.state.venue.sequencer.durable
    with TestClient(app_of(tmp_path, instruments=tmp_path / "missing.toml")) as client:
        assert client.get("/ready").headers["x-sequence"] == str(sequence)


def configured(client, sequence):
    """Return what the venue says of the record with the settings that decide."""
    answer = client.get(f"/api/v1/sequence/{sequence}", headers=ADMIN).json()
    return answer["command"], answer["events"]


def test_a_grace_other_than_the_venues_is_journaled_once_and_outlives_the_start(tmp_path):
    with TestClient(app_of(tmp_path)) as client:
        before = int(client.get("/ready").headers["x-sequence"])
    for _ in range(2):
        app = app_of(tmp_path, liquidation_grace_s=45)
        with TestClient(app) as client:
            assert app.state.venue.sequencer.engine.liquidation_grace == 45 * SECOND
            assert client.get("/ready").headers["x-sequence"] == str(before + 1)
            command, (event,) = configured(client, before + 1)
            assert (command["command"], event["event"]) == ("configure", "configured")
            assert command["liquidation_grace"] == event["liquidation_grace"]
    app = app_of(tmp_path)
    with TestClient(app) as client:
        assert app.state.venue.sequencer.engine.liquidation_grace == 300 * SECOND
        assert client.get("/ready").headers["x-sequence"] == str(before + 2)


def test_an_empty_venue_is_told_its_grace_before_anybody_has_an_account(tmp_path):
    app = app_of(tmp_path, liquidation_grace_s=0)
    with TestClient(app):
        records = app.state.venue.sequencer.read(0, 100)
        kinds = [type(record.entry.command) for record in records]
        assert kinds.index(Configure) < kinds.index(OpenAccount)
        assert kinds.count(Configure) == 1
        assert app.state.venue.sequencer.engine.liquidation_grace == 0


def test_a_file_of_instruments_takes_the_place_of_the_built_in_ones(tmp_path):
    path = tmp_path / "instruments.toml"
    path.write_text(GOLD)
    with TestClient(app_of(tmp_path, instruments=path)) as client:
        (listed,) = client.get("/api/v1/instruments").json()
        assert listed["symbol"] == "XAU/USD"
        assert listed["reference_price"] == "2650.0"
        assert listed["taker_fee_bps"] == "1.5"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[instruments", "Expected ']]'"),
        ("", "tables named"),
        ("instruments = 1", "tables named"),
        ("instruments = [1]", "instrument 1: it is not a table"),
        (GOLD + "venue = 1", "unknown property: venue"),
        (GOLD.replace('"0.1"', "0.1"), "price_increment is a JSON string"),
        (GOLD.replace("2650", "2650.05"), "whole number of price increments"),
        (GOLD.replace('symbol = "XAU/USD"', ""), "missing property: symbol"),
        (GOLD + GOLD, "XAU/USD is there twice"),
        ("a = 1\n" + GOLD, "nothing else"),
    ],
)
def test_a_bad_file_is_refused_with_the_place_and_the_reason(tmp_path, text, words):
    path = tmp_path / "instruments.toml"
    path.write_text(text)
    with pytest.raises(BadInstruments) as caught:
        read_instruments(path, ALWAYS_OPEN, 0)
    assert str(path) in str(caught.value)
    assert words in str(caught.value)
