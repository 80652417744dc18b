#!/usr/bin/env bash
# `make run`: prepares the sample and, where ../shared/data lies beside this folder, real data sets;
# publishes each to an embedded Hub in out/hub, and loads what was published with the official
# `datasets` library.
set -euo pipefail
cd "$(dirname "$0")/.."
hubmill=build/release/hubmill
recipes=(sample)
if [ -d ../shared/data ]; then
  recipes+=(gsm8k bfcl airline)
else
  echo "(no ../shared/data: the sample only)"
fi
published=()
for recipe in "${recipes[@]}"; do
  printf '\n$ hubmill run %s --out out/%s --push --hub local --hub-root out/hub\n' "$recipe" "$recipe"
  "$hubmill" run "$recipe" --out "out/$recipe" --push --hub local --hub-root out/hub 2>&1
  published+=("local/hubmill-$recipe=out/$recipe")
done
for env in e1 e2; do  # The metadata system: docs/recipes/metadata.md
  printf '\n$ hubmill metadata --env %s --out out/metadata/%s.jsonl --push --public --repo hubmill-metadata-%s …\n' $env $env $env
  "$hubmill" metadata --env $env --out out/metadata/$env.jsonl --data-dir samples/metadata \
    --push --public --repo hubmill-metadata-$env --hub local --hub-root out/hub 2>&1
  published+=("local/hubmill-metadata-$env=out/metadata/$env.jsonl")
done

printf '\n$ hubmill llm run --in samples/llm/sets --out out/llm --push --repo hubmill-llm --hub local --hub-root out/hub\n'
"$hubmill" llm run --in samples/llm/sets --out out/llm \
  --push --repo hubmill-llm --hub local --hub-root out/hub 2>&1  # docs/recipes/llm.md
published+=("local/hubmill-llm=out/llm/pools")

printf '\n$ hubmill signals export --input samples/signals/train --out-dir out/signals --push --repo hubmill-signals --hub local --hub-root out/hub\n'
HF_EXPORT_ENABLED=true "$hubmill" signals export --input samples/signals/train --out-dir out/signals \
  --push --repo hubmill-signals --hub local --hub-root out/hub 2>&1  # docs/recipes/signals.md
published+=("local/hubmill-signals=out/signals")

# The security system: flows from the samples, configurations as the tools labelled them.
security() { printf '\n$ hubmill security %s\n' "$*"; "$hubmill" security "$@" 2>&1; }
security build-iot23 --mode test --input samples/security/flows/conn.log.labeled --outdir out/security/e1
security build-ood --mode test --input cic=samples/security/flows/cic-ids-2017.csv \
  --input unsw=samples/security/flows/unsw-nb15.csv --outdir out/security/e1
mkdir -p out/security/e2
cp samples/security/data/e2/* out/security/e2  # Made by build-k8s-tf, whose tools are not needed here.
for env in e1 e2; do  # docs/recipes/security.md
  security validate deep --env $env --data-dir out/security/$env --suffix test
  security push-canonical --env $env --data-dir out/security/$env --suffix test \
    --repo hubmill-security-$env --hub local --hub-root out/hub
  published+=("local/hubmill-security-$env=out/security/$env/*.jsonl")
done

# The feedback system, from a PostgreSQL of its own: docs/recipes/feedback.md
source scripts/demo_database.sh
scratch=$(mktemp -d)
chmod 755 "$scratch"
trap 'stop_database "$scratch/postgres"; rm -rf "$scratch"' EXIT
start_database "$scratch/postgres"
printf '\n$ hubmill feedback run --min-rows 100 --tracker none --out out/feedback --push --hub local --hub-root out/hub\n'
DEPARTMENT_DATASET=hubmill-department URGENCY_DATASET=hubmill-urgency \
  "$hubmill" feedback run --min-rows 100 --tracker none --out out/feedback --push --hub local --hub-root out/hub 2>&1
for label in department urgency; do published+=("local/hubmill-$label=out/feedback/$label"); done
stop_database "$scratch/postgres"

printf '\nLoaded from the Hub with the datasets library:\n'
"$hubmill" hub serve --root out/hub > "$scratch/url" &
server=$!
trap 'kill "$server"; wait "$server" || true; rm -rf "$scratch"' EXIT
until [ -s "$scratch/url" ]; do sleep 0.1; done
HF_ENDPOINT=$(cat "$scratch/url") HF_HOME=$scratch HF_TOKEN=hf_any \
  .venv/bin/python -W ignore scripts/load_back.py "${published[@]}"
cat <<'END'

Where to look next:
  out/sample/README.md, out/sample/manifest.json    what was made, from what, with which checksums
  build/release/hubmill hub serve --root out/hub --port 8080    the Hub: browse http://127.0.0.1:8080, or
    git clone http://127.0.0.1:8080/datasets/local/hubmill-sample
  build/release/hubmill recipe show sample          the recipe behind it; copy it and change it
  build/release/hubmill stages                      everything a recipe can do (docs/stages.md)
  docs/recipes.md                                   how to write your own, and how to publish it
END
