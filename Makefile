# Everything that is done to this project is done by one of these targets; continuous integration calls them too.
# Needs make and a Python of at least 3.11; the rest is installed into .venv, exactly as requirements.lock names it.

PYTHON ?= python3
PORT ?= 8000
DEMO ?= fieldtrace-demo
KAFKA_PORT ?= 9092
WORKERS ?= 2
ARGS =
TITLE =
CONCEPT = ownership

READY = .venv/.ready
BIN = .venv/bin
FAST = not postgres and not slow and not soak

.PHONY: help setup run test check format lint types contracts fast bench soak jars kafka cluster mutate docs pictures openapi lock adr clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## install what is missing into .venv (all others do this first)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "This needs Python 3.11 or newer, and $(PYTHON) is `$(PYTHON) --version 2>&1`." >&2; \
		echo "Name a newer one: make setup PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

run: $(READY) ## make the demo company, once, and serve it (PORT=8000 DEMO=fieldtrace-demo)
	$(BIN)/fieldtrace demo --port $(PORT) --keep $(DEMO)

test: $(READY) ## run every test this machine can (ARGS="-k claim" WORKERS=0; FIELDTRACE_REQUIRE=all forbids skipping)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: $(READY) lint types contracts fast ## format, lint, types, contracts and the fast tests

format: $(READY) ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(READY) ## see that the code is in its form
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY) ## check the types (pyright, strict)
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright --project pyproject.toml

contracts: $(READY) ## check who imports whom
	$(BIN)/lint-imports --no-logo

fast: $(READY) ## run the tests that take no database and no time
	$(BIN)/python -m pytest -q -m "$(FAST)" $(ARGS)

bench: $(READY) ## measure, and print each figure beside its floor
	$(BIN)/python -m benchmarks $(ARGS)

soak: $(READY) ## run the tests that last
	$(BIN)/python -m pytest -m soak $(ARGS)

jars: ## fetch a Kafka broker for tests and development (needs Maven; 45 MB, once)
	@sh tests/broker/fetch.sh

kafka: $(READY) jars ## run a Kafka broker until Ctrl-C (KAFKA_PORT=9092)
	$(BIN)/python -m tests.broker $(KAFKA_PORT)

cluster: $(READY) jars ## run every part as a process, with Kafka, until Ctrl-C (ARGS="--demo 5" tells it a story first)
	$(BIN)/python -m tests.cluster $(ARGS)

mutate: $(READY) ## change the rules of one concept and see a test fail (CONCEPT=ownership)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check mutmut==3.8.1
	$(BIN)/mutmut run "domain.$(CONCEPT).*"
	@echo "Mutants that live (show one with $(BIN)/mutmut show NAME):"
	@$(BIN)/mutmut results | grep "domain\.$(CONCEPT)\..*survived" || echo "    none"

docs: $(READY) ## write the pages that come from the code
	$(BIN)/python -m tests.tools.write_docs

pictures: $(READY) ## take the pictures of the console that the docs show
	$(BIN)/python -m tests.tools.take_pictures

openapi: $(READY) ## write the schema of the HTTP door
	$(BIN)/python -m tests.tools.write_openapi

lock: $(READY) ## pin what pyproject.toml asks for (ARGS=--upgrade takes the newest)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url \
		--no-emit-find-links --custom-compile-command "make lock" --extra parquet --extra traces --group dev $(ARGS) \
		--output-file requirements.lock pyproject.toml

adr: ## begin a decision page (TITLE="Rows are facts or spans")
	@sh docs/decisions/new.sh "$(TITLE)"

clean: ## take away what was installed and built (never your data)
	rm -rf .venv build dist mutants .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
