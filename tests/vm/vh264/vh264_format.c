// SPDX-License-Identifier: GPL-2.0
/* Formats, as bcm2835-codec has them for its encoders, and the frame rate. */
#include "vh264.h"

#define MIN_SIDE 32u
#define MAX_SIDE 1920u
#define MAX_BPL (1u << 15)
/* room for a picture's bitstream, which a client may only make bigger */
#define CAP_SIZE_720P (512u << 10)
#define CAP_SIZE_LARGER (768u << 10)
#define CAP_SIZE_MAX (8u << 20)

static const struct vfmt in_fmts[] = {
	{ V4L2_PIX_FMT_YUV420, VH264_YU12, 1, 3, 64 },
	{ V4L2_PIX_FMT_YVU420, VH264_YV12, 1, 3, 64 },
	{ V4L2_PIX_FMT_NV12, VH264_NV12, 1, 3, 32 },
	{ V4L2_PIX_FMT_NV21, VH264_NV21, 1, 3, 32 },
	{ V4L2_PIX_FMT_RGB565, VH264_RGB565, 2, 2, 32 },
	{ V4L2_PIX_FMT_YUYV, VH264_YUYV, 2, 2, 64 },
	{ V4L2_PIX_FMT_UYVY, VH264_UYVY, 2, 2, 64 },
	{ V4L2_PIX_FMT_YVYU, VH264_YVYU, 2, 2, 64 },
	{ V4L2_PIX_FMT_VYUY, VH264_VYUY, 2, 2, 64 },
	{ V4L2_PIX_FMT_RGB24, VH264_RGB24, 3, 2, 32 },
	{ V4L2_PIX_FMT_BGR24, VH264_BGR24, 3, 2, 32 },
};

const struct vfmt *vh264_find_fmt(u32 fourcc)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(in_fmts); i++)
		if (in_fmts[i].fourcc == fourcc)
			return &in_fmts[i];
	return NULL;
}

/* What each device gives; the first is its usual. */
static const u32 coded_fmts[ROLES][2] = {
	[VIDEO] = { V4L2_PIX_FMT_H264, V4L2_PIX_FMT_MJPEG },
	[IMAGE] = { V4L2_PIX_FMT_JPEG },
};

/* the n-th of those, or 0 */
static u32 coded_fmt(struct file *f, u32 n)
{
	u32 coded = n < ARRAY_SIZE(coded_fmts[0]) ? coded_fmts[ctx_of(f)->dev->role][n] : 0;

	return coded == V4L2_PIX_FMT_MJPEG && !vh264_ask.motion_jpeg ? 0 : coded;
}

/* this format if the device gives it, or else its usual one */
static u32 coded_as(struct file *f, u32 fourcc)
{
	u32 n = 0;

	while (coded_fmt(f, n) && coded_fmt(f, n) != fourcc)
		n++;
	return coded_fmt(f, n) ?: coded_fmt(f, 0);
}

static u32 cap_size_least(const struct vctx *c)
{
	return c->width * c->height > 1280 * 720 ? CAP_SIZE_LARGER : CAP_SIZE_720P;
}

void vh264_format_init(struct vctx *c)
{
	c->fmt = &in_fmts[0];
	c->coded = coded_fmts[c->dev->role][0];
	c->width = c->bpl = 640;
	c->height = 480;
	c->out_size = c->width * c->height * 3 / 2;
	c->cap_size = cap_size_least(c);
	c->colorspace = c->dev->role == IMAGE ? V4L2_COLORSPACE_SRGB : V4L2_COLORSPACE_REC709;
	c->tpf = (struct v4l2_fract){ 1, 30 };
}

int vh264_enum_out(struct file *f, void *p, struct v4l2_fmtdesc *d)
{
	if (d->index >= ARRAY_SIZE(in_fmts))
		return -EINVAL;
	d->pixelformat = in_fmts[d->index].fourcc;
	return 0;
}

int vh264_enum_cap(struct file *f, void *p, struct v4l2_fmtdesc *d)
{
	if (!coded_fmt(f, d->index))
		return -EINVAL;
	d->pixelformat = coded_fmt(f, d->index);
	return 0;
}

int vh264_enum_framesizes(struct file *f, void *p, struct v4l2_frmsizeenum *s)
{
	if (s->index || (!vh264_find_fmt(s->pixel_format) && s->pixel_format != coded_as(f, s->pixel_format)))
		return -EINVAL;
	s->type = V4L2_FRMSIZE_TYPE_STEPWISE;
	s->stepwise = (struct v4l2_frmsize_stepwise){ MIN_SIDE, MAX_SIDE, 2, MIN_SIDE, MAX_SIDE, 2 };
	return 0;
}

/* One set of colours holds for both queues. */
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

/* ------------------------------------------------------------------ OUTPUT: pictures */

int vh264_g_out(struct file *f, void *p, struct v4l2_format *v)
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

