#!/usr/bin/env bash
# Every check and every test, from a fresh clone. Arguments go to pytest: tests/run.sh -k masking
#
# Three processes share the tests, for many of them wait; each takes the next one when it is free, with the others of its module
# where that saves setting something up twice. -n 0 is one process, as for a debugger.
# FENGHUO_SKIP_KAFKA=1 skips the tests that need a broker; otherwise they fail when there is none.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly NO_BROKER=3
ready=0
if [[ ${FENGHUO_SKIP_KAFKA:-} == 1 ]]; then
  deploy/setup.sh --dev --no-kafka
else
  deploy/setup.sh --dev || ready=$?
  ((ready == 0 || ready == NO_BROKER)) || exit "$ready"
fi

failed=()
check() {
  local name=$1
  shift
  echo "• $name"
  "$@" || failed+=("$name")
}

check "ruff check" .venv/bin/ruff check --quiet .
check "ruff format" .venv/bin/ruff format --quiet --check .
check "mypy" .venv/bin/mypy
check "mypy, launcher" env MYPYPATH=deploy/kafka .venv/bin/mypy deploy/kafka
# What no test runs is what is left behind when something it calls changes: benches and campaigns.
check "mypy, benches" env MYPYPATH=deploy/kafka .venv/bin/mypy --explicit-package-bases tests/bench tests/faults
check "layers" .venv/bin/lint-imports
check "tests" .venv/bin/python -m pytest -n 3 --dist loadgroup --no-loadscope-reorder --durations=25 "$@"

if ((${#failed[@]})); then
  printf 'failed: %s\n' "${failed[@]}" >&2
  exit 1
fi
