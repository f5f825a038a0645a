# The few words of the house; `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help env demo run test check fix bench docs new-indicator baseline lock vendor

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := out/demo
AS_OF ?= 2024-12-31
SIZE ?= tiny
PORT ?= 8000
SCAN_DEMO = $(BIN)/lianfang scan $(DEMO)/data --mapping $(DEMO)/data/mapping.yaml --key-file $(DEMO)/demo.key --as-of $(AS_OF)

# Spark needs Java 17 or later. SPARK=0 leaves it out; so does a machine without Java, and the tests then say so.
JAVA := $(shell "$${JAVA_HOME:+$$JAVA_HOME/bin/}java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
SPARK ?= $(if $(shell [ "$(JAVA)" -ge 17 ] 2>/dev/null && echo yes),1,0)
LEFT_OUT := $(if $(and $(filter 0,$(SPARK)),$(filter command environment,$(origin SPARK))),LIANFANG_SKIP=spark)
INSTALLED := $(VENV)/.installed $(if $(filter 1,$(SPARK)),$(VENV)/.installed-spark)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LANGUAGE := lianfang/web/locale/en/LC_MESSAGES/django.mo

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## */\1	/p' $(MAKEFILE_LIST) | awk -F'\t' '{printf "make %-15s %s\n", $$1, $$2}'

env: $(INSTALLED) $(LANGUAGE) ## create .venv from the locks (SPARK=0 leaves Spark out)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "make env: Python 3.11 or later is needed ($(PYTHON) is older). Name one: make env PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "make env: this Python cannot create environments. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements/dev.txt pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes -r requirements/dev.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

# pyspark is published as source: it is built with the locked setuptools, not with one fetched for the occasion.
$(VENV)/.installed-spark: requirements/spark.txt | $(VENV)/.installed
	$(PIP) --require-hashes --no-build-isolation --use-pep517 -r requirements/spark.txt
	@touch $@

$(LANGUAGE): $(wildcard lianfang/web/locale/*/*.po) | $(VENV)/.installed
	$(BIN)/python -m lianfang.web.locale

demo: $(VENV)/.installed $(LANGUAGE) ## build the demonstration city and its office, show what the engine finds, open the site
	@rm -rf $(DEMO)
	$(BIN)/python -m lianfang.demo.office build --out $(DEMO) --size $(SIZE)
	$(SCAN_DEMO) --out $(DEMO)/run --format table --truth $(DEMO)/truth.json
	@$(BIN)/python -m lianfang.demo.office serve --out $(DEMO) --port $(PORT)

run: $(VENV)/.installed ## the engine's command, e.g. make run ARGS="scan my-folder"
	@$(BIN)/lianfang $(ARGS)

# The office's tests run on SQLite with all others, and once more on PostgreSQL where LIANFANG_TEST_POSTGRES names one.
test: env ## every test; ends with what was skipped and why (ARGS="-k name")
	@if [ -n "$${LIANFANG_TEST_POSTGRES:-}" ] && [ -z "$(ARGS)" ]; then \
	  LIANFANG_TEST_ON=postgres $(BIN)/python -m pytest -q -rs tests/web; fi
	$(LEFT_OUT) $(BIN)/python -m pytest -rs $(ARGS)

check: $(VENV)/.installed ## lint, format, types, layers, generated pages fresh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/house/test_layers.py tests/house/test_repository.py
	$(BIN)/lianfang docs --check docs/generated

fix: $(VENV)/.installed ## what lint and format can repair by themselves
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: env ## the benchmarks; each prints a ratio against a named peer
	@for file in $$(grep -l '^if __name__ == "__main__":' benchmarks/*.py); do \
	  echo "== $$file"; $(BIN)/python -m "benchmarks.$$(basename "$$file" .py)"; done

docs: $(VENV)/.installed ## write docs/generated anew from the catalogue and the tables
	$(BIN)/lianfang docs docs/generated

new-indicator: $(VENV)/.installed ## a new indicator's folder: FAMILY=procurement SLUG=what_is_seen
	@$(BIN)/lianfang new indicator "$(FAMILY)" "$(SLUG)"

baseline: $(VENV)/.installed ## findings per indicator over the demonstration data, against the snapshot (ARGS=--accept)
	@$(BIN)/python -m lianfang.demo.baseline $(ARGS)

# No package younger than a week: move the day forward when compiling anew.
NOT_AFTER ?= 2026-11-16T00:00:00Z
lock: $(VENV)/.installed ## compile requirements/*.txt from *.in, with hashes
	cd requirements && for name in engine web spark dev; do ../$(BIN)/uv pip compile $$name.in -o $$name.txt --quiet \
	  --universal --python-version 3.11 --generate-hashes --exclude-newer $(NOT_AFTER) --no-emit-index-url \
	  --no-emit-find-links --no-annotate --custom-compile-command "make lock"; done

vendor: $(VENV)/.installed ## copy what the pages load from its locked packages into the repository (needs node)
	npm ci --ignore-scripts
	$(BIN)/python -m lianfang.web.vendor
