#!/usr/bin/env bash
# See Fenghuo at work: sets the clone up, starts a real Kafka, and shows a simulated city day as it becomes alerts, on the
# duty board in a browser (it prints the address) and on the terminal.
#
#   deploy/demo.sh [--help] [OPTION...]     options are those of `fenghuo demo`
#
# Ctrl-C ends it. KAFKA_BOOTSTRAP_SERVERS: use that cluster. FENGHUO_REPORTER_KEY(_FILE): use that key.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Before anything is set up. Where there is no Python yet, the demo itself complains later.
if python=$(command -v "${PYTHON:-python3}"); then
  "$python" deploy/demo_options.py "$@" || exit
fi

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

if [[ -n ${KAFKA_BOOTSTRAP_SERVERS:-}${without[*]} ]]; then
  exec .venv/bin/fenghuo demo "$@"
fi
if ((ready == NO_BROKER)); then
  echo "The demo runs without Kafka: the same pipeline, fed directly."
  exec .venv/bin/fenghuo demo --no-kafka "$@"
fi

# Every demo has a broker of its own: several in one clone do not meet, and what is kept in .run/kafka stays.
folder=$(mktemp -d .run/kafka-XXXXXX)
echo "• starting Kafka"
exec .venv/bin/python deploy/kafka/broker.py run --dir "$folder" --remove -- .venv/bin/fenghuo demo "$@"
