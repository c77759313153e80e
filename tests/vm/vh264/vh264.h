/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the module's files share. There are two devices, one a role. Each open file is a struct vctx: two vb2 queues (OUTPUT: raw pictures, CAPTURE: bitstream), its
 * own controls and encoder, and a work item that pairs the queues' buffers.
 *
 *   vh264_main.c    what it is, its parameters and counters
 *   vh264_dev.c     the device and its open files; how it goes away under them
 *   vh264_media.c   the device as a graph
 *   vh264_ioctl.c   buffers, streams, commands
 *   vh264_format.c  formats and the frame rate
 *   vh264_rules.c   what the Raspberry Pi's firmware refuses
 *   vh264_ctrls.c   controls
 *   vh264_queue.c   the queues
 *   vh264_work.c    the work of encoding, draining, and failing as asked
 *   vh264_still.c   JPEG and Motion JPEG
 *   vh264_core.h    the H.264 encoder proper, and vh264_jpeg.h the JPEG encoder proper, which know nothing of the kernel
 *
 * Locks: vdev.lock holds for all ioctls, poll, open and close, and both vb2 queues; vctx.qlock for what the work item looks at.
 * The work item never takes vdev.lock, so whoever holds it may wait for the work item.
 *
 * Lives: a struct vdev lives until the driver is unbound and the last file is closed, whichever comes later.
 */
#ifndef VH264_H
#define VH264_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/spinlock.h>
#include <linux/version.h>
#include <linux/workqueue.h>
#include <media/media-device.h>
#include <media/v4l2-ctrls.h>
#include <media/v4l2-device.h>
#include <media/v4l2-event.h>
#include <media/v4l2-ioctl.h>
#include <media/videobuf2-v4l2.h>
#include "vh264_core.h"
#include "vh264_jpeg.h"

#define CAP_OFFSET (1u << 30)	/* mmap offsets of the CAPTURE queue start here */

/* what is asked for by the module's parameters; vh264_main.c says what each means */
extern struct vh264_ask {
	uint delay_us, hang_every, fail_every, swallow_every, refuse_level, refuse_bitrate;
	bool junk_first, sticky_import, refuse_zero_rate, check_level, motion_jpeg, refuse_dmabuf, refuse_scattered, no_memory, refuse_streamon;
} vh264_ask;

/* What a device is: the Pi's encoder of video, or its encoder of stills. A platform device's number is its role. */
enum vrole { VIDEO, IMAGE, ROLES };
extern const char *const vh264_names[ROLES];
extern int vh264_nr[ROLES];

/* what there is now, and what has been done: /sys/module/vh264/parameters/stat_* */
extern struct vh264_stat {
	atomic_long_t contexts, buffers, attachments, kept;
	atomic_long_t frames, keys, jpegs, dmabuf, jpegs_dmabuf, wrong_buffer, skip_mb, intra_mb, load_ns, code_ns, bytes;
	atomic_long_t swallowed, failed, hung, junk, refused;
} vh264_stat;
#define VH264_COUNT(what) atomic_long_inc(&vh264_stat.what)
#define VH264_ADD(what, n) atomic_long_add(n, &vh264_stat.what)

/* each n-th of something, as a parameter asks */
static inline bool vh264_nth(uint n, uint every)
{
	return every && n % every == 0;
}

struct vfmt {
	u32 fourcc;
	enum vh264_pixfmt core;
	u32 bpl_num;			/* bytes per line = width * bpl_num */
	u32 size_x2;			/* sizeimage = bpl * height * size_x2 / 2 */
	u32 align;			/* of bytes per line */
};
/* the input format of this V4L2 code, or NULL */
const struct vfmt *vh264_find_fmt(u32 fourcc);

struct vdev {
	enum vrole role;
	struct v4l2_device v4l2;	/* its release frees this */
	struct video_device vfd;
	struct mutex lock;
	struct list_head ctxs;		/* open files; under lock */
	struct platform_device *pdev;
#ifdef CONFIG_MEDIA_CONTROLLER
	struct media_device mdev;
	struct media_entity proc, sink;
	struct media_pad pads[4];
	struct media_intf_devnode *intf;
#endif
};

struct vbuf {
	struct vb2_v4l2_buffer vb;	/* must be first */
	struct list_head list;
	bool imported;			/* counted in stat_attachments */
	bool wrong;			/* another memory than the one kept for this index */
};

