#!/usr/bin/env bash
# What Fenghuo is made of: a bill of materials, the licences in it, and known vulnerabilities where the service answers.
#
#   deploy/supply.sh [--out FOLDER]
#
# After deploy/setup.sh. Writes FOLDER/sbom.json (CycloneDX 1.6, of what is installed in .venv; FOLDER is .run/supply
# unless told otherwise). The tools live in an environment of their own, so that they are not in the bill themselves.
# Ends with 0 when the bill is written and every package was looked up and is clean, 3 when the service of known
# vulnerabilities could not be asked about all of them, 1 when something is wrong.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

out=.run/supply
while (($#)); do
  case $1 in
    --out) out=${2:?--out needs a folder} && shift 2 ;;
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" && exit 0 ;;
    *) echo "deploy/supply.sh: unknown option $1 (see --help)" >&2 && exit 1 ;;
  esac
done
[[ -x .venv/bin/python ]] || { echo "No .venv here: run deploy/setup.sh first." >&2 && exit 1; }
readonly TOOLS=.run/supply-tools WANTED='cyclonedx-bom==7.5.0 pip-audit==2.10.1'
mkdir -p "$out" .run
if [[ ! -f $TOOLS/made || $(<"$TOOLS/made") != "$WANTED" ]]; then
  .venv/bin/python -m venv --clear "$TOOLS"
  # shellcheck disable=SC2086 - two words
  "$TOOLS/bin/pip" --quiet --disable-pip-version-check install $WANTED
  echo "$WANTED" >"$TOOLS/made"
fi

"$TOOLS/bin/cyclonedx-py" environment .venv/bin/python --pyproject pyproject.toml --sv 1.6 --of JSON --output-reproducible -o "$out/sbom.json"
echo "bill of materials: $out/sbom.json"
.venv/bin/python deploy/licences.py

"$TOOLS/bin/pip-audit" --disable-pip --no-deps -r deploy/constraints.txt --progress-spinner off -f json -o "$out/audit.json" 2>"$out/audit.log" || true
.venv/bin/python deploy/audited.py "$out/audit.json"
