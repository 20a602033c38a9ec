"""The documents against the code: what they name exists, and what exists is named."""

import ast
import importlib
import re
from enum import Enum
from pathlib import Path

import msgspec
import pytest
from starlette.testclient import TestClient

from openoutcry.app import create_app
from openoutcry.gateway.native import market, routes
from openoutcry.gateway.native.admin import kill_switch, tiers
from openoutcry.gateway.native.admin.account_bodies import (
    ACCOUNT,
    ACCOUNT_CHANGE,
    DEPOSIT,
    KEY,
    RESET,
)
from openoutcry.gateway.native.admin.fields import LIMITS, MASS_QUOTE
from openoutcry.gateway.native.admin.instrument_bodies import INSTRUMENT, LISTING, PHASE
from openoutcry.gateway.native.bodies import AMEND, PLACE
from openoutcry.gateway.simple.order import SimpleOrder, SimpleStatus
from openoutcry.model.account import AccountStatus, Permission, PostingKind
from openoutcry.model.instrument import Phase
from openoutcry.model.order import OrderStatus, OrderType, PostOnly, Side, TimeInForce
from openoutcry.model.reasons import Reason
from openoutcry.settings import OF_COMMANDS, PREFIX, Settings
from openoutcry.wire import accounts, orders, venue
from openoutcry.wire import market as wire_market

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "openoutcry"
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "CHANGELOG.md"])
SIZES = {"KiB": 1024, "MiB": 1024**2}


def page(name):
    return (DOCS / name).read_text(encoding="utf-8")


def named_in(text):
    """Return every word that stands between backticks, outside of whole blocks of code."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return {word for code in re.findall(r"`([^`]+)`", text) for word in re.split(r"[ ,()|]+", code)}


OPERATIONS = page("OPERATIONS.md")
NATIVE = page("protocol/native.md")
SIMPLE = page("protocol/simple.md")


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_explained(name):
    variable = name.upper() if name in {"host", "port"} else f"{PREFIX}{name.upper()}"
    assert re.search(rf"^\| `{variable}` \|", OPERATIONS, re.MULTILINE), variable


def test_no_setting_is_invented():
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | OF_COMMANDS
    for path in PAGES:
        assert set(re.findall(rf"{PREFIX}[A-Z_]+", path.read_text())) <= known, path.name


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.value)
def test_every_reason_has_a_row(reason):
    assert re.search(rf"^\| `{reason.value}` \|", NATIVE, re.MULTILINE)


ENUMERATIONS = (
    Side, OrderType, TimeInForce, PostOnly, OrderStatus, Phase, AccountStatus, PostingKind,
    Permission,
)  # fmt: skip


@pytest.mark.parametrize("kind", ENUMERATIONS, ids=lambda kind: kind.__name__)
def test_every_value_of_an_enumeration_is_named(kind: type[Enum]):
    assert {member.value for member in kind} <= named_in(NATIVE)


def structs(module):
    kinds = vars(module).values()
    return [k for k in kinds if isinstance(k, type) and issubclass(k, msgspec.Struct)]


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for module in (accounts, orders, venue, wire_market)
        for kind in structs(module)
        if kind is not msgspec.Struct
    ],
    ids=lambda kind: kind.__name__,
)
def test_every_field_that_is_answered_is_named(kind):
    fields = {field.encode_name for field in msgspec.structs.fields(kind)} - {"items", "next"}
    assert fields - named_in(NATIVE) - set(re.findall(r'"(\w+)":', NATIVE)) == set()


ADMINISTRATION = (
    ACCOUNT, ACCOUNT_CHANGE, LIMITS, MASS_QUOTE, KEY, DEPOSIT, RESET, INSTRUMENT, LISTING, PHASE,
    kill_switch.BODY, tiers.BODY,
)  # fmt: skip


@pytest.mark.parametrize("body", [PLACE, AMEND, *ADMINISTRATION])
def test_every_property_that_may_be_sent_is_named(body):
    assert set(body) <= named_in(NATIVE)


NATIVE_CALLS = [(method, path) for method, path, _ in routes.TABLE] + [
    (call.method.upper(), call.path.removeprefix(routes.PREFIX)) for call in market.OPERATIONS
]


@pytest.mark.parametrize(("method", "path"), NATIVE_CALLS)
def test_every_native_call_has_a_row(method, path):
    assert f"`{method} {path.replace(':path', '')}`" in NATIVE


def test_the_simple_api_is_whole():
    assert set(SimpleOrder.__struct_fields__) <= named_in(SIMPLE)
    assert {status.value for status in SimpleStatus} <= named_in(SIMPLE)
    for call in (
        "GET /orders",
        "POST /orders",
        "GET /orders/{order_id}",
        "DELETE /orders/{order_id}",
    ):
        assert f"`{call}`" in SIMPLE


def modules():
    inside = [path for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"]
    files = [path for path in PACKAGE.glob("*.py") if not path.name.startswith("__")]
    return sorted(path.name for path in inside + files)


@pytest.mark.parametrize("name", modules())
def test_every_package_has_its_place_in_the_architecture(name):
    assert name in named_in(page("ARCHITECTURE.md"))


def test_every_file_that_the_architecture_names_exists():
    for name in re.findall(r"`([a-z_/]+\.py)`", page("ARCHITECTURE.md")):
        assert (PACKAGE / name).is_file(), name


def test_every_dependency_has_a_reason():
    wanted = re.findall(r"^([a-z-]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    for name in wanted:
        assert re.search(rf"^\| `{name}` \|", page("ARCHITECTURE.md"), re.MULTILINE), name


def maxima():
    """Return (file, name, value) of every constant that bounds something."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            target = getattr(node, "target", None)
            name = target.id if isinstance(target, ast.Name) else ""
            if re.fullmatch(r"[A-Z][A-Z0-9_]*_(MAX|KEPT)", name):
                place = path.relative_to(ROOT).with_suffix("")
                module = importlib.import_module(".".join(place.parts))
                found.append((str(path.relative_to(PACKAGE)), name, getattr(module, name)))
    return found


