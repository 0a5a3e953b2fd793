.DEFAULT_GOAL := help
PY ?= python3
V  := .venv
UV := $(V)/bin/uv
export DAGSTER_DISABLE_TELEMETRY := 1

.PHONY: help setup run schedule test lint types docs lock

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(V)/.ready: requirements.lock pyproject.toml
	@test -x $(V)/bin/python || $(PY) -m venv $(V)
	@test -x $(UV) || $(V)/bin/python -m pip install -q --disable-pip-version-check uv
	@$(UV) pip install -q -p $(V)/bin/python --require-hashes -r requirements.lock
	@$(UV) pip install -q -p $(V)/bin/python --no-deps -e .
	@touch $@

setup: $(V)/.ready ## make the environment in .venv

run: $(V)/.ready ## build if needed, then the dashboard on http://127.0.0.1:8050
	@$(V)/bin/dyadwatch up

schedule: $(V)/.ready ## Dagster's UI and daemon on port 3000, the daily schedule on
	@mkdir -p .dyadwatch/dagster && DAGSTER_HOME=$(CURDIR)/.dyadwatch/dagster $(V)/bin/dagster dev -h 127.0.0.1 -p 3000 -m orchestration.definitions

test: $(V)/.ready ## run the tests
	@$(V)/bin/python -m pytest -q tests

lint: $(V)/.ready ## ruff
	@$(V)/bin/ruff check . && $(V)/bin/ruff format --check .

types: $(V)/.ready ## mypy --strict
	@$(V)/bin/mypy

docs: $(V)/.ready ## write the generated parts of docs/
	@$(V)/bin/python tools/docs.py

imports: $(V)/.ready ## who may import whom
	@$(V)/bin/lint-imports

lock: $(V)/.ready ## pin the dependencies with hashes and without addresses
	@$(UV) pip compile -q pyproject.toml --group dev --generate-hashes --no-header --no-annotate --universal --no-strip-extras -o requirements.lock
	@! grep -n '://' requirements.lock
