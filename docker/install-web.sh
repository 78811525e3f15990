#!/usr/bin/env bash
# Builds the pages into agent_desk/web/dist; does nothing when their sources are unchanged.
# Needs .venv (docker/install-python.sh) for the wire types. A Node.js on PATH that is new
# enough is used; without one a private copy is installed into .node.
set -euo pipefail
cd "$(dirname "$0")/.."

NODE_NEEDED=20.19.0
web=agent_desk/web

fail() { echo "install-web: $*" >&2; exit 1; }

log=$(mktemp)
scratch=$(mktemp -d) # the build leaves files among the temporary ones
trap 'rm -rf "$log" "$scratch"' EXIT
run() { # a sentence for the case of failure, then the command
  local sentence=$1
  shift
  "$@" >"$log" 2>&1 </dev/null || { tail -n 15 "$log" >&2; fail "$sentence"; }
}

python=.venv/bin/python
[ -x "$python" ] || fail ".venv is missing: run make setup, which makes it first"

node_fits() {
  local version
  version=$("$1" --version 2>/dev/null) || return 1
  [ "$(printf '%s\n%s\n' "$NODE_NEEDED" "${version#v}" | sort -V | head -n 1)" = "$NODE_NEEDED" ]
}

if ! { node_fits node && command -v npm >/dev/null; } || [ -d .node ]; then
  if ! node_fits .node/bin/node || [ ! -x .node/bin/npm ]; then
    echo "Installing Node.js into .node (60 MB)"
    rm -rf .node
    run "a virtual environment for Node.js could not be made in .node: see the lines above" \
      "$python" -m venv .node
    run "Node.js could not be installed: see the lines above, or install Node.js $NODE_NEEDED or newer and run make again" \
      .node/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements/node.txt
    node_fits .node/bin/node || fail "the installed Node.js does not start on this machine: install Node.js $NODE_NEEDED or newer and run make again"
  fi
  PATH="$PWD/.node/bin:$PATH"
fi

# The wire types come from the server's code, so that counts as a source too.
sources() {
  find agent_desk models "$web" \
    \( -path "$web/node_modules" -o -path "$web/dist" -o -name __pycache__ \) -prune -o \
    -type f ! -path "$web/src/api/schema.ts" ! -path "$web/tests/*" -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum
}
stamp() { sha256sum | cut -d' ' -f1; }
packages_stamp=$(node --version | cat - "$web/package-lock.json" | stamp)
sources_stamp=$( (echo "$packages_stamp"; sources) | stamp)

if [ "$(cat "$web/node_modules/.yihu-packages" 2>/dev/null)" != "$packages_stamp" ]; then
  echo "Installing the pages' packages"
  run "the pages' packages could not be installed: see the lines above, then run make again" \
    npm --prefix "$web" ci --no-audit --no-fund --loglevel=error
  echo "$packages_stamp" >"$web/node_modules/.yihu-packages"
fi

if [ ! -f "$web/dist/index.html" ] || [ "$(cat "$web/node_modules/.yihu-built" 2>/dev/null)" != "$sources_stamp" ]; then
  echo "Building the pages"
  run "the pages could not be built: see the lines above" \
    env TMPDIR="$scratch" PYTHON="$PWD/$python" npm --prefix "$web" run build --loglevel=error
  echo "$sources_stamp" >"$web/node_modules/.yihu-built"
fi
