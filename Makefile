# make demo        set up and run the demo
# make test        the whole check, as CI runs it
# make nightly     every test, those that take long too, and more kills: half an hour
# make fuzz        damaged files into every reader, for as long as FUZZ_INPUTS says
# make format      format the code
# make wheel-test  build the wheel and run the demo from it in an environment of its own
# make lock        write requirements/dev.txt anew (LOCK_OPTIONS=--upgrade: newer releases)
# make sbom        what the environment holds, as CycloneDX: build/sbom.json
# Variables: see scripts/setup.sh (PYTHON, TORCH, TORCH_INDEX) and below.

VENV ?= .venv
BIN := $(VENV)/bin
TOOLS := build/tools
# More than there are cores: some of what tests do is wait.
TEST_JOBS ?= 4
FUZZ_INPUTS ?= 100000
NIGHTLY_KILLS ?= 20
NIGHTLY_EXAMPLES ?= 5
SETUP := pyproject.toml setup.py scripts/setup.sh

.PHONY: demo test nightly fuzz format wheel-test lock sbom clean

demo: $(VENV)/.ready
	$(BIN)/worldmap demo

test: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n $(TEST_JOBS) --dist worksteal

nightly: $(VENV)/.ready-dev
	WORLDMAP_KILLS=$(NIGHTLY_KILLS) WORLDMAP_FULL_DISKS=all WORLDMAP_EXAMPLES=$(NIGHTLY_EXAMPLES) \
	    $(BIN)/python -m pytest -n $(TEST_JOBS) --dist worksteal -m ''

fuzz: $(VENV)/.ready-dev
	$(BIN)/python -m tests.fuzz --inputs $(FUZZ_INPUTS) --keep

format: $(VENV)/.ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

wheel-test: $(VENV)/.ready-dev
	scripts/wheel_test.sh $(BIN)/python

lock: $(TOOLS)/.ready
	UV=$(TOOLS)/bin/uv scripts/lock.sh $(LOCK_OPTIONS)

sbom: $(VENV)/.ready $(TOOLS)/.ready
	@mkdir -p build
	$(TOOLS)/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
	    --output-format JSON --output-file build/sbom.json $(BIN)/python
	$(BIN)/python scripts/sbom.py build/sbom.json

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.ready: $(SETUP)
	scripts/setup.sh $(VENV) view
	@touch $@

# Apart from $(VENV), which the bill of materials tells of.
$(TOOLS)/.ready: $(VENV)/.ready
	$(BIN)/python -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install -q 'cyclonedx-bom>=7,<8' 'uv>=0.9,<1'
	@touch $@

$(VENV)/.ready-dev: $(SETUP) requirements/dev.txt tests/interop/package-lock.json
	scripts/setup.sh $(VENV) dev
	@touch $@ $(VENV)/.ready
