"""`openoutcry doctor`: is this machine, and this data directory, fit for a venue?

Rule: a check changes nothing that a running venue could notice; the disk is timed in a folder of
its own, which is removed.
"""

from collections.abc import Iterator
from typing import Final

import typer
from rich.table import Table

from openoutcry.cli import kept, machine
from openoutcry.cli.finding import Finding, Verdict, ok, warn
from openoutcry.cli.options import AsJson
from openoutcry.cli.show import console, show_json
from openoutcry.gateway.guard import Auth
from openoutcry.settings import Settings, read_settings, unknown_names

_OWN_MACHINE: Final = ("127.0.0.1", "::1", "localhost")
_COLORS: Final = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}


def doctor(*, as_json: AsJson = False) -> None:
    """Check the machine, the settings and the data directory, and say what to do about each.

    Exit code 1 when a line says fail; warnings alone are 0.
    """
    findings = list(_findings(read_settings()))
    if as_json:
        show_json([_plain(finding) for finding in findings])
    else:
        table = Table(box=None, show_header=False, pad_edge=False)
        for finding in findings:
            color = _COLORS[finding.verdict]
            words = finding.found + (f" → {finding.advice}" if finding.advice else "")
            table.add_row(f"[{color}]{finding.verdict.value}[/{color}]", finding.subject, words)
        console().print(table)
    if any(finding.verdict is Verdict.FAIL for finding in findings):
        raise typer.Exit(1)


def _findings(settings: Settings) -> Iterator[Finding]:
    yield machine.python()
    yield machine.releases()
    yield machine.sqlite()
    yield machine.descriptors()
    yield _names()
    yield _reach(settings)
    yield machine.port(settings.host, settings.port)
    directory = settings.directory
    if directory is None:
        yield warn(
            "data directory", ":memory:", "nothing survives a restart; set OPENOUTCRY_DATA_DIR"
        )
        return
    yield kept.directory(directory)
    yield kept.admin_key(directory, is_set=bool(settings.admin_key))
    yield machine.space(directory)
    yield from machine.disk(directory)
    yield kept.lock(directory)
    yield from kept.journal(directory, settings.history_url)


def _names() -> Finding:
    unknown = unknown_names()
    if unknown:
        names = ", ".join(unknown)
        return warn("settings", f"unknown: {names}", "correct the spelling; they have no effect")
    return ok("settings", "can be used")


def _reach(settings: Settings) -> Finding:
    """Check that who can reach the venue needs a key, unless that is its own machine only."""
    found = f"listens on {settings.host}, OPENOUTCRY_AUTH={settings.auth.value}"
    if settings.auth is Auth.OPEN and settings.host not in _OWN_MACHINE:
        advice = "anybody who reaches the port trades on the demo account: OPENOUTCRY_AUTH=keys"
        return warn("access", found, advice)
    return ok("access", found)


def _plain(finding: Finding) -> dict[str, object]:
    return {
        "subject": finding.subject,
        "verdict": finding.verdict.value,
        "found": finding.found,
        "advice": finding.advice or None,
    }
