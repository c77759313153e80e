# shellcheck shell=bash
# life.sh VERSION, in a small Debian 13 with Debian's ustreamer: /tmp/now.deb is installed, run, upgraded to /tmp/next.deb, removed, purged.
set -euo pipefail
die() { echo "life.sh: error: $*" >&2; exit 1; }
ok() { echo "ok: $*" >&2; }
quietly() { "$@" > /tmp/log 2>&1 || { cat /tmp/log >&2; die "$*"; }; }
version=$1

# What is on the disk, but for what every package leaves: logs, the packager's own notes, and the copies made when a user is added.
files() { find / -xdev \( -path /proc -o -path /dev -o -path /tmp -o -path /run -o -path /var/log -o -path /var/cache -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path '/etc/*-' \) -prune -o -print | sort; }

dpkg -s ustreamer > /dev/null || die "Debian's ustreamer is not there"
dpkg -L ustreamer | sort > /tmp/theirs
files > /tmp/before

quietly apt-get install -y --no-install-recommends /tmp/now.deb
dpkg -s rustreamer | grep -q '^Status: install ok installed' || die "it is not installed"
! dpkg -s ustreamer 2> /dev/null | grep -q '^Status: install ok' || die "Debian's ustreamer is still there"
[ "$(ustreamer --version)" = "$version" ] || die "another ustreamer is in PATH"
getent passwd ustreamer > /dev/null || die "the user of its service is missing"
ok "installed in place of Debian's ustreamer"

ustreamer --device=test:320x240@10 --port=8099 --h264-sink=deb::h264 --h264-sink-rm 2> /tmp/ustreamer.log &
ask() { exec 3<> /dev/tcp/127.0.0.1/8099 && printf 'GET /state HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&3 && cat <&3; }
for _ in {1..100}; do
    ask > /tmp/answer 2> /dev/null && break
    sleep 0.1
done
grep -q '^HTTP/1.1 200' /tmp/answer || { cat /tmp/ustreamer.log >&2; die "it does not answer"; }
timeout 30 ustreamer-dump --sink=deb::h264 --count=3 --output=/tmp/frames || die "its sink gives no frames"
[ -s /tmp/frames ] || die "its sink gives empty frames"
kill %1
wait %1 || die "it does not end well"
ok "it runs, and is read"

echo '# the owner was here' >> /etc/default/ustreamer
quietly apt-get install -y --no-install-recommends /tmp/next.deb
dpkg -s rustreamer | grep -qF "Version: $version+next" || die "it is not upgraded"
grep -q 'the owner was here' /etc/default/ustreamer || die "the owner's change is lost"
ok "upgraded; the owner's configuration is kept"

quietly apt-get remove -y rustreamer
[ ! -e /usr/bin/ustreamer ] || die "the program is still there"
[ -e /etc/default/ustreamer ] || die "removing it took the configuration"
quietly apt-get purge -y rustreamer
files > /tmp/after
comm -13 /tmp/before /tmp/after > /tmp/left
[ ! -s /tmp/left ] || { cat /tmp/left >&2; die "purging it left these files"; }
comm -23 /tmp/before /tmp/after | comm -23 - /tmp/theirs > /tmp/lost
[ ! -s /tmp/lost ] || { cat /tmp/lost >&2; die "these files of others are gone"; }
ok "removed, and purged without a trace"
