# What can be done with this repository. `make` lists it.
# Needs git, make, python3 (3.11 or newer) and python3-venv; everything else is installed from the locks.

PYTHON ?= python3
PORT ?= 8000
DATA ?= examples/photos/data

BIN := .venv/bin
EXAMPLES := $(wildcard examples/*/)
WHEEL_PYTHONS := 3.11 3.12 3.13 3.14

# A stamp names the content that it was made from, so a changed lock installs and an unchanged one costs nothing.
digest = $(firstword $(shell cat $(1) 2>/dev/null | sha256sum))
RUN_STAMP := .venv/run-$(call digest,requirements.lock pyproject.toml)
TEST_STAMP := .venv/test-$(call digest,requirements-dev.lock pyproject.toml)
CLIENT_STAMP := tests/client/node_modules/.locked-$(call digest,tests/client/package-lock.json)

# pyright and the JavaScript client find the locked Node.js here before any other.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup run test measure lint formatted ruff format types mypy pyright lock clean

help:  ## list these targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

setup: $(RUN_STAMP)  ## make .venv with the locked package: .venv/bin/mainspring works

run: setup  ## start the photo app, seeded, on 127.0.0.1 (PORT=8000 DATA=examples/photos/data)
	@export MAINSPRING_PORT='$(PORT)' MAINSPRING_DATA="$$(realpath -m -- '$(DATA)')" && cd examples/photos && \
		mainspring migrate up && python seed.py && exec mainspring serve

test: $(TEST_STAMP) $(CLIENT_STAMP)  ## install what the tests need and run them all
	@scripts/debian-packages tests/debian-packages.txt
	@scripts/run-tests

lint: formatted ruff  ## check the format and the style of the code

formatted: $(TEST_STAMP)
	ruff format --check .

ruff: $(TEST_STAMP)
	ruff check .

format: $(TEST_STAMP)  ## bring the code into its format and mend what can be mended
	ruff format .
	ruff check --fix .

types: mypy pyright  ## check the types with mypy and pyright, both strict

mypy: $(TEST_STAMP)
	mypy src
	@for example in $(EXAMPLES); do (cd "$$example" && echo "mypy $$example" && mypy --config-file $(CURDIR)/pyproject.toml .) || exit; done

pyright: $(TEST_STAMP)
	pyright

measure: $(RUN_STAMP)  ## time and load the photo app (needs Debian's wrk and an otherwise idle machine)
	@python benchmarks/measure.py

COMPILE := uv pip compile --quiet --universal --generate-hashes --no-build --no-header --annotation-style line --upgrade pyproject.toml
lock: $(TEST_STAMP)  ## write the locks anew from pyproject.toml and tests/client/package.json
	$(COMPILE) --group build --output-file requirements.lock
	$(COMPILE) --group build --group dev --constraint requirements.lock --output-file requirements-dev.lock
	npm install --prefix tests/client --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund --loglevel=error
	@scripts/check-wheels requirements-dev.lock $(WHEEL_PYTHONS)

clean:  ## remove what the other targets made, except stored data
	rm -rf .venv tests/client/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find src tests examples -name __pycache__ -prune -exec rm -rf {} +

$(RUN_STAMP):
	@scripts/install requirements.lock '$(PYTHON)'
	@touch $@

$(TEST_STAMP):
	@scripts/install requirements-dev.lock '$(PYTHON)'
	@touch $@ $(RUN_STAMP)

$(CLIENT_STAMP): $(TEST_STAMP)
	npm ci --prefix tests/client --no-audit --no-fund --loglevel=error
	@touch $@
