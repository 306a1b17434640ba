#!/usr/bin/env bash
# Checks every workflow of this repository with actionlint and zizmor: our own, those of the examples, those of the tests,
# and those that stand in the documentation. Exits with 1 on any finding; a checker that is not installed is skipped.
# Usage: scripts/lint-workflows.sh (scripts/tools.sh installs the checkers)
set -euo pipefail
cd "$(dirname "$0")/.."

tools="${DEFENDER_GATE_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/defender-gate/tools}"
node="$PWD/node_modules/.bin/node"
PATH="$tools/bin:$PATH"
snippets="$(mktemp -d)"
trap 'rm -rf "$snippets"' EXIT
status=0

"$node" --disable-warning=ExperimentalWarning scripts/workflow-snippets.ts "$snippets"
workflows_in() { find "$@" -path '*workflows/*' \( -name '*.yml' -o -name '*.yaml' \) | sort; }
mapfile -t whole < <(workflows_in .github/workflows examples test/workflows)
mapfile -t shown < <(workflows_in "$snippets")
printf '%d workflows, and %d in the documentation\n' "${#whole[@]}" "${#shown[@]}"

if command -v actionlint >/dev/null; then
  actionlint -no-color "${whole[@]}" "${shown[@]}" || status=1
else
  echo 'warning: actionlint is not installed; skipped' >&2
fi
if command -v zizmor >/dev/null; then
  # Without network: what it would ask GitHub about does not change from run to run here.
  check() { zizmor --offline --quiet --no-progress --color never --config .github/zizmor.yml "$@" || status=1; }
  check --persona pedantic action.yml validate/action.yml "${whole[@]}"
  # What is shown is kept short; what is unsafe is unsafe there too.
  [ "${#shown[@]}" = 0 ] || check "${shown[@]}"
else
  echo 'warning: zizmor is not installed; skipped' >&2
fi
exit "$status"
