# Every target prepares what it needs, once. `make` alone prints this list.
.DEFAULT_GOAL := help
.PHONY: help demo dev test check bench docs format requirements clean

BIN := .venv/bin
PORT ?= $(or $(STOCKFLOW_PORT),8000)
STOCKFLOW_DATA_DIR ?= $(CURDIR)/data

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## Start StockFlow with a demo company on http://127.0.0.1:8000 (PORT, STOCKFLOW_DATA_DIR)
	@sh scripts/setup runtime
	@STOCKFLOW_PORT="$(PORT)" STOCKFLOW_DATA_DIR="$(STOCKFLOW_DATA_DIR)" $(BIN)/stockflow demo

dev: ## Serve the code as it is, restarting on every change, with readable logs
	@sh scripts/setup dev
	@STOCKFLOW_DATA_DIR="$(STOCKFLOW_DATA_DIR)" $(BIN)/stockflow migrate
	@STOCKFLOW_DATA_DIR="$(STOCKFLOW_DATA_DIR)" STOCKFLOW_LOG_FORMAT=console \
	  $(BIN)/uvicorn --factory stockflow.app:create_app --port $(PORT) \
	  --reload --reload-dir src --no-access-log

test: ## Run all tests
	@sh scripts/setup dev docs
	@$(BIN)/pytest -n auto $(ARGS)

check: ## Check format, lint, types, import arrows and that migrations match the models
	@sh scripts/setup dev docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python scripts/drift.py

bench: ## Measure, print a table, and write bench/results/
	@sh scripts/setup dev
	@$(BIN)/python -m bench $(ARGS)

docs: ## Build the documentation into site/
	@sh scripts/setup dev docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "The documentation is in site/index.html"

format: ## Format the code and fix what the linter can fix
	@sh scripts/setup dev docs
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

requirements: ## Choose versions anew for requirements/*.txt (ARGS=--upgrade for the newest)
	@sh scripts/setup dev docs
	@sh scripts/requirements $(ARGS)

clean: ## Remove the environment, caches and built files; the data directory stays
	@rm -rf .venv site dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache src/stockflow/web/static src/stockflow/web/node_modules
