# COMO Club BFF. `make` lists the commands.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Two at a time, a file to each, the proofs of minutes first: most tests wait for servers more than for
# a processor.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
DEV := $(VENV)/.dev
RUNTIME := $(VENV)/.runtime
E2E := $(VENV)/.e2e

help:  ## list the commands
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Run
run: $(RUNTIME)  ## install, start the sandbox and the BFF, print where to click
	@exec $(BIN)/python scripts/run.py

##@ Check
test: $(DEV)  ## install and run every test but the browser's
	@$(PYTEST)

check: $(DEV)  ## the gate: format, lint, types, layers, schema, tests with coverage
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python scripts/export_schema.py --check
	$(PYTEST) --cov --cov-report=term --cov-fail-under=90

e2e: $(E2E) graphiql  ## drive a real browser through GraphiQL (needs npm and chromium)
	@$(BIN)/python scripts/find_chromium.py
	@$(BIN)/python -m pytest -m e2e tests/e2e

##@ Prove
audit: $(DEV)  ## other people's audits and clients, abuse, forgeries, generated queries (needs npm)
	@$(BIN)/python scripts/audit.py

codegen-check: | $(VENV)/bin/python  ## TypeScript, Swift and Kotlin from our schema, compiled where it can be (needs npm)
	@$(BIN)/python scripts/codegen_check.py

drill: $(DEV)  ## take upstreams away in every way, under load, and print what guests got (4 minutes)
	@$(BIN)/python -m scripts.drill

rollout: $(DEV)  ## replace both copies behind haproxy while members book (needs haproxy; about 7 minutes)
	@$(BIN)/python -m scripts.rollout

soak: $(DEV)  ## 20 minutes of load and passing faults: memory, sockets, tasks and threads stay flat
	@$(BIN)/python -m scripts.soak

chaos: $(DEV)  ## the proofs in full: killed processes, lost answers, storms; on both ledgers (more than an hour)
	@$(BIN)/python -m scripts.chaos --seed 1

bench: $(DEV)  ## bookings a second on each ledger, writes, a backlog drained (about five minutes)
	@$(BIN)/python -m benchmarks.bookings_per_second

mutants: $(DEV)  ## break the code on purpose: each proof must turn red (about a quarter of an hour)
	@$(BIN)/python -m scripts.mutants

##@ Build
schema: $(DEV)  ## write schema.graphql, and the picture of the saga, from the code
	$(BIN)/python scripts/export_schema.py
	$(BIN)/python scripts/draw_saga.py --write

graphiql: graphiql/dist/index.html  ## build the self-hosted GraphiQL (needs npm)

graphiql/dist/index.html: $(shell find graphiql -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
	@command -v npm >/dev/null || { echo "make graphiql: npm is needed (Node.js 20 or newer)"; exit 1; }
	cd graphiql && npm ci --no-audit --no-fund && npm run build

lock: $(DEV)  ## pin all requirements again, with hashes
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements/runtime.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --group dev -o requirements/dev.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --group e2e -o requirements/e2e.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header requirements/stand-ins.in -o requirements/stand-ins.txt

image:  ## build the container image (needs a Docker engine)
	docker build -t como-club-bff .

clean:  ## remove what was installed and built here
	rm -rf $(VENV) .run graphiql/dist graphiql/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, and $(PYTHON) is not there. Try: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) scripts/check_python.py
	@$(PYTHON) -m venv $(VENV) >/dev/null || { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment (Debian: apt-get install python3-venv)"; exit 1; }

# The pins are complete. Without --no-deps an older pip looks beyond them once a newer release of
# something with an extra is out, and then refuses it for want of a hash.
$(RUNTIME): requirements/runtime.txt | $(VENV)/bin/python
	@echo "Installing (pinned, hashed) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

$(DEV): requirements/dev.txt | $(VENV)/bin/python
	@echo "Installing (pinned, hashed) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@ $(RUNTIME)

$(E2E): requirements/e2e.txt $(DEV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

.PHONY: help run test check e2e audit codegen-check drill rollout soak chaos bench mutants schema graphiql lock image clean
