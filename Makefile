# Two commands do everything: make run, make test.
.PHONY: help install run test test-postgresql check bench mutants fuzz lock

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
SECONDS ?= 600
export PYTHON HOST PORT

help:
	@echo "make run      set up what is missing, load the demo, serve on http://$(HOST):$(PORT)"
	@echo "make test     every test, real browser included"
	@echo "make test-postgresql   the tests of office and windows again, with every office on a real PostgreSQL"
	@echo "make check    lint, types and the fast tests"
	@echo "make bench    the benchmarks, side by side"
	@echo "make mutants  takes out each check of the verifier, and sees a test turn red"
	@echo "make fuzz     damaged files for every parser, SECONDS=600 each"
	@echo "make install  the set-up part of make run alone: nothing is issued or served"

install:
	@./setup.sh run
	@.venv/bin/voltpass seed catalogue

run:
	@./setup.sh run
	@.venv/bin/voltpass seed demo
	@exec .venv/bin/voltpass serve

# Three for two processors: browsers, brokers and mail servers make each of them wait now and then.
test:
	@./setup.sh test
	.venv/bin/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

# Connections that a test leaves to the collector are the test's carelessness, not the office's.
test-postgresql:
	@./setup.sh test
	VOLTPASS_TEST_DATABASE=postgresql .venv/bin/python -m pytest -n 2 --dist loadfile -m "not slow and not browser" \
		-W ignore::pytest.PytestUnraisableExceptionWarning tests/issuer tests/web

# The rooms a mistake is worst in, in under a minute; the office and its windows take longer and are in make test.
ROOMS = tests/keys tests/credentials tests/verifier tests/adversarial tests/test_architecture.py tests/test_packaging.py

check:
	@./setup.sh test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/python -m pytest -q -n 2 --dist loadfile -m "not slow and not browser" $(ROOMS)

bench:
	@./setup.sh test
	@for file in bench/*.py; do echo; echo "== $$file"; .venv/bin/python "$$file" || exit 1; done

mutants:
	@./setup.sh test
	.venv/bin/python -m tests.mutants $(ONLY)

fuzz:
	@./setup.sh test
	.venv/bin/python -m tests.fuzz $(SECONDS) $(ONLY)

# After a change of pyproject.toml: write the lock files anew (they name no host).
lock:
	.venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml -o requirements.lock
	.venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --extra dev pyproject.toml -o requirements-dev.lock
