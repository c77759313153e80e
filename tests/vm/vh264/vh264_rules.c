// SPDX-License-Identifier: GPL-2.0
/*
 * What the Raspberry Pi's firmware refuses when a stream is to start: more macroblocks, or more bits, than the level allows
 * (ITU-T H.264, table A-1). The bit rate of a level depends on the profile, which is why users find that 25 Mbit/s start as High
 * profile and do not as Constrained Baseline, whose level 4.0 ends at 20 Mbit/s.
 */
#include "vh264.h"

static const struct {
	u32 idc, mb_per_s, mb_per_picture, kbit_per_s;
} levels[] = {
	[V4L2_MPEG_VIDEO_H264_LEVEL_1_0] = { 10, 1485, 99, 64 },
	[V4L2_MPEG_VIDEO_H264_LEVEL_1B] = { 11, 1485, 99, 128 },
	[V4L2_MPEG_VIDEO_H264_LEVEL_1_1] = { 11, 3000, 396, 192 },
	[V4L2_MPEG_VIDEO_H264_LEVEL_1_2] = { 12, 6000, 396, 384 },
	[V4L2_MPEG_VIDEO_H264_LEVEL_1_3] = { 13, 11880, 396, 768 },
	[V4L2_MPEG_VIDEO_H264_LEVEL_2_0] = { 20, 11880, 396, 2000 },
	[V4L2_MPEG_VIDEO_H264_LEVEL_2_1] = { 21, 19800, 792, 4000 },
	[V4L2_MPEG_VIDEO_H264_LEVEL_2_2] = { 22, 20250, 1620, 4000 },
	[V4L2_MPEG_VIDEO_H264_LEVEL_3_0] = { 30, 40500, 1620, 10000 },
	[V4L2_MPEG_VIDEO_H264_LEVEL_3_1] = { 31, 108000, 3600, 14000 },
	[V4L2_MPEG_VIDEO_H264_LEVEL_3_2] = { 32, 216000, 5120, 20000 },
	[V4L2_MPEG_VIDEO_H264_LEVEL_4_0] = { 40, 245760, 8192, 20000 },
	[V4L2_MPEG_VIDEO_H264_LEVEL_4_1] = { 41, 245760, 8192, 50000 },
	[V4L2_MPEG_VIDEO_H264_LEVEL_4_2] = { 42, 522240, 8704, 50000 },
	[V4L2_MPEG_VIDEO_H264_LEVEL_5_0] = { 50, 589824, 22080, 135000 },
	[V4L2_MPEG_VIDEO_H264_LEVEL_5_1] = { 51, 983040, 36864, 240000 },
};

/* level_idc of a level as V4L2 numbers them */
u32 vh264_level_idc(u32 level)
{
	return levels[level].idc;
}

static bool level_holds(const struct vctx *c)
{
	u64 mbs = DIV_ROUND_UP(c->width, 16) * DIV_ROUND_UP(c->height, 16);
	u64 bits = levels[c->level].kbit_per_s * (c->profile == V4L2_MPEG_VIDEO_H264_PROFILE_HIGH ? 1250ull : 1000ull);

	return mbs <= levels[c->level].mb_per_picture && c->bitrate <= bits &&
	       mbs * c->tpf.denominator <= (u64)levels[c->level].mb_per_s * c->tpf.numerator;
}

/* 0: the stream may start; otherwise what STREAMON of OUTPUT says on a Pi: the firmware's status 3, "invalid", which the driver hands
 * out as if it were an errno. */
int vh264_may_start(const struct vctx *c)
{
	bool checked = vh264_ask.check_level && c->coded == V4L2_PIX_FMT_H264;

	if (!vh264_ask.refuse_streamon && (!checked || level_holds(c)))
		return 0;
	VH264_COUNT(refused);
	return -ESRCH;
}
