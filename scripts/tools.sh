#!/usr/bin/env bash
# Installs the outside judges of the tests and of CI, each at a pinned version, from its own registry:
#   act         runs workflows without GitHub                  (Go)
#   actionlint  checks workflows                               (Go)
#   zizmor      finds what is unsafe in workflows              (Python)
#   cmark-gfm   GitHub's own Markdown parser                   (Debian package, where this is root on Debian or Ubuntu)
#   chromium    shows what a page would do                     (Debian package, as above; Chrome will do as well)
# One that can't be installed is one line of warning, and what needs it is skipped. What is there already is kept.
# Usage: scripts/tools.sh; the programs are in ${DEFENDER_GATE_TOOLS:-~/.cache/defender-gate/tools}/bin.
set -uo pipefail

ACT=0.2.89
ACTIONLINT=1.7.12
ZIZMOR=1.32.0

tools="${DEFENDER_GATE_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/defender-gate/tools}"
bin="$tools/bin"
mkdir -p "$bin" || exit 0
tmp="$(mktemp -d)" || exit 0
trap 'rm -rf "$tmp"' EXIT

warn() { printf 'warning: %s is not installed: %s\n' "$1" "$2" >&2; }
last_line() { tail -n 1 "$1" | cut -c 1-200; }

# name, version, module
from_go() {
  "$bin/$1" --version 2>/dev/null | grep -qF "$2" && return
  command -v go >/dev/null || { warn "$1" 'it is built with Go, which is not there'; return; }
  if GOBIN="$tmp/go" GOFLAGS='' go install "$3@v$2" >"$tmp/log" 2>&1; then
    mv -f "$tmp/go/$1" "$bin/$1"
  else
    warn "$1" "$(last_line "$tmp/log")"
  fi
}

# name, version
from_pip() {
  "$bin/$1" --version 2>/dev/null | grep -qF "$2" && return
  command -v python3 >/dev/null || { warn "$1" 'it needs Python, which is not there'; return; }
  local venv="$tools/$1-$2"
  if python3 -m venv "$venv" >"$tmp/log" 2>&1 &&
    "$venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: "$1==$2" >"$tmp/log" 2>&1; then
    ln -sfn "$venv/bin/$1" "$bin/$1"
  else
    rm -rf "$venv"
    warn "$1" "$(last_line "$tmp/log")"
  fi
}

# name, other commands that will do
from_apt() {
  local command
  for command in "$@"; do command -v "$command" >/dev/null && return; done
  command -v apt-get >/dev/null || { warn "$1" 'there is no apt-get'; return; }
  [ "$(id -u)" = 0 ] || { warn "$1" 'apt-get needs root'; return; }
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -qq -y --no-install-recommends "$1" >"$tmp/log" 2>&1 ||
    { apt-get update -qq >"$tmp/log" 2>&1 && apt-get install -qq -y --no-install-recommends "$1" >"$tmp/log" 2>&1; } ||
    warn "$1" "$(last_line "$tmp/log")"
}

from_go actionlint "$ACTIONLINT" github.com/rhysd/actionlint/cmd/actionlint
from_go act "$ACT" github.com/nektos/act
from_pip zizmor "$ZIZMOR"
from_apt cmark-gfm
from_apt chromium chromium-browser google-chrome
exit 0
