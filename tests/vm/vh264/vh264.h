/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the module's files share. Each open file is a struct vctx: two vb2 queues (OUTPUT: raw pictures, CAPTURE: bitstream), its
 * own controls and encoder, and a work item that pairs the queues' buffers.
 *
 *   vh264_main.c    the module, its parameters, open files
 *   vh264_ioctl.c   formats, buffers, commands
 *   vh264_ctrls.c   controls
 *   vh264_queue.c   the queues, and the work of encoding
 *   vh264_core.h    the encoder proper, which knows nothing of the kernel
 */
#ifndef VH264_H
#define VH264_H

#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/spinlock.h>
#include <linux/version.h>
#include <linux/workqueue.h>
#include <media/v4l2-ctrls.h>
#include <media/v4l2-device.h>
#include <media/v4l2-event.h>
#include <media/v4l2-ioctl.h>
#include <media/videobuf2-v4l2.h>
#include "vh264_core.h"

#define CAP_SIZE_DEFAULT (1536u << 10)
#define CAP_OFFSET (1u << 30)	/* mmap offsets of the CAPTURE queue start here */

/* faults and delays asked for by the module's parameters, and what has been done: see vh264_main.c */
extern uint vh264_delay_us, vh264_hang_every, vh264_fail_every;
extern bool vh264_junk_first;
extern struct vh264_stat {
	ulong frames, keys, skip_mb, intra_mb, load_ns, code_ns, bytes, dmabuf;
} vh264_stat;

struct vfmt {
	u32 fourcc;
	enum vh264_pixfmt core;
	u32 bpl_num;			/* bytes per line = width * bpl_num */
	u32 size_x2;			/* sizeimage = bpl * height * size_x2 / 2 */
};
/* the input format of this V4L2 code, or NULL */
const struct vfmt *vh264_find_fmt(u32 fourcc);

struct vdev {
	struct v4l2_device v4l2;
	struct video_device vfd;
	struct mutex lock;		/* all ioctls, and both vb2 queues */
	struct workqueue_struct *wq;
	struct platform_device *pdev;
};

struct vbuf {
	struct vb2_v4l2_buffer vb;	/* must be first */
	struct list_head list;
};

struct vctx {
	struct v4l2_fh fh;
	struct vdev *dev;
	struct vb2_queue out, cap;
	struct list_head out_list, cap_list;
	spinlock_t qlock;		/* the two lists and the drain flags */
	struct work_struct work;
	bool drain, stopped;
	/* formats */
	const struct vfmt *fmt;
	u32 width, height, bpl, out_size, cap_size;
	u32 colorspace, ycbcr, quant, xfer;
	struct v4l2_fract tpf;
	/* controls */
	struct v4l2_ctrl_handler hdl;
	u32 bitrate, i_period, repeat_hdr, min_qp, max_qp, profile, level;
	atomic_t force_key;
	/* encoder; only the work item touches it while streaming */
	struct vh264_enc enc;
	void *mem;
	u32 n, since_key, out_seq, cap_seq;
	int qp;
	bool sent_hdr, junked;
};

static inline struct vctx *ctx_of(struct file *f)
{
	return container_of((struct v4l2_fh *)f->private_data, struct vctx, fh);
}

static inline struct vb2_queue *queue_of(struct vctx *c, u32 type)
{
	return V4L2_TYPE_IS_OUTPUT(type) ? &c->out : &c->cap;
}

int vh264_queue_init(struct vctx *c, struct vb2_queue *q, u32 type);
void vh264_work(struct work_struct *w);
int vh264_ctrls_init(struct vctx *c);
extern const struct v4l2_ioctl_ops vh264_ioctl_ops;

/* lets the encoder look whether there is something to do */
static inline void vh264_kick(struct vctx *c)
{
	queue_work(c->dev->wq, &c->work);
}

#endif
