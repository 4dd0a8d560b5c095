# Every command sets up what it needs first.
PYTHON ?= python3
PORT ?= 8000
export PORT

python := .venv/bin/python
ready := .venv/.ready
pin := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

.DEFAULT_GOAL := help
.PHONY: help demo test smoke chaos audit bench sbom lint messages requirements

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 14

demo: $(ready) ## the portal with demo tenants, a worker, the schedule and the sandbox; Ctrl-C stops it all (PORT=8000)
	@$(python) -m dev demo

test: $(ready) ## all tests, browser tests included (ONLY=tests/webhooks for some)
	@$(python) -m dev chromium
	@$(python) -m pytest -q -n 3 --dist worksteal $(ONLY)

smoke: $(ready) ## the main job over HTTP, from invitation to reported conversion; its last line is JSON
	@$(python) -m dev smoke

chaos: $(ready) ## signed webhooks while web and workers are killed, then all accounted for; its last line is JSON (COUNT=50000, ONLY=applications or faults)
	@$(python) -m dev chaos

audit: $(ready) ## the long security runs: matrix, hostile addresses, canaries, swaps, pooled connections; a table of counts
	@$(python) -m dev audit

bench: $(ready) ## what the portal does against its limits and peers, in one run (ONLY=intake)
	@$(python) -m dev bench

lint: $(ready) ## style, types, import contracts, templates, missing migrations, messages, security and deploy checks
	@$(python) -m dev lint

sbom: $(ready) ## what production installs, with hashes and licences, as CycloneDX in var/sbom.json
	@$(python) -m dev sbom

messages: $(ready) ## gather what customers read into the catalogues of locale/, and compile them
	@$(python) -m dev messages

requirements: ## pin requirements*.in again, with hashes (needs uv)
	$(pin) requirements.in -o requirements.txt
	$(pin) requirements-dev.in -o requirements-dev.txt

# The file names every dependency; pip, left to follow extras itself, would take a newer release without a hash.
$(ready): requirements-dev.txt
	@$(PYTHON) dev/preflight.py
	$(PYTHON) -m venv .venv
	$(python) -m pip install -qq --disable-pip-version-check --require-hashes --no-deps --only-binary :all: -r $<
	@touch $@
