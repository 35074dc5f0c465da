# Each target does its own set-up and may be run again.
BIN := .venv/bin
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD = 1

.PHONY: demo test faults fuzz check proof bench mutation lab clean
.DEFAULT_GOAL := demo

$(BIN)/.ready: requirements.txt pyproject.toml
	@deploy/setup.sh $(PYTHON)
	@touch $@

demo: $(BIN)/.ready
	@deploy/demo.sh

test: $(BIN)/.ready
	$(BIN)/python -m pytest selftests -q -n 2 --dist worksteal -m "not lab and not oracle and not proof and not faults"

faults: $(BIN)/.ready
	$(BIN)/python -m pytest selftests/test_faults.py -q -n 2 --dist worksteal -m "not proof"

fuzz: $(BIN)/.ready
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest selftests -q -n 2 -k "foreign or formats or properties or ssl_labs"

check: $(BIN)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lab: $(BIN)/.ready
	selftests/lab/run.sh
	$(BIN)/python -m pytest selftests -q -m "(lab or oracle)" --ignore=selftests/lab

proof: $(BIN)/.ready
	ACCEPTANCE_LAB_PROOF=$(CURDIR)/docs/proof-lab.json selftests/lab/run.sh; lab=$$?; $(BIN)/python -m selftests.proof && exit $$lab

bench: $(BIN)/.ready
	$(BIN)/python -m selftests.bench

mutation: $(BIN)/.ready
	@test -d .lab/mutmut || $(BIN)/pip install -q --target .lab/mutmut mutmut==3.8.1
	nice -n 19 $(BIN)/python -m selftests.mutation --minutes $(or $(MINUTES),60) $(FILES)

clean:
	rm -rf .venv reports/* .mypy_cache .ruff_cache .pytest_cache
