#!/usr/bin/env bash
# Measures Keylodge beside the least that any program could do, and prints one table (also target/bench.json).
# Usage: scripts/bench.sh [--write]; with --write the table replaces the one in docs/performance.md.
set -euo pipefail
cd "$(dirname "$0")/.."
page=docs/performance.md

# Together with the programs that are measured, so that nothing of them is built in another way.
cargo build --quiet --release -p cli -p keylodge-desktop -p bench -p bench-bare
# The smallest client once more, with nothing to load at its start: what any whole process costs at least.
rustc --edition 2024 -C opt-level=3 -C panic=abort -C strip=symbols -C target-feature=+crt-static \
  -o target/release/bench-ask-static tests/bench/src/bin/bench-ask.rs

target/release/bench --json target/bench.json --markdown target/bench.md

if [ "${1:-}" = --write ]; then
  cores=$(nproc)
  memory=$(awk '/^MemTotal:/ {printf "%.0f", $2 / 1048576}' /proc/meminfo)
  {
    sed '/<!-- table: begin -->/q' "$page"
    printf '\n`make bench` (`scripts/bench.sh --write`), %s, %s, %s cores, %s GiB of memory, %s:\n\n' \
      "$(date -u +%F)" "$(uname -sm)" "$cores" "$memory" "$(rustc --version | cut -d' ' -f1,2)"
    cat target/bench.md
    printf '\n'
    sed -n '/<!-- table: end -->/,$p' "$page"
  } >target/performance.md
  cp target/performance.md "$page"
  echo "Written to $page."
fi
