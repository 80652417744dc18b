#!/usr/bin/env bash
# The embedded Hub judged by older generations of the official clients, each in an environment of its
# own under build/hub-clients; today's are judged by `make test`.
set -euo pipefail
cd "$(dirname "$0")/.."
pythons=()
for file in tests/peers/hub/clients-*.txt; do
  folder=build/hub-clients/$(basename "$file" .txt)-$(sha256sum "$file" | cut -c1-8)
  if [ ! -e "$folder/.installed" ]; then
    rm -rf "$folder"
    .venv/bin/python -m venv "$folder"
    "$folder/bin/python" -m pip install -q --disable-pip-version-check -r "$file"
    touch "$folder/.installed"
  fi
  pythons+=("$PWD/$folder/bin/python")
done
mkdir -p build/reports
export HUBMILL_HUB_PYTHONS
HUBMILL_HUB_PYTHONS=$(IFS=:; echo "${pythons[*]}")
.venv/bin/python -m pytest tests/peers/hub/hub_flows_test.py -q -k hub-clients \
  --junitxml build/reports/hub_clients.xml "$@"
