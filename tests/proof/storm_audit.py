"""What a storm left behind, read from the journal: one effect for each request, and no other.

The journal is applied from zero, heard by the auditor, and searched by the request ids that every
copy carried. What is found must be what was answered.
"""

from collections import defaultdict
from contextlib import closing
from pathlib import Path

from openoutcry.engine.engine import Engine
from openoutcry.journal.directory import DataDirectory
from openoutcry.journal.record import decode
from openoutcry.model import commands
from openoutcry.model import events as told
from openoutcry.model.reasons import Reason
from tests.auditor import Auditor
from tests.proof.storm_requests import DRAWN
from tests.proof.verdict import BATCH

COMMANDS = {
    ("POST", "/orders"): commands.EnterOrder,
    ("PATCH", "/orders/{order_id}"): commands.AmendOrder,
    ("DELETE", "/orders/{order_id}"): commands.CancelOrder,
    ("DELETE", "/orders"): commands.CancelAllOrders,
    ("POST", "/orders/batch"): commands.EnterOrder,
    ("POST", "/orders/group"): commands.EnterGroup,
    ("PUT", "/cancel-after"): commands.SetCancelAfter,
    ("POST", "/account/reset"): commands.ResetAccount,
    ("DELETE", "/positions/{symbol:path}"): commands.EnterOrder,
    ("POST", "/admin/accounts"): commands.OpenAccount,
    ("PATCH", "/admin/accounts/{account_id}"): commands.ChangeAccount,
    ("POST", "/admin/accounts/{account_id}/reset"): commands.ResetAccount,
    ("POST", "/admin/accounts/{account_id}/keys"): commands.AddKey,
    ("DELETE", "/admin/keys/{key_id}"): commands.RevokeKey,
    ("POST", "/admin/accounts/{account_id}/deposits"): commands.Deposit,
    ("POST", "/admin/instruments"): commands.ListInstrument,
    ("PATCH", "/admin/instruments/{symbol:path}"): commands.ChangeInstrument,
    ("DELETE", "/admin/instruments/{symbol:path}"): commands.DelistInstrument,
    ("PUT", "/admin/instruments/{symbol:path}/phase"): commands.SetPhase,
    ("POST", "/admin/trades/{trade_id}/bust"): commands.BustTrade,
    ("PUT", "/admin/tiers/{name}"): commands.SetTier,
    ("PUT", "/admin/kill-switch"): commands.ThrowKillSwitch,
}
"""What each call becomes in the journal; a keyed batch begins with a record of its own."""
assert COMMANDS.keys() == DRAWN.keys()
REFUSALS = (told.CommandRefused, told.OrderRejected, told.CancelRejected, told.ReplaceRejected)
IN_THE_WAY = {
    Reason.UNKNOWN_ACCOUNT, Reason.UNKNOWN_ORDER, Reason.NOT_FOUND, Reason.ALREADY_EXISTS,
    Reason.ORDERS_RESTING, Reason.ALREADY_BUSTED, Reason.POSITIONS_OPEN,
}  # fmt: skip
"""Refusals that settle nothing: what is in the way, or not there, may be otherwise next time."""


def audit(data_dir, verdicts, status):
    """Hold the journal against what was answered; return how many records it has."""
    with (
        closing(DataDirectory(Path(data_dir))) as directory,
        closing(directory.open_journal()) as journal,
    ):
        records = [decode(stored) for stored in journal.read(0, 10**9)]
    engine, auditor = Engine(), Auditor()
    by_number = defaultdict(list)
    for record in records:
        engine.apply(record.entry)
        auditor.hear(record)
        number, _, copy = (record.entry.request_id or "").partition(".")
        if copy:
            by_number[int(number.removeprefix("r"))].append(record)
        if record.last == status["sequence"]:
            assert engine.digest() == status["digest"], "the journal is what the venue had in mind"
    engine.check()
    auditor.compare(engine)
    known = {verdict.asked.number for verdict in verdicts}
    assert by_number.keys() <= known, "nothing happened that nobody asked for"
    for verdict in verdicts:
        _compare(verdict, by_number[verdict.asked.number])
    return len(records)


def _compare(verdict, records):
    """Hold what became of one request against what it was answered."""
    route = verdict.asked.route
    allowed = {COMMANDS[route]} | ({commands.BeginBatch} if route == BATCH else set())
    assert {type(record.entry.command) for record in records} <= allowed, verdict
    effects = [record for record in records if not _is_in_the_way(route, record)]
    assert len(effects) == _effects_of(verdict), (verdict, effects)
    acted = {record.entry.request_id for record in effects}
    for copy, is_replayed in verdict.answered.items():
        assert (copy in acted) is not is_replayed, (
            f"{copy} says that it did what it did not: {verdict}"
        )
    if effects:
        assert verdict.settled[1] == max(record.last for record in effects), (verdict, effects)
    elif not verdict.settled:
        assert verdict.in_the_way, f"it was answered with something: {verdict}"


def _effects_of(verdict):
    """Return how many records a request should have become."""
    if verdict.settled is None:
        return 0
    if verdict.asked.route != BATCH:
        return 1
    entered = sum(one["status"] in (201, 422) for one in verdict.content["results"])
    return entered + (verdict.asked.key is not None)


def _is_in_the_way(route, record):
    first = record.events[0] if record.events else None
    if not isinstance(first, REFUSALS):
        return False
    is_order = COMMANDS[route] in (commands.EnterOrder, commands.EnterGroup)
    unlisted = first.reason is Reason.UNKNOWN_INSTRUMENT and not is_order
    return first.reason in IN_THE_WAY or unlisted
