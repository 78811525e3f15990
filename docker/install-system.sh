#!/usr/bin/env bash
# Installs the Debian packages that Yihu needs. Arguments: run, test (one or both).
# Packages already there are left alone; needs root or sudo only when one is missing.
set -euo pipefail

fail() { echo "install-system: $*" >&2; exit 1; }

set -f # a name may be a pattern, since a library's carries its version

# libatomic1: the browser driver's own Node.js is linked to it.
declare -A groups=(
  [run]="ca-certificates sip-tester espeak-ng libfst-tools libfst*-plugins-base"
  [test]="chromium libatomic1 fonts-noto-cjk postgresql shellcheck"
)

command -v dpkg-query >/dev/null || fail "this script needs Debian (dpkg); install these by hand: ${groups[*]}"

missing=()
for group in "$@"; do
  [ -n "${groups[$group]:-}" ] || fail "unknown group '$group', use: run test"
  for package in ${groups[$group]}; do
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
done

# A venv needs ensurepip, which Debian ships apart from python3.
python="${PYTHON:-python3}"
command -v "$python" >/dev/null || missing+=(python3 python3-venv)
if command -v "$python" >/dev/null && ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  missing+=(python3-venv)
fi

[ "${#missing[@]}" -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || fail "missing Debian packages and no root: run as root: apt-get install ${missing[*]}"
  as_root=(sudo)
fi

echo "Installing Debian packages: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# PostgreSQL is only started by the tests themselves, in folders of their own.
install() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}
if ! install >"$log" 2>&1; then
  "${as_root[@]}" apt-get update >>"$log" 2>&1 || { tail -n 5 "$log" >&2; fail "apt-get update failed: see the lines above"; }
  install >>"$log" 2>&1 || { tail -n 5 "$log" >&2; fail "apt-get install failed: see the lines above"; }
fi
