# shellcheck shell=bash
# In the guest: a test picture and the kernel's own sound card (snd-aloop) through the streamer and Janus. What is played to subdevice 0 of the
# card's device 0 is heard at its device 1; what the plugin plays to subdevice 1 of device 0 likewise. A second Janus, at port 8189, hears subdevice 2
# at the rate that an HDMI bridge (vmc) tells.
# The browser is on the host. What it wants done here it writes, one shell command a file, into do.1, do.2 …; out.N and did.N are the answer.
# shellcheck source=tests/vm/guest/lib.sh
. ./lib.sh
# shellcheck source=scripts/janus.sh
. ./janus.sh
# shellcheck source=/dev/null
. ./params # JANUS_ROOT
readonly ADDRESS=127.0.1.2 SINK=sound::ustreamer::h264

busybox insmod "${VH264%/*}/vmc.ko" audio_rate=0
bridge=$(grep -l '^tc358743' /sys/class/video4linux/v4l-subdev*/name | cut -d/ -f5)

./ustreamer --device=test:320x240@15 --host="$ADDRESS" --port=8080 --h264-sink="$SINK" --h264-sink-rm > sound.log 2>&1 &
streamer=$!

# start_janus NAME PORT: with the plugin's sound from standard input; $started.
start_janus() {
    janus_config "$PWD/$1" "$JANUS_ROOT" "$PWD/libjanus_ustreamer.so" "$SINK" "$2" vec0 "$ADDRESS"
    cat >> "$1/janus.plugin.ustreamer.jcfg"
    "$JANUS_ROOT/run" /usr/bin/janus --configs-folder "$PWD/$1" --disable-colors > "$1.log" 2>&1 &
    started=$!
    until_up janus_answers "$ADDRESS:$2"
}

start_janus janus 8188 <<'C'
acap: { device = "hw:Loopback,1,0" }
aplay: { device = "hw:Loopback,0,1" }
C
export janus=$started
start_janus hdmi 8189 <<C
audio: { device = "hw:Loopback,1,2"  tc358743 = "/dev/$bridge" }
C
export hdmi=$started
until_up curl -fs -o /dev/null "http://$ADDRESS:8080/state"
touch ready
next=1
while [ ! -e 'done' ]; do
    kill -0 "$streamer"
    kill -0 "$janus" "$hdmi"
    if [ -e "do.$next" ]; then
        status=0
        bash "do.$next" > "out.$next" 2>&1 || status=$?
        echo "$status" > "did.$next.new"
        mv "did.$next.new" "did.$next"
        next=$((next + 1))
    fi
    sleep 0.1
done
kill "$janus" "$hdmi"
wait "$janus" "$hdmi"
kill -INT "$streamer"
wait "$streamer"
