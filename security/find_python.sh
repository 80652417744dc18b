# Sourced by security/install_tools.sh and scripts/setup.sh, which have say().

# The first Python that can make an environment.
find_python() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  say "no Python 3.10 or newer with venv; remedy: install python3 and python3-venv"
  return 1
}
