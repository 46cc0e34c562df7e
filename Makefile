# A newcomer needs two of these: `make demo` and `make test`.
# Needed on the machine: python3 (3.11 or newer), its venv module, make. Nothing else.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
ARGS ?=
MINUTES ?= 10
BIN := .venv/bin
NODE := tests/interop/node
EXPRESS := relying_parties/samples/express
PEER := tests/benchmarks/peer
# Wheels only: no compiler is needed, and no package's build script runs.
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
INSTALL := $(PIP) install --quiet --require-hashes --only-binary :all:
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' pyproject.toml

.PHONY: help install demo serve test fuzz rotation-drill faults bench check commands errors extras lock upgrade format specifications clean

help: ## this list
	@echo 'make demo and make test are all that a newcomer needs. Options go in ARGS, e.g.'
	@echo "  make demo ARGS='--port 8000 --no-browser'    make test ARGS='-k consent'"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: .venv/runtime.stamp ## install what a server needs into .venv; .venv/bin/idp is the program then

demo: .venv/runtime.stamp ## start the provider, two platforms and six citizens; Ctrl-C stops all
	@exec $(BIN)/idp demo $(ARGS)

serve: .venv/runtime.stamp ## serve the instance in IDP_HOME (made by `.venv/bin/idp init DIR`)
	@exec $(BIN)/idp serve $(ARGS)

test: .venv/dev.stamp $(NODE)/node_modules $(EXPRESS)/node_modules ## run all tests; with REQUIRE_ALL=1 a skipped test is a failure
	@exec $(BIN)/python -m pytest $(ARGS)

fuzz: .venv/dev.stamp ## try to break it for MINUTES (10), with what nobody thought of
	@exec $(BIN)/python -m tests.fuzz --minutes $(MINUTES) $(ARGS)

rotation-drill: .venv/dev.stamp ## rotate signing keys ten times under load, with a theft and many kills; prints figures
	@exec $(BIN)/python -m tests.drill $(ARGS)

faults: .venv/dev.stamp ## races, kill -9, overload, clocks apart: what is promised meanwhile, in figures (25 minutes)
	@exec $(BIN)/python -m tests.faults $(ARGS)

bench: .venv/dev.stamp $(PEER)/node_modules ## measure what logins cost; parts of it by ARGS='--only silent --rounds 5'
	@exec $(BIN)/python -m tests.benchmarks $(ARGS)

check: .venv/dev.stamp ## lint, format, types, import contracts, generated files, house rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tests.support.specifications --check
	$(BIN)/python -m tests.support.commands --check
	$(BIN)/python -m tests.support.error_codes --check
	$(BIN)/python -m pytest -q -n0 tests/test_house.py

format: .venv/dev.stamp ## format the code and mend what the linter can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

specifications: .venv/dev.stamp ## write SPECIFICATIONS.md anew from the marks in the tests
	$(BIN)/python -m tests.support.specifications

commands: .venv/dev.stamp ## write docs/commands.md anew from the commands themselves
	$(BIN)/python -m tests.support.commands

errors: .venv/dev.stamp ## write docs/errors.md anew from the tables of error codes
	$(BIN)/python -m tests.support.error_codes

lock: .venv/dev.stamp ## write the lock files anew from pyproject.toml, keeping versions that fit
	$(COMPILE) $(UPGRADE) --output-file requirements.txt
	$(COMPILE) $(UPGRADE) --constraint requirements.txt --all-extras --output-file requirements-extras.txt
	$(COMPILE) $(UPGRADE) --constraint requirements-extras.txt --all-extras --group dev --output-file requirements-dev.txt

upgrade: ## the same, with the newest version of everything
	@$(MAKE) lock UPGRADE=--upgrade

clean: ## remove the environment and every cache (no instance, no key)
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# The project runs in place: a relative .pth line and a small script, so nothing is built and the
# folder can be moved. The stamp is written last: an interrupted installation is begun again.
.venv/runtime.stamp: requirements.txt Makefile | python
	@[ -x $(BIN)/pip ] || $(PYTHON) -m venv .venv
	@echo 'Installing the locked requirements into .venv (once, a minute or two) ...'
	@$(INSTALL) -r requirements.txt
	@$(BIN)/python -c 'import pathlib, sysconfig; \
		here = "../../../.."; kit = here + "/relying_parties/"; \
		pathlib.Path(sysconfig.get_path("purelib"), "network_id_provider.pth").write_text( \
			"\n".join((here, kit + "sdk", kit + "simulator", "")))'
	@printf '%s\n' '#!/bin/sh' \
		'exec "$$(dirname "$$(readlink -f "$$0")")/python" -P -c "import sys; from idp.cli import main; sys.argv[0] = \"idp\"; sys.exit(main())" "$$@"' \
		> $(BIN)/idp
	@printf '%s\n' '#!/bin/sh' \
		'exec "$$(dirname "$$(readlink -f "$$0")")/python" -P -c "import sys; from network_id_simulator.cli import main; sys.argv[0] = \"networkid\"; sys.exit(main())" "$$@"' \
		> $(BIN)/networkid
	@chmod 755 $(BIN)/idp $(BIN)/networkid
	@touch $@

extras: .venv/runtime.stamp ## install what only some instances need: a hardware module, traces
	@$(INSTALL) -r requirements-extras.txt

.venv/dev.stamp: requirements-dev.txt .venv/runtime.stamp
	@echo 'Installing the locked development requirements into .venv (once) ...'
	@$(INSTALL) -r requirements-dev.txt
	@touch $@

.PHONY: python
python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo 'Python 3.11 or newer is needed, and "$(PYTHON)" is not that. Name another one:' >&2; \
		echo '  make $(MAKECMDGOALS) PYTHON=/usr/bin/python3.11' >&2; exit 1; }

# One interoperability test and one sample are of Node (20 or newer), and what `make bench` compares
# with runs in one of its own. Without npm the rest is tested, and measured, all the same.
$(NODE)/node_modules $(EXPRESS)/node_modules $(PEER)/node_modules: %/node_modules: %/package-lock.json
	@if command -v npm >/dev/null && npm ci --prefix $* --ignore-scripts --no-audit --no-fund --silent; \
	then touch $@; else echo 'No packages for Node: what needs them ($*) is left out.'; fi
