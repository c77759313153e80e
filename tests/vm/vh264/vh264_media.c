// SPDX-License-Identifier: GPL-2.0
/*
 * The device as a graph, /dev/mediaN: pictures in -> encoder -> bitstream out, as v4l2-mem2mem draws it for bcm2835-codec. It is how a
 * program sees that a node of raw pictures and bitstream is an encoder.
 */
#include <linux/slab.h>
#include <media/v4l2-dev.h>
#include "vh264.h"

#ifdef CONFIG_MEDIA_CONTROLLER

static const char *const names[ROLES][3] = {
	[VIDEO] = { "vh264-encode-source", "vh264-encode-proc", "vh264-encode-sink" },
	[IMAGE] = { "vh264-image-source", "vh264-image-proc", "vh264-image-sink" },
};
static const u32 FIXED = MEDIA_LNK_FL_IMMUTABLE | MEDIA_LNK_FL_ENABLED;

/* d->vfd.entity is where pictures come from, seen from the encoder */
static int add(struct vdev *d, struct media_entity *e, const char *name, u32 function, u16 pads, struct media_pad *pad)
{
	int ret;

	e->name = name;
	e->function = function;
	if (function == MEDIA_ENT_F_IO_V4L) {
		e->obj_type = MEDIA_ENTITY_TYPE_VIDEO_DEVICE;
		e->info.dev.major = VIDEO_MAJOR;
		e->info.dev.minor = d->vfd.minor;
	}
	ret = media_entity_pads_init(e, pads, pad);
	return ret ?: media_device_register_entity(&d->mdev, e);
}

static int link(struct vdev *d)
{
	struct media_entity *source = &d->vfd.entity;
	int ret = media_create_pad_link(source, 0, &d->proc, 0, FIXED);

	if (!ret)
		ret = media_create_pad_link(&d->proc, 1, &d->sink, 0, FIXED);
	if (ret)
		return ret;
	d->intf = media_devnode_create(&d->mdev, MEDIA_INTF_T_V4L_VIDEO, 0, VIDEO_MAJOR, d->vfd.minor);
	if (!d->intf || !media_create_intf_link(source, &d->intf->intf, FIXED) ||
	    !media_create_intf_link(&d->sink, &d->intf->intf, FIXED))
		return -ENOMEM;
	return 0;
}

/* Before the video node is registered. */
void vh264_media_init(struct vdev *d)
{
	d->mdev.dev = &d->pdev->dev;
	strscpy(d->mdev.model, vh264_names[d->role], sizeof(d->mdev.model));
	strscpy(d->mdev.bus_info, "platform:vh264", sizeof(d->mdev.bus_info));
	media_device_init(&d->mdev);
	d->v4l2.mdev = &d->mdev;
}

/* After it. What fails is undone by vh264_media_unregister(). */
int vh264_media_register(struct vdev *d)
{
	int ret;

	d->pads[0].flags = MEDIA_PAD_FL_SOURCE;
	d->pads[1].flags = MEDIA_PAD_FL_SINK;
	d->pads[2].flags = MEDIA_PAD_FL_SOURCE;
	d->pads[3].flags = MEDIA_PAD_FL_SINK;
	ret = add(d, &d->vfd.entity, names[d->role][0], MEDIA_ENT_F_IO_V4L, 1, &d->pads[0]);
	if (!ret)
		ret = add(d, &d->proc, names[d->role][1], MEDIA_ENT_F_PROC_VIDEO_ENCODER, 2, &d->pads[1]);
	if (!ret)
		ret = add(d, &d->sink, names[d->role][2], MEDIA_ENT_F_IO_V4L, 1, &d->pads[3]);
	if (!ret)
		ret = link(d);
	return ret ?: media_device_register(&d->mdev);
}

void vh264_media_unregister(struct vdev *d)
{
	if (d->intf)
		media_devnode_remove(d->intf);
	d->intf = NULL;
	media_device_unregister_entity(&d->sink);
	media_device_unregister_entity(&d->proc);
	media_device_unregister_entity(&d->vfd.entity);
	media_device_unregister(&d->mdev);
}

/* When nobody has the video node open any more. */
void vh264_media_free(struct vdev *d)
{
	media_device_cleanup(&d->mdev);
}

#else

void vh264_media_init(struct vdev *d) { }
int vh264_media_register(struct vdev *d) { return 0; }
void vh264_media_unregister(struct vdev *d) { }
void vh264_media_free(struct vdev *d) { }

#endif
