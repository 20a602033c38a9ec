# Every target sets up what it needs; a machine with Python 3.11 or later and make is enough.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check

# `make check` finds Node's tests by name; Node versions disagree on what a folder argument means.
WEB_TESTS = $(shell find tests/web -name '*.test.*js' 2>/dev/null | sort)
# Empty without Node, or with one too old to take a .js file for a module by itself.
NODE = $(shell node -p 'const [a, b] = process.versions.node.split("."); a > 20 || (a == 20 && b >= 19) ? "node" : ""' 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help setup run check test fix bench soak screenshot

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/dev.stamp $(VENV)/bin/openoutcry ## Create .venv with everything, the command `openoutcry` included

run: $(VENV)/run.stamp ## Start the venue on http://127.0.0.1:8000 (HOST and PORT change that)
	$(PY) -m openoutcry serve

check: $(VENV)/dev.stamp ## Check format, lint, types, imports, and run all tests
	$(PY) -m ruff format --check
	$(PY) -m ruff check
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
ifneq ($(and $(WEB_TESTS),$(NODE)),)
	$(NODE) --test $(WEB_TESTS)
else
	@echo "no recent Node here: the page's unit tests are left out"
endif
	$(PY) -m pytest -n 3 --dist loadfile

test: check ## The same as check

fix: $(VENV)/dev.stamp ## Repair format and lint where a machine can
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

bench: $(VENV)/dev.stamp ## Measure, side by side with plain baselines
	$(PY) -m benchmarks

soak: $(VENV)/dev.stamp ## Trade for long under faults and audit the books
	$(PY) -m tests.soak

screenshot: $(VENV)/dev.stamp ## Take pictures of the page with the system's Chromium
	$(PY) -m tests.browser.screenshot

# A stamp older than its lists of dependencies means: install again. `venv` repairs what exists.

$(VENV)/run.stamp: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/run.stamp
	$(PIP) -r requirements-dev.txt
	@touch $@

# Running and testing need no installed package, so only `setup` builds one.
$(VENV)/bin/openoutcry: pyproject.toml $(VENV)/run.stamp
	$(PIP) --no-deps --editable .
	@touch $@
