#!/usr/bin/env bash
# Builds the programs as the window's stories need them, with the feature that lets a WebDriver in, and lays them into
# target/window, away from every other build.
set -euo pipefail
cd "$(dirname "$0")/.."
# A test is named only because cargo then settles what is compiled into the dependencies as it does for all tests: they
# are built once for both.
build=(cargo build --quiet --workspace --bins --test house)
"${build[@]}" --features cli/webdriver,keylodge-desktop/webdriver
mkdir -p target/window
for program in keylodge keylodge-broker keylodge-desktop; do
  cp --remove-destination "target/debug/$program" target/window/
done
# The ordinary programs are back where they belong.
"${build[@]}"
