// SPDX-License-Identifier: GPL-2.0
/* The work item: takes a picture and a bitstream buffer off the queues and encodes; drains; fails where a parameter asks for it. */
#include <linux/delay.h>
#include <linux/dma-buf.h>
#include <linux/iosys-map.h>
#include <linux/ktime.h>
#include "vh264.h"

/* ------------------------------------------------------------------ encoding */

void vh264_set_stream_params(struct vctx *c)
{
	struct vh264_enc *e = &c->enc;

	switch (c->profile) {
	case V4L2_MPEG_VIDEO_H264_PROFILE_MAIN: e->profile_idc = 77; e->constraint_flags = 0x40; break;
	case V4L2_MPEG_VIDEO_H264_PROFILE_HIGH: e->profile_idc = 100; e->constraint_flags = 0; break;
	case V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE: e->profile_idc = 66; e->constraint_flags = 0x80; break;
	default: e->profile_idc = 66; e->constraint_flags = 0xc0; break;
	}
	e->level_idc = vh264_level_idc(c->level);
	e->fps_num = c->tpf.denominator;
	e->fps_den = c->tpf.numerator;
	/* where it is for the encoder to choose: RGB */
	e->full_range = c->coded != V4L2_PIX_FMT_H264;
}

/* frame-level rate control: one step of qp per picture towards bitrate / fps */
static void rate_control(struct vctx *c, u32 bytes, bool key)
{
	u64 budget = vh264_budget(c);

	if (key)
		budget *= 8;
	if (bytes > budget)
		c->qp += bytes > 2 * budget ? 2 : 1;
	else if (bytes < budget / 2)
		c->qp -= 1;
	c->qp = clamp_t(int, c->qp, c->min_qp, max(c->min_qp, c->max_qp));
}

/* Reads the picture that was queued, or, as sticky_import asks, the one in the memory that was first queued at its index. */
static int load(struct vctx *c, struct vbuf *s)
{
	struct vb2_buffer *vb = &s->vb.vb2_buf;
	struct dma_buf *kept = c->kept[vb->index];
	struct iosys_map map;
	const u8 *in;
	int ret;

	if (!s->wrong) {
		in = vb2_plane_vaddr(vb, 0);
		if (!in || vb2_get_plane_payload(vb, 0) < c->out_size)
			return -EINVAL;
		vh264_core_load(&c->enc, c->fmt->core, in, c->bpl);
		return 0;
	}
	VH264_COUNT(wrong_buffer);
	if (kept->size < c->out_size)
		return -EINVAL;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	ret = dma_buf_vmap_unlocked(kept, &map);
#else
	ret = dma_buf_vmap(kept, &map);
#endif
	if (ret)
		return ret;
	vh264_core_load(&c->enc, c->fmt->core, map.vaddr, c->bpl);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	dma_buf_vunmap_unlocked(kept, &map);
#else
	dma_buf_vunmap(kept, &map);
#endif
	return 0;
}

/* The picture that is loaded, as H.264; returns bytes, 0 when it never fits. */
static u32 h264_picture(struct vctx *c, u8 *out, u32 cap, bool *is_key)
{
	u32 pos = 0, len = 0;
	bool key;
	int qp;

	key = atomic_xchg(&c->force_key, 0) || !c->enc.have_ref || (c->i_period && c->since_key >= c->i_period);
	if (key && (c->repeat_hdr || !c->sent_hdr)) {
		pos = vh264_core_headers(&c->enc, out, cap);
		if (!pos)
			return 0;
		c->sent_hdr = true;
	}
	/* What does not fit is coded more coarsely; what never fits is an error. (A Pi would spread it over several buffers.) */
	for (qp = clamp_t(int, c->qp, c->min_qp, max(c->min_qp, c->max_qp)); qp <= 51; qp += 6) {
		len = vh264_core_picture(&c->enc, key, qp, out + pos, cap - pos);
		if (len)
			break;
	}
	if (!len)
		return 0;
	vh264_core_commit(&c->enc, key);
	c->qp = qp;
	c->since_key = key ? 1 : c->since_key + 1;
	rate_control(c, pos + len, key);
	VH264_ADD(skip_mb, c->enc.n_skip);
	VH264_ADD(intra_mb, c->enc.n_intra);
	*is_key = key;
	return pos + len;
}

