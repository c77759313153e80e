// SPDX-License-Identifier: GPL-2.0
/*
 * Pictures that stand by themselves: JPEG, in the quality that is asked for, and Motion JPEG, in the quality that the bit rate allows and
 * without Huffman tables, as cameras send it. Samples are coded as they come: what has video's range keeps it, as in hardware.
 */
#include "vh264.h"

/* Motion JPEG begins with this quality. */
#define FIRST_QUALITY 75
#define LEAST_QUALITY 5

void vh264_still_init(struct vctx *c)
{
	vh264_jpeg_init(&c->jpeg);
	c->mjpeg_quality = FIRST_QUALITY;
}

/* picture-level rate control: a few steps of quality per picture towards bitrate / fps */
static void rate_control(struct vctx *c, u32 bytes)
{
	u64 budget = vh264_budget(c);

	if (bytes > budget)
		c->mjpeg_quality -= bytes > 2 * budget ? 10 : 3;
	else if (bytes < budget * 3 / 4)
		c->mjpeg_quality += 2;
	c->mjpeg_quality = clamp(c->mjpeg_quality, LEAST_QUALITY, 100);
}

/* Encodes the picture that is loaded; returns bytes, 0 when it never fits. */
u32 vh264_still_picture(struct vctx *c, u8 *out, u32 cap)
{
	bool motion = c->coded == V4L2_PIX_FMT_MJPEG;
	int quality = motion ? c->mjpeg_quality : c->quality;
	u32 len;

	/* What does not fit is coded more coarsely, as H.264 is. */
	do {
		len = vh264_jpeg_picture(&c->jpeg, &c->enc, quality, !motion, out, cap);
		quality -= 10;
	} while (!len && quality > 0);
	if (motion && len)
		rate_control(c, len);
	return len;
}
