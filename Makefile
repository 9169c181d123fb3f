# Needs Python 3.11 or newer and make; everything else comes from requirements.lock, into .venv.
#
#   make demo     lose a region, fail over, fail back; writes build/demo/report.html
#   make test     every test, whole disasters included
#   make check    what CI runs: format, lint, types, tests
#   make .venv    only the set-up
#   make lock     requirements.lock anew, from pyproject.toml
#
# PYTHON=/path/to/python3.12 chooses the interpreter.

CANDIDATES = $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11
STAMP = .venv/ready-$$(cksum < requirements.lock | tr ' ' '-')
UV = 0.13.9

# Nothing is compiled at the set-up, so what is used must be as it is first used, also where the environment says otherwise.
unexport PYTHONDONTWRITEBYTECODE

demo: .venv
	@.venv/bin/invoke demo

test: .venv
	@.venv/bin/pytest -n4

check: .venv
	@.venv/bin/invoke check

# A set-up that was interrupted, or belongs to another lock, has no stamp and is done again.
.venv:
	@set -eu; \
	if [ -f "$(STAMP)" ] && .venv/bin/python -c '' 2>/dev/null; then exit 0; fi; \
	python=''; \
	for candidate in $(CANDIDATES); do \
		if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo 'Error: no Python 3.11 or newer among: $(CANDIDATES)'; \
		echo 'Try: install one, or name it: make .venv PYTHON=/path/to/python3.11'; exit 1; \
	fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "Error: $$python cannot make virtual environments"; \
		echo 'Try: install its venv module (Debian and Ubuntu: apt-get install python3-venv), then the same command again'; exit 1; \
	fi; \
	if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then \
		echo "Making .venv with $$("$$python" --version)"; \
		"$$python" -m venv --clear .venv; \
	fi; \
	echo "Installing $$(grep -c '^[a-z].*==' requirements.lock) packages from requirements.lock into .venv (about a minute)"; \
	{ .venv/bin/python -m pip install --disable-pip-version-check --no-compile --progress-bar off --require-hashes -r requirements.lock 2>&1 \
		&& echo 'finished 0' || echo 'finished 1'; } \
	| awk '/^(Collecting|Processing) / { sub(/.*\//, "", $$2); print "  " $$2; fflush() } /^Installing / { print "Unpacking"; fflush() } /^ERROR/ { print } /^finished / { exit $$2 }'; \
	rm -f .venv/ready-*; \
	touch "$(STAMP)"

lock: .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	@.venv/bin/uv pip compile pyproject.toml --quiet --universal --generate-hashes --extra sandbox --group dev \
		--annotation-style line --no-header --output-file requirements.lock
	@echo 'requirements.lock is written; run the tests before you commit it'

.PHONY: demo test check lock .venv