static int encode(struct vctx *c, struct vbuf *s, struct vbuf *d)
{
	bool jpeg = c->coded != V4L2_PIX_FMT_H264, key = true, imported = s->vb.vb2_buf.memory == VB2_MEMORY_DMABUF;
	u8 *out = vb2_plane_vaddr(&d->vb.vb2_buf, 0);
	u32 cap = vb2_plane_size(&d->vb.vb2_buf, 0), len;
	ktime_t t0 = ktime_get(), t1;
	int ret;

	if (!out)
		return -EINVAL;
	vh264_set_stream_params(c);
	ret = load(c, s);
	if (ret)
		return ret;
	t1 = ktime_get();
	len = jpeg ? vh264_still_picture(c, out, cap) : h264_picture(c, out, cap, &key);
	if (!len)
		return -ENOSPC;
	vb2_set_plane_payload(&d->vb.vb2_buf, 0, len);
	d->vb.flags |= key ? V4L2_BUF_FLAG_KEYFRAME : V4L2_BUF_FLAG_PFRAME;
	VH264_COUNT(frames);
	VH264_ADD(keys, key);
	VH264_ADD(jpegs, jpeg);
	VH264_ADD(bytes, len);
	VH264_ADD(dmabuf, imported);
	VH264_ADD(jpegs_dmabuf, imported && jpeg);
	VH264_ADD(load_ns, ktime_to_ns(ktime_sub(t1, t0)));
	VH264_ADD(code_ns, ktime_to_ns(ktime_sub(ktime_get(), t1)));
	return 0;
}

/* ------------------------------------------------------------------ what to do next */

enum todo { NOTHING, EMPTY_LAST, JUNK, PICTURE };

static struct vbuf *pop(struct list_head *l)
{
	struct vbuf *b = list_first_entry(l, struct vbuf, list);

	list_del(&b->list);
	return b;
}

/* Takes the buffers off the lists. A picture stays known as busy_src until finish(). */
static enum todo next(struct vctx *c, struct vbuf **s, struct vbuf **d)
{
	enum todo todo = NOTHING;
	unsigned long fl;

	spin_lock_irqsave(&c->qlock, fl);
	if (c->gone || c->hung || !c->cap_on || list_empty(&c->cap_list)) {
		/* nothing */
	} else if (c->draining && !c->last_src) {
		todo = EMPTY_LAST;
		*d = pop(&c->cap_list);
		c->draining = false;
		c->stopped = true;
	} else if (!c->stopped && c->out_on && !list_empty(&c->out_list)) {
		*d = pop(&c->cap_list);
		todo = JUNK;
		if (!vh264_ask.junk_first || c->junked) {
			todo = PICTURE;
			*s = c->busy_src = pop(&c->out_list);
		}
	}
	spin_unlock_irqrestore(&c->qlock, fl);
	return todo;
}

/* The picture is done with; whether its bitstream buffer, if it got one, is the last of a drain. */
static bool finish(struct vctx *c, struct vbuf *s, struct vbuf *unused)
{
	bool last = false;
	unsigned long fl;

	spin_lock_irqsave(&c->qlock, fl);
	c->busy_src = NULL;
	if (unused)
		list_add(&unused->list, &c->cap_list);
	if (c->draining && c->last_src == s) {
		c->last_src = NULL;
		last = !unused;
		if (last) {
			c->draining = false;
			c->stopped = true;
		}
	}
	spin_unlock_irqrestore(&c->qlock, fl);
	return last;
}

