#!/bin/bash
# kernel.sh: prints a folder with the tests' own kernel: `linux`, User-Mode Linux with a virtual HDMI receiver (vivid) and GPIO chips (gpio-sim), `vh264.ko`, the
# virtual encoders of H.264 and JPEG, `vmc.ko`, a virtual HDMI receiver of the media controller, and `v4l2loopback.ko`, Debian's camera that gives what a
# program writes into it. All are built when they are not in the cache: the kernel in about ten minutes, the modules in some seconds.
#
# The kernel is Debian's linux-source of one release, whatever this machine runs, with config/*.config and patches/*.patch.
# What the cache keeps is named after these files and the compiler; a newer point release of the source makes no new kernel.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/cache.sh
. ../../scripts/cache.sh
# shellcheck source=scripts/apt-view.sh
. ../../scripts/apt-view.sh

readonly SUITES='bookworm bookworm-security' PACKAGE=linux-source-6.1 LOOPBACK=v4l2loopback-dkms

[ "$(uname -m)" = x86_64 ] || die "the test kernel is User-Mode Linux, which exists for x86-64 only; this machine is $(uname -m)"
compiler="gcc-$(gcc -dumpfullversion)"
hash_of() { cat "$@" | sha256sum | cut -c1-12; }
kernel=$CACHE/vm/kernel-$(hash_of config/*.config patches/*.patch <(echo "$compiler"))
loopback=$CACHE/vm/v4l2loopback-$(hash_of <(echo "$kernel $LOOPBACK"))
modules=$CACHE/vm/modules-$(hash_of {vh264,vmc}/Kbuild {vh264,vmc}/*.[ch] <(echo "$kernel $loopback"))
mkdir -p "$CACHE/vm"

# kmake ARG...: the kernel's make, on the kernel's own tree.
kmake() { make -C "$kernel/source" ARCH=um O="$kernel/build" "$@"; }

# progress: a line for every 200 compiled files of what make says.
progress() { awk '/^  CC/ && ++n % 200 == 0 { print "test kernel: " n " files compiled" > "/dev/stderr" }'; }

build_kernel() {
    local deb line patch start=$SECONDS
    cd "$kernel"
    say "test kernel: fetching $PACKAGE"
    apt_view apt "$SUITES" amd64
    fetch apt/archives "$PACKAGE"
    deb=$(echo apt/archives/$PACKAGE*.deb)
    basename "$deb" .deb > made-from
    dpkg-deb --fsys-tarfile "$deb" | tar -xO ./usr/src/$PACKAGE.tar.xz | xz -dc | tar -x
    mv "$PACKAGE" source
    rm -rf apt
    for patch in "$OLDPWD"/patches/*.patch; do
        patch -s -d source -p1 < "$patch"
    done
    mkdir build
    cat "$OLDPWD"/config/*.config > config
    kmake -s KCONFIG_ALLCONFIG="$kernel/config" allnoconfig
    while read -r line; do
        grep -qxF "$line" build/.config || die "the test kernel's configuration does not take $line"
    done < <(grep ^CONFIG_ config)
    say "test kernel: compiling 800 files, about ten minutes, this once"
    kmake -j"$(nproc)" linux modules 2>&1 | tee log | progress || { tail -n 30 log >&2; die "the test kernel does not build; the end of $kernel/log is above"; }
    mv build/linux .
    trim
    cd "$OLDPWD"
    say "test kernel: ready after $(((SECONDS - start) / 60)) min $(((SECONDS - start) % 60)) s, kept in $kernel"
}

# What a later build of a module needs stays (headers, scripts, Module.symvers), and the font that vivid writes with. The rest (1.5 GB) goes.
trim() {
    find source -mindepth 1 -maxdepth 1 ! -name include ! -name scripts ! -name arch ! -name lib ! -name Makefile ! -name Kbuild -exec rm -rf {} +
    find source/arch -mindepth 1 -maxdepth 1 ! -name um ! -name x86 ! -name Kconfig -exec rm -rf {} +
    find source/lib -type f ! -name font_8x16.c -delete
    find build \( -name '*.o' -o -name '*.a' -o -name '*.cmd' \) ! -path '*/scripts/*' -delete
    rm -f build/vmlinux
}

build_loopback() {
    cd "$loopback"
    apt_view apt "$SUITES" amd64
    fetch apt/archives $LOOPBACK
    basename apt/archives/*.deb .deb > made-from
    dpkg-deb --fsys-tarfile apt/archives/*.deb | tar -x --strip-components=4 --wildcards './usr/src/v4l2loopback-*/*'
    rm -rf apt
    kmake -s M="$loopback" modules > log 2>&1 || { cat log >&2; die "v4l2loopback does not build"; }
    cd "$OLDPWD"
}

build_modules() {
    local name folder
    for name in vh264 vmc; do
        folder=$modules/$name
        mkdir "$folder"
        cp "$name/Kbuild" "$name"/*.[ch] "$folder"
        kmake -s M="$folder" modules > "$folder/log" 2>&1 || { cat "$folder/log" >&2; die "$name does not build"; }
        ln -s "$name/$name.ko" "$modules"
    done
    ln -s "$kernel/linux" "$kernel/source/lib/fonts/font_8x16.c" "$loopback/v4l2loopback.ko" "$modules"
}

# made FOLDER BUILDER: runs BUILDER to fill FOLDER, unless it did so before. (A kernel tree has its own path in it, so it is built in place.)
made() {
    [ ! -e "$1/complete" ] || return 0
    rm -rf "$1"
    mkdir "$1"
    "$2"
    touch "$1/complete"
}

# One builder at a time; the second one finds it done.
exec 9> "$CACHE/vm/lock"
flock 9
made "$kernel" build_kernel
made "$loopback" build_loopback
made "$modules" build_modules
echo "$modules"
