#!/usr/bin/env bash
# Installs the system packages that a job needs and this machine lacks, after saying which and why.
# Usage: scripts/packages.sh build|test
set -euo pipefail

build=(
  "build-essential: compiles the C parts of SQLCipher"
  "pkg-config: finds the libraries below"
  "libwebkit2gtk-4.1-dev: the web view of the window"
  "librsvg2-dev: icons of the window"
  "libssl-dev: the cipher of the vault's database"
  "libdbus-1-dev: the desktop's message bus"
  "xdg-utils: opens the system browser"
)
test=(
  "webkit2gtk-driver: drives the real window in the tests"
  "xvfb: a display without a screen"
  "xauth: access to that display"
  "openbox: a window manager for that display"
  "dbus: a private message bus for each test"
  "dbus-x11: starts that bus"
  "gnome-keyring: a real keyring for the tests"
  "imagemagick: pictures of the display"
  "x11-utils: looks at windows from outside"
  "curl: a program that asks, in the stories"
  "jq: takes answers apart, in the commands of the guide for programs"
  "openssl: makes the PKCE challenge there"
  "perl: a program that asks, in the tests of who is calling"
  "util-linux: other users and namespaces in the tests"
  "fonts-dejavu-core: letters in the pictures"
  "fonts-cantarell: the desktop's letters in the pictures"
  "chromium: the pages in a browser, looked at with axe"
  "python3: runs a stock OAuth client"
  "python3-venv: keeps that client apart"
)

case "${1:-}" in
  build) wanted=("${build[@]}") ;;
  test) wanted=("${build[@]}" "${test[@]}") ;;
  *) echo "usage: $0 build|test" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
  echo "This is no Debian or Ubuntu. Install what corresponds to these packages by hand, then go on:"
  printf '  %s\n' "${wanted[@]}"
  exit 0
fi

missing=()
for line in "${wanted[@]}"; do
  name=${line%%:*}
  status=$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null) || status=missing
  [ "$status" = installed ] || missing+=("$line")
done
# Node: any that is new enough will do, however it was installed.
if ! scripts/node.sh --check; then
  command -v npm >/dev/null || missing+=("nodejs: builds the window's pages" "npm: fetches what those need")
fi
[ ${#missing[@]} -gt 0 ] || exit 0

echo "Keylodge needs these packages, which this machine lacks:"
printf '  %s\n' "${missing[@]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "Install them as root, then run this again: apt-get install ${missing[*]%%:*}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "They are installed with apt-get now."
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]%%:*}"
