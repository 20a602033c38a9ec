"""A venue as a process of its own, for tests that want a real server, a kill and a restart."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 30.0
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class RunningVenue:
    """One venue; `pid` changes with every restart, `port`, `url` and `data_dir` stay."""

    def __init__(
        self,
        data_dir: str,
        settings: dict[str, object],
        command: list[str],
        authority: Path | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        secure = "s" if authority is not None else ""
        self.url = f"http{secure}://127.0.0.1:{self.port}"
        self.ws_url = f"ws{secure}://127.0.0.1:{self.port}"
        self._opener = _OPENER
        if authority is not None:
            trusted = ssl.create_default_context(cafile=authority)
            self._opener = urllib.request.build_opener(
                urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusted)
            )
        self._settings = settings
        self._command = [part.format(port=self.port) for part in command]
        self._log = Path(data_dir).with_name("venue.log")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def pid(self) -> int:
        assert self._process is not None, "the venue has been started"
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        assert self._process is not None, "the venue has been started"
        return self._process.poll()

    def log(self) -> str:
        """Return what it wrote so far, over all its lives."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Start it and wait until it takes commands."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("OPENOUTCRY_") and name not in ("HOST", "PORT")
        }
        environment |= {
            "OPENOUTCRY_DATA_DIR": self.data_dir,
            "PORT": str(self.port),
            "PYTHONPATH": str(ROOT),
        }
        environment |= {f"OPENOUTCRY_{name}": str(value) for name, value in self._settings.items()}
        # An empty folder to run in: a developer's .env is no part of a test.
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._log.parent,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until it takes commands; fail with its log if it ends or takes too long."""
        until = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < until:
            if self.exit_code is not None:
                raise AssertionError(f"the venue ended with {self.exit_code}:\n{self.log()}")
            try:
                with self._opener.open(f"{self.url}/ready", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.02)
        raise AssertionError(f"the venue is not ready:\n{self.log()}")

    def kill(self) -> None:
        """End it as a power cut would: at once, without a word."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        return self._end(signal.SIGTERM)

    def restart(self) -> None:
        """Start it again on the same data and port; stops it first if it still runs."""
        self.stop()
        self.start()

    def wait_exit(self, seconds: float = STOP_SECONDS_MAX) -> int:
        """Return its exit code once it has ended by itself."""
        assert self._process is not None, "the venue has been started"
        return self._process.wait(seconds)

    def _end(self, by: signal.Signals) -> int:
        process = self._process
        assert process is not None, "the venue has been started"
        if process.poll() is None:
            process.send_signal(by)
        try:
            return process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"the venue did not stop:\n{self.log()}") from None


@contextmanager
def running_venue(
    *,
    server: str = "openoutcry",
    options: tuple[str, ...] = (),
    authority: Path | None = None,
    **settings: object,
) -> Iterator[RunningVenue]:
    """Run a venue with these settings (names without the prefix) on a free port; stop it after.

    `server` is "openoutcry" for `openoutcry serve` or "uvicorn" for `uvicorn main:app`; `options`
    are further ones of its command. With an `authority` it is expected to speak TLS.
    """
    commands = {
        "openoutcry": [sys.executable, "-m", "openoutcry", "serve"],
        "uvicorn": [
            sys.executable, "-m", "uvicorn", "--app-dir", str(ROOT), "main:app", "--port", "{port}",
        ],
    }  # fmt: skip
    # What a killed venue's follower has in hand it still writes, perhaps into a folder that goes.
    with tempfile.TemporaryDirectory(prefix="openoutcry-", ignore_cleanup_errors=True) as folder:
        data_dir = str(settings.pop("DATA_DIR", Path(folder) / "data"))
        venue = RunningVenue(data_dir, settings, [*commands[server], *options], authority)
        try:
            yield venue
        finally:
            if venue.exit_code is None:
                venue.kill()


def call(venue, method, path, body=None):
    """Make one call; return the status and what is in the body."""
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(
            urllib.request.Request(venue.url + path, data, method=method), timeout=10
        ) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as problem:
        return problem.code, json.loads(problem.read())


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
