#!/usr/bin/env bash
# Lints every shell script of the project.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v shellcheck >/dev/null || { echo "lint: shellcheck is missing: run make setup-test" >&2; exit 1; }
shellcheck docker/*.sh .ci/run
