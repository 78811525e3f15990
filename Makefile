# Two commands do all set-up: `make demo` runs the main job, `make test` passes the tests.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
export YIHU_CACHE_DIR ?= $(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/yihu

.DEFAULT_GOAL := help
.PHONY: help setup setup-test demo run test check format clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup: ## install everything that running needs (system packages, Python, Asterisk, models, pages)
	@docker/install-system.sh run
	@docker/install-python.sh "$(PYTHON)" main
	@docker/install-asterisk.sh
	@docker/install-web.sh
	@$(BIN)/yihu models fetch
	-@$(BIN)/yihu prompts build

setup-test: ## install what the tests need besides
	@docker/install-system.sh run test
	@docker/install-python.sh "$(PYTHON)" main dev
	@docker/install-asterisk.sh
	@docker/install-web.sh
	@$(BIN)/yihu models fetch
	@$(BIN)/yihu models fetch whisper-base
	-@$(BIN)/yihu prompts build

demo: setup ## start the demo site, place three simulated calls, stay up (Ctrl-C stops all)
	@exec $(BIN)/yihu demo

run: setup ## start the centre without simulated calls
	@exec $(BIN)/yihu run

test: setup-test ## run the whole suite: unit, integration, Asterisk, browser
	@docker/with-node.sh npm --prefix agent_desk/web test
	@$(BIN)/python -m pytest

check: setup-test ## format, lint, types, import layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@docker/with-node.sh npm --prefix agent_desk/web run check
	@docker/lint.sh

format: ## put the code into the house's format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean: ## remove what can be built again; runtime data (var/) and the cache stay
	@rm -rf .venv .node artefacts agent_desk/web/dist agent_desk/web/node_modules
