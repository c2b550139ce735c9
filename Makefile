# Each target sets up what it needs in .venv on a fresh machine. `make LOCKED=1 test` and the like
# install the versions of requirements.lock, and otherwise the newest that the ranges allow.
# TORCH_INDEX=URL takes torch and torchvision from there: a build without CUDA's libraries, say.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
ifdef LOCKED
PIP += --constraint requirements.lock
LOCK := requirements.lock
KIND := -locked
endif
APP := .venv/.app$(KIND)
DEV := .venv/.dev$(KIND)
# An environment in the folder named, made anew where a part of one is all there is.
define environment
$(1)/bin/python -I -c 'import pip' >/dev/null 2>&1 || $(1)/bin/python -I -m ensurepip >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(1)
endef
MODULES := 'web/**/*.js' 'web/**/*.d.ts' 'tests/browser_modules/*.js' '*.js'
STRICT := $(wildcard web/kit/tsconfig.json web/*/view/tsconfig.json)
export OMP_WAIT_POLICY := PASSIVE

.PHONY: app class test site pictures bench bench-gpu fuzz record study size audit lint lint-python lint-types lint-js lock clean
.DELETE_ON_ERROR:

app: $(APP)
	$(BIN)/python -m cacr_core app

# To the room: prints the teacher's link and the followers'; docs/where.md.
class: $(APP)
	$(BIN)/python -m cacr_core class

test: lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 --dist worksteal --ignore tests/browser
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q tests/browser

bench: $(DEV)
	$(BIN)/python -m benchmarks

# How this machine's GPU trains, or its CPU where there is none: a table to send, docs/gpu.md.
bench-gpu: $(APP)
	$(BIN)/python -m benchmarks.gpu

fuzz: $(DEV)
	$(BIN)/python -m benchmarks.fuzz

# The recorded runs, lessons and article as a folder that a static host serves: site/index.html.
site: $(APP)
	$(BIN)/python -m web.frozen.site --out site

pictures: $(DEV)
	$(BIN)/python -m tools.pictures

record: $(APP)
	$(BIN)/python -m cacr_core record

study: $(APP)
	nice -n 19 $(BIN)/python -m cacr_core study

lint: lint-python lint-types lint-js

lint-python: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint-types: $(DEV)
	$(BIN)/mypy

# The tools are node's, and node comes with .venv where the machine has none.
lint-js: export PATH := $(CURDIR)/$(BIN):$(PATH)
lint-js: node_modules/.package-lock.json
	node_modules/.bin/prettier --check $(MODULES)
	node_modules/.bin/eslint --max-warnings 0 .
	node_modules/.bin/tsc -p .
	for strict in $(STRICT); do node_modules/.bin/tsc -p $$strict || exit 1; done

# The versions installed now, of what the two files of ranges ask for.
lock: $(DEV)
	$(BIN)/python -m tools.lock requirements.txt requirements-dev.txt > requirements.new
	mv requirements.new requirements.lock

# What is installed beside torch, and how large.
size: $(APP)
	$(BIN)/python -m tools.environment requirements.txt

# Known faults of the locked versions; asks the package index for them, in an environment apart.
audit:
	$(call environment,.venv/audit)
	.venv/audit/bin/python -m pip install --quiet 'pip-audit>=2.9,<3'
	.venv/audit/bin/python -m pip_audit --requirement requirements.lock --no-deps --disable-pip --strict

# All that make has made; runs and what was trained stay.
clean:
	rm -rf .venv node_modules build site *.egg-info requirements.new
	rm -rf .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(APP): requirements.txt $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 app")'
	$(call environment,.venv)
ifneq ($(TORCH_INDEX),)
	$(PIP) --no-compile --index-url '$(TORCH_INDEX)' $$(grep ^torch requirements.txt)
endif
	$(PIP) --no-compile -r requirements.txt
	-$(BIN)/python -m compileall -q -j 0 -x '[\\/]tests?[\\/]' .venv/lib
	touch $@

$(DEV): $(APP) requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m tests.browser.proxies
	$(BIN)/python -m tests.browser.axe
	touch $@

node_modules/.package-lock.json: export PATH := $(CURDIR)/$(BIN):$(PATH)
node_modules/.package-lock.json: package-lock.json .npmrc | $(DEV)
	$(BIN)/npm ci
	touch $@
