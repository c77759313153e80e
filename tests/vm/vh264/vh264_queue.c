// SPDX-License-Identifier: GPL-2.0
/* The two queues, and the work item that takes a picture and a bitstream buffer off them and encodes. */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/vmalloc.h>
#include <media/videobuf2-vmalloc.h>
#include "vh264.h"

/* ------------------------------------------------------------------ the encoder's work */

static const u8 level_idc[] = {
	[V4L2_MPEG_VIDEO_H264_LEVEL_1_0] = 10, [V4L2_MPEG_VIDEO_H264_LEVEL_1B] = 11,
	[V4L2_MPEG_VIDEO_H264_LEVEL_1_1] = 11, [V4L2_MPEG_VIDEO_H264_LEVEL_1_2] = 12,
	[V4L2_MPEG_VIDEO_H264_LEVEL_1_3] = 13, [V4L2_MPEG_VIDEO_H264_LEVEL_2_0] = 20,
	[V4L2_MPEG_VIDEO_H264_LEVEL_2_1] = 21, [V4L2_MPEG_VIDEO_H264_LEVEL_2_2] = 22,
	[V4L2_MPEG_VIDEO_H264_LEVEL_3_0] = 30, [V4L2_MPEG_VIDEO_H264_LEVEL_3_1] = 31,
	[V4L2_MPEG_VIDEO_H264_LEVEL_3_2] = 32, [V4L2_MPEG_VIDEO_H264_LEVEL_4_0] = 40,
	[V4L2_MPEG_VIDEO_H264_LEVEL_4_1] = 41, [V4L2_MPEG_VIDEO_H264_LEVEL_4_2] = 42,
	[V4L2_MPEG_VIDEO_H264_LEVEL_5_0] = 50, [V4L2_MPEG_VIDEO_H264_LEVEL_5_1] = 51,
};

static void set_stream_params(struct vctx *c)
{
	struct vh264_enc *e = &c->enc;

	switch (c->profile) {
	case V4L2_MPEG_VIDEO_H264_PROFILE_MAIN: e->profile_idc = 77; e->constraint_flags = 0x40; break;
	case V4L2_MPEG_VIDEO_H264_PROFILE_HIGH: e->profile_idc = 100; e->constraint_flags = 0; break;
	case V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE: e->profile_idc = 66; e->constraint_flags = 0x80; break;
	default: e->profile_idc = 66; e->constraint_flags = 0xc0; break;
	}
	e->level_idc = level_idc[c->level];
	e->fps_num = c->tpf.denominator;
	e->fps_den = c->tpf.numerator;
	e->full_range = 0;
}

/* frame-level rate control: one step of qp per picture towards bitrate / fps */
static void rate_control(struct vctx *c, u32 bytes, bool key)
{
	u64 budget = div_u64((u64)c->bitrate * c->tpf.numerator, 8 * max(1u, c->tpf.denominator));

	if (key)
		budget *= 8;
	if (bytes > budget)
		c->qp += bytes > 2 * budget ? 2 : 1;
	else if (bytes < budget / 2)
		c->qp -= 1;
	c->qp = clamp_t(int, c->qp, c->min_qp, c->max_qp);
}

static int encode(struct vctx *c, struct vb2_v4l2_buffer *src, struct vb2_v4l2_buffer *dst)
{
	const u8 *in = vb2_plane_vaddr(&src->vb2_buf, 0);
	u8 *out = vb2_plane_vaddr(&dst->vb2_buf, 0);
	u32 cap = vb2_plane_size(&dst->vb2_buf, 0), pos = 0, len = 0;
	bool key;
	int qp;
	ktime_t t0, t1;

	if (!in || !out || !c->mem || vb2_get_plane_payload(&src->vb2_buf, 0) < c->out_size)
		return -EINVAL;
	t0 = ktime_get();
	set_stream_params(c);
	vh264_core_load(&c->enc, c->fmt->core, in, c->bpl);
	t1 = ktime_get();
	key = atomic_xchg(&c->force_key, 0) || !c->enc.have_ref || (c->i_period && c->since_key >= c->i_period);
	if (key && (c->repeat_hdr || !c->sent_hdr)) {
		pos = vh264_core_headers(&c->enc, out, cap);
		if (!pos)
			return -ENOSPC;
		c->sent_hdr = true;
	}
	for (qp = clamp_t(int, c->qp, c->min_qp, c->max_qp); qp <= 51; qp += 6) {
		len = vh264_core_picture(&c->enc, key, qp, out + pos, cap - pos);
		if (len)
			break;
	}
	if (!len)
		return -ENOSPC;
	vh264_core_commit(&c->enc, key);
	c->qp = qp;
	c->since_key = key ? 1 : c->since_key + 1;
	rate_control(c, pos + len, key);
	vb2_set_plane_payload(&dst->vb2_buf, 0, pos + len);
	dst->flags &= ~(V4L2_BUF_FLAG_KEYFRAME | V4L2_BUF_FLAG_PFRAME | V4L2_BUF_FLAG_BFRAME | V4L2_BUF_FLAG_LAST);
	dst->flags |= key ? V4L2_BUF_FLAG_KEYFRAME : V4L2_BUF_FLAG_PFRAME;
	vh264_stat.frames++;
	vh264_stat.keys += key;
	vh264_stat.skip_mb += c->enc.n_skip;
	vh264_stat.intra_mb += c->enc.n_intra;
	vh264_stat.bytes += pos + len;
	vh264_stat.dmabuf += src->vb2_buf.memory == VB2_MEMORY_DMABUF;
	vh264_stat.load_ns += ktime_to_ns(ktime_sub(t1, t0));
	vh264_stat.code_ns += ktime_to_ns(ktime_sub(ktime_get(), t1));
	return 0;
}

