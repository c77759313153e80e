# shellcheck shell=bash
# In the guest: vivid's HDMI picture through the streamer and Janus. The browser is on the host; this waits until it is done.
# shellcheck source=tests/vm/guest/lib.sh
. ./lib.sh
# shellcheck source=scripts/janus.sh
. ./janus.sh
# shellcheck source=/dev/null
. ./params # JANUS_ROOT
readonly ADDRESS=127.0.1.2 SINK=chain::ustreamer::h264

load_encoder
# It goes on as it was when it is asked for more than this, in bits per second.
echo 8000000 > /sys/module/vh264/parameters/refuse_bitrate
plug_in 1280 720
./ustreamer --device="$RECEIVER" --dv-timings --format=YUYV --host="$ADDRESS" --port=8080 \
    --h264-sink="$SINK" --h264-sink-rm --h264-m2m-device="$ENCODER" > chain.log 2>&1 &
streamer=$!
janus_config "$PWD/janus" "$JANUS_ROOT" "$PWD/libjanus_ustreamer.so" "$SINK" 8188 vec0 "$ADDRESS"
"$JANUS_ROOT/run" /usr/bin/janus --configs-folder "$PWD/janus" --disable-colors > janus.log 2>&1 &
janus=$!
until_up curl -fs -o /dev/null "http://$ADDRESS:8080/state"
until_up janus_answers "$ADDRESS:8188"
touch ready
while [ ! -e 'done' ]; do
    kill -0 "$streamer"
    kill -0 "$janus"
    sleep 0.5
done
kill "$janus"
wait "$janus"
kill -INT "$streamer"
wait "$streamer"
echo "encoder: $(counted frames) frames, $(counted dmabuf) of them by DMA-BUF"
[ "$(counted frames)" -gt 0 ]
[ "$(counted dmabuf)" = "$(counted frames)" ]
[ -z "$(ls -A /dev/shm)" ]
