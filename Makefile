# What a person does with this project; "make" alone lists it. Nothing here ever asks a question.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

PORT ?= 8000
WORKERS ?= 2
export PYTHON MACHINE
# Where a machine forbids kept bytecode, each of the tests' many servers would compile the whole program anew, for seconds.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile
SOURCES := gridmediate tests benchmarks tools setup.py
PACKAGING := setup.cfg setup.py pyproject.toml requirements.in gridmediate/__init__.py
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input
WORDS := gridmediate/translations
BABEL := $(BIN)/pybabel --quiet
SPOKEN := --keyword=_l --keyword=lazy_gettext --keyword=lazy_pgettext:1c,2
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --no-config --generate-hashes --strip-extras \
	--allow-unsafe --resolver=backtracking --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

# A stamp is touched only after its whole recipe went through, so an interrupted installation is simply taken up again.
RUN_READY := $(VENV)/.ready-to-run
TEST_READY := $(VENV)/.ready-to-test

.PHONY: help run test check bench format words lock clean

help: ## list what can be made
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUN_READY) ## serve the demonstration street on http://127.0.0.1:8000 (PORT=…; HTTPS=1, HOST=0.0.0.0 for phones)
	@export GRIDMEDIATE_DEMONSTRATION=1 GRIDMEDIATE_PORT=$(PORT) GRIDMEDIATE_HOST=$(HOST) GRIDMEDIATE_HTTPS=$(HTTPS); $(BIN)/gridmediate demo && exec $(BIN)/gridmediate serve

test: $(TEST_READY) ## set up what tests need (Chromium, PostgreSQL, LibreOffice) and run every test (MACHINE=as-is: install nothing)
	@tools/prepare-machine
	@HYPOTHESIS_PROFILE=ci $(PYTEST)

check: $(TEST_READY) ## the fast lane: style, types, and the tests that need no browser, no PostgreSQL and no patience
	@$(BIN)/ruff check $(wildcard $(SOURCES))
	@$(BIN)/mypy
	@$(PYTEST) -m "not browser and not postgres and not slow"

bench: $(TEST_READY) ## run the benchmarks and print what was reached
	@$(BIN)/python -m benchmarks

format: $(TEST_READY) ## lay out the source and repair what can be repaired without thought
	@$(BIN)/ruff check --quiet --fix-only $(wildcard $(SOURCES))
	@$(BIN)/ruff format $(wildcard $(SOURCES))

words: $(RUN_READY) ## gather the pages' wording into the English catalogue and compile it; translate the .po, then run it again
	@gathered=$$(mktemp); trap 'rm -f "$$gathered"' EXIT; \
	$(BABEL) extract --mapping=babel.cfg $(SPOKEN) --ignore-dirs='.*' --no-location --sort-output --output="$$gathered" . ; \
	$(BABEL) update --input-file="$$gathered" --output-dir=$(WORDS) --locale=en --init-missing --no-fuzzy-matching \
		--ignore-obsolete --ignore-pot-creation-date --no-wrap
	@$(BABEL) compile --directory=$(WORDS) --statistics

lock: $(TEST_READY) ## pin the newest fitting versions of all dependencies, with hashes
	@$(COMPILE) --upgrade --output-file=requirements.lock requirements.in
	@$(COMPILE) --upgrade --output-file=requirements-build.lock requirements-build.in
	@$(COMPILE) --upgrade --output-file=requirements-dev.lock requirements-dev.in

clean: ## remove what was built or cached; the environment and the instance stay
	@rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis tests/artifacts
	@find gridmediate tests $(wildcard benchmarks) -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN_READY): requirements.lock requirements-build.lock $(PACKAGING)
	@tools/make-environment $(VENV)
	@echo "Installing gridmediate and what it needs into $(VENV) (once; some minutes on a slow line)"
	@$(INSTALL) --require-hashes -r requirements.lock -r requirements-build.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(TEST_READY): requirements-dev.lock $(RUN_READY)
	@echo "Installing what the tests need into $(VENV)"
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@
