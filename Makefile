# make run    the demonstration, on http://127.0.0.1:8000/ or another PORT; EMPTY=1: the published plan alone
# make build  what a server in earnest runs and serves: packages, styles, static files
# make test   everything that is checked, on both databases; ARGS="-k word" goes to pytest
# make lint   the part of it that runs no test
# make bench  the measurements
# make soak   the long attacks: lives, tamperings, damaged exports, hostile posts, scripts typed, all tests on PostgreSQL, guards taken away; ARGS=500: so many lives
# make parts  the lists of packages: their licences in docs/licences.md, CycloneDX in var/parts
# make audit  a report on faults that are known of packages
# make pictures  the pictures of the README, taken anew in docs/pictures

PYTHON ?= python3
PORT ?= 8000

PIP = .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-user --require-hashes
MANAGE = DEMO=1 .venv/bin/python manage.py

# Node from the system when it is new enough for sass, otherwise from PyPI.
NODE = PATH="$(CURDIR)/.venv/bin:$$PATH"; export PATH; \
	{ node -e 'const [major, minor] = process.versions.node.split("."); \
		process.exit(major > 20 || (major == 20 && minor >= 19) ? 0 : 1)' && npm --version; } >/dev/null 2>&1 \
	|| $(PIP) -r requirements-node.txt || exit 1;

# The tests are compiled once, not anew by each of their processes.
unexport PYTHONDONTWRITEBYTECODE
# Of pip's own settings only those that say how to reach packages may matter, and none of Python's.
unexport PYTHONPATH PYTHONHOME $(filter-out PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS PIP_NO_INDEX \
	PIP_CONFIG_FILE PIP_CERT PIP_CLIENT_CERT PIP_TRUSTED_HOST PIP_PROXY PIP_CACHE_DIR PIP_DEFAULT_TIMEOUT \
	PIP_RETRIES, $(filter PIP_%, $(.VARIABLES)))

.PHONY: help run build test lint bench soak parts audit pictures port
.NOTPARALLEL:
.DELETE_ON_ERROR:

help:
	@sed -n 's/^# make /make /p' Makefile

run: port .venv/.run var/static/staticfiles.json
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) load_partnership fixtures/partnership.json
	@$(MANAGE) load_measures fixtures/measures.json
	@$(MANAGE) load_plan fixtures/business-plan-2021-22.tsv --label 2021-22 --title "Business Plan 2021 / 2022" \
		--first-day 2021-04-01 --last-day 2022-03-31 --introduction fixtures/business-plan-2021-22-introduction.txt
	@$(MANAGE) load_demo
	@$(if $(EMPTY),,$(MANAGE) play_year)
	@$(MANAGE) verify_history >/dev/null || echo "A check of the record found something wrong: see the scrutiny portal"
	@echo "Ready on http://127.0.0.1:$(PORT)/ (Ctrl-C stops it)"
	@DEMO=1 DEMO_TODAY=$$($(MANAGE) play_year --day) exec .venv/bin/gunicorn gscp.wsgi --bind 127.0.0.1:$(PORT) --workers 2 --threads 4 \
		--log-level warning --no-control-socket

build: .venv/.run var/static/staticfiles.json

# What the tests check pages with first, or the styles would bring no more than running needs.
test: node_modules/.test lint
	.venv/bin/python -m tests $(ARGS)

# Lint looks at what would run in earnest, so Django checks the settings without DEMO.
lint: .venv/.test var/static/staticfiles.json
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	DEMO=1 .venv/bin/mypy .
	DATABASE_URL=sqlite://:memory: $(MANAGE) makemigrations --check
	DEMO= ALLOWED_HOSTS=plan.example DATABASE_URL=sqlite://:memory: MAIL_SERVER=mail.example:587 MAIL_FROM=plan@plan.example \
		SECRET_KEY="$$(.venv/bin/python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
		RECORD_KEY="$$(.venv/bin/python -c 'import secrets; print(secrets.token_hex(32))')" \
		.venv/bin/python manage.py check --deploy --fail-level WARNING
	.venv/bin/djlint templates --lint --quiet

bench: .venv/.test static/build/app.css
	.venv/bin/python -m tests.bench $(ARGS)

soak: node_modules/.test .venv/.test static/build/app.css
	.venv/bin/python -m tests.soak $(ARGS)

parts: .venv/.test node_modules/.run
	@mkdir -p var/parts
	.venv/bin/python -m tests.licences
	.venv/bin/cyclonedx-py requirements requirements.txt --output-reproducible --output-file var/parts/python.cdx.json
	@$(NODE) npm sbom --omit=dev --package-lock-only --sbom-format=cyclonedx > var/parts/node.cdx.json

# Fails nothing: the services that know of faults may be out of reach, and a fault found today is no fault of a change.
audit: .venv/.test node_modules/.run
	-.venv/bin/pip-audit --requirement requirements.txt --require-hashes --disable-pip --progress-spinner off
	-@$(NODE) npm audit --package-lock-only

pictures: node_modules/.test .venv/.test static/build/app.css
	@mkdir -p docs/pictures
	DEMO=1 DATABASE_URL=sqlite:///$(CURDIR)/var/pictures.sqlite3 PICTURES=docs/pictures \
		.venv/bin/python -m pytest tests/test_browser_chain.py

# First of all, so that nobody waits for an installation that ends in "address already in use".
port: .venv/.made
	@.venv/bin/python -c 'import socket; s = socket.socket(); \
		s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", $(PORT)))' 2>/dev/null \
	|| { echo "Port $(PORT) is taken: stop what listens there, or choose another with make run PORT=8001"; exit 1; }

# Each stamp lies in the folder it speaks for and so goes with it.
.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "This needs Python 3.11 or newer, and $(PYTHON) is not: name one with make $(MAKECMDGOALS) PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make a virtual environment: on Debian, apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	@touch $@

.venv/.run: requirements.txt .venv/.made
	$(PIP) -r requirements.txt
	@touch $@

# What tests need includes what running needs, so running afterwards installs nothing again; node_modules likewise.
.venv/.test: requirements.txt requirements-test.txt .venv/.made
	$(PIP) -r requirements-test.txt
	@touch .venv/.run $@

node_modules/.run: package.json package-lock.json .npmrc .venv/.made
	@$(NODE) echo "npm ci --omit=dev"; npm ci --omit=dev --loglevel=error
	@touch $@

node_modules/.test: package.json package-lock.json .npmrc .venv/.made
	@$(NODE) echo "npm ci"; npm ci --include=dev --loglevel=error
	@touch node_modules/.run $@

static/build/app.css: static/build.mjs $(wildcard static/styles/*.scss static/styles/*/*.scss static/scripts/*.js static/images/*) \
		node_modules/.run
	@$(NODE) echo "node static/build.mjs"; node static/build.mjs

var/static/staticfiles.json: static/build/app.css .venv/.run
	$(MANAGE) collectstatic --noinput --verbosity 0
