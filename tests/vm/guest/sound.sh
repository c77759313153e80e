# shellcheck shell=bash
# In the guest: a test picture and the kernel's own sound card (snd-aloop) through the streamer and Janus. What is played to subdevice 0 of the
# card's device 0 is heard at its device 1; what the plugin plays to subdevice 1 of device 0 likewise.
# The browser is on the host. What it wants done here it writes, one shell command a file, into do.1, do.2 …; out.N and did.N are the answer.
# shellcheck source=tests/vm/guest/lib.sh
. ./lib.sh
# shellcheck source=scripts/janus.sh
. ./janus.sh
# shellcheck source=/dev/null
. ./params # JANUS_ROOT
readonly ADDRESS=127.0.1.2 SINK=sound::ustreamer::h264

./ustreamer --device=test:320x240@15 --host="$ADDRESS" --port=8080 --h264-sink="$SINK" --h264-sink-rm > sound.log 2>&1 &
streamer=$!
janus_config "$PWD/janus" "$JANUS_ROOT" "$PWD/libjanus_ustreamer.so" "$SINK" 8188 vec0 "$ADDRESS"
cat >> janus/janus.plugin.ustreamer.jcfg <<'C'
acap: { device = "hw:Loopback,1,0" }
aplay: { device = "hw:Loopback,0,1" }
C
"$JANUS_ROOT/run" /usr/bin/janus --configs-folder "$PWD/janus" --disable-colors > janus.log 2>&1 &
janus=$!
export janus
until_up curl -fs -o /dev/null "http://$ADDRESS:8080/state"
until_up janus_answers "$ADDRESS:8188"
touch ready
next=1
while [ ! -e 'done' ]; do
    kill -0 "$streamer"
    kill -0 "$janus"
    if [ -e "do.$next" ]; then
        status=0
        bash "do.$next" > "out.$next" 2>&1 || status=$?
        echo "$status" > "did.$next.new"
        mv "did.$next.new" "did.$next"
        next=$((next + 1))
    fi
    sleep 0.1
done
kill "$janus"
wait "$janus"
kill -INT "$streamer"
wait "$streamer"
