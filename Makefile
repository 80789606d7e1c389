# Each target sets up what it needs in .venv; a fresh clone needs Python 3.11 or newer, git and make, and the package registry.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test test-embedded check bench bench-regress bench-networks bench-deploy web test-web bench-web bench-study clean

help:
	@echo "make demo   a smile on the portrait that ships with the package, into demo/"
	@echo "make test   the whole test suite"
	@echo "make test-embedded  of the tests, the exports to ONNX and C, also on an emulated Cortex-M4"
	@echo "make check  linters and types"
	@echo "make bench  how long each stage takes, on this machine"
	@echo "make bench-regress  the regressors beside their peers (PAIRS=folder: on your pairs)"
	@echo "make bench-deploy  sizes and times of the exports, into docs/tables/deploy.md (WEB=file: with the page's)"
	@echo "make bench-networks  what StarGAN, GANimation and US-GAN cost beside Pixel-RR"
	@echo "make web    build the page that pixelfes web serves (needs node and npm)"
	@echo "make test-web  build it, and test it in Chromium"
	@echo "make bench-web  how fast it is in Chromium"
	@echo "make bench-study  300 participants at once, and a server that is killed"
	@echo "make clean  remove the environment, caches and demo/"

# One stamp a set of dependencies: reinstalled when pyproject.toml changes.
$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "pixelfes needs Python 3.11 or newer")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[photo]"
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[photo,dev]"
	@touch $@

demo: $(VENV)/.installed
	@mkdir -p demo
	@cp src/pixelfes/assets/portrait.jpg demo/portrait.jpg
	@$(BIN)/pixelfes apply demo/portrait.jpg demo/portrait.smile.png --overwrite > /dev/null
	@$(BIN)/pixelfes apply demo/portrait.jpg demo/portrait.side-by-side.png --compare --overwrite > /dev/null
	@echo "the smile:            $(CURDIR)/demo/portrait.smile.png"
	@echo "before | after:       $(CURDIR)/demo/portrait.side-by-side.png"
	@echo "your own photo:       $(BIN)/pixelfes apply PHOTO.jpg"

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest

test-embedded: $(VENV)/.installed-dev
	$(BIN)/python -m pytest tests/export/test_onnx_*.py tests/export/test_c_*.py

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/stages.py

bench-regress: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/regress.py $(PAIRS)

bench-deploy: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/deploy.py $(if $(WEB),--web $(WEB))

bench-networks: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/networks.py

# The page: built into the package, where git ignores it and a wheel takes it along.
web/node_modules/.installed: web/package.json web/package-lock.json
	@node web/scripts/check-node.js 2> /dev/null || \
		{ echo "the page is built with node 20.19 or newer, and npm: install them first"; exit 1; }
	cd web && npm ci
	@touch $@

web: $(VENV)/.installed web/node_modules/.installed
	$(BIN)/python scripts/make_web_model.py
	cd web && npm run build

test-web: $(VENV)/.installed-dev web
	cd web && npm run lint
	$(BIN)/python -m pytest tests/web_page tests/export/test_web_model.py tests/export/test_web_server.py tests/cli/test_web_command.py

bench-web: $(VENV)/.installed-dev web
	$(BIN)/python benchmarks/web.py

bench-study: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/study_load.py
	$(BIN)/python benchmarks/study_load.py --think 5

clean:
	rm -rf web/node_modules web/model.safetensors src/pixelfes/web_page
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis demo