static void done(struct vctx *c, struct vbuf *d, bool last, bool bad)
{
	static const struct v4l2_event eos = { .type = V4L2_EVENT_EOS };

	d->vb.field = V4L2_FIELD_NONE;
	d->vb.sequence = c->cap_seq;
	if (last) {
		d->vb.flags |= V4L2_BUF_FLAG_LAST;
		/* before the buffer: who has seen the last one may not look for events any more */
		v4l2_event_queue_fh(&c->fh, &eos);
	}
	vb2_buffer_done(&d->vb.vb2_buf, bad ? VB2_BUF_STATE_ERROR : VB2_BUF_STATE_DONE);
}

/* An empty buffer is no picture: it takes no number. */
static void done_empty(struct vctx *c, struct vbuf *d, bool last)
{
	vb2_set_plane_payload(&d->vb.vb2_buf, 0, 0);
	d->vb.vb2_buf.timestamp = 0;
	done(c, d, last, false);
}

static void picture(struct vctx *c, struct vbuf *s, struct vbuf *d)
{
	bool swallow, last;
	unsigned long fl;
	int ret = 0;

	c->n++;
	if (vh264_ask.delay_us)
		usleep_range(vh264_ask.delay_us, vh264_ask.delay_us + 50);
	if (vh264_nth(c->n, vh264_ask.hang_every)) {
		VH264_COUNT(hung);
		spin_lock_irqsave(&c->qlock, fl);
		c->hung = true;
		c->busy_src = NULL;
		list_add(&s->list, &c->out_list);
		list_add(&d->list, &c->cap_list);
		spin_unlock_irqrestore(&c->qlock, fl);
		return;
	}
	swallow = vh264_nth(c->n, vh264_ask.swallow_every);
	if (swallow) {
		VH264_COUNT(swallowed);
	} else {
		d->vb.vb2_buf.timestamp = s->vb.vb2_buf.timestamp;
		d->vb.timecode = s->vb.timecode;
		d->vb.flags |= s->vb.flags & (V4L2_BUF_FLAG_TIMECODE | V4L2_BUF_FLAG_TSTAMP_SRC_MASK);
		ret = encode(c, s, d);
		if (vh264_nth(c->n, vh264_ask.fail_every))
			ret = -EIO;
		if (ret) {
			VH264_COUNT(failed);
			pr_debug("vh264: picture %u failed: %d\n", c->n, ret);
			vb2_set_plane_payload(&d->vb.vb2_buf, 0, 0);
			d->vb.flags &= ~(V4L2_BUF_FLAG_KEYFRAME | V4L2_BUF_FLAG_PFRAME);
		}
	}
	last = finish(c, s, swallow ? d : NULL);
	s->vb.sequence = c->out_seq++;
	vb2_buffer_done(&s->vb.vb2_buf, ret ? VB2_BUF_STATE_ERROR : VB2_BUF_STATE_DONE);
	if (swallow)
		return;
	done(c, d, last, ret);
	c->cap_seq++;
}

void vh264_work(struct work_struct *w)
{
	struct vctx *c = container_of(w, struct vctx, work);
	struct vbuf *s, *d;
	enum todo todo;

	while ((todo = next(c, &s, &d)) != NOTHING) {
		d->vb.flags &= ~(V4L2_BUF_FLAG_KEYFRAME | V4L2_BUF_FLAG_PFRAME | V4L2_BUF_FLAG_BFRAME | V4L2_BUF_FLAG_LAST |
				 V4L2_BUF_FLAG_TIMECODE | V4L2_BUF_FLAG_TSTAMP_SRC_MASK);
		switch (todo) {
		case EMPTY_LAST:
			done_empty(c, d, true);
			break;
		case JUNK:
			c->junked = true;
			VH264_COUNT(junk);
			done_empty(c, d, false);
			break;
		default:
			picture(c, s, d);
		}
	}
}
