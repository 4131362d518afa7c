# Everything a checkout can do. Only Python 3.11+ with pip, make and git are needed; the rest is set up in .venv.
#   make run     the demo company on http://127.0.0.1:8000
#   make test    the tests, a real browser among them
#   make faults  kills, power cuts, full disks and their like, fifty times as often as make test (hours)
#   make check   format, lint, types, layers, lock files
# PYTHON=python3.12 chooses the interpreter, JOBS=4 how many tests run at once, ARGS="..." goes to the program.

PYTHON ?= python3
JOBS ?= 2
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV_VERSION := 0.13.9

.DEFAULT_GOAL := help
.PHONY: help run test faults check check-format check-lint check-types check-layers check-files bench lock format clean chromium

help:
	@sed -n 's/^#   //p' Makefile

run: $(VENV)/.run
	@$(BIN)/burnline demo $(ARGS)

test: $(VENV)/.dev chromium
	$(BIN)/python -m pytest -n $(JOBS) $(ARGS)

faults: $(VENV)/.dev
	FAULT_FACTOR=50 $(BIN)/python -m pytest -s $(or $(ARGS),tests/faults)

check: check-format check-lint check-types check-layers check-files

check-format: $(VENV)/.dev
	$(BIN)/ruff format --check --quiet . || { echo "Type: make format"; exit 1; }

check-lint: $(VENV)/.dev
	$(BIN)/ruff check .

check-types: $(VENV)/.dev
	$(BIN)/mypy

check-layers: $(VENV)/.dev
	$(BIN)/lint-imports --no-logo

check-files: $(VENV)/.dev
	$(BIN)/python -m tools.check

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench $(ARGS)

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Pins what requirements/*.in ask for. Change a line there, then run this; ARGS=--upgrade takes newer versions of all.
lock: $(VENV)/.run
	$(PIP) install uv==$(UV_VERSION)
	$(BIN)/python -m tools.lock $(ARGS)

clean:
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find app tests tools migrations -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- set-up: a stamp a step, renewed when what it was made from changes

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Burnline needs Python 3.11 or newer, but $(PYTHON) is: $$($(PYTHON) --version 2>&1 || echo not there)."; \
	  echo "Name another one, for example: make run PYTHON=python3.12"; exit 1; }
	@echo "Setting up $(VENV) (once)"
	@$(PYTHON) -m venv $(VENV) || { echo "On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements/run.txt requirements/build.txt pyproject.toml tools/metadata.py
	@echo "Installing what Burnline runs on (once, about a minute)"
	@$(PIP) install --require-hashes -r requirements/build.txt -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@echo "Compiling hot loops for this machine (once)"
	@$(BIN)/python -c 'from app.actions import warm; warm.up()'
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	@echo "Installing what the tests need (once, about a minute)"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

# The tests of pages drive Debian's Chromium, or Chrome.
chromium:
	@command -v chromium chromium-browser google-chrome >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Chromium (once)"; \
	    apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium >/dev/null; \
	  else \
	    echo "The tests drive a real browser, and there is no Chromium or Chrome. Type this, then make test again:"; \
	    echo "  sudo apt-get install chromium"; exit 1; \
	  fi; }
