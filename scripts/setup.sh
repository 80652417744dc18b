#!/usr/bin/env bash
# Installs what a build needs, and only what is missing: Debian's packages by apt, and pinned Python
# wheels into .venv.  A second call finds everything there and takes well under a second.
#   scripts/setup.sh [build|test|web|browser|clang|duckdb|peers|tools]...
set -euo pipefail
cd "$(dirname "$0")/.."

build_packages=(build-essential cmake ninja-build ccache mold pkg-config patchelf zstd python3-venv
  libsimdjson-dev nlohmann-json3-dev libre2-dev libcurl4-openssl-dev libgit2-dev libpq-dev libsqlite3-dev liblz4-dev git libyaml-cpp-dev
  libxxhash-dev libcli11-dev libssl-dev zlib1g-dev libzstd-dev libgtest-dev libgmock-dev libbenchmark-dev
  librapidcheck-dev)
test_packages=(postgresql)
missing=()
clang_packages=(clang-14 clang-tidy-14 clang-format-14 libclang-rt-14-dev)

say() { echo "setup: $*" >&2; }
. security/find_python.sh

as_root() {
  if [ "$(id -u)" = 0 ]; then
    env DEBIAN_FRONTEND=noninteractive "$@"
  elif command -v sudo >/dev/null; then
    sudo env DEBIAN_FRONTEND=noninteractive "$@"
  else
    say "cannot install packages: neither root nor sudo; remedy: install by hand: ${missing[*]}"
    exit 1
  fi
}

install_debian() {
  missing=()
  local package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
      missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "installing Debian packages: ${missing[*]}"
  if ! as_root apt-get install -y -q --no-install-recommends "${missing[@]}" >/tmp/hubmill-apt.log 2>&1; then
    as_root apt-get update -q >/tmp/hubmill-apt.log 2>&1 ||
      { cat /tmp/hubmill-apt.log >&2; say "apt-get update failed"; exit 1; }
    as_root apt-get install -y -q --no-install-recommends "${missing[@]}" >/tmp/hubmill-apt.log 2>&1 ||
      { cat /tmp/hubmill-apt.log >&2; say "apt-get install failed"; exit 1; }
  fi
}

# PostgreSQL's programs; without the server that its package would start.
install_servers() {
  compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null && return
  [ -e /etc/postgresql-common/createcluster.conf ] ||
    as_root bash -c 'mkdir -p /etc/postgresql-common && echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf'
  install_debian "${test_packages[@]}"
}

# install_wheels FILE: makes .venv hold exactly the versions that FILE pins.
install_wheels() {
  local stamp python
  stamp=".venv/.installed-$(cat requirements.txt "$1" | sha256sum | cut -c1-16)"
  [ -e "$stamp" ] && .venv/bin/python -c '' 2>/dev/null && return
  if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    rm -rf .venv
    python=$(find_python)
    "$python" -m venv .venv
  fi
  say "installing Python wheels of $1 into .venv"
  .venv/bin/python -m pip install -q --disable-pip-version-check -r "$1"
  touch "$stamp"
}

# Node and the packages of web/package-lock.json, which bundle the pages.  A Node of another source than
# Debian's brings its own npm.
install_web() {
  local stamp
  stamp="web/node_modules/.installed-$(sha256sum <web/package-lock.json | cut -c1-16)"
  [ -e "$stamp" ] && node --version >/dev/null 2>&1 && return
  command -v node >/dev/null || install_debian nodejs
  command -v npm >/dev/null || install_debian npm
  say "installing the packages of web/package-lock.json into web/node_modules"
  (cd web && npm ci --ignore-scripts --no-fund --no-audit --loglevel=error >&2)
  touch "$stamp"
}

# install_apart NAME: the wheels of requirements-NAME.txt, in an environment of their own, .ci/NAME.
install_apart() {
  local stamp
  stamp=".ci/$1/.installed-$(sha256sum <"requirements-$1.txt" | cut -c1-16)"
  [ -e "$stamp" ] && ".ci/$1/bin/python" -c '' 2>/dev/null && return
  rm -rf ".ci/$1"
  "$(find_python)" -m venv ".ci/$1"
  say "installing Python wheels of requirements-$1.txt into .ci/$1"
  ".ci/$1/bin/python" -m pip install -q --disable-pip-version-check -r "requirements-$1.txt"
  touch "$stamp"
}

# The tools of `hubmill security` that tests run: what can be had, which is not KubeLinter.
install_tools() {
  local stamp
  stamp=".ci/tools/.installed-$(cat security/*.sh security/versions.txt security/requirements-*.txt | sha256sum | cut -c1-16)"
  [ -e "$stamp" ] && return
  if bash security/install_tools.sh .ci/tools security/versions.txt semgrep checkov opa; then
    touch "$stamp"
  else
    say "tests that need one of the tools will be skipped"
  fi
}

for part in "${@:-build}"; do
  case "$part" in
    build) install_debian "${build_packages[@]}"; install_wheels requirements.txt; install_web ;;
    test) install_debian "${build_packages[@]}"; install_servers; install_wheels requirements-test.txt; install_web ;;
    web) install_web ;;
    browser) install_debian chromium; install_web ;;
    clang) install_debian "${clang_packages[@]}" ;;
    duckdb | peers) install_apart "$part" ;;
    tools) install_tools ;;
    *) say "unknown part: $part; remedy: build, test, web, browser, clang, duckdb, peers or tools"; exit 2 ;;
  esac
done
