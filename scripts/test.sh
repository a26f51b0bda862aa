#!/usr/bin/env bash
# Everything that must always hold, step by step; says at the end what ran. Goes on after a failure and fails at last.
# What needs no cargo runs beside what does, and is shown when both are done: compilers seldom fill all cores.
set -uo pipefail
cd "$(dirname "$0")/.."
logs=target/test-logs
mkdir -p "$logs"
outcomes=$logs/outcomes.txt
: >"$outcomes"

step() { # step NAME COMMAND…
  local name=$1 log start=$SECONDS outcome=passed
  shift
  log="$logs/${name// /-}.log"
  printf '\n── %s\n' "$name"
  "$@" 2>&1 | tee "$log" || outcome=FAILED
  printf '  %-6s  %s (%s s)\n' "$outcome" "$name" $((SECONDS - start)) >>"$outcomes"
}

npm_in() { # npm_in DIRECTORY ARGUMENTS…
  (cd "$1" && "$OLDPWD/scripts/node.sh" npm "${@:2}")
}
packages() { npm_in "$1" ci --no-audit --no-fund --loglevel=error; }
ui() { npm_in ui run "$1" --silent; }
ui_checked() { ui check && ui format:check; }

bare() { # without the feature of the test builds, the desktop process has no second door
  grep -aq desktop-test.sock target/window/keylodge-desktop || { echo "This check finds no door where there is one."; return 1; }
  ! grep -aq desktop-test.sock target/debug/keylodge-desktop
}
types_current() { # the tests have just written them
  git diff --exit-code --stat -- ui/src/backend/control.ts || { echo "The UI's types are not those of crates/control: commit them."; return 1; }
}

beside() {
  step "ui types and formatting" ui_checked
  step "ui components" ui test
  step "ui bundle" scripts/bundle.sh
  step "ui in a browser" ui test:browser
  step "provider for the stories" packages tests/provider
  step "python for the stories" scripts/python.sh
}

step "formatting" cargo fmt --all --check
step "ui packages" packages ui
step "ui build" ui build
beside >"$logs/beside.txt" 2>&1 &
trap 'kill '$!'; exit 130' INT TERM
step "lints" cargo clippy --quiet --workspace --all-targets -- -D warnings
step "window build" scripts/window.sh
step "build" cargo build --quiet --workspace --all-targets
step "no test door in ordinary builds" bare
wait
cat "$logs/beside.txt"
step "rust tests and stories" scripts/node.sh cargo test --workspace --no-fail-fast
# Among all packages, so that what it is built of is there already.
step "catalogue schema is current" cargo test --quiet --workspace --features broker/schema --test provider_schema
step "generated types are current" types_current

printf '\nWhat ran:\n'
cat "$outcomes"
# Single tests, as their runners counted them.
rust=$(grep -hoE '^test result: .* [0-9]+ passed' "$logs/rust-tests-and-stories.log" | awk '{sum += $(NF-1)} END {print sum + 0}')
echo "  $rust Rust tests in all; the UI's are counted above. Logs: $logs."
failed=$(grep -c '^  FAILED' "$outcomes")
printf '\n%d passed, %d failed\n' "$(grep -c '^  passed' "$outcomes")" "$failed"
[ "$failed" -eq 0 ]
