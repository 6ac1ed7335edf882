# make demo    set up and run the demo
# make test    the whole check, as CI runs it
# Variables: see scripts/setup.sh (PYTHON, TORCH, TORCH_INDEX) and below.

VENV ?= .venv
BIN := $(VENV)/bin
TEST_JOBS ?= 2
SETUP := pyproject.toml setup.py scripts/setup.sh

.PHONY: demo test format clean

demo: $(VENV)/.ready
	$(BIN)/worldmap demo

test: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n $(TEST_JOBS) --dist worksteal

format: $(VENV)/.ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.ready: $(SETUP)
	scripts/setup.sh $(VENV) view
	@touch $@

$(VENV)/.ready-dev: $(SETUP) tests/interop/package-lock.json
	scripts/setup.sh $(VENV) dev
	@touch $@ $(VENV)/.ready
