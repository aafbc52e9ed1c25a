# All that a newcomer or a maintainer types. `make` alone says what there is.
# Every target makes .venv first when it is missing or no longer what the locks say; nothing asks anything.
#
# Paths here are relative on purpose: the folder may have spaces in its name, which make cannot quote.

BULKHEAD := .venv/bin/bulkhead
PY := .venv/bin/python
NAME := windows

.PHONY: help setup demo test check format bench lock clean
.DEFAULT_GOAL := help

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1@\2/p' Makefile | awk -F@ '{printf "%-14s %s\n", $$1, $$2}'

setup: ## make .venv with everything in it (PYTHON=path/to/python3 chooses the interpreter)
	@tools/set-up

demo: setup ## a small seeded world with three crimes hidden in it, and its console; Ctrl-C ends it
	@$(BULKHEAD) demo

test: setup ## all tests (ARGS="-k merkle -x" goes to pytest)
	@$(PY) -m pytest $(ARGS)

check: setup ## style, types, layers and tidiness; changes nothing
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports --no-logo
	@$(PY) -m pytest -q tests/test_tidy.py

format: setup ## let ruff lay out and mend what it can
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

bench: setup ## one measurement as JSON: make bench NAME=windows
	@$(BULKHEAD) bench $(NAME) --json

lock: ## solve the dependencies anew and write both lock files
	@tools/lock

clean: ## remove what make and the tools made; the data in .bulkhead stays
	rm -rf .venv .venv-lock .bulkhead-cache build dist
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
