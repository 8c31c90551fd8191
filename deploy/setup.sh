#!/usr/bin/env bash
# Make a clone ready to run: .venv with everything pinned, and a Kafka broker's jars. Run it as often as you like.
#
#   deploy/setup.sh [--dev] [--no-kafka]
#
#     --dev        also what the tests and checks need: where there is apt, Alertmanager, Prometheus, Chromium, a font
#     --no-kafka   leave Java, Maven and the broker alone
#
# PYTHON chooses the interpreter (3.11 or later). With KAFKA_BOOTSTRAP_SERVERS set, that cluster is used and no Java is
# needed. Ends with 0 when all is ready, 3 when all but the broker is, 1 when something went wrong.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly NO_BROKER=3
readonly LOG=.run/setup.log
dev=no
kafka=yes
[[ -z ${KAFKA_BOOTSTRAP_SERVERS:-} ]] || kafka=no
for option in "$@"; do
  case $option in
    --dev) dev=yes ;;
    --no-kafka) kafka=no ;;
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" && exit 0 ;;
    *) echo "deploy/setup.sh: unknown option $option (see --help)" >&2 && exit 1 ;;
  esac
done
mkdir -p .run

# One set-up at a time: two would write the same .venv.
if command -v flock >/dev/null; then
  exec {lock}>.run/setup.lock
  if ! flock --nonblock "$lock"; then
    echo "• waiting for another set-up of this clone"
    flock "$lock"
  fi
fi

# step WHAT COMMAND...: run it, say how long it takes and, while it lasts, where it is; its output only when it fails.
step() {
  local what=$1 began=$SECONDS status=0 told=0 elapsed
  shift
  echo "• $what"
  "$@" >"$LOG" 2>&1 </dev/null &
  running=$!
  while kill -0 "$running" 2>/dev/null; do
    sleep 0.2
    elapsed=$((SECONDS - began))
    if [[ -t 1 ]] && ((elapsed > told)); then
      printf '\r\033[K  %4d s  %s' "$elapsed" "$(latest)"
      told=$elapsed
    elif ((elapsed >= told + 15)); then
      printf '  %4d s  %s\n' "$elapsed" "$(latest)"
      told=$elapsed
    fi
  done
  wait "$running" || status=$?
  running=
  [[ ! -t 1 ]] || printf '\r\033[K'
  if ((status)); then
    printf '  failed after %d s. The end of %s:\n' $((SECONDS - began)) "$LOG" >&2
    tail -n 20 "$LOG" | plain | sed 's/^/    /' >&2
  else
    printf '  %4d s  done\n' $((SECONDS - began))
  fi
  return "$status"
}

# The line that the running step wrote last, cut to fit. Of progress bars nothing: cut amid a character they are litter.
latest() { tail -n 1 "$LOG" | plain | sed 's#[a-z]*://[^ ]*/##g' | LC_ALL=C tr -d '\200-\377' | sed 's/^ *//' | cut -c 1-70; }

# Without what moves the cursor and changes colours.
plain() { tr -d '\r' | sed 's/\x1b\[[0-9;]*[A-Za-z]//g'; }

running=
# Commands in the background do not hear Ctrl-C themselves.
trap '[[ -z $running ]] || kill "$running" 2>/dev/null; echo; exit 130' INT TERM

