// SPDX-License-Identifier: GPL-2.0
/* Formats, buffers and commands: what a client asks by ioctl. */
#include "vh264.h"

#define MIN_W 32u
#define MIN_H 32u
#define MAX_W 1920u
#define MAX_H 1920u
#define CAP_SIZE_MAX (8u << 20)

static const struct vfmt in_fmts[] = {
	{ V4L2_PIX_FMT_YUV420, VH264_YU12, 1, 3 },
	{ V4L2_PIX_FMT_YVU420, VH264_YV12, 1, 3 },
	{ V4L2_PIX_FMT_NV12, VH264_NV12, 1, 3 },
	{ V4L2_PIX_FMT_NV21, VH264_NV21, 1, 3 },
	{ V4L2_PIX_FMT_RGB565, VH264_RGB565, 2, 2 },
	{ V4L2_PIX_FMT_YUYV, VH264_YUYV, 2, 2 },
	{ V4L2_PIX_FMT_UYVY, VH264_UYVY, 2, 2 },
	{ V4L2_PIX_FMT_YVYU, VH264_YVYU, 2, 2 },
	{ V4L2_PIX_FMT_VYUY, VH264_VYUY, 2, 2 },
	{ V4L2_PIX_FMT_RGB24, VH264_RGB24, 3, 2 },
	{ V4L2_PIX_FMT_BGR24, VH264_BGR24, 3, 2 },
};

/* ------------------------------------------------------------------ formats */

const struct vfmt *vh264_find_fmt(u32 fourcc)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(in_fmts); i++)
		if (in_fmts[i].fourcc == fourcc)
			return &in_fmts[i];
	return NULL;
}

static int v_querycap(struct file *f, void *p, struct v4l2_capability *cap)
{
	strscpy(cap->driver, "vh264", sizeof(cap->driver));
	strscpy(cap->card, "vh264-encode", sizeof(cap->card));
	strscpy(cap->bus_info, "platform:vh264", sizeof(cap->bus_info));
	return 0;
}

static int v_enum_out(struct file *f, void *p, struct v4l2_fmtdesc *d)
{
	if (d->index >= ARRAY_SIZE(in_fmts))
		return -EINVAL;
	d->pixelformat = in_fmts[d->index].fourcc;
	return 0;
}

static int v_enum_cap(struct file *f, void *p, struct v4l2_fmtdesc *d)
{
	if (d->index)
		return -EINVAL;
	d->pixelformat = V4L2_PIX_FMT_H264;
	return 0;
}

static int v_enum_framesizes(struct file *f, void *p, struct v4l2_frmsizeenum *s)
{
	if (s->index || (!vh264_find_fmt(s->pixel_format) && s->pixel_format != V4L2_PIX_FMT_H264))
		return -EINVAL;
	s->type = V4L2_FRMSIZE_TYPE_STEPWISE;
	s->stepwise = (struct v4l2_frmsize_stepwise){ MIN_W, MAX_W, 2, MIN_H, MAX_H, 2 };
	return 0;
}

static void fill_common(struct vctx *c, struct v4l2_pix_format_mplane *m)
{
	m->field = V4L2_FIELD_NONE;
	m->num_planes = 1;
	m->colorspace = c->colorspace;
	m->ycbcr_enc = c->ycbcr;
	m->quantization = c->quant;
	m->xfer_func = c->xfer;
	m->flags = 0;
	memset(m->reserved, 0, sizeof(m->reserved));
	memset(m->plane_fmt[0].reserved, 0, sizeof(m->plane_fmt[0].reserved));
}

static int v_g_out(struct file *f, void *p, struct v4l2_format *v)
{
	struct vctx *c = ctx_of(f);
	struct v4l2_pix_format_mplane *m = &v->fmt.pix_mp;

	m->width = c->width;
	m->height = c->height;
	m->pixelformat = c->fmt->fourcc;
	m->plane_fmt[0].bytesperline = c->bpl;
	m->plane_fmt[0].sizeimage = c->out_size;
	fill_common(c, m);
	return 0;
}

