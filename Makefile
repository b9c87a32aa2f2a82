# make demo         a local Bento and a real Airflow, the example DAGs run, what arrived is shown (ONCE=1: and stop)
# make test         the whole test suite
# make check        ruff, mypy, import contracts
# make sandbox      a local Bento alone
# make bench        measurements, with the machine's name
# make prove        the delivery promise, tried many thousand times
# make screenshots  the pictures of docs/images, taken anew
# make lock         pin the versions that all of the above run with

.DEFAULT_GOAL := help
.PHONY: help demo test check sandbox bench prove screenshots lock clean

PYTHON ?= $(shell for name in python3.12 python3.11 python3.13 python3; do \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$name && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ONCE ?=
ARGS ?=

help:
	@sed -n 's/^# //p' Makefile

$(READY): pyproject.toml tests/requirements/dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; set PYTHON=/path/to/it"; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) (a minute at most) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r tests/requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)
	@$(BIN)/python tests/demo/demo.py $(if $(ONCE),--once)

test: $(READY)
	@$(BIN)/python -m pytest $(ARGS)

check: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --config setup.cfg

sandbox: $(READY)
	@$(BIN)/python -m airflow_provider_bento.sandbox $(ARGS)

bench: $(READY)
	@for question in tests/benchmarks/bench_*.py; do echo; echo "== $$question"; $(BIN)/python $$question || exit 1; done

prove: $(READY)
	@$(BIN)/python tests/prove/prove.py $(ARGS)

screenshots: $(READY)
	@SCREENSHOTS=docs/images $(BIN)/python -m pytest -m browser $(ARGS)

lock: | $(BIN)/uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --all-extras \
		pyproject.toml tests/requirements/dev.in -o tests/requirements/dev.txt

$(BIN)/uv:
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

clean:
	@rm -rf .demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build *.egg-info
