"""What an operator may choose, and what is said when it makes no sense."""

import json

import pytest

from openoutcry.app import create_app
from openoutcry.engine.state import LIQUIDATION_GRACE_DEFAULT
from openoutcry.gateway.guard import Auth
from openoutcry.model.commands import Listing
from openoutcry.settings import MEMORY, BadSettings, Settings, read_settings, unknown_names


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch, tmp_path):
    """Read no .env of a developer and no variable of a shell."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"OPENOUTCRY_{name.upper()}", raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def told(monkeypatch, **variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return read_settings()


def test_the_defaults_run_a_paper_venue_on_this_machine():
    settings = read_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert (settings.auth, settings.listing) == (Auth.OPEN, Listing.OPEN)
    assert settings.is_simulated
    assert settings.execution_delay == 1_000_000_000
    assert settings.liquidation_grace == LIQUIDATION_GRACE_DEFAULT
    assert str(settings.directory) == "data"


def test_variables_are_read_with_the_prefix_but_for_host_and_port(monkeypatch):
    settings = told(
        monkeypatch,
        OPENOUTCRY_AUTH="keys",
        OPENOUTCRY_DATA_DIR=":memory:",
        OPENOUTCRY_EXECUTION_DELAY_MS="0",
        OPENOUTCRY_LIQUIDATION_GRACE_S="45",
        OPENOUTCRY_SIMULATION="off",
        OPENOUTCRY_ALLOWED_HOSTS="*.example.com, venue.test,",
        OPENOUTCRY_ALLOWED_ORIGINS="https://Desk.example.com",
        HOST="0.0.0.0",
        PORT="9000",
    )
    assert settings.auth is Auth.KEYS
    assert settings.directory is None
    assert settings.execution_delay == 0
    assert settings.liquidation_grace == 45_000_000_000
    assert not settings.is_simulated
    assert settings.allowed_hosts == ("*.example.com", "venue.test")
    assert settings.allowed_origins == ("https://desk.example.com",)
    assert (settings.host, settings.port) == ("0.0.0.0", 9000)


def test_a_file_of_variables_is_read_and_the_environment_wins(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("OPENOUTCRY_SEED=7\nOPENOUTCRY_AUTH=keys\nOTHER=1\nPORT=81\n")
    settings = told(monkeypatch, OPENOUTCRY_AUTH="open")
    assert (settings.seed, settings.auth, settings.port) == (7, Auth.OPEN, 81)


def test_an_empty_variable_is_the_default(monkeypatch):
    assert told(monkeypatch, OPENOUTCRY_AUTH="", PORT="").port == 8000


def test_a_cluster_that_announces_a_service_of_our_name_disturbs_nothing(monkeypatch):
    assert told(monkeypatch, OPENOUTCRY_PORT="tcp://10.0.0.1:8000").port == 8000


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("OPENOUTCRY_AUTH", "maybe", "'open' or 'keys' (found 'maybe')"),
        ("OPENOUTCRY_EXECUTION_DELAY_MS", "-1", "greater than or equal to 0 (found '-1')"),
        ("OPENOUTCRY_EXECUTION_DELAY_MS", "soon", "valid integer"),
        ("OPENOUTCRY_LIQUIDATION_GRACE_S", "-1", "greater than or equal to 0 (found '-1')"),
        ("OPENOUTCRY_LIQUIDATION_GRACE_S", "604801", "less than or equal to 604800"),
        ("OPENOUTCRY_LIQUIDATION_GRACE_S", "0.5", "valid integer"),
        ("OPENOUTCRY_ALLOWED_ORIGINS", "desk.example.com", "looks like https://"),
        ("OPENOUTCRY_LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("PORT", "70000", "less than or equal to 65535"),
    ],
)
def test_a_bad_value_is_named_with_what_was_expected(monkeypatch, variable, value, words):
    with pytest.raises(BadSettings) as caught:
        told(monkeypatch, **{variable: value})
    message = str(caught.value)
    assert f"{variable}: " in message
    assert words in message


def test_the_admin_key_is_never_shown(monkeypatch):
    settings = told(monkeypatch, OPENOUTCRY_ADMIN_KEY="hunter2")
    assert "hunter2" not in repr(settings)


def test_a_misspelt_name_is_noticed(monkeypatch):
    monkeypatch.setenv("OPENOUTCRY_EXECUTION_DELAY", "5")
    monkeypatch.setenv("OPENOUTCRY_SEED", "5")
    assert unknown_names() == ["OPENOUTCRY_EXECUTION_DELAY"]


def test_a_misspelt_name_in_the_file_is_noticed_too_and_logged(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("OPENOUTCRY_EXECUTION_DELAY", "5")
    (tmp_path / ".env").write_text("OPENOUTCRY_SEED=7\nOPENOUTCRY_SEEDS=7\nSEEDS=1\n")
    assert unknown_names() == ["OPENOUTCRY_EXECUTION_DELAY", "OPENOUTCRY_SEEDS"]
    create_app(Settings(data_dir=MEMORY, log_format="json"))
    logged = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["name"]) for line in logged] == [
        ("unknown_setting", "OPENOUTCRY_EXECUTION_DELAY"),
        ("unknown_setting", "OPENOUTCRY_SEEDS"),
    ]


@pytest.mark.parametrize(
    ("text", "size"), [("500MB", 500_000_000), ("10GB", 10**10), ("2GiB", 2 * 1024**3), ("0", 0)]
)
def test_the_size_of_the_journal_is_told_with_its_unit(monkeypatch, text, size):
    assert read_settings().retention == 10_000_000_000
    assert told(monkeypatch, OPENOUTCRY_RETENTION=text).retention == size


@pytest.mark.parametrize("text", ["much", "10 apples", "-1GB"])
def test_a_size_that_is_none_is_refused(monkeypatch, text):
    with pytest.raises(BadSettings, match="OPENOUTCRY_RETENTION"):
        told(monkeypatch, OPENOUTCRY_RETENTION=text)


def test_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / ".env").write_bytes(b"OPENOUTCRY_SEED=7\n\xff\xfe\n")
    with pytest.raises(BadSettings, match=r"\.env.*UTF-8"):
        read_settings()
