// SPDX-License-Identifier: GPL-2.0
/*
 * vmc: a virtual HDMI receiver of the media controller, as a Raspberry Pi's with a mainline kernel.
 *
 *	tc358743 10-000f :0 ====> 0: csi2 :1 ----> 0: vmc-capture
 *
 * Timings, EDID, controls and announcements are at the first sub-device's node. The first link is fixed; the second has to be
 * enabled. At STREAMON the formats of all pads and of the video node must agree (EPIPE), and the node must be connected (ENOLINK).
 *
 * Module parameters. All but video_nr can be written at any time; each write is announced as a change of the source.
 *   video_nr      number of the /dev/video node asked for (-1: first free)
 *   signal        0: there is one, 1: none (ENOLINK), 2: unstable (ENOLCK), 3: out of range (ERANGE)
 *   timings       0: 640x480, 1: 800x600, 2: 1280x720, 3: 1920x1080, all at 60 Hz
 *   power         whether the source's 5 V arrive (default 1)
 *   audio_rate    of the sound that arrives, in Hz (0: none)
 *   lanes_enough  what the control of that name says (default 1)
 */
#include <linux/module.h>
#include <linux/platform_device.h>
#include <media/v4l2-ioctl.h>
#include "vmc.h"

struct vmc_ask vmc_ask = { .power = 1, .lanes_enough = 1 };
static struct vmc vmc;
static struct platform_device *pdev;
/* under the lock of all parameters, which is held while one is set */
static bool ready;

static int video_nr = -1;
module_param(video_nr, int, 0444);

static int set(const char *text, const struct kernel_param *kp)
{
	int ret = param_set_uint(text, kp);

	if (!ret && ready)
		vmc_receiver_changed(&vmc);
	return ret;
}

static const struct kernel_param_ops ask_ops = { .set = set, .get = param_get_uint };
#define ASK(name) module_param_cb(name, &ask_ops, &vmc_ask.name, 0644)
ASK(signal);
ASK(timings);
ASK(power);
ASK(lanes_enough);
ASK(audio_rate);

static void set_ready(bool now)
{
	kernel_param_lock(THIS_MODULE);
	ready = now;
	kernel_param_unlock(THIS_MODULE);
}

static const struct v4l2_ioctl_ops csi2_ioctls = { .vidioc_default = vmc_node_ioctl };

static int make(struct vmc *c)
{
	struct media_entity *receiver = &c->receiver.sd.entity, *csi2 = &c->csi2.sd.entity;
	int ret;

	ret = vmc_receiver_init(c) ?: vmc_csi2_init(c);
	if (!ret)
		ret = vmc_node_register(c, &c->receiver, &vmc_receiver_ioctls) ?: vmc_node_register(c, &c->csi2, &csi2_ioctls);
	if (!ret)
		ret = vmc_capture_register(c, video_nr);
	if (!ret)
		ret = media_create_pad_link(receiver, 0, csi2, CSI2_SINK, MEDIA_LNK_FL_ENABLED | MEDIA_LNK_FL_IMMUTABLE);
	if (!ret)
		ret = media_create_pad_link(csi2, CSI2_SOURCE, &c->node.entity, 0, 0);
	return ret ?: media_device_register(&c->media);
}

static void unmake(struct vmc *c)
{
	media_device_unregister(&c->media);
	if (video_is_registered(&c->node))
		vb2_video_unregister_device(&c->node);
	vmc_node_unregister(&c->csi2);
	vmc_node_unregister(&c->receiver);
	v4l2_ctrl_handler_free(&c->controls);
	v4l2_device_unregister(&c->v4l2);
	media_device_cleanup(&c->media);
	platform_device_unregister(pdev);
}

static int __init vmc_init(void)
{
	struct vmc *c = &vmc;
	int ret;

	mutex_init(&c->lock);
	pdev = platform_device_register_simple("vmc", 0, NULL, 0);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	c->media.dev = &pdev->dev;
	/* the device has no driver whose name could be taken */
	strscpy(c->media.driver_name, "vmc", sizeof(c->media.driver_name));
	strscpy(c->media.model, "vmc", sizeof(c->media.model));
	strscpy(c->v4l2.name, "vmc", sizeof(c->v4l2.name));
	media_device_init(&c->media);
	c->v4l2.mdev = &c->media;
	ret = v4l2_device_register(&pdev->dev, &c->v4l2);
	if (ret) {
		platform_device_unregister(pdev);
		return ret;
	}
	ret = make(c);
	if (ret) {
		unmake(c);
		return ret;
	}
	set_ready(true);
	dev_info(&pdev->dev, "receiver is %s\n", video_device_node_name(&c->node));
	return 0;
}

static void __exit vmc_exit(void)
{
	/* its parameters can be written until it is gone */
	set_ready(false);
	unmake(&vmc);
}

module_init(vmc_init);
module_exit(vmc_exit);
MODULE_DESCRIPTION("Virtual HDMI receiver of the media controller for tests");
MODULE_LICENSE("GPL");
