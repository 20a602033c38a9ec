"""Checks on the code itself: the house rules that no linter knows."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "openoutcry"
CORE = ("model", "matching", "risk", "ledger", "engine", "marketdata")

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
WEB_FILE_LINES_MAX = 300

# Words that fit everything, and so name nothing.
EMPTY_WORDS = {"base", "common", "handler", "helper", "manager", "misc", "service", "util"}
# The brackets keep this line from finding itself.
UNFINISHED = re.compile(r"\b(?:FIXM[E]|TOD[O]|XX[X])\b")
PINNED = re.compile(r"[A-Za-z0-9_.-]+(?:\[[a-z,]+\])?==[^\s;]+(?:\s*;.+)?")


def named(path):
    return str(path.relative_to(ROOT))


def every(paths):
    return pytest.mark.parametrize("path", sorted(paths), ids=named)


SOURCES = [ROOT / "main.py", *PACKAGE.rglob("*.py")]
CORE_SOURCES = [
    path
    for path in SOURCES
    if path.is_relative_to(PACKAGE)
    and path.relative_to(PACKAGE).parts[0].removesuffix(".py") in CORE
]
SCRIPTS = list((PACKAGE / "web").rglob("*.js"))
STYLES = list((PACKAGE / "web").rglob("*.css"))
PAGES = list((PACKAGE / "web").rglob("*.html"))
PROGRAMS = [
    path for folder in ("tests", "benchmarks", "examples") for path in (ROOT / folder).rglob("*.py")
]


@cache
def text_of(path):
    return path.read_text(encoding="utf-8")


@cache
def nodes_of(path):
    """Return every node of a file, which is parsed once for all the rules."""
    return list(ast.walk(ast.parse(text_of(path))))


def lines_where(path, is_wrong):
    return [node.lineno for node in nodes_of(path) if is_wrong(node)]


def words(name):
    """Split a name of either spelling into its words, in the singular."""
    snake = "".join(f"_{char.lower()}" if char.isupper() else char for char in name)
    return {word.removesuffix("s") for word in snake.split("_") if word}


@every(SOURCES)
def test_a_file_fits_in_one_sitting(path):
    assert len(text_of(path).splitlines()) <= FILE_LINES_MAX


@every(SOURCES)
def test_a_file_says_what_it_is_for(path):
    assert ast.get_docstring(nodes_of(path)[0])


@every(SOURCES)
def test_a_function_fits_on_a_screen(path):
    too_long = [
        node.name
        for node in nodes_of(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno >= FUNCTION_LINES_MAX
    ]
    assert too_long == []


@every(SOURCES)
def test_names_say_something(path):
    classes = [node.name for node in nodes_of(path) if isinstance(node, ast.ClassDef)]
    folders = path.relative_to(ROOT).parent.parts
    empty = [name for name in (*folders, path.stem, *classes) if words(name) & EMPTY_WORDS]
    assert empty == []


@every([*SOURCES, *PROGRAMS, *SCRIPTS, *STYLES, *PAGES])
def test_nothing_is_left_for_later(path):
    assert UNFINISHED.findall(text_of(path)) == []


def reads_environment(node):
    match node:
        case ast.Attribute(value=ast.Name(id="os"), attr="environ" | "getenv" | "environb"):
            return True
        case ast.ImportFrom(module="os", names=names):
            return any(alias.name in {"environ", "getenv", "environb"} for alias in names)
        case _:
            return False


@every(path for path in SOURCES if path != PACKAGE / "settings.py")
def test_only_the_settings_read_the_environment(path):
    assert lines_where(path, reads_environment) == []


def leaves_the_integers(node):
    match node:
        case ast.Name(id="float" | "complex" | "Decimal" | "Fraction"):
            return True
        case ast.Constant(value=value):
            return isinstance(value, float | complex)
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            return True
        case _:
            return False


@every(CORE_SOURCES)
def test_the_core_counts_in_integers(path):
    assert lines_where(path, leaves_the_integers) == []


def is_set(node):
    """Say whether an expression is visibly a set; one behind a name is left to the reviewer."""
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.BinOp(left=left, op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor()):
            return is_set(left) or is_set(node.right)
        case _:
            return False


def takes_order_from_a_set(node):
    match node:
        case ast.For(iter=source) | ast.comprehension(iter=source) | ast.Starred(value=source):
            return is_set(source)
        case ast.Call(func=ast.Name(id="list" | "tuple" | "iter" | "enumerate" | "zip" | "map")):
            return any(is_set(argument) for argument in node.args)
        case ast.Call(func=ast.Attribute(attr="fromkeys" | "extend" | "join")):
            return any(is_set(argument) for argument in node.args)
        case _:
            return False


@every(CORE_SOURCES)
def test_the_core_never_takes_an_order_from_a_set(path):
    # A comprehension has no line of its own, so what it reads names the place.
    found = [
        getattr(node, "lineno", None) or node.iter.lineno
        for node in nodes_of(path)
        if takes_order_from_a_set(node)
    ]
    assert found == []


@every([*SCRIPTS, *STYLES])
def test_a_file_of_the_page_fits_in_one_sitting(path):
    assert len(text_of(path).splitlines()) <= WEB_FILE_LINES_MAX


@every(SCRIPTS)
def test_a_script_of_the_page_says_what_it_is_for(path):
    assert text_of(path).startswith(("// ", "/*"))


@every(ROOT.glob("requirements*.txt"))
def test_every_requirement_is_pinned(path):
    lines = [line.partition(" #")[0].strip() for line in text_of(path).splitlines()]
    wanted = [line for line in lines if line and not line.startswith(("#", "-r "))]
    assert [line for line in wanted if not PINNED.fullmatch(line)] == []
