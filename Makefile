# Relais : les commandes de tous les jours. « make » seul les énumère.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh
.PHONY: help run test check bench faults clean locks migration-check \
	check-style check-types check-imports check-dependencies check-bundle check-architecture

# Le premier Python assez récent ; « make run PYTHON=python3.12 » en impose un autre.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
ARGS ?=
JOBS ?= 0

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
READY := $(VENV)/.pret
DEV_READY := $(VENV)/.pret-pour-developper

help: ## Énumère ces commandes
	@echo "Relais"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 26

run: $(READY) ## Installe ce qui manque, puis sert la démonstration sur http://127.0.0.1:8000
	@$(BIN)/relais demo $(ARGS)

test: $(DEV_READY) ## Lance les tests (ARGS="tests/unit -k horloge", JOBS=2 pour deux à la fois)
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not fault" $(ARGS)

faults: $(DEV_READY) ## Lance les tests longs, qui tuent, coupent et surchargent, et chaque test sur les deux bases
	@$(BIN)/python -m pytest -m fault $(ARGS)
	@$(BIN)/python -m pytest -n $(JOBS) -m "not fault" --both

check: check-style check-types check-imports check-dependencies check-bundle check-architecture ## Juge le code : style, types, imports, dépendances, assemblage, architecture

bench: $(READY) ## Mesure le coût d'une étape
	@$(BIN)/relais bench $(ARGS)

migration-check: $(DEV_READY) ## Vérifie que les migrations donnent exactement les modèles
	@$(BIN)/python -m pytest tests/architecture/test_schema.py

clean: ## Retire l'environnement Python et les caches ; garde les données (instance/)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info

check-style: $(DEV_READY)
	@echo "Style…"
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .

check-types: $(DEV_READY)
	@echo "Types…"
	@$(BIN)/mypy --no-error-summary

check-imports: $(DEV_READY)
	@echo "Sens des imports…"
	@$(BIN)/lint-imports > $(VENV)/imports.txt || { cat $(VENV)/imports.txt; exit 1; }

check-dependencies: $(DEV_READY)
	@echo "Dépendances…"
	@$(BIN)/deptry . 2> $(VENV)/dependances.txt || { cat $(VENV)/dependances.txt; exit 1; }

check-bundle:
	@if command -v npm > /dev/null; then echo "Assemblage des pages…"; sh tools/check_bundle.sh; \
	elif [ -n "$$RELAIS_REQUIRE_BUNDLE" ]; then echo "npm manque : l'assemblage ne peut pas être vérifié."; exit 1; \
	else echo "Assemblage des pages : non vérifié, npm n'est pas installé (il ne sert qu'à changer frontend/)."; fi

check-architecture: $(DEV_READY)
	@echo "Architecture et diagrammes…"
	@$(BIN)/python -m pytest tests/architecture

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Relais demande Python 3.11 ou plus récent (https://www.python.org)."; exit 1; }
	@echo "Création de l'environnement Python dans $(VENV)…"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Sous Debian ou Ubuntu : sudo apt install python3-venv, puis recommencez."; exit 1; }

# Les bibliothèques sont vérifiées par leur empreinte ; Relais lui-même s'installe sans rien télécharger.
$(READY): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installation des bibliothèques de Relais (une à deux minutes, une seule fois)…"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(DEV_READY): requirements-dev.lock $(READY)
	@echo "Installation des outils de test (une à deux minutes, une seule fois)…"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

LOCK := $(BIN)/pip-compile -q --generate-hashes --no-emit-options --no-emit-index-url --no-emit-trusted-host \
	--no-emit-find-links --strip-extras --allow-unsafe --no-header --build-deps-for editable

locks: $(DEV_READY) ## Recalcule les versions verrouillées d'après pyproject.toml (ARGS=--upgrade pour tout relever)
	@$(PIP) install pip-tools
	@$(LOCK) $(ARGS) -o requirements.lock pyproject.toml
	@$(LOCK) $(ARGS) --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