ROWS = {
    (file, name): value
    for name, value, file in re.findall(
        r"^\| `([A-Z0-9_]+)` \| ([^|]+) \| `([a-z0-9_/.]+)` \|", page("LIMITS.md"), re.MULTILINE
    )
}


def counted(text):
    """Return the number that a cell of the table says: `10,000`, `64 KiB`, `10 s`, `10**30`."""
    number, _, unit = text.strip().partition(" ")
    base, _, exponent = number.replace(",", "").partition("**")
    value = int(base) ** int(exponent) if exponent else float(base)
    return value * SIZES.get(unit, 1)


@pytest.mark.parametrize(("file", "name", "value"), maxima())
def test_every_maximum_is_listed_with_its_value(file, name, value):
    assert (file, name) in ROWS, "docs/LIMITS.md has a row for every maximum"
    assert counted(ROWS[file, name]) == value


@pytest.mark.parametrize(("file", "name"), sorted(ROWS))
def test_every_listed_limit_exists(file, name):
    module = importlib.import_module(".".join(("openoutcry", *Path(file).with_suffix("").parts)))
    assert counted(ROWS[file, name]) == getattr(module, name)


def test_every_metric_is_explained(tmp_path):
    with TestClient(create_app(Settings(data_dir=str(tmp_path), simulation="off"))) as client:
        text = client.get("/metrics").text
    kinds = dict(re.findall(r"^# TYPE (openoutcry_\w+) (\w+)$", text, re.MULTILINE))
    metrics = set(kinds)
    assert {kinds[name] for name in metrics if name.endswith("_total")} == {"counter"}
    assert {"openoutcry_orders_total", "openoutcry_disk_low"} <= metrics
    assert metrics <= named_in(OPERATIONS)
    assert set(re.findall(r"openoutcry_[a-z_]+", OPERATIONS)) <= metrics


def test_every_event_of_the_log_is_explained():
    said = set()
    for path in PACKAGE.rglob("*.py"):
        code = path.read_text(encoding="utf-8")
        said |= set(re.findall(r'log\.(?:info|warning|error|critical)\(\s*"(\w+)"', code))
        said |= set(re.findall(r'_Progress\("(\w+)"\)', code))
    assert "venue_stopped" in said
    assert said <= named_in(OPERATIONS)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_link_leads_nowhere(path):
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text(encoding="utf-8")):
        file, _, place = target.partition("#")
        if "://" in file:
            continue
        linked = path.parent / file if file else path
        assert linked.exists(), target
        if place:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert place in {heading.lower().replace(" ", "-") for heading in headings}, target
