/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMC_H
#define VMC_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <media/media-device.h>
#include <media/v4l2-ctrls.h>
#include <media/v4l2-device.h>
#include <media/v4l2-subdev.h>
#include <media/videobuf2-v4l2.h>

enum { SIGNAL_OK, SIGNAL_NONE, SIGNAL_UNSTABLE, SIGNAL_OUT_OF_RANGE };
enum { CSI2_SINK, CSI2_SOURCE, CSI2_PADS };

/* the module's parameters */
struct vmc_ask {
	uint signal, timings, power, lanes_enough, audio_rate;
};
extern struct vmc_ask vmc_ask;

/* a sub-device and its node */
struct vmc_part {
	struct v4l2_subdev sd;
	struct video_device node;
};

struct vmc {
	struct media_device media;
	struct v4l2_device v4l2;
	struct mutex lock;		/* all ioctls, and the fields up to the next one's */

	struct vmc_part receiver;
	struct media_pad receiver_pad;
	struct v4l2_ctrl_handler controls;
	struct v4l2_dv_timings timings;	/* as set, whatever arrives */
	u32 code;
	u8 edid[8 * 128];
	u32 edid_blocks;

	struct vmc_part csi2;
	struct media_pad csi2_pads[CSI2_PADS];
	struct v4l2_mbus_framefmt csi2_format;

	struct video_device node;
	struct media_pad node_pad;
	struct media_pipeline pipe;
	struct vb2_queue queue;
	struct v4l2_pix_format format;
	struct task_struct *thread;
	u32 sequence;

	spinlock_t buffers_lock;
	struct list_head buffers;
};

/* vmc_receiver.c */
extern const struct v4l2_ioctl_ops vmc_receiver_ioctls;
int vmc_receiver_init(struct vmc *c);
void vmc_receiver_changed(struct vmc *c);
/* what arrives now, or why nothing does */
int vmc_receiver_signal(struct v4l2_dv_timings *t);

/* vmc_csi2.c */
int vmc_csi2_init(struct vmc *c);

/* vmc_node.c */
int vmc_node_register(struct vmc *c, struct vmc_part *p, const struct v4l2_ioctl_ops *ops);
void vmc_node_unregister(struct vmc_part *p);
long vmc_node_ioctl(struct file *f, void *fh, bool prio, unsigned int cmd, void *arg);

/* vmc_capture.c */
int vmc_capture_register(struct vmc *c, int nr);

#endif
