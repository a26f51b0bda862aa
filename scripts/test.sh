#!/usr/bin/env bash
# Everything that must always hold, step by step; says at the end what ran. Goes on after a failure and fails at last.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p target/test-logs

names=() outcomes=() passed=0 failed=0
step() { # step NAME COMMAND…
  local name=$1 log start
  shift
  log="target/test-logs/${name// /-}.log"
  start=$SECONDS
  printf '\n── %s\n' "$name"
  if "$@" 2>&1 | tee "$log"; then
    passed=$((passed + 1)) outcomes+=("passed")
  else
    failed=$((failed + 1)) outcomes+=("FAILED")
  fi
  names+=("$name ($((SECONDS - start)) s)")
}

types_current() {
  cargo test --quiet -p control export_bindings >/dev/null || return 1
  git diff --exit-code --stat -- ui/src/backend/control.ts || { echo "The UI's types are not those of crates/control: commit them."; return 1; }
}
bare() { # without the feature of the test builds, the desktop process has no second door
  ! grep -aq desktop-test.sock target/debug/keylodge-desktop
}

step "formatting" cargo fmt --all --check
step "ui packages" bash -c 'cd ui && ../scripts/node.sh npm ci --no-audit --no-fund --loglevel=error'
step "ui build" bash -c 'cd ui && ../scripts/node.sh npm run build --silent'
step "ui types and formatting" bash -c 'cd ui && ../scripts/node.sh npm run check --silent && ../scripts/node.sh npm run format:check --silent'
step "ui components" bash -c 'cd ui && ../scripts/node.sh npm test --silent'
step "ui bundle" scripts/bundle.sh
step "ui in a browser" bash -c 'cd ui && ../scripts/node.sh npm run test:browser --silent'
step "lints" cargo clippy --quiet --workspace --all-targets -- -D warnings
step "build" cargo build --quiet --workspace --all-targets
step "no test door in ordinary builds" bare
step "provider for the stories" bash -c 'cd tests/provider && ../../scripts/node.sh npm ci --no-audit --no-fund --loglevel=error'
step "python for the stories" scripts/python.sh
step "window build" cargo build --quiet --profile window -p cli -p keylodge-desktop --features cli/webdriver,keylodge-desktop/webdriver
step "rust tests and stories" scripts/node.sh cargo test --workspace --no-fail-fast
step "catalogue schema is current" cargo test --quiet -p broker --features schema --test provider_schema
step "generated types are current" types_current

printf '\nWhat ran:\n'
for i in "${!names[@]}"; do printf '  %-6s  %s\n' "${outcomes[$i]}" "${names[$i]}"; done
# Single tests, as their runners counted them.
rust=$(grep -hoE '^test result: .* [0-9]+ passed' target/test-logs/rust-tests-and-stories.log | awk '{sum += $(NF-1)} END {print sum + 0}')
echo "  $rust Rust tests in all; the UI's are counted above. Logs: target/test-logs."
printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
