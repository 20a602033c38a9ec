"""A running venue, and the command line pointed at it."""

import json

import pytest
from typer.testing import CliRunner

from openoutcry.cli.main import cli
from openoutcry.settings import OF_COMMANDS, Settings
from tests.venue import running_venue


class Shell:
    """Runs commands in this process, with an environment of their own."""

    def __init__(self, folder, **variables):
        self._runner = CliRunner()
        names = {f"OPENOUTCRY_{name.upper()}" for name in Settings.model_fields} | OF_COMMANDS
        self.variables = dict.fromkeys(names | {"HOST", "PORT"}) | {
            "OPENOUTCRY_DATA_DIR": str(folder / "data"),
            **variables,
        }

    def run(self, *words, code=0, **variables):
        """Run a command, expect an exit code, and return what was printed."""
        done = self._runner.invoke(
            cli, [str(word) for word in words], env=self.variables | variables
        )
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    def json(self, *words):
        """Run a command and return the JSON that it printed."""
        return json.loads(self.run(*words, "--json"))


@pytest.fixture(scope="package")
def venue():
    with running_venue(SIMULATION="off", AUTH="keys") as started:
        yield started


@pytest.fixture
def shell(venue, tmp_path, monkeypatch):
    """Return a shell of the venue's operator."""
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, OPENOUTCRY_DATA_DIR=venue.data_dir, PORT=str(venue.port))


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """Return a shell where no venue runs."""
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, PORT="1")


@pytest.fixture
def trader(shell):
    """Return a function that opens an account with cash and shares, and gives its key."""

    def open_account(name):
        account_id = shell.json("account", "open", name, "--cash", "100000")["account_id"]
        shell.json("account", "deposit", account_id, "AAPL", "1000")
        return shell.json("key", "add", account_id)["key"]

    return open_account
