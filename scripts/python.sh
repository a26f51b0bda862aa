#!/usr/bin/env bash
# Makes the virtual environment with the stock OAuth clients that the stories run.
set -euo pipefail
cd "$(dirname "$0")/../tests/python"
[ -x .venv/bin/python ] || python3 -m venv .venv
stamp=.venv/requirements.txt
cmp -s requirements.txt "$stamp" && exit 0
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
cp requirements.txt "$stamp"
