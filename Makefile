# Keylodge. `make run` and `make test` work from a bare clone: they install what is missing, build, and do it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test fuzz demo bench package docs build setup setup-test clean cargo

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | column -t -s "$$(printf '\t')"

run: build ## Start Keylodge and open its window (without a display: the demo in the terminal)
	@scripts/run.sh

test: setup-test ## Run everything that must always hold, and say what ran
	@scripts/test.sh

fuzz: cargo ## Feed everything that reads bytes from outside with made-up ones, a minute a target
	@scripts/fuzz.sh

demo: build ## Show the seven steps and the refusals in the terminal
	@target/release/keylodge demo

bench: setup-test build ## Measure speed and memory, side by side, as a table
	@scripts/bench.sh

package: build ## Build a Debian package under target/release/bundle/deb
	@scripts/package.sh

docs: setup ## Generate the pages that are made from the code
	@scripts/docs.sh

build: setup
	@scripts/ui.sh
	@cargo build --release -p cli -p keylodge-desktop

setup: cargo
	@scripts/packages.sh build

setup-test: cargo
	@scripts/packages.sh test

cargo:
	@command -v cargo >/dev/null || { echo "Keylodge needs a Rust toolchain (1.90 or newer). See https://rustup.rs, then run this again." >&2; exit 1; }

clean: ## Remove everything that was built
	@rm -rf target ui/dist ui/node_modules tests/provider/node_modules tests/python/.venv fuzz/target