struct vctx {
	struct v4l2_fh fh;
	struct vdev *dev;
	struct list_head list;
	struct vb2_queue out, cap;
	u32 buffers;			/* counted in stat_buffers */
	/* The memory that was queued first at each OUTPUT index, see sticky_import; changed only when no work can run, or
	 * for an index that is not queued. */
	struct dma_buf *kept[VIDEO_MAX_FRAME];

	spinlock_t qlock;		/* up to busy_src */
	struct list_head out_list, cap_list;
	bool out_on, cap_on;		/* streaming */
	bool gone, hung;
	/* draining: after STOP, until the buffer with the LAST flag is done; stopped: from then on, until START or a new stream.
	 * last_src: the last picture to encode when draining; NULL: none is left. */
	bool draining, stopped;
	struct vbuf *last_src;
	struct vbuf *busy_src;		/* the picture being encoded, which is in no list */

	struct work_struct work;
	/* formats */
	const struct vfmt *fmt;
	u32 width, height, bpl, out_size;
	u32 coded, cap_size;		/* coded: H264, MJPEG or JPEG */
	u32 colorspace, ycbcr, quant, xfer;
	struct v4l2_fract tpf;
	/* controls */
	struct v4l2_ctrl_handler hdl;
	struct v4l2_ctrl *gop_size;
	u32 bitrate, i_period, repeat_hdr, min_qp, max_qp, profile, level, quality;
	atomic_t force_key;
	/* encoder; only the work item touches it while streaming */
	struct vh264_enc enc;
	struct vh264_jpeg jpeg;
	void *mem;
	u32 n, since_key, out_seq, cap_seq;
	int qp, mjpeg_quality;
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

extern struct platform_driver vh264_driver;
extern struct workqueue_struct *vh264_wq;
extern const struct v4l2_ioctl_ops vh264_ioctl_ops;

/* vh264_media.c */
void vh264_media_init(struct vdev *d);
int vh264_media_register(struct vdev *d);
void vh264_media_unregister(struct vdev *d);
void vh264_media_free(struct vdev *d);

/* vh264_queue.c */
int vh264_queue_init(struct vctx *c, struct vb2_queue *q, u32 type);
void vh264_forget_imports(struct vctx *c);
void vh264_count_buffers(struct vctx *c);

/* vh264_work.c */
void vh264_work(struct work_struct *w);
void vh264_set_stream_params(struct vctx *c);

/* the bytes that the bit rate allows a picture */
static inline u64 vh264_budget(const struct vctx *c)
{
	return div64_u64((u64)c->bitrate * c->tpf.numerator, 8ull * c->tpf.denominator);
}

/* vh264_still.c */
void vh264_still_init(struct vctx *c);
u32 vh264_still_picture(struct vctx *c, u8 *out, u32 cap);

/* lets the encoder look whether there is something to do */
static inline void vh264_kick(struct vctx *c)
{
	queue_work(vh264_wq, &c->work);
}

/* vh264_ctrls.c */
int vh264_ctrls_init(struct vctx *c);

/* vh264_rules.c */
u32 vh264_level_idc(u32 level);
int vh264_may_start(const struct vctx *c);

/* vh264_format.c */
void vh264_format_init(struct vctx *c);
int vh264_enum_out(struct file *f, void *p, struct v4l2_fmtdesc *d);
int vh264_enum_cap(struct file *f, void *p, struct v4l2_fmtdesc *d);
int vh264_enum_framesizes(struct file *f, void *p, struct v4l2_frmsizeenum *s);
int vh264_g_out(struct file *f, void *p, struct v4l2_format *v);
int vh264_try_out(struct file *f, void *p, struct v4l2_format *v);
int vh264_s_out(struct file *f, void *p, struct v4l2_format *v);
int vh264_g_cap(struct file *f, void *p, struct v4l2_format *v);
int vh264_try_cap(struct file *f, void *p, struct v4l2_format *v);
int vh264_s_cap(struct file *f, void *p, struct v4l2_format *v);
int vh264_g_parm(struct file *f, void *p, struct v4l2_streamparm *sp);
int vh264_s_parm(struct file *f, void *p, struct v4l2_streamparm *sp);

#endif
