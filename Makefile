# make demo         a local Bento and a real Airflow, the example DAGs run, what arrived is shown (ONCE=1: and stop)
# make quick        the fast tests of api, delivery and the architecture, in under a minute on two cores
# make test         the whole test suite
# make test-oldest  what touches Airflow, on the oldest Airflow that is supported (2.11)
# make check        ruff, mypy, import contracts, the documentation site
# make site         the documentation site on http://127.0.0.1:8000
# make sandbox      a local Bento alone
# make installs     the wheel into Airflow 2.11 to 3.3, each under its own constraints, with uv and with pip
# make engines      Airflow on Celery, PostgreSQL, Redis and object storage over HTTP: the limit kept, parts killed
# make matrix       the tests with the wheel, in Airflow 2.11 to 3.3 on Python 3.11 to 3.13; ARGS=--corners: quickly, in three
# make clients      Bento's own clients, unmodified, against the sandbox; needs node, npm and ruby
# make bench        measurements, with the machine's name
# make prove        the delivery promise, tried many thousand times
# make screenshots  the pictures of docs/images, taken anew
# make release      sdist and wheel of the last commit, built twice and checked; prints what to upload
# make lock         pin the versions that all of the above run with

.DEFAULT_GOAL := help
.PHONY: help demo quick test test-oldest check installs matrix sandbox engines clients bench prove screenshots site workflows \
	release lock clean

PYTHON ?= $(shell for name in python3.12 python3.11 python3.13 python3; do \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$name && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
OLDEST := .venvs/airflow-2
OLDEST_READY := $(OLDEST)/.ready
ON_OLDEST := $(addprefix tests/unit/, assets operators decorators hooks stores sources links plugins transfers notifications sensors triggers \
	connection/test_connection_airflow.py connection/test_form.py sync/test_folder.py test_provider_info.py \
	test_version_compat.py)
ENGINES := .venvs/engines
ENGINES_READY := $(ENGINES)/.ready
NODE_CLIENTS := .venvs/node-clients
NODE_READY := $(NODE_CLIENTS)/.ready
LINTER := .venvs/workflow-linter
LINTER_READY := $(LINTER)/.ready
QUICK := tests/unit/api tests/unit/delivery tests/architecture
ONCE ?=
ARGS ?=

help:
	@sed -n 's/^# //p' Makefile

$(READY): pyproject.toml airflow_provider_bento/__init__.py tests/requirements/dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; set PYTHON=/path/to/it"; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) (a minute at most) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r tests/requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(OLDEST_READY): $(READY) tests/requirements/airflow-2.txt
	@mkdir -p $(OLDEST)
	@if $(BIN)/python -c 'import sys; sys.exit(sys.version_info >= (3, 13))'; then \
		echo "Setting up $(OLDEST) with Airflow 2.11 ..." && \
		$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(OLDEST) && \
		$(BIN)/uv pip install --quiet --python $(OLDEST)/bin/python -r tests/requirements/airflow-2.txt && \
		$(BIN)/uv pip install --quiet --python $(OLDEST)/bin/python --no-deps --no-build-isolation --editable .; \
	else echo "Airflow 2.11 knows no Python 3.13: what needs it is skipped"; fi
	@touch $@

$(ENGINES_READY): $(READY) tests/requirements/engines.txt
	@echo "Setting up $(ENGINES) with Airflow, Celery and an S3 server ..."
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(ENGINES)
	@$(BIN)/uv pip install --quiet --python $(ENGINES)/bin/python -r tests/requirements/engines.txt
	@$(BIN)/uv pip install --quiet --python $(ENGINES)/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)
	@$(BIN)/python tests/demo/demo.py $(if $(ONCE),--once)

quick: $(READY)
	@$(BIN)/python -m pytest -q -n auto --dist=worksteal -m "not slow" $(or $(ARGS),$(QUICK))

# What runs the shared Airflow mostly waits, so the others run beside it, on every core, each file on one of them, and
# then what uses a browser alone. They give way to it: Airflow's tasks and pages have time-outs. Its report comes last.
test: $(OLDEST_READY)
	@export PYTHON_WITH_AIRFLOW_2=$$(ls $(CURDIR)/$(OLDEST)/bin/python 2>/dev/null); \
	$(if $(strip $(ARGS)),exec $(BIN)/python -m pytest $(ARGS);) \
	report=$$(mktemp); \
	$(BIN)/python -m pytest -m system --durations=10 >"$$report" 2>&1 & beside=$$!; \
	nice $(BIN)/python -m pytest -n auto --dist=loadscope -m "not system and not browser and not engines"; first=$$?; \
	$(BIN)/python -m pytest -m "browser and not system"; second=$$?; \
	wait $$beside; third=$$?; cat "$$report"; rm -f "$$report"; \
	exit $$((first + second + third))

test-oldest: $(OLDEST_READY)
	@$(OLDEST)/bin/python -m pytest $(or $(ARGS),$(ON_OLDEST))

check: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --config setup.cfg
	@mkdir -p build && NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build >build/site.log 2>&1 || { cat build/site.log; exit 1; }

site: $(READY)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve $(ARGS)

installs: $(READY)
	@$(BIN)/python tests/installs/installs.py $(ARGS)

matrix: $(READY)
	@$(BIN)/python tests/matrix/matrix.py $(ARGS)

sandbox: $(READY)
	@$(BIN)/python -m airflow_provider_bento.sandbox $(ARGS)

engines: $(ENGINES_READY)
	@$(ENGINES)/bin/python -m pytest $(or $(ARGS),tests/engines)
	@$(ENGINES)/bin/python -m pytest tests/conformance -k S3

$(NODE_READY): tests/clients/node/package-lock.json
	@mkdir -p $(NODE_CLIENTS) && cp tests/clients/node/package.json tests/clients/node/package-lock.json $(NODE_CLIENTS)
	@npm ci --silent --no-audit --no-fund --prefix $(NODE_CLIENTS)
	@touch $@

clients: $(READY) $(NODE_READY)
	@$(BIN)/python tests/clients/clients.py $(ARGS)

bench: $(READY)
	@for question in tests/benchmarks/bench_*.py; do echo; echo "== $$question"; $(BIN)/python $$question || exit 1; done

prove: $(READY) $(ENGINES_READY)
	@$(BIN)/python tests/prove/prove.py $(ARGS)

screenshots: $(READY)
	@SCREENSHOTS=docs/images $(BIN)/python -m pytest -m browser $(ARGS)

$(LINTER_READY): tests/release/node/package-lock.json
	@mkdir -p $(LINTER) && cp tests/release/node/package.json tests/release/node/package-lock.json $(LINTER)
	@npm ci --silent --no-audit --no-fund --prefix $(LINTER)
	@touch $@

workflows: $(LINTER_READY)
	@NODE_PATH=$(LINTER)/node_modules node tests/release/node/lint.cjs $(or $(ARGS),.github/workflows/*.yml)

release: $(READY)
	@$(BIN)/python tests/release/release.py $(ARGS)

lock: | $(BIN)/uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --all-extras \
		pyproject.toml tests/requirements/dev.in -o tests/requirements/dev.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --all-extras \
		pyproject.toml tests/requirements/airflow-2.in -o tests/requirements/airflow-2.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --all-extras \
		pyproject.toml tests/requirements/engines.in -o tests/requirements/engines.txt

$(BIN)/uv:
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

clean:
	@rm -rf .demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build *.egg-info
