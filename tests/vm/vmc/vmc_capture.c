// SPDX-License-Identifier: GPL-2.0
/* The video node: buffers, and a thread that fills them with bars that move, at the rate of the signal. Nothing comes without one. */
#include <linux/kthread.h>
#include <linux/module.h>
#include <media/v4l2-fh.h>
#include <media/v4l2-ioctl.h>
#include <media/videobuf2-vmalloc.h>
#include <media/v4l2-dv-timings.h>
#include "vmc.h"

struct buffer {
	struct vb2_v4l2_buffer vb;
	struct list_head list;
};

static const struct { u32 fourcc, code, bytes; } formats[] = {
	{ V4L2_PIX_FMT_UYVY, MEDIA_BUS_FMT_UYVY8_1X16, 2 },
	{ V4L2_PIX_FMT_RGB24, MEDIA_BUS_FMT_RGB888_1X24, 3 },
};

static int index_of(u32 fourcc)
{
	return fourcc == formats[1].fourcc;
}

/* ------------------------------------------------------------------ pictures */

static struct buffer *take(struct vmc *c)
{
	struct buffer *b;

	spin_lock(&c->buffers_lock);
	b = list_first_entry_or_null(&c->buffers, struct buffer, list);
	if (b)
		list_del(&b->list);
	spin_unlock(&c->buffers_lock);
	return b;
}

static void draw(struct vmc *c, u8 *row)
{
	u32 y;

	for (y = 0; y < c->format.height; y++, row += c->format.bytesperline) {
		u32 luma = 16 + (y + c->sequence * 4) % 128;

		if (c->format.pixelformat == V4L2_PIX_FMT_UYVY)
			memset32((u32 *)row, 0x00800080 | luma << 8 | luma << 24, c->format.width / 2);
		else
			memset(row, luma, c->format.width * 3);
	}
}

static int thread(void *data)
{
	struct vmc *c = data;
	const struct v4l2_bt_timings *bt = &c->timings.bt;
	u64 period = div64_u64((u64)V4L2_DV_BT_FRAME_WIDTH(bt) * V4L2_DV_BT_FRAME_HEIGHT(bt) * NSEC_PER_SEC, bt->pixelclock);
	struct v4l2_dv_timings now;
	ktime_t next = ktime_get();
	struct buffer *b;

	while (!kthread_should_stop()) {
		next = ktime_add_ns(next, period);
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule_hrtimeout(&next, HRTIMER_MODE_ABS);
		__set_current_state(TASK_RUNNING);
		if (vmc_receiver_signal(&now) || !v4l2_match_dv_timings(&now, &c->timings, 0, false))
			continue;
		/* the source does not wait for a slow machine */
		for (; ktime_after(ktime_get(), ktime_add_ns(next, period)); next = ktime_add_ns(next, period))
			c->sequence++;
		b = take(c);
		if (b) {
			b->vb.vb2_buf.timestamp = ktime_get_ns();
			b->vb.sequence = c->sequence;
			b->vb.field = V4L2_FIELD_NONE;
			draw(c, vb2_plane_vaddr(&b->vb.vb2_buf, 0));
			vb2_set_plane_payload(&b->vb.vb2_buf, 0, c->format.sizeimage);
			vb2_buffer_done(&b->vb.vb2_buf, VB2_BUF_STATE_DONE);
		}
		c->sequence++;
	}
	return 0;
}

/* ------------------------------------------------------------------ queue */

static int q_setup(struct vb2_queue *q, unsigned int *nb, unsigned int *np, unsigned int sizes[], struct device *d[])
{
	struct vmc *c = vb2_get_drv_priv(q);

	*np = 1;
	sizes[0] = c->format.sizeimage;
	return 0;
}

static void q_queue(struct vb2_buffer *vb)
{
	struct vmc *c = vb2_get_drv_priv(vb->vb2_queue);

	spin_lock(&c->buffers_lock);
	list_add_tail(&container_of(to_vb2_v4l2_buffer(vb), struct buffer, vb)->list, &c->buffers);
	spin_unlock(&c->buffers_lock);
}

static void give_back(struct vmc *c, enum vb2_buffer_state state)
{
	struct buffer *b;

	while ((b = take(c)))
		vb2_buffer_done(&b->vb.vb2_buf, state);
}

static int q_start(struct vb2_queue *q, unsigned int count)
{
	struct vmc *c = vb2_get_drv_priv(q);
	int ret = video_device_pipeline_start(&c->node, &c->pipe);
	struct task_struct *t;

	if (ret)
		goto back;
	c->sequence = 0;
	t = kthread_run(thread, c, "vmc");
	ret = PTR_ERR_OR_ZERO(t);
	if (!ret) {
		c->thread = t;
		return 0;
	}
	video_device_pipeline_stop(&c->node);
back:
	give_back(c, VB2_BUF_STATE_QUEUED);
	return ret;
}

static void q_stop(struct vb2_queue *q)
{
	struct vmc *c = vb2_get_drv_priv(q);

	kthread_stop(c->thread);
	c->thread = NULL;
	video_device_pipeline_stop(&c->node);
	give_back(c, VB2_BUF_STATE_ERROR);
}

