// SPDX-License-Identifier: GPL-2.0
/* The HDMI receiver: a sub-device with the outside of the TC358743's driver. One source pad; timings, EDID and controls here. */
#include <linux/v4l2-dv-timings.h>
#include <media/v4l2-dv-timings.h>
#include <media/v4l2-event.h>
#include <media/i2c/tc358743.h>
#include <media/v4l2-ioctl.h>
#include "vmc.h"

#define CID_LANES_ENOUGH (V4L2_CID_USER_TC358743_BASE + 2)

static const struct v4l2_dv_timings modes[] = {
	V4L2_DV_BT_DMT_640X480P60,
	V4L2_DV_BT_DMT_800X600P60,
	V4L2_DV_BT_CEA_1280X720P60,
	V4L2_DV_BT_CEA_1920X1080P60,
};

static struct vmc *vmc_of(struct file *f)
{
	return container_of(video_devdata(f), struct vmc, receiver.node);
}

int vmc_receiver_signal(struct v4l2_dv_timings *t)
{
	switch (vmc_ask.signal) {
	case SIGNAL_NONE: return -ENOLINK;
	case SIGNAL_UNSTABLE: return -ENOLCK;
	case SIGNAL_OUT_OF_RANGE: return -ERANGE;
	}
	*t = modes[min_t(uint, vmc_ask.timings, ARRAY_SIZE(modes) - 1)];
	return 0;
}

void vmc_receiver_changed(struct vmc *c)
{
	static const struct v4l2_event ev = {
		.type = V4L2_EVENT_SOURCE_CHANGE,
		.u.src_change.changes = V4L2_EVENT_SRC_CH_RESOLUTION,
	};

	v4l2_event_queue(&c->receiver.node, &ev);
}

/* ------------------------------------------------------------------ timings and EDID */

static int query_timings(struct file *f, void *fh, struct v4l2_dv_timings *t)
{
	return vmc_receiver_signal(t);
}

static int g_timings(struct file *f, void *fh, struct v4l2_dv_timings *t)
{
	*t = vmc_of(f)->timings;
	return 0;
}

static int s_timings(struct file *f, void *fh, struct v4l2_dv_timings *t)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		if (v4l2_match_dv_timings(t, &modes[i], 0, false)) {
			vmc_of(f)->timings = *t;
			return 0;
		}
	}
	return -ERANGE;
}

static int g_edid(struct file *f, void *fh, struct v4l2_edid *e)
{
	struct vmc *c = vmc_of(f);

	if (e->pad || e->start_block)
		return -EINVAL;
	/* who asks for none wants to know how many there are */
	if (!e->blocks) {
		e->blocks = c->edid_blocks;
		return 0;
	}
	e->blocks = min(e->blocks, c->edid_blocks);
	memcpy(e->edid, c->edid, e->blocks * 128);
	return e->blocks ? 0 : -ENODATA;
}

static int s_edid(struct file *f, void *fh, struct v4l2_edid *e)
{
	struct vmc *c = vmc_of(f);

	if (e->pad || e->start_block)
		return -EINVAL;
	if (e->blocks * 128 > sizeof(c->edid)) {
		e->blocks = sizeof(c->edid) / 128;
		return -E2BIG;
	}
	c->edid_blocks = e->blocks;
	memcpy(c->edid, e->edid, e->blocks * 128);
	return 0;
}

static int subscribe(struct v4l2_fh *fh, const struct v4l2_event_subscription *sub)
{
	if (sub->type == V4L2_EVENT_SOURCE_CHANGE)
		return v4l2_src_change_event_subscribe(fh, sub);
	return v4l2_ctrl_subscribe_event(fh, sub);
}

const struct v4l2_ioctl_ops vmc_receiver_ioctls = {
	.vidioc_query_dv_timings = query_timings,
	.vidioc_g_dv_timings = g_timings,
	.vidioc_s_dv_timings = s_timings,
	.vidioc_g_edid = g_edid,
	.vidioc_s_edid = s_edid,
	.vidioc_subscribe_event = subscribe,
	.vidioc_unsubscribe_event = v4l2_event_unsubscribe,
	.vidioc_default = vmc_node_ioctl,
};

/* ------------------------------------------------------------------ pad */

