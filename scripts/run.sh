#!/usr/bin/env bash
# Starts the broker and opens its window; without a display, shows the demo in the terminal.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -n "${WAYLAND_DISPLAY:-}${DISPLAY:-}" ]; then
  exec target/release/keylodge-desktop
fi
echo "There is no display here, so no window can be shown. This is the demo in the terminal instead:"
echo
exec target/release/keylodge demo