/* A wish that cannot be had becomes the next that can; rows may be longer than needed, but are aligned. */
int vh264_try_out(struct file *f, void *p, struct v4l2_format *v)
{
	struct vctx *c = ctx_of(f);
	struct v4l2_pix_format_mplane *m = &v->fmt.pix_mp;
	const struct vfmt *fm = vh264_find_fmt(m->pixelformat);
	u32 bpl;

	if (!fm)
		fm = &in_fmts[0];
	m->pixelformat = fm->fourcc;
	m->width = clamp(m->width & ~1u, MIN_SIDE, MAX_SIDE);
	m->height = clamp(m->height & ~1u, MIN_SIDE, MAX_SIDE);
	bpl = clamp(m->plane_fmt[0].bytesperline, m->width * fm->bpl_num, MAX_BPL);
	m->plane_fmt[0].bytesperline = ALIGN(bpl, fm->align);
	m->plane_fmt[0].sizeimage = m->plane_fmt[0].bytesperline * m->height * fm->size_x2 / 2;
	memset(m->plane_fmt[0].reserved, 0, sizeof(m->plane_fmt[0].reserved));
	m->field = V4L2_FIELD_NONE;
	m->num_planes = 1;
	m->flags = 0;
	if (!m->colorspace)
		m->colorspace = c->colorspace;
	return 0;
}

int vh264_s_out(struct file *f, void *p, struct v4l2_format *v)
{
	struct vctx *c = ctx_of(f);
	struct v4l2_pix_format_mplane *m = &v->fmt.pix_mp;

	if (vb2_is_busy(&c->out))
		return -EBUSY;
	vh264_try_out(f, p, v);
	c->fmt = vh264_find_fmt(m->pixelformat);
	c->width = m->width;
	c->height = m->height;
	c->bpl = m->plane_fmt[0].bytesperline;
	c->out_size = m->plane_fmt[0].sizeimage;
	c->colorspace = m->colorspace;
	c->ycbcr = m->ycbcr_enc;
	c->quant = m->quantization;
	c->xfer = m->xfer_func;
	/* The bitstream's size is the pictures'. */
	if (!vb2_is_busy(&c->cap))
		c->cap_size = max(c->cap_size, cap_size_least(c));
	return 0;
}

/* ------------------------------------------------------------------ CAPTURE: bitstream */

int vh264_g_cap(struct file *f, void *p, struct v4l2_format *v)
{
	struct vctx *c = ctx_of(f);
	struct v4l2_pix_format_mplane *m = &v->fmt.pix_mp;

	m->width = c->width;
	m->height = c->height;
	m->pixelformat = c->coded;
	m->plane_fmt[0].bytesperline = 0;
	m->plane_fmt[0].sizeimage = c->cap_size;
	fill_common(c, m);
	if (c->coded != V4L2_PIX_FMT_H264) {
		/* the colours of all JPEGs, whatever their samples are */
		m->colorspace = V4L2_COLORSPACE_SRGB;
		m->xfer_func = V4L2_XFER_FUNC_SRGB;
		m->ycbcr_enc = V4L2_YCBCR_ENC_601;
		m->quantization = V4L2_QUANTIZATION_FULL_RANGE;
	}
	return 0;
}

int vh264_try_cap(struct file *f, void *p, struct v4l2_format *v)
{
	u32 want = v->fmt.pix_mp.plane_fmt[0].sizeimage, coded = coded_as(f, v->fmt.pix_mp.pixelformat);

	vh264_g_cap(f, p, v);
	v->fmt.pix_mp.pixelformat = coded;
	v->fmt.pix_mp.plane_fmt[0].sizeimage = clamp(want, cap_size_least(ctx_of(f)), CAP_SIZE_MAX);
	return 0;
}

int vh264_s_cap(struct file *f, void *p, struct v4l2_format *v)
{
	struct vctx *c = ctx_of(f);

	if (vb2_is_busy(&c->cap))
		return -EBUSY;
	vh264_try_cap(f, p, v);
	c->coded = v->fmt.pix_mp.pixelformat;
	c->cap_size = v->fmt.pix_mp.plane_fmt[0].sizeimage;
	return 0;
}

/* ------------------------------------------------------------------ rate */

int vh264_g_parm(struct file *f, void *p, struct v4l2_streamparm *sp)
{
	struct vctx *c = ctx_of(f);

	if (!V4L2_TYPE_IS_OUTPUT(sp->type))
		return -EINVAL;
	memset(&sp->parm, 0, sizeof(sp->parm));
	sp->parm.output.capability = V4L2_CAP_TIMEPERFRAME;
	sp->parm.output.timeperframe = c->tpf;
	return 0;
}

int vh264_s_parm(struct file *f, void *p, struct v4l2_streamparm *sp)
{
	struct vctx *c = ctx_of(f);
	struct v4l2_fract *t = &sp->parm.output.timeperframe;

	if (!V4L2_TYPE_IS_OUTPUT(sp->type))
		return -EINVAL;
	if (!t->numerator || !t->denominator) {
		if (vh264_ask.refuse_zero_rate) {
			VH264_COUNT(refused);
			return -EINVAL;
		}
		*t = (struct v4l2_fract){ 1, 30 };
	}
	c->tpf = *t;
	return vh264_g_parm(f, p, sp);
}