static int v_g_cap(struct file *f, void *p, struct v4l2_format *v)
{
	struct vctx *c = ctx_of(f);
	struct v4l2_pix_format_mplane *m = &v->fmt.pix_mp;

	m->width = c->width;
	m->height = c->height;
	m->pixelformat = V4L2_PIX_FMT_H264;
	m->plane_fmt[0].bytesperline = 0;
	m->plane_fmt[0].sizeimage = c->cap_size;
	fill_common(c, m);
	return 0;
}

static void try_out(struct v4l2_pix_format_mplane *m)
{
	const struct vfmt *fm = vh264_find_fmt(m->pixelformat);
	u32 bpl;

	if (!fm)
		fm = &in_fmts[0];
	m->pixelformat = fm->fourcc;
	m->width = clamp(m->width & ~1u, MIN_W, MAX_W);
	m->height = clamp(m->height & ~1u, MIN_H, MAX_H);
	bpl = m->width * fm->bpl_num;
	if (m->plane_fmt[0].bytesperline > bpl && m->plane_fmt[0].bytesperline <= bpl * 2)
		bpl = ALIGN(m->plane_fmt[0].bytesperline, 2);
	m->plane_fmt[0].bytesperline = bpl;
	m->plane_fmt[0].sizeimage = bpl * m->height * fm->size_x2 / 2;
	m->field = V4L2_FIELD_NONE;
	m->num_planes = 1;
}

static int v_try_out(struct file *f, void *p, struct v4l2_format *v)
{
	try_out(&v->fmt.pix_mp);
	return 0;
}

static int v_try_cap(struct file *f, void *p, struct v4l2_format *v)
{
	u32 want = v->fmt.pix_mp.plane_fmt[0].sizeimage;

	v_g_cap(f, p, v);
	v->fmt.pix_mp.plane_fmt[0].sizeimage = want ? clamp(want, 65536u, CAP_SIZE_MAX) : CAP_SIZE_DEFAULT;
	return 0;
}

static int v_s_out(struct file *f, void *p, struct v4l2_format *v)
{
	struct vctx *c = ctx_of(f);
	struct v4l2_pix_format_mplane *m = &v->fmt.pix_mp;

	if (vb2_is_busy(&c->out))
		return -EBUSY;
	try_out(m);
	c->fmt = vh264_find_fmt(m->pixelformat);
	c->width = m->width;
	c->height = m->height;
	c->bpl = m->plane_fmt[0].bytesperline;
	c->out_size = m->plane_fmt[0].sizeimage;
	c->colorspace = m->colorspace;
	c->ycbcr = m->ycbcr_enc;
	c->quant = m->quantization;
	c->xfer = m->xfer_func;
	fill_common(c, m);
	return 0;
}

static int v_s_cap(struct file *f, void *p, struct v4l2_format *v)
{
	struct vctx *c = ctx_of(f);

	if (vb2_is_busy(&c->cap))
		return -EBUSY;
	v_try_cap(f, p, v);
	c->cap_size = v->fmt.pix_mp.plane_fmt[0].sizeimage;
	return 0;
}

static int v_g_parm(struct file *f, void *p, struct v4l2_streamparm *sp)
{
	struct vctx *c = ctx_of(f);

	if (!V4L2_TYPE_IS_OUTPUT(sp->type))
		return -EINVAL;
	memset(&sp->parm, 0, sizeof(sp->parm));
	sp->parm.output.capability = V4L2_CAP_TIMEPERFRAME;
	sp->parm.output.timeperframe = c->tpf;
	return 0;
}

static int v_s_parm(struct file *f, void *p, struct v4l2_streamparm *sp)
{
	struct vctx *c = ctx_of(f);
	struct v4l2_fract *t = &sp->parm.output.timeperframe;

	if (!V4L2_TYPE_IS_OUTPUT(sp->type))
		return -EINVAL;
	if (!t->numerator || !t->denominator)
		*t = (struct v4l2_fract){ 1, 30 };
	c->tpf = *t;
	return v_g_parm(f, p, sp);
}

/* ------------------------------------------------------------------ buffers */

static int v_reqbufs(struct file *f, void *p, struct v4l2_requestbuffers *r)
{
	return vb2_reqbufs(queue_of(ctx_of(f), r->type), r);
}

