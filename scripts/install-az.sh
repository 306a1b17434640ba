#!/usr/bin/env bash
# Installs the Azure CLI from PyPI into the user's cache, for the test of setup-entra.sh with the real az. About 700 MB, once.
# Never fails: without az that test is skipped and says so. Prints the path of az, if there is one.
set -uo pipefail

version=2.91.0
home=${XDG_CACHE_HOME:-$HOME/.cache}/defender-gate/az
az=$home/bin/az

skip() {
  echo "install-az: $1; the test of setup-entra.sh with the real Azure CLI will be skipped" >&2
  exit 0
}

mkdir -p "$(dirname "$home")" || skip "$home can't be made"
# Two runs at once: the second waits, and finds the work done.
if command -v flock >/dev/null; then
  exec 9>"$home.lock"
  flock 9
fi
# The mark is written last, so an installation that was broken off is made anew.
if [ "$(cat "$home/.version" 2>/dev/null)" = "$version" ] && [ -x "$az" ]; then
  echo "$az"
  exit 0
fi
python=''
for candidate in python3.13 python3.12 python3.11 python3.10 python3; do
  if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
[ -n "$python" ] || skip 'there is no Python from 3.10 with venv'

echo "install-az: installing azure-cli $version into $home …" >&2
limit=''
if command -v timeout >/dev/null; then limit='timeout 900'; fi
rm -rf "$home"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # $limit is two words or none
if ! { "$python" -m venv "$home" && $limit "$home/bin/pip" install --quiet --disable-pip-version-check "azure-cli==$version" && "$az" version; } >"$log" 2>&1; then
  tail -n 5 "$log" >&2
  rm -rf "$home"
  skip 'azure-cli could not be installed'
fi
echo "$version" >"$home/.version"
echo "$az"
