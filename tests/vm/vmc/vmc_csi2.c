// SPDX-License-Identifier: GPL-2.0
/* The CSI-2 receiver: what enters at its sink pad leaves at its source pad. It has to be told what that is. */
#include "vmc.h"

static int get_fmt(struct v4l2_subdev *sd, struct v4l2_subdev_state *state, struct v4l2_subdev_format *f)
{
	f->format = container_of(sd, struct vmc, csi2.sd)->csi2_format;
	return 0;
}

static int set_fmt(struct v4l2_subdev *sd, struct v4l2_subdev_state *state, struct v4l2_subdev_format *f)
{
	struct vmc *c = container_of(sd, struct vmc, csi2.sd);

	if (f->pad == CSI2_SINK) {
		if (c->thread)
			return -EBUSY;
		c->csi2_format = f->format;
		c->csi2_format.field = V4L2_FIELD_NONE;
	}
	return get_fmt(sd, state, f);
}

static const struct v4l2_subdev_pad_ops pad_ops = {
	.get_fmt = get_fmt,
	.set_fmt = set_fmt,
	.link_validate = v4l2_subdev_link_validate_default,
};
static const struct v4l2_subdev_ops ops = { .pad = &pad_ops };
static const struct media_entity_operations entity_ops = { .link_validate = v4l2_subdev_link_validate };

int vmc_csi2_init(struct vmc *c)
{
	struct v4l2_subdev *sd = &c->csi2.sd;

	v4l2_subdev_init(sd, &ops);
	strscpy(sd->name, "csi2", sizeof(sd->name));
	sd->entity.function = MEDIA_ENT_F_VID_IF_BRIDGE;
	sd->entity.ops = &entity_ops;
	c->csi2_format.width = 16;
	c->csi2_format.height = 16;
	c->csi2_format.code = MEDIA_BUS_FMT_UYVY8_1X16;
	c->csi2_format.field = V4L2_FIELD_NONE;
	c->csi2_pads[CSI2_SINK].flags = MEDIA_PAD_FL_SINK | MEDIA_PAD_FL_MUST_CONNECT;
	c->csi2_pads[CSI2_SOURCE].flags = MEDIA_PAD_FL_SOURCE;
	return media_entity_pads_init(&sd->entity, CSI2_PADS, c->csi2_pads);
}