static struct vbuf *pop(struct list_head *l)
{
	struct vbuf *b = list_first_entry_or_null(l, struct vbuf, list);

	if (b)
		list_del(&b->list);
	return b;
}

static const struct v4l2_event eos_event = { .type = V4L2_EVENT_EOS };

void vh264_work(struct work_struct *w)
{
	struct vctx *c = container_of(w, struct vctx, work);

	for (;;) {
		struct vbuf *s = NULL, *d = NULL;
		bool last = false;
		unsigned long fl;
		int ret;

		spin_lock_irqsave(&c->qlock, fl);
		if (!list_empty(&c->cap_list) && !c->stopped && vb2_is_streaming(&c->out) && vb2_is_streaming(&c->cap)) {
			if (!list_empty(&c->out_list)) {
				s = pop(&c->out_list);
				d = pop(&c->cap_list);
				last = c->drain && list_empty(&c->out_list);
			} else if (c->drain) {
				d = pop(&c->cap_list);
				last = true;
			}
			if (last) {
				c->drain = false;
				c->stopped = true;
			}
		}
		spin_unlock_irqrestore(&c->qlock, fl);
		if (!d)
			return;
		d->vb.field = V4L2_FIELD_NONE;
		d->vb.sequence = c->cap_seq;
		if (!s || (vh264_junk_first && !c->junked)) {	/* an empty buffer */
			c->junked = true;
			if (s) {
				spin_lock_irqsave(&c->qlock, fl);
				list_add(&s->list, &c->out_list);
				spin_unlock_irqrestore(&c->qlock, fl);
			}
			vb2_set_plane_payload(&d->vb.vb2_buf, 0, 0);
			d->vb.vb2_buf.timestamp = 0;
			d->vb.flags = last ? V4L2_BUF_FLAG_LAST : 0;
			vb2_buffer_done(&d->vb.vb2_buf, VB2_BUF_STATE_DONE);
			if (last)
				v4l2_event_queue_fh(&c->fh, &eos_event);
			continue;
		}
		c->n++;
		d->vb.vb2_buf.timestamp = s->vb.vb2_buf.timestamp;
		d->vb.timecode = s->vb.timecode;
		d->vb.flags = s->vb.flags & (V4L2_BUF_FLAG_TIMECODE | V4L2_BUF_FLAG_TSTAMP_SRC_MASK);
		ret = encode(c, &s->vb, &d->vb);
		if (vh264_delay_us)
			usleep_range(vh264_delay_us, vh264_delay_us + 50);
		if (vh264_fail_every && c->n % vh264_fail_every == 0)
			ret = -EIO;
		if (vh264_hang_every && c->n % vh264_hang_every == 0) {	/* give both back to the lists, forever */
			spin_lock_irqsave(&c->qlock, fl);
			list_add_tail(&s->list, &c->out_list);
			list_add_tail(&d->list, &c->cap_list);
			spin_unlock_irqrestore(&c->qlock, fl);
			return;
		}
		s->vb.sequence = c->out_seq++;
		c->cap_seq++;
		if (ret) {
			pr_debug("vh264: picture %u failed: %d\n", c->n, ret);
			vb2_set_plane_payload(&d->vb.vb2_buf, 0, 0);
		}
		if (last)
			d->vb.flags |= V4L2_BUF_FLAG_LAST;
		vb2_buffer_done(&s->vb.vb2_buf, ret ? VB2_BUF_STATE_ERROR : VB2_BUF_STATE_DONE);
		vb2_buffer_done(&d->vb.vb2_buf, ret ? VB2_BUF_STATE_ERROR : VB2_BUF_STATE_DONE);
		if (last)
			v4l2_event_queue_fh(&c->fh, &eos_event);
	}
}
/* ------------------------------------------------------------------ vb2 */

