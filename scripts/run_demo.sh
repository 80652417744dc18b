#!/usr/bin/env bash
# `make run`: prepares the sample and, where ../shared/data lies beside this folder, real data sets;
# then loads every output back with the official `datasets` library.
set -euo pipefail
cd "$(dirname "$0")/.."
hubmill=build/release/hubmill
recipes=(sample)
if [ -d ../shared/data ]; then
  recipes+=(gsm8k bfcl airline)
else
  echo "(no ../shared/data: the sample only)"
fi
outputs=()
for recipe in "${recipes[@]}"; do
  printf '\n$ hubmill run %s --out out/%s\n' "$recipe" "$recipe"
  "$hubmill" run "$recipe" --out "out/$recipe" 2>&1
  outputs+=("out/$recipe")
done
printf '\nLoaded back with the datasets library:\n'
HF_HUB_OFFLINE=1 .venv/bin/python -W ignore scripts/load_back.py "${outputs[@]}"
scripts/demo_metadata.sh
cat <<'END'

Where to look next:
  out/sample/README.md, out/sample/manifest.json    what was made, from what, with which checksums
  build/release/hubmill recipe show sample          the recipe behind it; copy it and change it
  build/release/hubmill stages                      everything a recipe can do (docs/stages.md)
  docs/recipes.md                                   how to write your own
END
