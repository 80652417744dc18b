#!/usr/bin/env bash
# Part of `make run`: the metadata of two evaluation sets (docs/recipes/metadata.md), published to an
# embedded Hub in out/hub-metadata and loaded back from it with the `datasets` library.
set -euo pipefail
cd "$(dirname "$0")/.."
hubmill=build/release/hubmill
coproc SERVER { exec "$hubmill" hub serve --root out/hub-metadata --user demo; }
trap 'kill "$SERVER_PID"' EXIT
read -r url <&"${SERVER[0]}"
export HF_ENDPOINT=$url HF_HOME=out/hub-metadata/cache HF_HUB_DISABLE_TELEMETRY=1
for env in e1 e2; do
  printf '\n$ hubmill metadata --env %s --out out/metadata/%s.jsonl --push --repo demo/%s-metadata --public\n' $env $env $env
  "$hubmill" metadata --env $env --out out/metadata/$env.jsonl --data-dir samples/metadata \
    --created-at 2025-10-13T00:00:00Z --push --repo demo/$env-metadata --public
done
printf '\nLoaded back from the Hub with the datasets library:\n'
.venv/bin/python -W ignore scripts/load_metadata.py e1 e2
