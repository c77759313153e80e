// SPDX-License-Identifier: GPL-2.0
/* Buffers, streams, events and commands: what a client asks by ioctl. */
#include "vh264.h"

static int v_querycap(struct file *f, void *p, struct v4l2_capability *cap)
{
	strscpy(cap->driver, "vh264", sizeof(cap->driver));
	strscpy(cap->card, vh264_names[ctx_of(f)->dev->role], sizeof(cap->card));
	strscpy(cap->bus_info, "platform:vh264", sizeof(cap->bus_info));
	return 0;
}

/* ------------------------------------------------------------------ buffers */

/* 0, or how a request for buffers fails on demand */
static int refused(u32 type, u32 memory, u32 count)
{
	int ret = 0;

	if (vh264_ask.refuse_dmabuf && memory == V4L2_MEMORY_DMABUF && V4L2_TYPE_IS_OUTPUT(type))
		ret = -EINVAL;
	else if (vh264_ask.no_memory && count)
		ret = -ENOMEM;
	if (ret)
		VH264_COUNT(refused);
	return ret;
}

static int v_reqbufs(struct file *f, void *p, struct v4l2_requestbuffers *r)
{
	struct vctx *c = ctx_of(f);
	int ret = refused(r->type, r->memory, r->count);

	if (ret)
		return ret;
	ret = vb2_reqbufs(queue_of(c, r->type), r);
	vh264_count_buffers(c);
	if (!ret && V4L2_TYPE_IS_OUTPUT(r->type))
		vh264_forget_imports(c);
	return ret;
}

static int v_create_bufs(struct file *f, void *p, struct v4l2_create_buffers *r)
{
	struct vctx *c = ctx_of(f);
	int ret = refused(r->format.type, r->memory, r->count);

	if (ret)
		return ret;
	ret = vb2_create_bufs(queue_of(c, r->format.type), r);
	vh264_count_buffers(c);
	return ret;
}

/* Both queues have their buffers from offset 0 on; one node needs them apart. */
static void move_offset(struct v4l2_buffer *b)
{
	if (!V4L2_TYPE_IS_OUTPUT(b->type) && b->memory == V4L2_MEMORY_MMAP)
		b->m.planes[0].m.mem_offset += CAP_OFFSET;
}

static int v_querybuf(struct file *f, void *p, struct v4l2_buffer *b)
{
	int ret = vb2_querybuf(queue_of(ctx_of(f), b->type), b);

	if (!ret)
		move_offset(b);
	return ret;
}

static int v_qbuf(struct file *f, void *p, struct v4l2_buffer *b)
{
	int ret = vb2_qbuf(queue_of(ctx_of(f), b->type), NULL, b);

	if (!ret)
		move_offset(b);
	return ret;
}

static int v_dqbuf(struct file *f, void *p, struct v4l2_buffer *b)
{
	struct vctx *c = ctx_of(f);
	int ret = vb2_dqbuf(queue_of(c, b->type), b, f->f_flags & O_NONBLOCK);

	if (!ret)
		move_offset(b);
	/* who was woken because the device has gone is told so */
	else if (!video_is_registered(&c->dev->vfd))
		ret = -ENODEV;
	return ret;
}

static int v_prepare_buf(struct file *f, void *p, struct v4l2_buffer *b)
{
	int ret = vb2_prepare_buf(queue_of(ctx_of(f), b->type), NULL, b);

	if (!ret)
		move_offset(b);
	return ret;
}

static int v_expbuf(struct file *f, void *p, struct v4l2_exportbuffer *b)
{
	return vb2_expbuf(queue_of(ctx_of(f), b->type), b);
}

static int v_streamon(struct file *f, void *p, enum v4l2_buf_type t)
{
	return vb2_streamon(queue_of(ctx_of(f), t), t);
}

static int v_streamoff(struct file *f, void *p, enum v4l2_buf_type t)
{
	struct vctx *c = ctx_of(f);
	int ret = vb2_streamoff(queue_of(c, t), t);

	if (!ret && V4L2_TYPE_IS_OUTPUT(t))
		vh264_forget_imports(c);
	return ret;
}

/* ------------------------------------------------------------------ events and commands */

static int v_subscribe(struct v4l2_fh *fh, const struct v4l2_event_subscription *s)
{
	switch (s->type) {
	case V4L2_EVENT_EOS:
		return v4l2_event_subscribe(fh, s, 2, NULL);
	case V4L2_EVENT_CTRL:
		return v4l2_ctrl_subscribe_event(fh, s);
	}
	return -EINVAL;
}

static int v_try_encoder_cmd(struct file *f, void *p, struct v4l2_encoder_cmd *cmd)
{
	if (cmd->cmd != V4L2_ENC_CMD_STOP && cmd->cmd != V4L2_ENC_CMD_START)
		return -EINVAL;
	cmd->flags = 0;
	return 0;
}

/* Memory-to-memory Stateful Video Encoder Interface, "Drain" */
static int v_encoder_cmd(struct file *f, void *p, struct v4l2_encoder_cmd *cmd)
{
	struct vctx *c = ctx_of(f);
	bool resumed = false;
	unsigned long fl;
	int ret = v_try_encoder_cmd(f, p, cmd);

	if (ret)
		return ret;
	spin_lock_irqsave(&c->qlock, fl);
	if (!c->out_on || !c->cap_on) {
		/* no effect */
	} else if (c->draining) {
		ret = -EBUSY;
	} else if (cmd->cmd == V4L2_ENC_CMD_START) {
		resumed = c->stopped;
		c->stopped = false;
	} else if (!c->stopped) {
		/* a picture being encoded just now is in neither list, but is done before what comes next */
		c->draining = true;
		c->last_src = list_empty(&c->out_list) ? c->busy_src : list_last_entry(&c->out_list, struct vbuf, list);
	}
	spin_unlock_irqrestore(&c->qlock, fl);
	if (resumed)
		vb2_clear_last_buffer_dequeued(&c->cap);
	vh264_kick(c);
	return ret;
}

const struct v4l2_ioctl_ops vh264_ioctl_ops = {
	.vidioc_querycap = v_querycap,
	.vidioc_enum_fmt_vid_cap = vh264_enum_cap,
	.vidioc_enum_fmt_vid_out = vh264_enum_out,
	.vidioc_enum_framesizes = vh264_enum_framesizes,
	.vidioc_g_fmt_vid_cap_mplane = vh264_g_cap,
	.vidioc_try_fmt_vid_cap_mplane = vh264_try_cap,
	.vidioc_s_fmt_vid_cap_mplane = vh264_s_cap,
	.vidioc_g_fmt_vid_out_mplane = vh264_g_out,
	.vidioc_try_fmt_vid_out_mplane = vh264_try_out,
	.vidioc_s_fmt_vid_out_mplane = vh264_s_out,
	.vidioc_g_parm = vh264_g_parm,
	.vidioc_s_parm = vh264_s_parm,
	.vidioc_reqbufs = v_reqbufs,
	.vidioc_create_bufs = v_create_bufs,
	.vidioc_querybuf = v_querybuf,
	.vidioc_qbuf = v_qbuf,
	.vidioc_dqbuf = v_dqbuf,
	.vidioc_prepare_buf = v_prepare_buf,
	.vidioc_expbuf = v_expbuf,
	.vidioc_streamon = v_streamon,
	.vidioc_streamoff = v_streamoff,
	.vidioc_encoder_cmd = v_encoder_cmd,
	.vidioc_try_encoder_cmd = v_try_encoder_cmd,
	.vidioc_subscribe_event = v_subscribe,
	.vidioc_unsubscribe_event = v4l2_event_unsubscribe,
};
