#!/usr/bin/env bash
# Builds a Debian package of what `make build` has built.
set -euo pipefail
cd "$(dirname "$0")/.."
for program in keylodge keylodge-broker keylodge-desktop; do
  [ -x "target/release/$program" ] || { echo "target/release/$program is missing: run make build first." >&2; exit 1; }
done
tool=target/tauri-cli
if [ ! -x "$tool/node_modules/.bin/tauri" ]; then
  mkdir -p "$tool"
  scripts/node.sh npm install --silent --no-save --prefix "$tool" @tauri-apps/cli@2.12.5
fi
root=$PWD
cd src-tauri
"$root/scripts/node.sh" "$root/$tool/node_modules/.bin/tauri" bundle --bundles deb
ls -l "$root"/target/release/bundle/deb/*.deb
