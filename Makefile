# `make` lists everything.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
PILE ?=
ARGS ?=
SECONDS ?= 600

.PHONY: help install demo up check lint types imports unit test test-long fuzz bench bench-peers accuracy dashboards docs lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

install: $(VENV)/.installed ## install docmill and its locked dependencies into .venv

$(VENV)/.installed: requirements.lock pyproject.toml scripts/install.sh
	@PYTHON="$(PYTHON)" sh scripts/install.sh $(VENV)

demo: install ## start the platform, push the example pile through it, show what comes out (PILE=folder: your own files)
	@$(BIN)/python examples/demo.py $(if $(PILE),--pile "$(PILE)") $(ARGS)

up: install ## start the platform: API on 127.0.0.1:8080
	@$(BIN)/docmill up $(ARGS)

check: lint types imports unit ## lint, types, import contracts, unit tests (a minute)

lint: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: install
	$(BIN)/mypy

imports: install
	$(BIN)/lint-imports --no-cache

unit: install
	$(BIN)/pytest -q tests/unit tests/stages tests/architecture tests/docs

test: check ## everything: check, then contract, API and flow tests on the embedded platform
	$(BIN)/pytest -q tests/contract tests/api tests/flow tests/fuzz tests/simulation

test-long: install ## what takes too long for every day: all hostile files by every way, 2,000 documents, 100 rounds
	DOCMILL_TEST_LONG=1 $(BIN)/pytest -q tests/contract tests/flow tests/simulation

fuzz: install ## look for input that breaks a parser, SECONDS=600
	@end=$$(($$(date +%s) + $(SECONDS))); while [ $$(date +%s) -lt $$end ]; do \
		DOCMILL_FUZZ_EXAMPLES=400 $(BIN)/pytest -q tests/fuzz || exit 1; done

bench: install ## measure speed and cost, write bench/results.md
	$(BIN)/python -m bench $(ARGS)

bench-peers: install ## docmill beside Docling, Unstructured and others (installed under build/peers), write bench/peers.md
	$(BIN)/python -m bench.peers $(ARGS)

accuracy: install ## measure the values on the labelled documents, write bench/accuracy.md
	$(BIN)/python -m bench.accuracy $(ARGS)

dashboards: install ## write the Grafana dashboards of deploy/dashboards anew
	$(BIN)/python scripts/make_dashboards.py

docs: install ## write the generated pages of docs/ anew
	$(BIN)/python scripts/make_docs.py

lock: install ## write requirements.lock anew from pyproject.toml
	sh scripts/lock.sh $(BIN)/uv

clean: ## remove what make made
	rm -rf $(VENV) out build .mypy_cache .ruff_cache .pytest_cache .hypothesis
