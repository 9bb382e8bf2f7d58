# `make help` lists the targets. A fresh machine needs Python 3.11 or newer and make; everything else is fetched and locked.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(if $(shell command -v $(name)),$(name))))
BIN := .venv/bin
T ?= tests
# Two files at a time. In CI what tests print (counts, seeds, tables) is shown at the end.
PYTEST_FLAGS ?= --numprocesses 2 --dist loadfile

.PHONY: help run test lint format generate generate-check breaking land bench lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv/run.stamp: requirements/run.lock pyproject.toml clients/python/authsvc-protos/pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what the server needs into .venv …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e clients/python/authsvc-protos -e .
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements/dev.lock
	@echo "Installing what the tests need into .venv …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@

.venv-stubs/stamp: requirements/stubs.lock
	@test -x .venv-stubs/bin/python || $(PYTHON) -m venv .venv-stubs
	@.venv-stubs/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/stubs.lock
	@touch $@

run: .venv/run.stamp ## Serve on the embedded store with a demo tenant
	@exec $(BIN)/authsvc serve --dev

LOCKS := tests/support/go/go.sum requirements/stubs.lock requirements/mesh.lock clients/go/go.sum clients/go/generators/go.sum \
	clients/java/pom.xml clients/typescript/package-lock.json bench/peer/package-lock.json

build/toolchains.stamp: .venv/dev.stamp $(LOCKS)
	@$(BIN)/python -m tests.support.toolchains
	@touch $@

test: .venv/dev.stamp ## Lint, then run every test (T=path for some of them)
	@$(MAKE) --no-print-directory --jobs 2 lint build/toolchains.stamp
	$(BIN)/python -m pytest $(PYTEST_FLAGS) $(T)

lint: .venv/dev.stamp ## Style, types, contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code
	@test ! -f protos/landed.binpb || $(BIN)/buf breaking --against protos/landed.binpb

format: .venv/dev.stamp ## Bring code and protos into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/buf format --write

generate: .venv/dev.stamp .venv-stubs/stamp ## Write the stubs of every language anew
	$(BIN)/python tools/generate.py all

generate-check: .venv/dev.stamp .venv-stubs/stamp ## Fail when a stub is stale
	$(BIN)/python tools/generate.py check

breaking: .venv/dev.stamp ## Hold the contract against the last landed one
	$(BIN)/buf breaking --against protos/landed.binpb

land: .venv/dev.stamp ## Take today's contract as the landed one; say so in CHANGELOG.md
	$(BIN)/buf build --as-file-descriptor-set --exclude-source-info --output protos/landed.binpb

bench: .venv/dev.stamp ## Measure the hot path beside a bare server in the same run
	$(BIN)/python -m bench

lock: .venv/dev.stamp ## Lock the dependencies anew
	for name in run dev stubs mesh; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
			requirements/$$name.in --output-file requirements/$$name.lock; \
	done

clean: ## Remove what was built or fetched
	rm -rf .venv .venv-* build
