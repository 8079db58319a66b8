# make run    everything on this machine, http://localhost:3000 (make run PORT=3100 DATA=/elsewhere DEMO=no)
# make test   everything: style, types, import contracts, unit, store, process and browser tests
# make lint   the first three of these
# make lock   new versions of the dependencies, with hashes and without addresses

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PORT ?= 3000
DATA ?= var
DEMO ?= yes
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: run test lint lock tools clean

run: $(READY)
	@exec $(BIN)/python -m workers up --port $(PORT) --data $(DATA) $(if $(filter no,$(DEMO)),--no-demo)

# Style, types and contracts are checked beside the tests and told after them; `make test` fails if either does.
test: $(READY) tools
	@$(MAKE) --no-print-directory lint >$(VENV)/lint.log 2>&1 & lint=$$!; \
	PATH="$(CURDIR)/$(BIN):$$PATH" .ci/tests; tests=$$?; \
	wait $$lint; lint=$$?; cat $(VENV)/lint.log; exit $$((tests | lint))

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

tools: $(READY)
	@.ci/browser

lock: $(READY)
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --upgrade \
		--no-header --no-annotate --output-file requirements.lock

clean:
	rm -rf $(VENV) .web .states .web-build.lock var .mypy_cache .pytest_cache .ruff_cache .hypothesis

# uv installs in 10 s what takes pip 40; where only pip knows the way (a mirror in its own settings), pip goes it.
$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Baton needs Python 3.11 or newer; there is none on the PATH."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python cannot make environments here (on Debian and Ubuntu: apt install python3-venv)."; exit 1; }
	@echo "Installing what is in requirements.lock ..."
	@awk '/^[^ ]/ { on = /^uv==/ } on' requirements.lock >$(VENV)/uv.lock
	@$(PIP) install --quiet --require-hashes --requirement $(VENV)/uv.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements.lock || \
		$(PIP) install --quiet --require-hashes --requirement requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
