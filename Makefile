# make help lists what there is. Everything is installed into .venv; nothing else is touched.

VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=

# The first Python in range that really runs (a shim may exist and fail) and can make environments.
PROBE := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for python in python3.12 python3.13 python3.11 python3 python; do \
	$$python -c '$(PROBE)' >/dev/null 2>&1 && command -v $$python && break; done)

.DEFAULT_GOAL := help
.PHONY: help demo test check bench evaluate soak clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo '  ARGS="..." is handed on, for example: make test ARGS="-k sampler"'

demo: $(VENV)/.app ## open the app; ARGS go to app.py
	$(BIN)/python app.py --open $(ARGS)

test: $(VENV)/.dev ## run the tests, a real browser too; ARGS go to pytest
	chromium=$$($(BIN)/python tests/find_chromium.py --install) && \
	CHROMIUM="$$chromium" $(BIN)/python -m pytest $(ARGS)

soak: $(VENV)/.dev ## run the long tests
	chromium=$$($(BIN)/python tests/find_chromium.py --install) && \
	CHROMIUM="$$chromium" $(BIN)/python -m pytest -m soak $(ARGS)

check: $(VENV)/.dev ## format, lint, types, arrows between packages
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

bench: $(VENV)/.dev ## measure speed and memory; ARGS go to python -m benchmarks
	$(BIN)/python -m benchmarks $(ARGS)

evaluate: $(VENV)/.dev ## measure the quality of every shipped model
	$(BIN)/python -m training.evaluate $(ARGS)

clean: ## remove caches and test output; .venv, runs and data stay
	rm -rf .pytest_cache .ruff_cache .hypothesis .import_linter_cache test-results
	find app.py demo pipelines training benchmarks tests -name __pycache__ -prune \
		-exec rm -rf {} + 2>/dev/null || true

# pip is the last thing that venv writes, so an interrupted creation starts again.
$(BIN)/pip:
	@test -n "$(PYTHON)" || { echo "No usable Python found. Install Python 3.11, 3.12 or 3.13" \
		"with its venv module (Debian: apt-get install python3-venv), or run" \
		"make PYTHON=/path/to/python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The stamps are older than a changed requirements file, and only then pip runs again.
$(VENV)/.app: requirements.txt | $(BIN)/pip
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements.txt
	touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt | $(BIN)/pip
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements-dev.txt
	touch $(VENV)/.app $@
