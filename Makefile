# `make` lists the recipes. Each one brings its environment up to date first, which is quick when nothing changed.

VENV := .venv
BIN := $(VENV)/bin
DATA := .unisono
NODE_SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -type f -print 2>/dev/null)
# The first Python on the path that is new enough; a name without a working interpreter behind it is passed over.
PYTHON ?= $(shell for name in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	$$name -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$name && break; done)
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
LOCK = $(VENV)/lock/bin/uv pip compile --upgrade --quiet --generate-hashes --universal --python-version 3.11 \
	--no-header --no-annotate --no-emit-index-url

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## list the recipes
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

.PHONY: run
run: $(VENV)/run.stamp $(VENV)/bundle.stamp ## start Unisono with its demo networks; data lies in ./.unisono
	UNISONO_DATA_DIR=$(DATA) $(BIN)/unisono up --demo

.PHONY: test
test: $(VENV)/dev.stamp $(VENV)/bundle.stamp ## run all tests on SQLite, then those that touch the database on PostgreSQL
	$(BIN)/pytest -n 2 --dist loadgroup
	UNISONO_TEST_DATABASE=postgresql $(BIN)/pytest -n 2 tests/platform tests/areas tests/interfaces \
		tests/architecture/test_doors_api.py tests/architecture/test_doors_web.py \
		tests/architecture/test_who_sees_what.py tests/architecture/test_openapi_fuzzed.py

.PHONY: check
check: $(VENV)/dev.stamp ## check style, layers, types, migrations and lock files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	DJANGO_SETTINGS_MODULE=unisono.config.settings UNISONO_DATA_DIR=$(VENV)/check \
		$(BIN)/python -m django makemigrations --check --dry-run
	@! grep -nE '://|^ *-(i|f|-index-url|-extra-index-url|-find-links)\b' requirements/*.txt \
		|| { echo 'A lock file names where packages come from; run make lock.'; exit 1; }
	@! grep -nE '"resolved": *"' frontend/package-lock.json \
		|| { echo 'frontend/package-lock.json names where packages come from; see docs/adr/0007.'; exit 1; }

.PHONY: bench
bench: $(VENV)/dev.stamp $(VENV)/bundle.stamp ## measure list pages, imports and figures; docs/benchmarks.md explains
	$(BIN)/python bench/list_pages.py
	$(BIN)/python bench/bulk_edits.py
	$(BIN)/python bench/import_rows.py
	@if [ -x bench-env/bin/python ]; then PYTHONPATH=src bench-env/bin/python bench/graph.py; \
	else echo 'bench/graph.py compares with other packages: its first lines say how to make bench-env.'; fi

.PHONY: docs
docs: $(VENV)/dev.stamp ## write the generated pages of docs/reference anew
	$(BIN)/unisono docs write

.PHONY: bundle
bundle: $(VENV)/bundle.stamp ## build scripts and styles when a source changed

.PHONY: lock
lock: $(VENV)/lock.stamp ## renew the locked requirements, with hashes and without addresses
	$(LOCK) pyproject.toml --output-file requirements/run.txt
	$(LOCK) --group build --constraint requirements/run.txt --output-file requirements/build.txt
	$(LOCK) pyproject.toml --extra dev --constraint requirements/run.txt --constraint requirements/build.txt \
		--output-file requirements/dev.txt

.PHONY: clean
clean: ## remove the environment, the built bundle, caches and the demo data
	rm -rf $(VENV) $(DATA) build dist src/unisono/web/static/bundle frontend/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@[ -n "$(PYTHON)" ] || { echo 'Unisono needs Python 3.11 or newer with its venv module on the PATH.'; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Everything is installed from a lock with hashes, the build's own tools included; then this folder, in place.
$(VENV)/run.stamp: requirements/run.txt requirements/build.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes --requirement requirements/run.txt
	$(PIP) install --require-hashes --requirement requirements/build.txt
	$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	$(PIP) install --require-hashes --requirement requirements/dev.txt
	@touch $@

$(VENV)/bundle.stamp: $(NODE_SOURCES) | $(VENV)/bin/python
	$(BIN)/python frontend/build.py
	@touch $@

$(VENV)/lock.stamp: | $(VENV)/bin/python
	$(BIN)/python -m venv $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	@touch $@
