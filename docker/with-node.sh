#!/usr/bin/env bash
# Runs a command with the Node.js that docker/install-web.sh chose.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
[ -d "$here/.node/bin" ] && PATH="$here/.node/bin:$PATH"
exec "$@"
