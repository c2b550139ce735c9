# Each target sets up what it needs in .venv on a fresh machine.
PYTHON ?= python3
BIN := .venv/bin
MODULES := 'web/**/*.js' 'web/**/*.d.ts' 'tests/browser_modules/*.js' '*.js'
export OMP_WAIT_POLICY := PASSIVE

.PHONY: app test bench fuzz record study lint lint-js clean
.DELETE_ON_ERROR:

app: .venv/.app
	$(BIN)/streamlit run app.py

test: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 --dist worksteal --ignore tests/browser
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q tests/browser

bench: .venv/.dev
	$(BIN)/python -m benchmarks

fuzz: .venv/.dev
	$(BIN)/python -m benchmarks.fuzz

record: .venv/.app
	$(BIN)/python -m cacr_core record

study: .venv/.app
	nice -n 19 $(BIN)/python -m cacr_core study

# The tools are node's, and node comes with .venv where the machine has none.
lint-js: export PATH := $(CURDIR)/$(BIN):$(PATH)
lint-js: node_modules/.package-lock.json
	node_modules/.bin/prettier --check $(MODULES)
	node_modules/.bin/eslint --max-warnings 0 .
	node_modules/.bin/tsc -p .
	node_modules/.bin/tsc -p web/kit

clean:

.venv/.app: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 app")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/.dev: .venv/.app requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m tests.browser.axe
	touch $@

node_modules/.package-lock.json: export PATH := $(CURDIR)/$(BIN):$(PATH)
node_modules/.package-lock.json: package-lock.json .npmrc | .venv/.dev
	npm ci
	touch $@
