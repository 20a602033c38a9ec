"""What every question is measured with: a server under test, wrk, rounds that take turns.

Rule 1: whatever is compared is measured in one run, in turns (A B, B A, A B …), and medians are
compared, so that a change of the machine's mood meets all sides alike.
Rule 2: only processes started here are ended here, by their id, and everything stays on 127.0.0.1.

The load keeps to the last core; a server may use them all, whatever it is. Beside requests per
second, the processor time that the server used per request is taken: what else the machine is
doing bends it least.
"""

import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple, Self, TypeVar

ROOT: Final = Path(__file__).parent.parent
HOST: Final = "127.0.0.1"
START_S_MAX: Final = 900.0
"""How long a server may take to answer; a large journal is read in that time."""
STOP_S_MAX: Final = 60.0
WARM_UP_S: Final = 1
"""Load before each measured round: imports done, caches filled, connections made."""
_CORES: Final = sorted(os.sched_getaffinity(0))
LOAD_CORES: Final = set(_CORES[-1:])
SERVER_CORES: Final = set(_CORES)
_LUA: Final = Path(__file__).with_name("load.lua")
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")

T = TypeVar("T")


class Effort(NamedTuple):
    """How much is measured; the defaults keep all questions together near ten minutes."""

    rounds: int = 3
    seconds: int = 5
    """Of each round."""
    orders: int = 200_000
    """In the past of a venue that is started, or asked about it."""


def say(text: str) -> None:
    """Tell whoever waits how far it is."""
    print(f"    {text}", flush=True)


def in_turns(rounds: int, sides: Mapping[str, Callable[[], T]]) -> dict[str, list[T]]:
    """Measure each side once per round, in turns, every other round in reverse order."""
    measured: dict[str, list[T]] = {name: [] for name in sides}
    for number in range(rounds):
        names = list(sides) if number % 2 == 0 else list(sides)[::-1]
        for name in names:
            measured[name].append(sides[name]())
    return measured


def median_and_spread(values: Sequence[float], form: str = "{:,.0f}") -> str:
    """Return the median and, in brackets, the lowest and the highest."""
    low, middle, high = (
        form.format(value) for value in (min(values), statistics.median(values), max(values))
    )
    return f"{middle} ({low}…{high})" if len(values) > 1 else middle


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that a share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def scratch() -> Iterator[Path]:
    """Lend a directory on a real disk, and delete it afterwards."""
    with tempfile.TemporaryDirectory(prefix="openoutcry-bench-") as name:
        yield Path(name)


class Server:
    """One uvicorn process on a port of its own; the same settings whatever the application.

    With a command of its own it is another program, which is told the port as its last argument.
    """

    def __init__(
        self, app: str, env: Mapping[str, str] | None = None, command: Sequence[str] = ()
    ) -> None:
        self.port = free_port()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  (it lives as long as the process)
        uvicorn = [sys.executable, "-m", "uvicorn", app, "--host", HOST, "--port", str(self.port)]
        options = ["--loop", "uvloop", "--http", "httptools", "--no-access-log"]
        started = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, *command, str(self.port)]
            if command
            else [*uvicorn, *options, "--log-level", "warning"],
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdout=self._log,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: os.sched_setaffinity(0, SERVER_CORES),  # noqa: PLW1509  (no threads)
        )
        self._wait_until_it_answers()
        self.start_s = time.perf_counter() - started
        """From the start of the process to its first answer."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process that serves."""
        return self._process.pid

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.port}"

    def stop(self) -> float:
        """End it the clean way and return how many seconds that took."""
        started = time.perf_counter()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_S_MAX)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        return time.perf_counter() - started

    def processor_s(self) -> float:
        """Return the processor time that it and the processes beside it have used."""
        return sum(_processor_s(pid) for pid in (self.pid, *_children(self.pid)))

    def memory(self) -> int:
        """Return the bytes of its resident memory."""
        return resident(self.pid)

    def _wait_until_it_answers(self) -> None:
        until = time.monotonic() + START_S_MAX
        while time.monotonic() < until:
            if self._process.poll() is not None:
                break
            with suppress(OSError), closing(socket.create_connection((HOST, self.port), 1)) as peer:
                peer.settimeout(START_S_MAX)
                peer.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                if peer.recv(16):
                    return
            time.sleep(0.005)
        self.stop()
        self._log.seek(0)
        raise RuntimeError(f"the server did not start:\n{self._log.read().decode()}")


def _processor_s(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / _TICKS_PER_S


def _children(pid: int) -> list[int]:
    """Return the processes that a process's threads have started and that have not ended."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for found in lists for child in found.read_text().split()]


def resident(pid: int) -> int:
    """Return the bytes of a process's resident memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Load(NamedTuple):
    """One round of load, as the client saw it and what it cost the server."""

    requests: int
    """Answered, all of them with 2xx."""
    seconds: float
    rate: float
    p50_ms: float
    p99_ms: float
    processor_us: float
    """Of the server, per request."""


class _Summary(NamedTuple):
    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float


def load(
    server: Server,
    path: str,
    bodies: Sequence[str],
    *,
    connections: int,
    seconds: int,
    keys: Sequence[str] = (),
) -> Load:
    """Post bodies in turn over keep-alive connections for some seconds, and say how it went."""
    _wrk(server.url + path, bodies, connections, WARM_UP_S, keys)
    before = server.processor_s()
    summary = _wrk(server.url + path, bodies, connections, seconds, keys)
    used = server.processor_s() - before
    return Load(
        summary.requests,
        summary.seconds,
        summary.requests / summary.seconds,
        summary.p50_ms,
        summary.p99_ms,
        used / summary.requests * 1e6,
    )


def _wrk(
    url: str, bodies: Sequence[str], connections: int, seconds: int, keys: Sequence[str]
) -> _Summary:
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("wrk makes the load and is not here: apt-get install wrk (Debian)")
    done = subprocess.run(
        [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(_LUA), url],
        env={
            **os.environ,
            "LOAD_BODIES": "\n".join(bodies),
            "LOAD_KEYS": "\n".join(keys),
        },
        capture_output=True,
        check=True,
        text=True,
        timeout=seconds + 60,
        preexec_fn=lambda: os.sched_setaffinity(0, LOAD_CORES),
    )
    found = json.loads(done.stdout.splitlines()[-1])
    if found["faults"] or not found["requests"]:
        raise RuntimeError(f"{url} did not answer everything with 2xx: {found}")
    return _Summary(found["requests"], found["seconds"], found["p50_ms"], found["p99_ms"])