static int v_create_bufs(struct file *f, void *p, struct v4l2_create_buffers *r)
{
	return vb2_create_bufs(queue_of(ctx_of(f), r->format.type), r);
}

static int v_querybuf(struct file *f, void *p, struct v4l2_buffer *b)
{
	int ret = vb2_querybuf(queue_of(ctx_of(f), b->type), b);

	if (!ret && !V4L2_TYPE_IS_OUTPUT(b->type) && b->memory == V4L2_MEMORY_MMAP)
		b->m.planes[0].m.mem_offset += CAP_OFFSET;
	return ret;
}

static int v_qbuf(struct file *f, void *p, struct v4l2_buffer *b)
{
	return vb2_qbuf(queue_of(ctx_of(f), b->type), NULL, b);
}

static int v_dqbuf(struct file *f, void *p, struct v4l2_buffer *b)
{
	int ret = vb2_dqbuf(queue_of(ctx_of(f), b->type), b, f->f_flags & O_NONBLOCK);

	if (!ret && !V4L2_TYPE_IS_OUTPUT(b->type) && b->memory == V4L2_MEMORY_MMAP)
		b->m.planes[0].m.mem_offset += CAP_OFFSET;
	return ret;
}

static int v_prepare_buf(struct file *f, void *p, struct v4l2_buffer *b)
{
	return vb2_prepare_buf(queue_of(ctx_of(f), b->type), NULL, b);
}

static int v_expbuf(struct file *f, void *p, struct v4l2_exportbuffer *b)
{
	return vb2_expbuf(queue_of(ctx_of(f), b->type), b);
}

static int v_streamon(struct file *f, void *p, enum v4l2_buf_type t)
{
	int ret = vb2_streamon(queue_of(ctx_of(f), t), t);

	vh264_kick(ctx_of(f));
	return ret;
}

static int v_streamoff(struct file *f, void *p, enum v4l2_buf_type t)
{
	return vb2_streamoff(queue_of(ctx_of(f), t), t);
}

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

static int v_encoder_cmd(struct file *f, void *p, struct v4l2_encoder_cmd *cmd)
{
	struct vctx *c = ctx_of(f);
	unsigned long fl;

	if (cmd->cmd != V4L2_ENC_CMD_STOP && cmd->cmd != V4L2_ENC_CMD_START)
		return -EINVAL;
	cmd->flags = 0;
	spin_lock_irqsave(&c->qlock, fl);
	if (cmd->cmd == V4L2_ENC_CMD_STOP)
		c->drain = vb2_is_streaming(&c->out) && vb2_is_streaming(&c->cap);
	else
		c->stopped = c->drain = false;
	spin_unlock_irqrestore(&c->qlock, fl);
	if (cmd->cmd == V4L2_ENC_CMD_START)
		vb2_clear_last_buffer_dequeued(&c->cap);
	vh264_kick(c);
	return 0;
}

static int v_try_encoder_cmd(struct file *f, void *p, struct v4l2_encoder_cmd *cmd)
{
	cmd->flags = 0;
	return cmd->cmd == V4L2_ENC_CMD_STOP || cmd->cmd == V4L2_ENC_CMD_START ? 0 : -EINVAL;
}

const struct v4l2_ioctl_ops vh264_ioctl_ops = {
	.vidioc_querycap = v_querycap,
	.vidioc_enum_fmt_vid_cap = v_enum_cap,
	.vidioc_enum_fmt_vid_out = v_enum_out,
	.vidioc_enum_framesizes = v_enum_framesizes,
	.vidioc_g_fmt_vid_cap_mplane = v_g_cap,
	.vidioc_try_fmt_vid_cap_mplane = v_try_cap,
	.vidioc_s_fmt_vid_cap_mplane = v_s_cap,
	.vidioc_g_fmt_vid_out_mplane = v_g_out,
	.vidioc_try_fmt_vid_out_mplane = v_try_out,
	.vidioc_s_fmt_vid_out_mplane = v_s_out,
	.vidioc_g_parm = v_g_parm,
	.vidioc_s_parm = v_s_parm,
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
