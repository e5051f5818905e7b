# Bellwether. `make` alone lists what there is to do.

.DEFAULT_GOAL := help
.PHONY: help setup run test test-fast test-security test-deep mutants check generate audit sbom previews bench bench-pipeline bench-scale bench-signals bench-alerts bench-texts kafka up down lock format

# The project's own environment is used by path, so an active one is neither needed nor changed.
unexport PYTHONHOME PYTHONPATH
# What is compiled is kept, or every process would compile the tests and the code anew.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
STAMP := .venv/.installed
COMPOSE := docker compose

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(STAMP) ## Create .venv with everything in requirements.lock (needs only Python 3.11+ and a network)

$(STAMP): requirements.lock pyproject.toml .ci/setup .ci/uv.txt
	@bash .ci/setup
	@touch $@

run: setup ## Start everything with a simulated company, no Docker needed; Ctrl-C stops it (ARGS=... passes options)
	@$(BIN)/bellwether up --demo $(ARGS)

# Three processes on two cores, as tests of whole systems wait a good part of their time.
test: setup ## Run the tests, first adding PostgreSQL, promtool and Chromium where that needs no password (ARGS=... passes options)
	@bash .ci/packages postgresql prometheus chromium
	@$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --durations 30 $(ARGS)

test-fast: setup ## Run what a developer runs all day: unit and contract tests, and storage on SQLite
	@$(BIN)/python -m pytest tests/unit tests/contract tests/storage --numprocesses 2 --dist loadfile -m "not slow" \
		-k "not postgres" $(ARGS)

test-security: setup ## Attack for longer than `make test` has time for: fuzzing, every secret one by one, larger organisations
	@HYPOTHESIS_EXAMPLES=1000 $(BIN)/python -m pytest tests/security tests/audit --deep -s $(ARGS)

test-deep: setup ## Compare all of the real mail under two keys, and as it comes with at the end; `make test` takes its first weeks
	@$(BIN)/python -m pytest tests/storage/test_names.py tests/storage/test_nothing_from_after.py --deep $(ARGS)

mutants: setup ## Break the code line by line, in a copy, and see whether the tests notice (ARGS='--drawn 200' draws lines)
	@$(BIN)/python -m tests.mutants $(ARGS)

check: setup ## Check style, types, import directions and that what is generated is up to date
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/bellwether generate --check
	@if command -v shellcheck >/dev/null; then shellcheck .ci/run .ci/setup .ci/packages .ci/secrets .ci/audit; fi

generate: setup ## Write the dashboards, alert rules and pages that are made from code
	@$(BIN)/bellwether generate

audit: setup ## Look up known vulnerabilities of everything in requirements.lock; fails where it cannot know
	@bash .ci/audit

sbom: setup ## Write sbom.json, a CycloneDX bill of materials of the environment, and sbom.txt, the licence of each package
	@$(BIN)/cyclonedx-py environment .venv --pyproject pyproject.toml --output-reproducible --validate \
		--output-file sbom.json
	@$(BIN)/python -m tests.licences --output sbom.txt

previews: setup ## Draw dashboards and console as they look on the demo, into docs/previews (needs Prometheus and Chromium)
	@$(BIN)/python -m tests.previews $(ARGS)

bench: bench-pipeline bench-scale ## Measure events per CPU-second of each stage, and how scoring grows with the company

bench-pipeline: setup ## Only the events per CPU-second
	@$(BIN)/python -m tests.bench $(ARGS)

bench-scale: setup ## Only how scoring grows from 1,000 people to 100,000 (an hour, 16 GB of temporary files)
	@$(BIN)/python -m tests.bench.scale

bench-signals: setup ## Measure the signals on real labelled data and write docs/evaluation.md (a few minutes)
	@$(BIN)/python -m tests.bench.evaluation $(ARGS)

bench-alerts: setup ## Measure the alert rule on made-up companies and write docs/alert-quality.md (KINDS=, SEEDS=, MODE=text|metadata; hours)
	@$(BIN)/python -m tests.bench.alerts --kinds "$(KINDS)" --seeds "$(SEEDS)" --mode "$(MODE)" $(ARGS)

bench-texts: setup ## Measure how asks are read on the labelled texts, as it ships and by the grammar (HALF=tuning|kept)
	@$(BIN)/python -m tests.bench.texts $(HALF)

kafka: setup ## Start Apache Kafka from Maven's jars (needs Java 17+ and Maven); Ctrl-C stops it
	@$(BIN)/python -m tests.broker.kafka $(ARGS)

up: ## Build and start the whole deployment in Docker (COMPOSE_PROFILES=demo adds the simulated company)
	@bash .ci/secrets
	@$(COMPOSE) up --build --detach

down: ## Stop the Docker deployment; its data stays in volumes
	@$(COMPOSE) --profile demo down

lock: setup ## Resolve requirements.lock again from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --generate-hashes \
		--python-version 3.11 --no-emit-index-url --custom-compile-command "make lock" \
		--output-file requirements.lock --quiet $(ARGS)

format: setup ## Rewrite the code in the house style
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format
