#!/usr/bin/env bash
# Feeds everything that reads bytes from outside with what libFuzzer makes up, so many seconds a target (60 if not said).
# Usage: scripts/fuzz.sh [SECONDS] [TARGET…]
#
# What it finds stands in fuzz/artifacts; run a target on such a file by itself:
#   fuzz/target/*/release/TARGET fuzz/artifacts/TARGET/crash-…
# Once it is mended, lay the file into fuzz/seeds/TARGET: the ordinary tests feed the seeds to the same doors.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -eq 0 ] || shift
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "'$seconds' is no number of seconds. Usage: scripts/fuzz.sh [SECONDS] [TARGET…]" >&2; exit 2; }
mapfile -t known < <(basename -s .rs -a fuzz/targets/*.rs)
targets=("$@")
[ $# -gt 0 ] || targets=("${known[@]}")
for target in "${targets[@]}"; do
  [ -f "fuzz/targets/$target.rs" ] || { echo "There is no target '$target', but: ${known[*]}" >&2; exit 2; }
done

if ! cargo fuzz --version >/dev/null 2>&1; then
  echo "cargo-fuzz builds the targets; it is installed now."
  cargo install cargo-fuzz --locked --quiet
fi
# What libFuzzer counts by is behind -Z, which a stable compiler takes with this. A sanitizer looks for misuse of memory in
# unsafe code, of which what is fuzzed has none.
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTC_BOOTSTRAP=1 cargo fuzz build --sanitizer none --target "$host"

fuzz() { # fuzz TARGET: what leads somewhere new goes into a corpus of this machine, which is not kept in the tree
  local target=$1 log=target/fuzz-logs/$1.log status=0 runs
  mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target" target/fuzz-logs
  "fuzz/target/$host/release/$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -artifact_prefix="fuzz/artifacts/$target/" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=8192 >"$log" 2>&1 || status=$?
  runs=$(sed -nE 's/^Done ([0-9]+) runs.*/\1/p' "$log")
  if [ "$status" -eq 0 ] && [ -n "$runs" ]; then
    printf '  %-20s %s runs\n' "$target" "$runs"
  else
    printf '  %-20s FOUND SOMETHING: see %s\n' "$target" "$log"
    return 1
  fi
}
export -f fuzz
export host seconds
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -c 'fuzz {}'
