# Every command sets up what it needs first; `make help` lists them.
PYTHON ?= python3
PORT ?= 8000
export PORT

python := .venv/bin/python
ready := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help demo requirements

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 14

$(ready): requirements-dev.txt
	@$(PYTHON) dev/preflight.py
	$(PYTHON) -m venv .venv
	$(python) -m pip install -qq --disable-pip-version-check --require-hashes --only-binary :all: -r $<
	@touch $@

requirements: ## pin requirements*.in again, with hashes (needs uv)
	$(pin) requirements.in -o requirements.txt
	$(pin) requirements-dev.in -o requirements-dev.txt

pin := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
