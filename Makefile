# Keepwell needs Python 3.11 or later (with venv), git and make. Everything else is installed here.
PYTHON ?= python3
VENV := .venv
UV := $(VENV)/bin/uv
export UV_LINK_MODE ?= copy
# Trust what the machine trusts: companies put certificates of their own between a laptop and the registry.
export UV_SYSTEM_CERTS ?= true

.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint types synth docs bench mutants up down lock

help: ## List what there is to do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(UV): requirements/uv.txt
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). Keepwell needs Python 3.11 or later: make PYTHON=python3.13 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"Keepwell needs Python 3.11 or later; {sys.executable} is {v[0]}.{v[1]}. Name another: make PYTHON=python3.13 $(MAKECMDGOALS)")'
	@echo "Installing into $(VENV): a minute or so, once." >&2
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $(UV)

$(VENV)/.installed: $(UV) requirements/dev.txt pyproject.toml
	@$(UV) pip sync --quiet --python $(VENV) --require-hashes requirements/dev.txt
	@$(UV) pip install --quiet --python $(VENV) --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(VENV)/.installed ## Install everything into .venv (implied by the others)

demo: setup ## The main job end to end on the local cloud, with 90 sample accounts
	@$(VENV)/bin/keepwell demo

up: setup ## Start the local cloud and keep it running
	@$(VENV)/bin/keepwell up

down: setup ## Stop the local cloud and remove its files
	@$(VENV)/bin/keepwell down

test: setup ## Every test
	@$(VENV)/bin/python -m pytest -n auto --dist loadgroup $(ARGS)

lint: setup ## Style, and what may import what
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/lint-imports --no-cache

types: setup ## Types, by mypy in its strict mode
	@$(VENV)/bin/mypy

check: setup ## What CI runs: lint, types, tests (the template and the docs are among the tests)
	@$(MAKE) --no-print-directory --jobs 2 lint types test

synth: setup ## The templates for AWS and for the local cloud, under build/synth
	@$(VENV)/bin/python -m infra.synth

docs: setup ## Write anew what is generated: default playbook, pictures, bill, command, conditions, metrics, plays
	@$(VENV)/bin/python -m keepwell.playbook.compiling
	@$(VENV)/bin/python -m infra.diagram
	@$(VENV)/bin/python -m infra.bill
	@$(VENV)/bin/python -m keepwell_cli.reference
	@$(VENV)/bin/python -m keepwell_cli.conditions
	@$(VENV)/bin/python -m keepwell_cli.metrics
	@$(VENV)/bin/python -m keepwell_cli.library

bench: setup ## Speed, as ratios against peers in one run
	@$(UV) pip install --quiet --python $(VENV) --require-hashes -r requirements/bench.txt
	@$(VENV)/bin/python -m tests.bench

mutants: setup ## Mutation testing of the language of conditions (half an hour)
	@$(UV) pip install --quiet --python $(VENV) --require-hashes -r requirements/mutation.txt
	@$(VENV)/bin/python -m tests.mutation

lock: setup ## Compile pyproject.toml's groups into requirements/
	@$(VENV)/bin/python -m infra.locks
