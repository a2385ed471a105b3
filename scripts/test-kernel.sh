#!/usr/bin/env bash
# Makes the test kernel in the cache folder, if it is not there: Debian's stock kernel with the modules that networking needs, and an
# initramfs around test-netns/vm/{init,guest}.sh. Nothing is installed and no root is needed. Its reader is test-netns/vm/kernel.ts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH=$PATH:/usr/sbin:/sbin

cache=${XDG_CACHE_HOME:-$HOME/.cache}/selvedge
scripts=(test-netns/vm/init.sh test-netns/vm/guest.sh)

main() {
  local kernel initramfs hash
  kernel=$(newest_kernel)
  if [ -z "$kernel" ]; then
    make_work_folder
    fetch_kernel
    kernel=$(newest_kernel)
  fi
  hash=$(cat "${scripts[@]}" | sha256sum)
  initramfs=$kernel/initramfs-${hash:0:16}
  if [ ! -e "$initramfs" ]; then
    make_work_folder
    build_initramfs "$kernel" "$initramfs"
  fi
}

say() { printf 'setup: %s\n' "$*" >&2; }
fail() {
  say "$@"
  exit 1
}

newest_kernel() {
  local image
  for image in "$cache"/kernel-*/vmlinux; do
    [ ! -e "$image" ] || printf '%s\n' "${image%/vmlinux}"
  done | sort -V | tail -n 1
}

make_work_folder() {
  [ -z "${work:-}" ] || return 0
  mkdir -p "$cache" && work=$(mktemp -d "$cache/making.XXXXXX") || fail "cannot write to the cache folder $cache"
  trap 'rm -rf "$work"' EXIT
}

fetch_kernel() {
  local version unpacked=$work/unpacked made=$work/kernel modules
  say "fetching Debian's kernel for the test machine into $cache (70 MB, once)"
  command -v apt-get >/dev/null || fail 'the test kernel comes as a Debian package, and there is no apt-get to fetch it'
  download_packages >/dev/null 2>&1 || { refresh_lists && download_packages; } >"$work/log" 2>&1 || {
    tail -n 20 "$work/log" >&2
    fail 'could not fetch the packages linux-image-amd64 and busybox-static (see above; is a Debian mirror reachable?)'
  }
  mkdir "$unpacked" "$made"
  for package in "$work"/*.deb; do
    dpkg-deb -x "$package" "$unpacked"
  done
  version=$(cd "$unpacked/boot" && echo vmlinuz-*)
  version=${version#vmlinuz-}
  mv "$(first_of "$unpacked/bin/busybox" "$unpacked/usr/bin/busybox")" "$made/busybox"
  unpack_image "$unpacked/boot/vmlinuz-$version" "$made/vmlinux"
  modules=$(first_of "$unpacked/lib/modules/$version" "$unpacked/usr/lib/modules/$version")
  keep_modules "$modules" "$made/lib/modules/$version"
  depmod -b "$made" "$version"
  # Made aside and moved whole, so that a folder of this name is always complete; when two run, the first one's stays.
  mv -T "$made" "$cache/kernel-$version" 2>/dev/null || [ -e "$cache/kernel-$version/vmlinux" ]
}

apt_options=(-o APT::Sandbox::User=root)

# The stock kernel's package is whatever the metapackage depends on today.
download_packages() {
  local package
  package=$(apt-cache "${apt_options[@]}" depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1) &&
    [ -n "$package" ] &&
    (cd "$work" && apt-get "${apt_options[@]}" download "$package" busybox-static)
}

# Only root may refresh the machine's package lists; anyone may keep lists of their own.
refresh_lists() {
  if [ "$(id -u)" != 0 ]; then
    mkdir -p "$work/apt/state/lists/partial" "$work/apt/cache/archives/partial"
    apt_options+=(-o "Dir::State=$work/apt/state" -o "Dir::Cache=$work/apt/cache" -o Debug::NoLocking=1)
  fi
  apt-get "${apt_options[@]}" update
}

first_of() {
  local path
  for path; do
    [ ! -e "$path" ] || { printf '%s\n' "$path" && return; }
  done
  fail "none of these is in the packages: $*"
}

# Debian packs its kernel with xz, and unpacking takes an emulated machine 6 s at each start. A kernel packed otherwise stays as it is.
unpack_image() {
  local offset
  offset=$(LC_ALL=C grep --text --byte-offset --only-matching --max-count 1 --perl-regexp '\xfd7zXZ\x00' "$1" | head -n 1 | cut -d : -f 1 || true)
  if [ -n "$offset" ]; then
    # xz stumbles over what follows the packed part, after all of it came out.
    tail -c "+$((offset + 1))" "$1" | xz --decompress --stdout >"$2" 2>/dev/null || true
  fi
  [ "$(head -c 4 "$2" 2>/dev/null | tail -c 3)" = ELF ] || cp "$1" "$2"
}

# 60 of 400 MB: no sound, no graphics, no network cards.
keep_modules() {
  local from=$1 to=$2 folder
  mkdir -p "$to/kernel/drivers/net"
  cp "$from"/modules.builtin* "$from/modules.order" "$to"
  for folder in arch crypto lib mm net fs/9p fs/netfs fs/fscache fs/overlayfs drivers/virtio drivers/char drivers/block; do
    [ ! -e "$from/kernel/$folder" ] || { mkdir -p "$(dirname "$to/kernel/$folder")" && cp -a "$from/kernel/$folder" "$to/kernel/$folder"; }
  done
  cp "$from"/kernel/drivers/net/*.ko* "$to/kernel/drivers/net"
  for folder in bonding ipvlan vxlan wireguard; do
    cp -a "$from/kernel/drivers/net/$folder" "$to/kernel/drivers/net/$folder"
  done
  # insmod of the initramfs reads plain modules only; Debian 13 packs them.
  find "$to" -name '*.ko.xz' -exec xz --decompress {} +
}

build_initramfs() {
  local kernel=$1 target=$2 root=$work/initramfs version=${1##*/kernel-} number=100 module
  mkdir -p "$root/modules"
  cp "$kernel/busybox" "$root/busybox"
  cp "${scripts[@]}" "$root"
  mv "$root/init.sh" "$root/init"
  chmod 755 "$root/init" "$root/busybox"
  # Numbered, because the order matters: each module after those it depends on.
  for module in virtio_pci 9pnet_virtio 9p overlay virtio_console; do
    modprobe --dirname "$kernel" --set-version "$version" --show-depends "$module"
  done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$work/modules"
  while read -r module; do
    cp "$module" "$root/modules/$((number += 1))-${module##*/}"
  done <"$work/modules"
  (cd "$root" && find . | "$kernel/busybox" cpio --quiet -o -H newc) >"$work/packed"
  mv "$work/packed" "$target"
}

main
