#!/usr/bin/env bash
# See Fenghuo at work: sets the clone up, starts a real Kafka, and shows a simulated city day as it becomes alerts.
#
#   deploy/demo.sh [--help] [OPTION...]     options are those of `fenghuo demo`
#
# Ctrl-C ends it. KAFKA_BOOTSTRAP_SERVERS: use that cluster. FENGHUO_REPORTER_KEY(_FILE): use that key.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

without=() # what the set-up may leave out
for option in "$@"; do
  case $option in
    -h | --help)
      deploy/setup.sh --no-kafka
      exec .venv/bin/fenghuo demo --help
      ;;
    --no-kafka) without=(--no-kafka) ;;
  esac
done

ready=0
deploy/setup.sh "${without[@]}" || ready=$?
readonly NO_BROKER=3
((ready == 0 || ready == NO_BROKER)) || exit "$ready"

if [[ -z ${FENGHUO_REPORTER_KEY:-}${FENGHUO_REPORTER_KEY_FILE:-} ]]; then
  key=.run/reporter.key
  [[ -s $key ]] || (umask 077 && .venv/bin/python -c 'import secrets; print(secrets.token_hex(32))' >"$key")
  export FENGHUO_REPORTER_KEY_FILE=$PWD/$key
fi

if [[ -n ${KAFKA_BOOTSTRAP_SERVERS:-}${without[*]} ]]; then
  exec .venv/bin/fenghuo demo "$@"
fi
if ((ready == NO_BROKER)); then
  echo "The demo runs without Kafka: the same pipeline, fed directly."
  exec .venv/bin/fenghuo demo --no-kafka "$@"
fi

launcher=(.venv/bin/python deploy/kafka/broker.py)
status=0
"${launcher[@]}" status --dir .run/kafka >/dev/null 2>&1 || status=$?
if ((status == 1)); then
  rm -rf .run/kafka # every demo begins with an empty broker
  echo "• starting Kafka"
fi
exec "${launcher[@]}" run --dir .run/kafka -- .venv/bin/fenghuo demo "$@"
