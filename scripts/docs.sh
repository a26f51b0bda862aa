#!/usr/bin/env bash
# Generates the pages that are made from the code.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet -p cli
program=target/debug/keylodge
{
  echo '# The command line'
  echo
  echo 'Made from the code by `make docs`. Standard output holds data only; what is for people goes to standard error. Exit'
  echo 'codes: 0 done, 1 failed, 2 usage, 4 sign-in needed, 69 broker not running, 75 try again, 77 denied, 141 nobody reads its output any more.'
  describe() {
    printf '\n%s `%s`\n\n```\n' "$1" "$2"
    COLUMNS=100 $2 --help | sed 's/[[:space:]]*$//'
    echo '```'
  }
  cd "$(dirname "$program")"
  PATH=$PWD:$PATH
  describe '##' keylodge
  for command in serve open status doctor provider account app request consent lease token run gateway audit settings policy route backup passphrase autostart pause resume lock unlock panic demo; do
    describe '##' "keylodge $command"
    keylodge $command --help | awk '/^Commands:/{on=1;next} /^$/{on=0} on && /^  [a-z]/{print $1}' | while read -r sub; do
      [ "$sub" = help ] || describe '###' "keylodge $command $sub"
    done
  done
} >docs/command-line.md
cd ../..
for form in markdown:http-api.md openapi:openapi.json; do
  cargo run --quiet -p loopback --example http_api -- "${form%%:*}" >"docs/${form##*:}"
done
KEYLODGE_WRITE_DOCS=1 cargo test --quiet -p broker --features schema --test provider_schema
KEYLODGE_WRITE_DOCS=1 cargo test --quiet -p providers --test hostile the_page_says
cargo doc --quiet --no-deps --workspace
echo "docs/command-line.md, docs/http-api.md, docs/openapi.json, docs/providers.md, docs/provider.schema.json and target/doc are current."
