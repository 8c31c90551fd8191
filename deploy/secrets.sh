#!/usr/bin/env bash
# Make the secrets that compose.yaml hands to the containers, each in a file of its own; what is there stays.
#
#   deploy/secrets.sh [FOLDER]          FOLDER: deploy/secrets when none is given
#
# Hashes of passwords are yours to make (README.md): FOLDER/passwords.yaml, before this runs or before it runs again.
# Run as root, the files belong to the user of the containers (10001) and nobody else reads them. Run as somebody else,
# they are yours: then the containers have to run as you, which FENGHUO_USER in deploy/.env says.
set -euo pipefail
folder=${1:-$(dirname "${BASH_SOURCE[0]}")/secrets}
readonly OF_THE_IMAGE=10001:10001

mkdir -p "$folder"
chmod 0711 "$folder"
for name in reporter-key token-key grafana-admin-password; do
  file=$folder/$name
  if [[ -s $file ]]; then
    echo "kept    $file"
    continue
  fi
  (umask 0077 && head -c 32 /dev/urandom | base64 | tr -d '\n' >"$file")
  chmod 0400 "$file"
  echo "created $file"
done
of_ours=("$folder/reporter-key" "$folder/token-key")
if [[ -e $folder/passwords.yaml ]]; then
  chmod 0400 "$folder/passwords.yaml"
  of_ours+=("$folder/passwords.yaml")
else
  echo "missing $folder/passwords.yaml: the board does not start without it (deploy/README.md)"
fi
chmod 0444 "$folder/grafana-admin-password" # Grafana's image has a user of its own
if [[ $(id -u) == 0 ]]; then
  chown "$OF_THE_IMAGE" "${of_ours[@]}"
else
  echo "set in deploy/.env:  FENGHUO_USER=$(id -u):$(id -g)"
fi