can_apt() { [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; }

apt_install() {
  local apt=(apt-get -q -y -o DPkg::Lock::Timeout=300)
  if [[ -z ${apt_updated:-} ]]; then
    step "apt-get update" "${apt[@]}" update || return
    apt_updated=yes
  fi
  step "apt-get install $*" env DEBIAN_FRONTEND=noninteractive "${apt[@]}" install --no-install-recommends "$@"
}

# --- Python ----------------------------------------------------------------------------------------------------------

recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
  local candidate candidates=(python3.13 python3.12 python3.11 python3)
  [[ -z ${PYTHON:-} ]] || candidates=("$PYTHON")
  for candidate in "${candidates[@]}"; do
    if recent "$candidate"; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

make_venv() {
  local python version
  if ! python=$(find_python); then
    if ! can_apt || ! apt_install python3 python3-venv || ! python=$(find_python); then
      echo "Python 3.11 or later is needed: install it (with venv), or set PYTHON to one." >&2
      return 1
    fi
  fi
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if ! can_apt || ! apt_install "python$version-venv"; then
      echo "$python has no venv module: install python$version-venv (Debian, Ubuntu) and run this again." >&2
      return 1
    fi
  fi
  step "Python $version into .venv" "$python" -m venv --clear .venv
}

# What the environment was made of; the folder is part of it, for a moved environment does not work.
fingerprint() { { pwd && cat pyproject.toml deploy/constraints.txt; } | sha256sum | cut -d ' ' -f 1; }

has_pip() { .venv/bin/python -m pip --version >/dev/null 2>&1; }

install_packages() {
  local stamp=.venv/fenghuo-setup made='' extras=''
  [[ ! -f $stamp ]] || made=$(<"$stamp")
  [[ $made != "$PWD "*" dev" ]] || dev=yes # once for development, always for development
  [[ $dev == no ]] || extras=dev
  local wanted
  wanted="$PWD $(fingerprint) $extras"
  if [[ $made == "$wanted" ]] && recent .venv/bin/python; then
    return
  fi
  # Made somewhere else, or by halves: anew.
  if [[ -n $made && $made != "$PWD "* ]] || ! recent .venv/bin/python || ! has_pip; then
    make_venv
  fi
  step "Python packages${extras:+, those for development too}" \
    .venv/bin/python -m pip --disable-pip-version-check install -c deploy/constraints.txt -e ".${extras:+[$extras]}"
  echo "$wanted" >"$stamp"
}

# --- Kafka -----------------------------------------------------------------------------------------------------------

has_java() { .venv/bin/python deploy/kafka/localhost.py >/dev/null 2>&1; }
has_maven() { command -v mvn >/dev/null; }

fetch_broker() {
  local libs=deploy/kafka/target/libs fetched=no missing=no wanted package
  wanted=$(sha256sum <deploy/kafka/pom.xml)
  if [[ -f $libs/complete && $(<"$libs/complete") == "$wanted" ]]; then
    fetched=yes
  fi
  if can_apt && [[ -z ${JAVA_HOME:-} ]]; then
    # Where the default is too old for Kafka, a later one usually stands beside it.
    for package in default-jre-headless openjdk-21-jre-headless openjdk-17-jre-headless; do
      has_java || apt_install "$package" || true
    done
    [[ $fetched == yes ]] || has_maven || apt_install maven || true
  fi
  if [[ $fetched == no ]] && ! has_maven; then
    echo "No mvn found, and it fetches Kafka: install maven." >&2
    missing=yes
  fi
  .venv/bin/python deploy/kafka/localhost.py >/dev/null || missing=yes
  [[ $missing == no ]] || return 1
  [[ $fetched == no ]] || return 0
  rm -rf "$libs"
  step "Kafka broker" mvn -B -f deploy/kafka/pom.xml dependency:copy-dependencies || return
  echo "$wanted" >"$libs/complete"
}

# --- What only tests use ---------------------------------------------------------------------------------------------

# Tests start these themselves and skip what needs one that is not here: program=Debian package.
readonly TEST_PROGRAMS=(
  prometheus-alertmanager=prometheus-alertmanager
  prometheus=prometheus
  promtool=prometheus
  chromium=chromium
)
# Any font that has Chinese will do; this is the smallest package.
readonly TEST_FONT=fonts-wqy-microhei

has_chinese_font() { command -v fc-list >/dev/null && [[ -n $(fc-list :lang=zh-cn family) ]]; }

# The packages that lack, each once.
lacking_for_tests() {
  local pair
  {
    for pair in "${TEST_PROGRAMS[@]}"; do
      command -v "${pair%%=*}" >/dev/null || echo "${pair#*=}"
    done
    has_chinese_font || printf '%s\n' fontconfig "$TEST_FONT"
  } | sort -u
}

# Installing a package must not start a service: Debian asks policy-rc.d.
readonly POLICY=/usr/sbin/policy-rc.d
policy=
trap '[[ -z $policy ]] || rm -f "$policy"' EXIT

apt_install_at_rest() {
  local package status=0
  if [[ ! -e $POLICY ]]; then
    policy=$POLICY
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  apt_install "$@" || status=$?
  [[ -z $policy ]] || rm -f "$policy"
  policy=
  for package in "$@"; do
    ! command -v systemctl >/dev/null || systemctl disable "$package" >/dev/null 2>&1 || true
  done
  return "$status"
}

install_for_tests() {
  local lacking package
  mapfile -t lacking < <(lacking_for_tests)
  ((${#lacking[@]})) || return 0
  if can_apt && ! apt_install_at_rest "${lacking[@]}"; then
    # One that this distribution does not have must not cost the others.
    for package in "${lacking[@]}"; do
      apt_install_at_rest "$package" || true
    done
  fi
  mapfile -t lacking < <(lacking_for_tests)
  ((${#lacking[@]} == 0)) || echo "Not here (names of Debian): ${lacking[*]}. The tests that need them are skipped."
}

install_packages
[[ $dev == no ]] || install_for_tests
if [[ $kafka == yes ]] && ! fetch_broker; then
  echo "No broker, then. Or set KAFKA_BOOTSTRAP_SERVERS to use a cluster that you have." >&2
  exit "$NO_BROKER"
fi
