# The portal's commands. `make` alone lists them; docs/installation.md explains what they need.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
PY := $(VENV)/bin/python
LOCAL := $(PY) -m vikhe_portal.local
# The first Python of 3.11 or newer that is installed; python3 stays the name in the sentence when there is none.
PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11,$(if $(shell $(p) -c 'import sys; sys.version_info >= (3, 11) and print(1)' 2>/dev/null),$(p))) python3)
ONLY ?=
SIZE ?=
SEEDS ?=
export PORT ?= 8000

.PHONY: help run test lint audit lock reset assets messages journey bench chaos security status clean tools venv venv-dev

help: ## list of commands
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

tools:
	@command -v $(PYTHON) >/dev/null || { echo "Thiếu Python 3.11 trở lên; hãy cài bằng lệnh: apt-get install python3 python3-venv" >&2; exit 1; }

venv: tools
	@$(PYTHON) -I vikhe_portal/local/bootstrap.py $(VENV) requirements.txt

venv-dev: tools
	@$(PYTHON) -I vikhe_portal/local/bootstrap.py $(VENV) requirements.txt requirements-dev.txt

run: venv ## the whole portal on this machine with a demonstration ward; PORT=8000
	@exec $(LOCAL) run

test: venv-dev ## every check and every test
	@exec $(LOCAL) verify

lint: venv-dev ## style, types and import rules only
	@exec $(LOCAL) verify --lint

lock: venv-dev ## pin and hash the requirements again
	@command -v uv >/dev/null || [ -x $(VENV)/bin/uv ] || { echo "Cần công cụ uv để khóa phiên bản; hãy cài bằng lệnh: $(PY) -m pip install uv" >&2; exit 1; }
	@PATH="$(VENV)/bin:$$PATH" uv pip compile --quiet --custom-compile-command "make lock" --universal --python-version 3.11 --generate-hashes --output-file requirements.txt requirements.in
	@PATH="$(VENV)/bin:$$PATH" uv pip compile --quiet --custom-compile-command "make lock" --universal --python-version 3.11 --generate-hashes --output-file requirements-dev.txt requirements-dev.in

reset: venv ## empty the data of `make run`
	@exec $(LOCAL) reset

status: venv ## what runs, and where its data lies
	@exec $(LOCAL) status

assets: venv ## build the front end
	@exec $(LOCAL) assets

messages: venv-dev ## renew the Vietnamese catalogues from the sources
	@exec $(LOCAL) with-services -- $(PY) manage.py messages

journey: venv-dev ## walk the plan's path through the portal in a browser
	@$(LOCAL) assets
	@exec $(LOCAL) with-services -- $(PY) -m tests.journey

bench: venv-dev ## measure; ONLY=name SIZE=n
	@exec $(LOCAL) with-services -- $(PY) -m tests.bench $(if $(ONLY),--only $(ONLY)) $(if $(SIZE),--size $(SIZE))

chaos: venv-dev ## kill things while they work; ONLY=name SEEDS=n
	@exec $(LOCAL) with-services -- $(PY) -m tests.chaos $(if $(ONLY),--only $(ONLY)) $(if $(SEEDS),--seeds $(SEEDS))

security: venv-dev ## the tests of security alone
	@exec $(LOCAL) with-services -- $(PY) -m pytest -m security -n 2 --dist worksteal

audit: venv-dev ## what the portal is built from; fails unless vulnerabilities could be looked up
	@exec $(LOCAL) audit --demand

clean: ## delete what can be built again (not the data of `make run`)
	@rm -rf $(VENV) node_modules assets/dist test-results .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
