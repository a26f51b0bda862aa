#!/usr/bin/env bash
# What the window's pages weigh, compressed as a package would: no more than 150 kB, and nothing of the fake in them.
set -euo pipefail
cd "$(dirname "$0")/../ui/dist"
most=150000
weight=$(find . -type f -print0 | sort -z | xargs -0 cat | gzip -9 | wc -c)
echo "The pages weigh $weight bytes compressed; $most is the most."
if grep -rlq "mira.keller@mail.example" .; then
  echo "The fake broker is in the bundle." >&2
  exit 1
fi
[ "$weight" -le "$most" ]
