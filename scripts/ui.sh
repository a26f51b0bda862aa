#!/usr/bin/env bash
# Builds the window's pages into ui/dist, unless they are newer than everything they are made of.
set -euo pipefail
cd "$(dirname "$0")/../ui"
node=../scripts/node.sh
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  "$node" npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi
newer=$([ -e dist/index.html ] && find src index.html package.json vite.config.* ../icons -newer dist/index.html -print -quit || echo none)
[ -z "$newer" ] || "$node" npm run build --silent
