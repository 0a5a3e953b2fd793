.DEFAULT_GOAL := help
PY ?= python3
V  := .venv
V15 := .venv15
UV := $(V)/bin/uv
export DAGSTER_DISABLE_TELEMETRY := 1

.PHONY: help setup run schedule test test-duckdb15 test-pages test-machines test-spark thirty-days bench bench-concurrency bench-events bench-page fuzz audit licences sbom lint types imports docs pictures tasks lock

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

test: $(V)/.ready ## run the tests, a process for each core
	@$(V)/bin/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder tests

test-duckdb15: $(V)/.ready ## run the tests on DuckDB 1.5, in .venv15
	@test -x $(V15)/bin/python || $(PY) -m venv $(V15)
	@$(UV) pip install -q -p $(V15)/bin/python --require-hashes -r requirements.lock
	@$(UV) pip install -q -p $(V15)/bin/python --no-deps -e . 'duckdb>=1.5.5,<1.6'
	@$(V15)/bin/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder tests

test-pages: $(V)/.ready ## run the tests of every page and control in a browser (four minutes; needs chromium)
	@$(V)/bin/python -m pytest -q -n auto --dist loadfile -m pages tests/e2e

test-machines: $(V)/.ready ## run the tests of several servers at once: two nodes, Dagster on PostgreSQL, Spark (six minutes)
	@$(V)/bin/python -m pytest -q -m machines tests/integration

test-spark: $(V)/.ready ## run the tests on Spark, a master and two workers among them (needs Java 17; installs pyspark, 0.5 GB)
	@$(UV) pip install -q -p $(V)/bin/python -c requirements.lock -r pyproject.toml --extra spark
	@$(V)/bin/python -m pytest -q -m "" tests/integration/test_events_spark.py tests/integration/test_events_aggregate.py

thirty-days: $(V)/.ready ## thirty days of schedules on a moving clock, with their builds (ten minutes); writes thirty_days.md
	@THIRTY_DAYS=$(CURDIR)/thirty_days.md $(V)/bin/python -m pytest -q tests/integration/test_schedules.py

bench: $(V)/.ready ## every benchmark in one run, written to benchmarks/RESULTS.md (an hour; needs chromium)
	@$(V)/bin/python -m tools.results

bench-concurrency: $(V)/.ready ## readers against builds, builds against kill -9 (half an hour and more)
	@$(V)/bin/python -m tools.bench_concurrency

bench-events: $(V)/.ready ## dyad-days of 20 million events on Polars, DuckDB, pandas and, where `make test-spark` has put it, Spark
	@$(V)/bin/python -m tools.bench_events

bench-page: $(V)/.ready ## what a reader of the page waits for, beside plain Dash and Streamlit (a quarter of an hour; needs chromium)
	@$(V)/bin/python -m tools.bench_page

FUZZ_URL ?= http://127.0.0.1:8050
API_EXAMPLES ?= 50
fuzz: $(V)/.ready ## generated requests to every operation of the API of a running `make run` (minutes; fails on a 5xx)
	@$(UV) tool run -q --from schemathesis==4.32.5 schemathesis run $(FUZZ_URL)/api/v1/openapi.json --url $(FUZZ_URL)/api/v1 \
	  --checks not_a_server_error --phases fuzzing --mode all --max-examples $(API_EXAMPLES) --continue-on-failure --no-shrink --request-timeout 60

audit: $(V)/.ready licences ## known holes of the locked packages; asks a vulnerability service on the internet
	@$(UV) tool run -q --from pip-audit==2.10.1 pip-audit --strict --require-hashes --disable-pip -r requirements.lock \
	  || { echo "audit: holes were found, or not every package could be asked about (no way to the vulnerability service?)"; exit 1; }

licences: $(V)/.ready ## licences of what is installed; exceptions with their reasons are in tests/repo/test_security_page.py
	@$(UV) tool run -q --from pip-licenses==5.5.5 pip-licenses --python=$(V)/bin/python --from=mixed --order=license
	@$(V)/bin/python -m pytest -q tests/repo/test_security_page.py -k licence

sbom: $(V)/.ready ## write sbom.json, the packages of .venv as CycloneDX
	@$(UV) tool run -q --from cyclonedx-bom==7.5.0 cyclonedx-py environment $(V)/bin/python --pyproject pyproject.toml --of JSON -o sbom.json
	@echo sbom.json

lint: $(V)/.ready ## ruff
	@$(V)/bin/ruff check . && $(V)/bin/ruff format --check .

types: $(V)/.ready ## mypy --strict
	@$(V)/bin/mypy

docs: $(V)/.ready ## write the generated parts of docs/
	@$(V)/bin/python tools/docs.py

pictures: $(V)/.ready ## take the pictures of the docs from the page, in a headless browser
	@$(V)/bin/python -m tools.pictures

tasks: $(V)/.ready ## play an analyst's tasks in a headless browser; writes docs/tasks.md
	@$(V)/bin/python -m tools.tasks

imports: $(V)/.ready ## who may import whom
	@$(V)/bin/lint-imports

lock: $(V)/.ready ## pin the dependencies with hashes and without addresses
	@$(UV) pip compile -q pyproject.toml --group dev --generate-hashes --no-header --no-annotate --universal --no-strip-extras -o requirements.lock
	@! grep -n '://' requirements.lock