static int q_setup(struct vb2_queue *q, unsigned int *nb, unsigned int *np, unsigned int sizes[], struct device *d[])
{
	struct vctx *c = vb2_get_drv_priv(q);
	u32 size = V4L2_TYPE_IS_OUTPUT(q->type) ? c->out_size : c->cap_size;

	if (*np)
		return *np != 1 || sizes[0] < size ? -EINVAL : 0;
	*np = 1;
	sizes[0] = size;
	return 0;
}

static int q_out_validate(struct vb2_buffer *vb)
{
	to_vb2_v4l2_buffer(vb)->field = V4L2_FIELD_NONE;
	return 0;
}

static int q_prepare(struct vb2_buffer *vb)
{
	struct vctx *c = vb2_get_drv_priv(vb->vb2_queue);

	if (V4L2_TYPE_IS_OUTPUT(vb->type)) {
		if (vb2_plane_size(vb, 0) < c->out_size)
			return -EINVAL;
	} else {
		if (vb2_plane_size(vb, 0) < 4096)
			return -EINVAL;
		vb2_set_plane_payload(vb, 0, 0);
	}
	return 0;
}

static void q_queue(struct vb2_buffer *vb)
{
	struct vctx *c = vb2_get_drv_priv(vb->vb2_queue);
	struct vbuf *b = container_of(to_vb2_v4l2_buffer(vb), struct vbuf, vb);
	unsigned long fl;

	spin_lock_irqsave(&c->qlock, fl);
	list_add_tail(&b->list, V4L2_TYPE_IS_OUTPUT(vb->type) ? &c->out_list : &c->cap_list);
	spin_unlock_irqrestore(&c->qlock, fl);
	vh264_kick(c);
}

static void q_return(struct vctx *c, struct vb2_queue *q, enum vb2_buffer_state st)
{
	struct vbuf *b;
	unsigned long fl;

	for (;;) {
		spin_lock_irqsave(&c->qlock, fl);
		b = pop(V4L2_TYPE_IS_OUTPUT(q->type) ? &c->out_list : &c->cap_list);
		spin_unlock_irqrestore(&c->qlock, fl);
		if (!b)
			return;
		vb2_buffer_done(&b->vb.vb2_buf, st);
	}
}

static int q_start(struct vb2_queue *q, unsigned int count)
{
	struct vctx *c = vb2_get_drv_priv(q);

	if (V4L2_TYPE_IS_OUTPUT(q->type)) {
		cancel_work_sync(&c->work);
		if (!c->mem || c->enc.width != c->width || c->enc.height != c->height) {
			vfree(c->mem);
			c->mem = vzalloc(vh264_core_mem(c->width, c->height));
			if (!c->mem) {
				q_return(c, q, VB2_BUF_STATE_QUEUED);
				return -ENOMEM;
			}
		}
		set_stream_params(c);
		vh264_core_init(&c->enc, c->width, c->height, c->mem);
		c->qp = clamp_t(int, 26, c->min_qp, c->max_qp);
		c->n = c->since_key = c->out_seq = c->cap_seq = 0;
		c->sent_hdr = c->junked = false;
	}
	c->drain = c->stopped = false;
	return 0;
}

static void q_stop(struct vb2_queue *q)
{
	struct vctx *c = vb2_get_drv_priv(q);

	cancel_work_sync(&c->work);
	q_return(c, q, VB2_BUF_STATE_ERROR);
}

static const struct vb2_ops q_ops = {
	.queue_setup = q_setup,
	.buf_out_validate = q_out_validate,
	.buf_prepare = q_prepare,
	.buf_queue = q_queue,
	.start_streaming = q_start,
	.stop_streaming = q_stop,
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	.wait_prepare = vb2_ops_wait_prepare,
	.wait_finish = vb2_ops_wait_finish,
#endif
};

int vh264_queue_init(struct vctx *c, struct vb2_queue *q, u32 type)
{
	q->type = type;
	q->io_modes = VB2_MMAP | VB2_DMABUF;
	q->drv_priv = c;
	q->buf_struct_size = sizeof(struct vbuf);
	q->ops = &q_ops;
	q->mem_ops = &vb2_vmalloc_memops;
	q->timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_COPY;
	q->lock = &c->dev->lock;
	q->dev = &c->dev->pdev->dev;
	return vb2_queue_init(q);
}
