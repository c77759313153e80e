// SPDX-License-Identifier: GPL-2.0
/*
 * The sub-devices' nodes, /dev/v4l-subdevN. The kernel's own are empty here: the tests' kernel has no CONFIG_VIDEO_V4L2_SUBDEV_API,
 * which only drivers of real hardware select. The requests that sub-devices share with video nodes go through the kernel's
 * video_ioctl2; those about pads come to vmc_node_ioctl.
 */
#include <linux/module.h>
#include <media/v4l2-event.h>
#include <media/v4l2-fh.h>
#include <media/v4l2-ioctl.h>
#include "vmc.h"

long vmc_node_ioctl(struct file *f, void *fh, bool prio, unsigned int cmd, void *arg)
{
	struct v4l2_subdev *sd = video_get_drvdata(video_devdata(f));
	struct v4l2_subdev_format *format = arg;

	if (cmd == VIDIOC_SUBDEV_QUERYCAP) {
		memset(arg, 0, sizeof(struct v4l2_subdev_capability));
		return 0;
	}
	if (cmd != VIDIOC_SUBDEV_G_FMT && cmd != VIDIOC_SUBDEV_S_FMT)
		return -ENOTTY;
	if (format->which != V4L2_SUBDEV_FORMAT_ACTIVE || format->pad >= sd->entity.num_pads)
		return -EINVAL;
	return cmd == VIDIOC_SUBDEV_G_FMT ? v4l2_subdev_call(sd, pad, get_fmt, NULL, format) :
					    v4l2_subdev_call(sd, pad, set_fmt, NULL, format);
}

static const struct v4l2_file_operations fops = {
	.owner = THIS_MODULE,
	.open = v4l2_fh_open,
	.release = v4l2_fh_release,
	.poll = v4l2_ctrl_poll,
	.unlocked_ioctl = video_ioctl2,
};

int vmc_node_register(struct vmc *c, struct vmc_part *p, const struct v4l2_ioctl_ops *ops)
{
	static const unsigned int of_receivers[] = {
		VIDIOC_QUERY_DV_TIMINGS, VIDIOC_G_DV_TIMINGS, VIDIOC_S_DV_TIMINGS, VIDIOC_G_EDID, VIDIOC_S_EDID,
	};
	struct video_device *v = &p->node;
	int i, ret;

	ret = v4l2_device_register_subdev(&c->v4l2, &p->sd);
	if (ret)
		return ret;
	strscpy(v->name, p->sd.name, sizeof(v->name));
	v->v4l2_dev = &c->v4l2;
	v->fops = &fops;
	v->ioctl_ops = ops;
	v->release = video_device_release_empty;
	v->ctrl_handler = p->sd.ctrl_handler;
	v->lock = &c->lock;
	video_set_drvdata(v, &p->sd);
	ret = video_register_device(v, VFL_TYPE_SUBDEV, -1);
	if (ret)
		return ret;
	/* not to be had by a sub-device's node otherwise */
	for (i = 0; ops->vidioc_query_dv_timings && i < ARRAY_SIZE(of_receivers); i++)
		set_bit(_IOC_NR(of_receivers[i]), v->valid_ioctls);
	p->sd.devnode = v;
	p->sd.entity.info.dev.major = VIDEO_MAJOR;
	p->sd.entity.info.dev.minor = v->minor;
	if (!media_create_intf_link(&p->sd.entity, &v->intf_devnode->intf, MEDIA_LNK_FL_ENABLED | MEDIA_LNK_FL_IMMUTABLE))
		return -ENOMEM;
	return 0;
}

void vmc_node_unregister(struct vmc_part *p)
{
	p->sd.devnode = NULL;
	if (video_is_registered(&p->node))
		video_unregister_device(&p->node);
	v4l2_device_unregister_subdev(&p->sd);
}
