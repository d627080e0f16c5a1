.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help setup demo explore notebooks test slow lint pictures ui runs clean

help:  ## list what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(VENV)/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(PIP) --editable '.[test]'
	touch $@

setup: $(VENV)/.installed  ## make .venv and install

demo: setup  ## score data/samples with the shipped model
	@HF_HUB_OFFLINE=1 $(BIN)/python models/score.py data/samples --out demo

explore: setup  ## read a pasted article on a local page
	@HF_HUB_OFFLINE=1 $(BIN)/python models/explore.py

notebooks: setup  ## open the notebooks
	$(PIP) --editable '.[notebooks]'
	$(BIN)/python -m jupyter lab notebooks

test: $(VENV)/.tested  ## run the tests
	HF_HUB_OFFLINE=1 $(BIN)/python -m pytest

slow: $(VENV)/.tested  ## run the tests that need minutes
	HF_HUB_OFFLINE=1 $(BIN)/python -m pytest -m slow

lint: $(VENV)/.tested  ## check style and types
	$(BIN)/python -m ruff check data models train tests
	$(BIN)/python -m ruff format --check data models train tests
	$(BIN)/python -m mypy

pictures: $(VENV)/.tested  ## draw the README's pictures anew, in Debian's chromium
	HF_HUB_OFFLINE=1 $(BIN)/python tests/pictures.py

ui: setup  ## open the MLflow UI on the default store
	$(BIN)/python -m mlflow ui --backend-store-uri "$${MLFLOW_TRACKING_URI:-sqlite:///$(CURDIR)/mlflow.db}" --host 127.0.0.1

runs: setup  ## train three runs that differ in seed, recipe and data, and compare them
	$(BIN)/python train/run.py --recipe quick --set epochs=3
	$(BIN)/python train/run.py --recipe quick --set epochs=3 --set seed=14 --set reader_layers=1
	$(BIN)/python train/run.py --recipe small --data data/gold/relayed.jsonl --set start=models/default --set epochs=2 --set learning_rate=3e-5
	$(BIN)/python train/compare.py --last 3 --baseline models:/visavis@champion

clean:  ## remove what was made, but no runs and no data
	rm -rf $(VENV) demo .pytest_cache .ruff_cache .mypy_cache
