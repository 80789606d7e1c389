# Each target sets up what it needs in .venv; a fresh clone needs Python 3.11 or newer, git and make, and the package registry.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test test-embedded test-oldest test-wheel release-check coverage fuzz check docs-tables docs-cli paper bench bench-apply bench-video bench-expressions bench-regress bench-networks \
	bench-deploy web web-site test-web bench-web bench-study clean

help:
	@echo "make demo           make the portrait smile, into demo/"
	@echo "make test           run the whole test suite, on all cores"
	@echo "make coverage       run it and require 95 % of the lines of src"
	@echo "make test-embedded  run the tests of the exports, also on an emulated Cortex-M4"
	@echo "make test-oldest    run the suite on the oldest dependencies (needs uv)"
	@echo "make test-wheel     build a wheel, install it with and without extras, and use it"
	@echo "make release-check  build source archive and wheel with the page, install the wheel, and serve the page"
	@echo "make fuzz           damage files of every kind and read them (SECONDS=600)"
	@echo "make check          lint, check formats, types and spelling"
	@echo "make docs-tables    put docs/tables into the pages of docs"
	@echo "make docs-cli       write docs/cli.md from the help of the commands"
	@echo "make paper          the paper's comparison of regressions, into docs/paper.md (PAIRS=folder: on real pairs too)"
	@echo "make bench          time each stage on this machine"
	@echo "make bench-apply    time many photos: one process, and one a core"
	@echo "make bench-video    time clips beside decoding and encoding alone"
	@echo "make bench-expressions  time expressions beside the smile"
	@echo "make bench-regress  time the regressors beside their peers (PAIRS=folder: on your pairs)"
	@echo "make bench-deploy   sizes and times of the exports, into docs/tables/deploy.md (WEB=file: with the page's)"
	@echo "make bench-networks what StarGAN, GANimation and US-GAN cost beside Pixel-RR"
	@echo "make web            build the page that pixelfes web serves"
	@echo "make web-site       write it into site/, for any web server (SITE=folder)"
	@echo "make test-web       build it, and test it in Chromium"
	@echo "make bench-web      time it in Chromium"
	@echo "make bench-study    300 participants at once, and a server that is killed"
	@echo "make clean          remove environments, caches and demo/"

# One stamp a set of dependencies: reinstalled when pyproject.toml changes.
$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "pixelfes needs Python 3.11 or newer")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[photo]"
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "pip>=25.1"  # the first that knows dependency groups
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[all]" --group dev
	@touch $@

demo: $(VENV)/.installed
	@mkdir -p demo
	@cp src/pixelfes/assets/portrait.jpg demo/portrait.jpg
	@$(BIN)/pixelfes apply demo/portrait.jpg -o demo/portrait.smile.png --overwrite > /dev/null
	@$(BIN)/pixelfes apply demo/portrait.jpg -o demo/portrait.side-by-side.png --compare --overwrite > /dev/null
	@echo "the smile:            $(CURDIR)/demo/portrait.smile.png"
	@echo "before | after:       $(CURDIR)/demo/portrait.side-by-side.png"
	@echo "your own photo:       $(BIN)/pixelfes apply PHOTO.jpg"

# Tests of a file stay on one core: they share what is expensive.
PYTEST = $(BIN)/python -m pytest -n auto --dist loadfile

test: $(VENV)/.installed-dev
	$(PYTEST) $(if $(COVERAGE),--cov --cov-report=term:skip-covered)

coverage:
	$(MAKE) test COVERAGE=1

test-embedded: $(VENV)/.installed-dev
	$(PYTEST) tests/export/onnx tests/export/c

test-oldest:
	uv venv --quiet --python 3.11 .venv-oldest
	uv pip install --quiet --python .venv-oldest --resolution lowest-direct --editable ".[all]" --group test
	.venv-oldest/bin/python -m pytest -n auto --dist loadfile

test-wheel: $(VENV)/.installed-dev
	rm -rf dist .venv-wheel .venv-core
	$(BIN)/python -m build --wheel --outdir dist
	$(PYTHON) -m venv .venv-wheel
	.venv-wheel/bin/python -m pip install --quiet --disable-pip-version-check "$$(ls dist/*.whl)[photo]"
	.venv-wheel/bin/pixelfes --version
	.venv-wheel/bin/pixelfes apply src/pixelfes/assets/portrait.jpg -o dist/portrait.smile.png --overwrite
	$(PYTHON) -m venv --clear .venv-core
	.venv-core/bin/python -m pip install --quiet --disable-pip-version-check dist/*.whl
	.venv-core/bin/python tests/cli/core_alone.py

release-check: $(VENV)/.installed-dev web
	rm -rf dist .venv-release
	$(BIN)/python -m build --outdir dist
	$(PYTHON) -m venv .venv-release
	.venv-release/bin/python -m pip install --quiet --disable-pip-version-check "$$(ls dist/*.whl)[photo]"
	.venv-release/bin/python scripts/check_release.py dist

fuzz: $(VENV)/.installed-dev
	$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),600)

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/typos

docs-tables: $(VENV)/.installed-dev
	$(BIN)/python scripts/put_tables.py

docs-cli: $(VENV)/.installed-dev
	$(BIN)/python scripts/make_cli_docs.py

paper: $(VENV)/.installed-dev
	$(BIN)/pixelfes reproduce $(PAIRS) --output docs --overwrite

bench: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/stages.py

bench-apply: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/apply_many.py

bench-video: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/video.py

bench-expressions: $(VENV)/.installed
	$(BIN)/python benchmarks/expressions.py

bench-regress: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/regress.py $(PAIRS)

bench-deploy: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/deploy.py $(if $(WEB),--web $(WEB))
	$(BIN)/python benchmarks/c_actions.py

bench-networks: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/networks.py

# The page: built into the package, where git ignores it and a wheel takes it along.
NPM = $(BIN)/python scripts/with_node.py npm --prefix web

web/node_modules/.installed: web/package.json web/package-lock.json | $(VENV)/.installed
	$(NPM) ci
	@touch $@

web: $(VENV)/.installed web/node_modules/.installed
	$(BIN)/python scripts/make_web_model.py
	$(NPM) run build

web-site: web
	$(BIN)/python scripts/make_web_site.py $(or $(SITE),site)

test-web: $(VENV)/.installed-dev web
	$(NPM) run lint
	$(PYTEST) tests/web_page tests/export/web tests/cli/test_web_command.py

bench-web: $(VENV)/.installed-dev web
	$(BIN)/python benchmarks/web.py
	$(BIN)/python benchmarks/web_large_photo.py

bench-study: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/study_load.py
	$(BIN)/python benchmarks/study_load.py --think 5

clean:
	rm -rf web/node_modules web/*.safetensors web/examples src/pixelfes/web_page
	rm -rf $(VENV) .venv-oldest .venv-wheel .venv-core .venv-release dist site .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis demo
