# make demo | test | test-slow | test-cluster | slurm-env | lint | clean: see README.md and docs/cluster.md
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
CORES ?= all

.PHONY: demo test test-slow test-cluster slurm-env lint clean system

demo: .venv/installed
	@$(BIN)/snakemake --cores $(CORES) --set-threads train_stage=1 --quiet rules host -- all
	@for world in street face pose; do echo "Report: $(CURDIR)/results/runs/$$world-demo/report/index.html"; done

test: .venv/installed
	$(BIN)/pytest -m "not slow and not cluster"

# Whole runs of snakemake, trainings killed again and again, all golden fixtures: CI runs them too.
test-slow: .venv/installed
	$(BIN)/pytest -m "slow and not cluster"

# Runs on a SLURM of two nodes that the tests start on this machine; minutes.
test-cluster: .venv/slurm-installed
	@sh .ci/slurm-packages
	$(BIN)/pytest -m cluster

# What `snakemake --profile slurm` needs besides.
slurm-env: .venv/slurm-installed

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint
	$(BIN)/mypy

clean:
	rm -rf results logs benchmarks/runs .snakemake

# The marker is written last, so that an installation that was interrupted is done again.
.venv/installed: requirements.lock pyproject.toml | system
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/slurm-installed: .venv/installed requirements-slurm.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -r requirements-slurm.lock
	@touch $@

# What must be on the machine; everything else comes from the lock file.
system:
	@sh .ci/system-packages $(PYTHON)
