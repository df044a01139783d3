# Every target installs what it needs into .venv; nothing else has to be installed or started.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DATA   ?= .penstock
PORT   ?= 8080
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help up pages report test ui check bench prove prove-order prove-kills fuzz lock clean
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

up: pages ## Run Penstock with the demo retailer on http://127.0.0.1:$(PORT)
	@exec $(BIN)/penstock up --data $(DATA) --port $(PORT)

pages: $(VENV)/run.stamp ## Build the web pages, if their sources have changed
	@$(BIN)/python hatch_build.py

report: $(VENV)/run.stamp ## Print what happened to the demo's orders, and check the stock ledger
	@exec $(BIN)/penstock demo report --data $(DATA)

test: $(VENV)/dev.stamp pages ## Run all tests but those in a browser
	@$(BIN)/pytest --numprocesses 4 --dist loadfile

ui: $(VENV)/dev.stamp pages ## Check the web pages' types, and test them in a browser
	@$(BIN)/pytest tests/ui

check: $(VENV)/dev.stamp ## Lint, check formatting, types and import contracts
	@$(BIN)/ruff check --no-cache  # what an import sorts as depends on which other files there are
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/dev.stamp ## Measure reads and a backlog (rivals beside them), documents, writes, orchestration, latency, timers, growth, lists, events, sourcing, contention (shops beside it), availability, checkout, loads
	@$(BIN)/python -m bench

prove: $(VENV)/dev.stamp ## Prove that no unit is promised twice (20 seeded runs with races and kills)
	@$(BIN)/python -m bench.prove

prove-order: $(VENV)/dev.stamp ## Prove that events of a lane run in order (100,000 events, 16 connections, 4 workers)
	@$(BIN)/python -m bench.prove_order

prove-kills: $(VENV)/dev.stamp ## Prove that kills of worker, API, database and receiver lose and repeat nothing (10 minutes)
	@$(BIN)/python -m bench.prove_kills

fuzz: $(VENV)/dev.stamp ## Send 10,000 drawn and broken operations: no server error, nothing shown, nothing slow
	@$(BIN)/python -m bench.fuzz $(FUZZ)

lock: ## Pin the newest versions that pyproject.toml allows (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --extra build pyproject.toml -o requirements/run.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --extra build --extra dev pyproject.toml -o requirements/dev.lock

clean: ## Remove the environment and caches, not the data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis src/penstock/api/pages/built
	rm -rf frontend/node_modules tests/ui/node_modules tests/ui/browser tests/clients/node_modules tests/clients/generated
	rm -rf bench/postgraphile/server/node_modules bench/shops/*/node_modules bench/backlog/dbos/.environment

$(VENV)/python.stamp:
	@echo "Creating the Python environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Penstock needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run.stamp: $(VENV)/python.stamp requirements/run.lock pyproject.toml
	@echo "Installing Penstock (once; later starts are offline)"
	@$(PIP) install --require-hashes -r requirements/run.lock
	@$(BIN)/python hatch_build.py
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.lock
	@echo "Installing the developers' tools"
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@