static const struct vb2_ops q_ops = {
	.queue_setup = q_setup,
	.buf_queue = q_queue,
	.start_streaming = q_start,
	.stop_streaming = q_stop,
	.wait_prepare = vb2_ops_wait_prepare,
	.wait_finish = vb2_ops_wait_finish,
};

/* ------------------------------------------------------------------ node */

static int querycap(struct file *f, void *fh, struct v4l2_capability *cap)
{
	strscpy(cap->driver, "vmc", sizeof(cap->driver));
	strscpy(cap->card, "vmc", sizeof(cap->card));
	return 0;
}

static int enum_fmt(struct file *f, void *fh, struct v4l2_fmtdesc *d)
{
	if (d->mbus_code || d->index >= ARRAY_SIZE(formats))
		return -EINVAL;
	d->pixelformat = formats[d->index].fourcc;
	return 0;
}

static int g_fmt(struct file *f, void *fh, struct v4l2_format *fmt)
{
	fmt->fmt.pix = ((struct vmc *)video_drvdata(f))->format;
	return 0;
}

/* As unicam: rows begin at multiples of 32 bytes, or of more when asked; whether it fits the pad is seen when it starts. */
static void adjust(struct v4l2_pix_format *p)
{
	int i = index_of(p->pixelformat);

	p->pixelformat = formats[i].fourcc;
	p->width = clamp_t(u32, ALIGN(p->width, 4), 16, 4096);
	p->height = clamp_t(u32, p->height, 16, 4096);
	p->bytesperline = clamp_t(u32, ALIGN(p->bytesperline, 32), ALIGN(p->width * formats[i].bytes, 32), 65536);
	p->sizeimage = p->bytesperline * p->height;
	p->field = V4L2_FIELD_NONE;
	p->colorspace = V4L2_COLORSPACE_SRGB;
}

static int s_fmt(struct file *f, void *fh, struct v4l2_format *fmt)
{
	struct vmc *c = video_drvdata(f);

	if (vb2_is_busy(&c->queue))
		return -EBUSY;
	adjust(&fmt->fmt.pix);
	c->format = fmt->fmt.pix;
	return 0;
}

static const struct v4l2_ioctl_ops ioctl_ops = {
	.vidioc_querycap = querycap,
	.vidioc_enum_fmt_vid_cap = enum_fmt,
	.vidioc_g_fmt_vid_cap = g_fmt,
	.vidioc_s_fmt_vid_cap = s_fmt,
	.vidioc_reqbufs = vb2_ioctl_reqbufs,
	.vidioc_querybuf = vb2_ioctl_querybuf,
	.vidioc_qbuf = vb2_ioctl_qbuf,
	.vidioc_dqbuf = vb2_ioctl_dqbuf,
	.vidioc_expbuf = vb2_ioctl_expbuf,
	.vidioc_streamon = vb2_ioctl_streamon,
	.vidioc_streamoff = vb2_ioctl_streamoff,
};

static const struct v4l2_file_operations fops = {
	.owner = THIS_MODULE,
	.open = v4l2_fh_open,
	.release = vb2_fop_release,
	.poll = vb2_fop_poll,
	.mmap = vb2_fop_mmap,
	.unlocked_ioctl = video_ioctl2,
};

static int link_validate(struct media_link *link)
{
	struct vmc *c = container_of(link->sink, struct vmc, node_pad);
	const struct v4l2_mbus_framefmt *pad = &c->csi2_format;
	const struct v4l2_pix_format *p = &c->format;

	if (pad->width == p->width && pad->height == p->height && pad->code == formats[index_of(p->pixelformat)].code)
		return 0;
	return -EPIPE;
}

static const struct media_entity_operations entity_ops = { .link_validate = link_validate };

int vmc_capture_register(struct vmc *c, int nr)
{
	struct vb2_queue *q = &c->queue;
	struct video_device *v = &c->node;
	int ret;

	spin_lock_init(&c->buffers_lock);
	INIT_LIST_HEAD(&c->buffers);
	adjust(&c->format);
	q->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	q->io_modes = VB2_MMAP;
	q->drv_priv = c;
	q->buf_struct_size = sizeof(struct buffer);
	q->ops = &q_ops;
	q->mem_ops = &vb2_vmalloc_memops;
	q->timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
	q->lock = &c->lock;
	q->dev = c->v4l2.dev;
	ret = vb2_queue_init(q);
	if (ret)
		return ret;
	strscpy(v->name, "vmc-capture", sizeof(v->name));
	v->fops = &fops;
	v->ioctl_ops = &ioctl_ops;
	v->release = video_device_release_empty;
	v->lock = &c->lock;
	v->queue = q;
	v->v4l2_dev = &c->v4l2;
	v->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING | V4L2_CAP_IO_MC;
	v->entity.ops = &entity_ops;
	c->node_pad.flags = MEDIA_PAD_FL_SINK | MEDIA_PAD_FL_MUST_CONNECT;
	ret = media_entity_pads_init(&v->entity, 1, &c->node_pad);
	if (ret)
		return ret;
	video_set_drvdata(v, c);
	return video_register_device(v, VFL_TYPE_VIDEO, nr);
}
