# `make` lists everything.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
PILE ?=
ARGS ?=

.PHONY: help install demo up check lint types imports unit test bench accuracy docs lock clean

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
	$(BIN)/pytest -q tests/contract tests/api tests/flow

bench: install ## measure speed and cost, write bench/results.md
	$(BIN)/python -m bench $(ARGS)

accuracy: install ## measure the values on the labelled documents, write bench/accuracy.md
	$(BIN)/python -m bench.accuracy $(ARGS)

docs: install ## write the generated pages of docs/ anew
	$(BIN)/python scripts/make_docs.py

lock: install ## write requirements.lock anew from pyproject.toml
	sh scripts/lock.sh $(BIN)/uv

clean: ## remove what make made
	rm -rf $(VENV) out build .mypy_cache .ruff_cache .pytest_cache .hypothesis