static int get_fmt(struct v4l2_subdev *sd, struct v4l2_subdev_state *state, struct v4l2_subdev_format *f)
{
	struct vmc *c = container_of(sd, struct vmc, receiver.sd);

	memset(&f->format, 0, sizeof(f->format));
	f->format.width = c->timings.bt.width;
	f->format.height = c->timings.bt.height;
	f->format.code = c->code;
	f->format.field = V4L2_FIELD_NONE;
	f->format.colorspace = V4L2_COLORSPACE_SRGB;
	return 0;
}

/* The size is the signal's; a code it does not have is refused. */
static int set_fmt(struct v4l2_subdev *sd, struct v4l2_subdev_state *state, struct v4l2_subdev_format *f)
{
	struct vmc *c = container_of(sd, struct vmc, receiver.sd);
	u32 code = f->format.code;

	if (code != MEDIA_BUS_FMT_UYVY8_1X16 && code != MEDIA_BUS_FMT_RGB888_1X24)
		return -EINVAL;
	if (c->thread && code != c->code)
		return -EBUSY;
	c->code = code;
	return get_fmt(sd, state, f);
}

static const struct v4l2_subdev_pad_ops pad_ops = { .get_fmt = get_fmt, .set_fmt = set_fmt };
static const struct v4l2_subdev_ops ops = { .pad = &pad_ops };

/* ------------------------------------------------------------------ controls */

static int g_volatile(struct v4l2_ctrl *ct)
{
	switch (ct->id) {
	case TC358743_CID_AUDIO_SAMPLING_RATE:
		ct->val = vmc_ask.audio_rate;
		break;
	case TC358743_CID_AUDIO_PRESENT:
		ct->val = !!vmc_ask.audio_rate;
		break;
	case CID_LANES_ENOUGH:
		ct->val = !!vmc_ask.lanes_enough;
		break;
	default:
		ct->val = !!vmc_ask.power;
	}
	return 0;
}

static const struct v4l2_ctrl_ops ctrl_ops = { .g_volatile_ctrl = g_volatile };

static const struct v4l2_ctrl_config lanes = {
	.ops = &ctrl_ops,
	.id = CID_LANES_ENOUGH,
	.name = "Lanes enough",
	.type = V4L2_CTRL_TYPE_BOOLEAN,
	.max = 1,
	.step = 1,
	.flags = V4L2_CTRL_FLAG_READ_ONLY | V4L2_CTRL_FLAG_VOLATILE,
};

static const struct v4l2_ctrl_config audio_rate = {
	.ops = &ctrl_ops,
	.id = TC358743_CID_AUDIO_SAMPLING_RATE,
	.name = "Audio Sampling Rate",
	.type = V4L2_CTRL_TYPE_INTEGER,
	.max = 768000,
	.step = 1,
	.flags = V4L2_CTRL_FLAG_READ_ONLY | V4L2_CTRL_FLAG_VOLATILE,
};

static const struct v4l2_ctrl_config audio_present = {
	.ops = &ctrl_ops,
	.id = TC358743_CID_AUDIO_PRESENT,
	.name = "Audio Present",
	.type = V4L2_CTRL_TYPE_BOOLEAN,
	.max = 1,
	.step = 1,
	.flags = V4L2_CTRL_FLAG_READ_ONLY | V4L2_CTRL_FLAG_VOLATILE,
};

int vmc_receiver_init(struct vmc *c)
{
	struct v4l2_subdev *sd = &c->receiver.sd;
	struct v4l2_ctrl *power;

	v4l2_subdev_init(sd, &ops);
	strscpy(sd->name, "tc358743 10-000f", sizeof(sd->name));
	sd->entity.function = MEDIA_ENT_F_VID_IF_BRIDGE;
	c->timings = modes[0];
	c->code = MEDIA_BUS_FMT_RGB888_1X24;
	v4l2_ctrl_handler_init(&c->controls, 4);
	power = v4l2_ctrl_new_std(&c->controls, &ctrl_ops, V4L2_CID_DV_RX_POWER_PRESENT, 0, 1, 0, 0);
	if (power)
		power->flags |= V4L2_CTRL_FLAG_VOLATILE;
	v4l2_ctrl_new_custom(&c->controls, &lanes, NULL);
	v4l2_ctrl_new_custom(&c->controls, &audio_rate, NULL);
	v4l2_ctrl_new_custom(&c->controls, &audio_present, NULL);
	sd->ctrl_handler = &c->controls;
	c->receiver_pad.flags = MEDIA_PAD_FL_SOURCE;
	return c->controls.error ?: media_entity_pads_init(&sd->entity, 1, &c->receiver_pad);
}
