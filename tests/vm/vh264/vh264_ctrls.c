// SPDX-License-Identifier: GPL-2.0
/* Controls: those that bcm2835-codec's encoders have, with their ranges, and the one more that stateful encoders must have. */
#include "vh264.h"

/* What the firmware does not take. Not in s_ctrl, which also sets the defaults of each file that is opened. */
static int try_ctrl(struct v4l2_ctrl *ct)
{
	int ret = 0;

	if (ct->id == V4L2_CID_MPEG_VIDEO_BITRATE && vh264_ask.refuse_bitrate && ct->val > vh264_ask.refuse_bitrate)
		ret = -EINVAL;
	if (ct->id == V4L2_CID_MPEG_VIDEO_H264_LEVEL && vh264_ask.refuse_level && vh264_level_idc(ct->val) > vh264_ask.refuse_level)
		ret = -ERANGE;
	if (ret)
		VH264_COUNT(refused);
	return ret;
}

static int s_ctrl(struct v4l2_ctrl *ct)
{
	struct vctx *c = container_of(ct->handler, struct vctx, hdl);

	switch (ct->id) {
	case V4L2_CID_MPEG_VIDEO_BITRATE: c->bitrate = ct->val; break;
	/* all I pictures are IDR pictures, so these two are the same; the first sets the second */
	case V4L2_CID_MPEG_VIDEO_H264_I_PERIOD: c->i_period = ct->val; return __v4l2_ctrl_s_ctrl(c->gop_size, ct->val);
	case V4L2_CID_MPEG_VIDEO_GOP_SIZE: c->i_period = ct->val; break;
	case V4L2_CID_MPEG_VIDEO_H264_PROFILE: c->profile = ct->val; break;
	case V4L2_CID_MPEG_VIDEO_H264_LEVEL: c->level = ct->val; break;
	case V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER: c->repeat_hdr = ct->val; break;
	case V4L2_CID_MPEG_VIDEO_H264_MIN_QP: c->min_qp = ct->val; break;
	case V4L2_CID_MPEG_VIDEO_H264_MAX_QP: c->max_qp = ct->val; break;
	case V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME: atomic_set(&c->force_key, 1); break;
	case V4L2_CID_JPEG_COMPRESSION_QUALITY: c->quality = ct->val; break;
	}
	return 0;
}

static const struct v4l2_ctrl_ops ctrl_ops = { .try_ctrl = try_ctrl, .s_ctrl = s_ctrl };

static void of_video(struct vctx *c, struct v4l2_ctrl_handler *h, const struct v4l2_ctrl_ops *o)
{
	v4l2_ctrl_new_std(h, o, V4L2_CID_MPEG_VIDEO_BITRATE, 25000, 25000000, 25000, 10000000);
	v4l2_ctrl_new_std_menu(h, o, V4L2_CID_MPEG_VIDEO_BITRATE_MODE, V4L2_MPEG_VIDEO_BITRATE_MODE_CBR, 0,
			       V4L2_MPEG_VIDEO_BITRATE_MODE_VBR);
	v4l2_ctrl_new_std_menu(h, o, V4L2_CID_MPEG_VIDEO_HEADER_MODE,
			       V4L2_MPEG_VIDEO_HEADER_MODE_JOINED_WITH_1ST_FRAME, 0,
			       V4L2_MPEG_VIDEO_HEADER_MODE_JOINED_WITH_1ST_FRAME);
	c->gop_size = v4l2_ctrl_new_std(h, o, V4L2_CID_MPEG_VIDEO_GOP_SIZE, 0, 0x7fffffff, 1, 60);
	v4l2_ctrl_new_std(h, o, V4L2_CID_MPEG_VIDEO_H264_I_PERIOD, 0, 0x7fffffff, 1, 60);
	v4l2_ctrl_new_std(h, o, V4L2_CID_MPEG_VIDEO_B_FRAMES, 0, 0, 1, 0);
	v4l2_ctrl_new_std_menu(h, o, V4L2_CID_MPEG_VIDEO_H264_LEVEL, V4L2_MPEG_VIDEO_H264_LEVEL_5_1, 0,
			       V4L2_MPEG_VIDEO_H264_LEVEL_4_0);
	v4l2_ctrl_new_std_menu(h, o, V4L2_CID_MPEG_VIDEO_H264_PROFILE, V4L2_MPEG_VIDEO_H264_PROFILE_HIGH,
			       ~(BIT(V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE) |
				 BIT(V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE) |
				 BIT(V4L2_MPEG_VIDEO_H264_PROFILE_MAIN) | BIT(V4L2_MPEG_VIDEO_H264_PROFILE_HIGH)),
			       V4L2_MPEG_VIDEO_H264_PROFILE_HIGH);
	v4l2_ctrl_new_std(h, o, V4L2_CID_MPEG_VIDEO_H264_MIN_QP, 0, 51, 1, 20);
	v4l2_ctrl_new_std(h, o, V4L2_CID_MPEG_VIDEO_H264_MAX_QP, 0, 51, 1, 51);
	v4l2_ctrl_new_std(h, o, V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME, 0, 0, 0, 0);
	v4l2_ctrl_new_std(h, o, V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER, 0, 1, 1, 0);
	/* not on a Pi; v4l2-compliance wants it of a stateful encoder */
	v4l2_ctrl_new_std(h, o, V4L2_CID_MIN_BUFFERS_FOR_OUTPUT, 1, 1, 1, 1);
}

int vh264_ctrls_init(struct vctx *c)
{
	struct v4l2_ctrl_handler *h = &c->hdl;

	v4l2_ctrl_handler_init(h, 13);
	if (c->dev->role == VIDEO)
		of_video(c, h, &ctrl_ops);
	else
		v4l2_ctrl_new_std(h, &ctrl_ops, V4L2_CID_JPEG_COMPRESSION_QUALITY, 1, 100, 1, 80);
	if (h->error)
		return h->error;
	c->fh.ctrl_handler = h;
	return v4l2_ctrl_handler_setup(h);
}
