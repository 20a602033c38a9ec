"""Every example of the README is run against a real venue, as a reader would run it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.venue import running_venue

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
WRITTEN_FOR = "127.0.0.1:8000"


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


CURLS = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("curl")]
PROGRAMS = blocks("python")


@pytest.fixture(scope="module")
def venue():
    with running_venue(EXECUTION_DELAY_MS=200) as started:
        yield started


def here(text, venue):
    assert WRITTEN_FOR in text, "an example talks to the venue that `make run` starts"
    return text.replace(WRITTEN_FOR, f"127.0.0.1:{venue.port}")


def test_there_are_examples_to_run():
    assert len(CURLS) >= 6
    assert len(PROGRAMS) >= 1


@pytest.mark.parametrize("command", CURLS)
def test_a_curl_example_is_answered_with_what_it_asked_for(venue, command):
    shown = subprocess.run(
        ["bash", "-c", here(command, venue)], capture_output=True, text=True, timeout=30, check=True
    )
    answer = json.loads(shown.stdout)
    assert "code" not in answer, answer


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_python_example_runs_to_its_end(venue, program):
    done = subprocess.run(
        [sys.executable, "-c", here(program, venue)],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert "EXECUTED" in done.stdout


def test_the_json_examples_are_json():
    for block in blocks("json"):
        json.loads(block)


def test_the_commands_of_the_readme_are_those_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text()
    for name in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{name}:", makefile, re.MULTILINE), name


def test_a_linked_page_is_there():
    for target in re.findall(r"\]\(((?:docs|benchmarks|LICENSE)[^)#]*)", README):
        assert (ROOT / target).exists(), target
