#!/usr/bin/env bash
# Builds dist/hubmill-VERSION-py3-none-linux_x86_64.whl: the binary, with Debian's libraries linked in
# (or, where Debian has no archive, beside it), and Arrow's found in the pyarrow that pip installs.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh release hubmill

stage=build/package/wheel
rm -rf "$stage"
mkdir -p "$stage" dist
cp -r python/. "$stage/"
mkdir -p "$stage/hubmill/bin" "$stage/hubmill/lib"
binary=$stage/hubmill/bin/hubmill
install -m 755 build/release/hubmill "$binary"
strip "$binary"

# What is neither Arrow's nor the C++ runtime's, and was not linked in, travels in lib/.
ldd "$binary" | awk '$3 ~ /^\// {print $1, $3}' | while read -r name path; do
  case "$name" in
    libarrow*|libparquet*|libc.so*|libm.so*|libstdc++.so*|libgcc_s.so*|libpthread.so*|libdl.so*|librt.so*) ;;
    *) install -m 755 "$path" "$stage/hubmill/lib/$name" ;;
  esac
done
# shellcheck disable=SC2016
patchelf --set-rpath '$ORIGIN/../lib:$ORIGIN/../../pyarrow' "$binary"
find "$stage/hubmill/lib" -name '*.so*' -exec patchelf --set-rpath '$ORIGIN' {} +
rmdir "$stage/hubmill/lib" 2>/dev/null || true

[ -e .venv/bin/python ] || scripts/setup.sh build
.venv/bin/python -m pip install -q --disable-pip-version-check setuptools==80.9.0 wheel==0.45.1
rm -f dist/hubmill-*.whl
.venv/bin/python -m pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation \
  -w build/package/dist "$stage"
wheel=$(ls build/package/dist/hubmill-*.whl)
# Built from Python alone it would claim to run anywhere; it holds a binary of this machine's kind.
.venv/bin/python -m wheel tags --remove --platform-tag "linux_$(uname -m)" "$wheel" >/dev/null
mv build/package/dist/hubmill-*.whl dist/
ls -l dist/*.whl
