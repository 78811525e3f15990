#!/usr/bin/env bash
# Unpacks Asterisk and its libraries into a private root, without root rights.
#
#   docker/install-asterisk.sh [TARGET]
#
# TARGET is ${YIHU_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/yihu}/asterisk unless given.
# The packages come from Debian unstable, on the mirror that this machine's own apt uses, and
# apt checks their signatures. Nothing is installed on the machine itself. A finished TARGET
# is left as it is; an unfinished download never becomes TARGET.
set -euo pipefail
export LC_ALL=C
umask 022

readonly LEAST_VERSION=20
readonly NEEDED_KIB=900000
readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
readonly STAMP=.yihu-asterisk
readonly APT_SOURCES=${APT_SOURCES:-/etc/apt}

fail() {
    printf 'install-asterisk: %s\n' "$1" >&2
    exit 1
}

cache=${YIHU_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:?set HOME, YIHU_CACHE_DIR or name a TARGET}/.cache}/yihu}
[[ $# -le 1 ]] || fail "takes one argument at most: the folder to unpack into."
target=${1:-$cache/asterisk}
[[ $target == /* ]] || target=$PWD/$target

# Prints the version of the Asterisk in the root $1, or fails.
version_of() {
    local loaders=("$1"/usr/lib/*-linux-gnu*/ld-linux-*.so.*)
    [[ -x ${loaders[0]} ]] || return 1
    "${loaders[0]}" --library-path "${loaders[0]%/*}" "$1/usr/sbin/asterisk" -V 2>/dev/null |
        sed -nE 's/^Asterisk ([0-9][0-9.]*).*/\1/p'
}

# Whether root $1 is finished and its Asterisk runs and is new enough.
is_ready() {
    local version
    [[ -f $1/$STAMP ]] || return 1
    version=$(version_of "$1") || return 1
    [[ -n $version && ${version%%.*} -ge $LEAST_VERSION ]]
}

# Prints the addresses of this machine's Debian archives, security archives left out.
mirrors() {
    local codename suites stanzas lines
    shopt -s nullglob
    stanzas=("$APT_SOURCES"/sources.list.d/*.sources)
    lines=("$APT_SOURCES"/sources.lis[t] "$APT_SOURCES"/sources.list.d/*.list)
    shopt -u nullglob
    # shellcheck source=/dev/null
    codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-stable}")
    suites="^($codename|stable|testing|unstable|sid|oldstable)(/.*)?\$"
    {
        awk -v suites="$suites" '
            function flush(   i, n, wanted, list) {
                n = split(f["suites"], list, " "); wanted = 0
                for (i = 1; i <= n; i++) if (list[i] ~ suites) wanted = 1
                if (wanted && f["types"] ~ /(^| )deb( |$)/ && f["enabled"] !~ /^(no|false|0)$/) {
                    n = split(f["uris"], list, " ")
                    for (i = 1; i <= n; i++) print list[i]
                }
                delete f; key = ""
            }
            FNR == 1 { flush() }
            /^#/ { next }
            /^[ \t]*$/ { flush(); next }
            /^[ \t]/ { f[key] = f[key] " " $0; next }
            { key = tolower(substr($0, 1, index($0, ":") - 1))
              value = substr($0, index($0, ":") + 1); gsub(/^[ \t]+|[ \t]+$/, "", value)
              f[key] = key == "enabled" ? tolower(value) : value }
            END { flush() }
        ' /dev/null "${stanzas[@]}"
        awk -v suites="$suites" '
            $1 == "deb" { sub(/\[[^]]*\]/, ""); if ($3 ~ suites) print $2 }
        ' /dev/null "${lines[@]}"
    } | grep -E '^[a-z+]+:/' | grep -vE '^cdrom:|security' | awk '!seen[$0]++'
}

for tool in apt-get apt-config dpkg dpkg-deb flock awk; do
    command -v "$tool" >/dev/null ||
        fail "needs $tool, which this machine lacks; on a system without apt, install Asterisk $LEAST_VERSION or newer yourself and set YIHU_ASTERISK_PROGRAM to its path."
done

parent=$(dirname "$target")
mkdir -p "$parent" 2>/dev/null || fail "cannot create $parent; name a folder that you may write to."
[[ -w $parent ]] || fail "cannot write to $parent; name a folder that you may write to."

exec 9>"$target.lock"
flock -w 900 9 || fail "another installation into $target has been running for 15 minutes; end it first."
if is_ready "$target"; then
    printf 'Asterisk %s is ready in %s\n' "$(version_of "$target")" "$target"
    exit 0
fi

rm -rf "$target".part.* # what an installation that was killed left behind
free=$(df -Pk "$parent" | awk 'NR == 2 { print $4 }')
[[ $free -ge $NEEDED_KIB ]] ||
    fail "needs $((NEEDED_KIB / 1000)) MB free in $parent, but $((free / 1000)) MB are; free some or set YIHU_CACHE_DIR to another disk."
[[ -r $KEYRING ]] || fail "needs $KEYRING; install the package debian-archive-keyring."

work=$(mktemp -d "$target.part.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

root=$work/root
apt=$work/apt
mkdir -p "$root" "$apt"/{state/lists/partial,cache/archives/partial,conf.d,preferences.d,sources.d}
: >"$apt/status"
# The machine's own proxies and time-outs hold here too; its hooks do not.
apt-config dump | grep '^Acquire::' >"$apt/conf.d/acquire" || true
cat >"$apt/apt.conf" <<CONF
Dir::State "$apt/state";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Etc::parts "$apt/conf.d";
Dir::Etc::main "/dev/null";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "$apt/sources.d";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$apt/preferences.d";
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
Debug::NoLocking "true";
CONF
export APT_CONFIG=$apt/apt.conf

architecture=$(dpkg --print-architecture)
fetched=
while read -r mirror; do
    echo "deb [arch=$architecture signed-by=$KEYRING] $mirror sid main" >"$apt/sources.list"
    printf 'Reading the package lists of Debian unstable ...\n'
    if apt-get -q update --error-on=any >"$work/log" 2>&1; then
        fetched=yes
        break
    fi
done < <(mirrors || true)
if [[ -z $fetched ]]; then
    [[ -s $apt/sources.list ]] ||
        fail "found no Debian archive in this machine's apt sources; add one, or install Asterisk $LEAST_VERSION or newer yourself and set YIHU_ASTERISK_PROGRAM."
    fail "cannot read Debian unstable from this machine's mirror ($(grep -E '^(E|W):' "$work/log" | tail -1 | sed -E 's#[a-z+]+://[^ ]*#the mirror#g')); check the network, then start again."
fi

printf 'Downloading Asterisk and its libraries ...\n'
apt-get -q install -y --download-only asterisk >"$work/log" 2>&1 ||
    fail "cannot download the packages ($(grep '^E:' "$work/log" | head -1 | sed -E 's#[a-z+]+://[^ ]*#the mirror#g')); check the network and the disk, then start again."

printf 'Unpacking ...\n'
for package in "$apt"/cache/archives/*.deb; do
    dpkg-deb -x "$package" "$root" 2>"$work/log" ||
        fail "cannot unpack $(basename "$package") ($(tail -1 "$work/log")); free some disk space, then start again."
    rm -f "$package"
done
rm -rf "$root"/usr/share/{doc,man,info,locale,lintian,bug,perl,perl5,zoneinfo,bash-completion} \
    "$root"/usr/share/{debconf,pam,pam-configs,i18n,doc-base,menu,applications} \
    "${root:?}"/{var,etc/asterisk,usr/lib/systemd,usr/lib/tmpfiles.d}

version=$(version_of "$root") || true
[[ -n $version ]] || fail "the unpacked Asterisk does not run on this machine ($architecture)."
[[ ${version%%.*} -ge $LEAST_VERSION ]] ||
    fail "the mirror offers Asterisk $version, but $LEAST_VERSION or newer is needed."
printf '%s\n' "$version" >"$root/$STAMP"

[[ ! -e $target ]] || mv "$target" "$work/old"
mv "$root" "$target"
printf 'Asterisk %s is ready in %s\n' "$version" "$target"
