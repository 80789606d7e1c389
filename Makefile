# Each target sets up what it needs in .venv; a fresh clone needs Python 3.11 or newer, git and make, and the package registry.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test check bench bench-regress bench-networks bench-study clean

help:
	@echo "make demo   a smile on the portrait that ships with the package, into demo/"
	@echo "make test   the whole test suite"
	@echo "make check  linters and types"
	@echo "make bench  how long each stage takes, on this machine"
	@echo "make bench-regress  the regressors beside their peers (PAIRS=folder: on your pairs)"
	@echo "make bench-networks  what StarGAN, GANimation and US-GAN cost beside Pixel-RR"
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

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/stages.py

bench-regress: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/regress.py $(PAIRS)

bench-networks: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/networks.py

bench-study: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/study_load.py
	$(BIN)/python benchmarks/study_load.py --think 5

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis demo
