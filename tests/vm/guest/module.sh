# shellcheck shell=bash
# In the guest: the encoder itself. The kernel's own v4l2-compliance, what it imitates and how it fails (check), and that it comes and goes.
# shellcheck source=tests/vm/guest/lib.sh
. ./lib.sh

# What v4l2-compliance may complain about. Kernels since 6.0 describe NV12 and NV21 by these words, the driver has no say in it; the v4l-utils
# 1.22 of Debian 12 are older and expect others. It then leaves out the formats that follow; check goes through them all, and 1.30 of Debian 13,
# which has nothing to complain about, did.
readonly KNOWN="^fail fmtdesc\.description mismatch: was 'Y/UV 4:2:0', expected 'Y/CbCr 4:2:0'$"

# compliance NAME OPTION...: v4l2-compliance finds nothing but what is known, and that explains all it calls failed.
compliance() {
    local name=$1 total unknown known
    v4l2-compliance "${@:2}" > "$name.log" 2>&1 || :
    # Its progress is one long line with carriage returns.
    tr '\r' '\n' < "$name.log" | sed -n 's/.*\(fail\|warn\): v4l2-[^ ]*: /\1 /p' > "$name.said"
    unknown=$(grep -vE "$KNOWN" "$name.said" || :)
    known=$(grep -cE "$KNOWN" "$name.said" || :)
    total=$(grep -E '^(Grand )?Total' "$name.log" | tail -n 1)
    echo "$name: $total; of the failed, $known for a known reason"
    [ -z "$unknown" ] || { echo "$unknown"; return 1; }
    [[ $total == *", Failed: $known, Warnings: 0" ]]
}

# A zero in S_PARM is an error on a Pi, and a Pi's device gives H.264 and Motion JPEG, where V4L2 wants two. v4l2-compliance must see neither.
busybox insmod "$VH264" video_nr="${ENCODER#/dev/video}" image_nr="${IMAGE_ENCODER#/dev/video}" refuse_zero_rate=0 motion_jpeg=0
compliance streams -d "$ENCODER" -s --expbuf-device="$RECEIVER"
[ "$(counted dmabuf)" -gt 0 ]
compliance jpegs -d "$IMAGE_ENCODER" -s --expbuf-device="$RECEIVER"
[ "$(counted jpegs_dmabuf)" -gt 0 ]
[ "$(counted wrong_buffer)" = 0 ]
for model in encode image; do
    media=$(basename "$(dirname "$(grep -l "^vh264-$model\$" /sys/bus/media/devices/media*/model)")")
    compliance "graph-$model" -m "/dev/$media"
done
busybox rmmod vh264

load_encoder
./check all "$PWD/check"
busybox rmmod vh264

for _ in {1..20}; do
    load_encoder
    [ -c "$ENCODER" ]
    [ -c "$IMAGE_ENCODER" ]
    busybox rmmod vh264
    [ ! -e "$ENCODER" ]
    [ ! -e "$IMAGE_ENCODER" ]
done
