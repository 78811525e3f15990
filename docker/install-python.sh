#!/usr/bin/env bash
# Makes .venv with the locked packages. Arguments: the Python program, then main and/or dev.
# Does nothing when the lock files are those of the last run.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "install-python: $*" >&2; exit 1; }

python=$1
shift
# The voices' packages refuse to be installed with Python 3.13.
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null ||
  fail "Python 3.11 or 3.12 is needed and '$python' is neither: call make PYTHON=/path/to/python3.11"

args=()
for part in "$@"; do args+=(-r "requirements/$part.txt"); done
stamp() { cat pyproject.toml "$1" | sha256sum | cut -d' ' -f1; }

fresh=true
for part in "$@"; do
  [ "$(cat ".venv/.$part" 2>/dev/null)" = "$(stamp "requirements/$part.txt")" ] || fresh=false
done
[ -x .venv/bin/yihu ] && [ -x .venv/bin/python ] && "$fresh" && exit 0

echo "Installing Python packages ($*), a few minutes the first time"
.venv/bin/python -c '' 2>/dev/null || "$python" -m venv --clear .venv
log=$(mktemp)
trap 'rm -f "$log"' EXIT
pip() { .venv/bin/python -m pip --disable-pip-version-check install --quiet "$@" >"$log" 2>&1; }
pip --require-hashes "${args[@]}" || { tail -n 5 "$log" >&2; fail "the locked packages could not be installed: see the lines above, then run make again"; }
pip --no-deps --no-build-isolation --editable . || { tail -n 5 "$log" >&2; fail "the project itself could not be installed: see the lines above"; }
for part in "$@"; do stamp "requirements/$part.txt" >".venv/.$part"; done
