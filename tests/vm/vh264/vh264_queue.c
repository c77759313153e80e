// SPDX-License-Identifier: GPL-2.0
/* The two vb2 queues: which memory they take, and how their streams start and stop. */
#include <linux/dma-buf.h>
#include <linux/vmalloc.h>
#include <media/videobuf2-vmalloc.h>
#include "vh264.h"

/* ------------------------------------------------------------------ memory */

/* Called under vdev.lock after whatever may have changed their number. */
void vh264_count_buffers(struct vctx *c)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	u32 now = vb2_get_num_buffers(&c->out) + vb2_get_num_buffers(&c->cap);
#else
	u32 now = c->out.num_buffers + c->cap.num_buffers;
#endif
	VH264_ADD(buffers, (long)now - c->buffers);
	c->buffers = now;
}

/* Called under vdev.lock when no OUTPUT buffer is queued. */
void vh264_forget_imports(struct vctx *c)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(c->kept); i++) {
		if (!c->kept[i])
			continue;
		dma_buf_put(c->kept[i]);
		c->kept[i] = NULL;
		VH264_ADD(kept, -1);
	}
}

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

static struct vbuf *vbuf_of(struct vb2_buffer *vb)
{
	return container_of(to_vb2_v4l2_buffer(vb), struct vbuf, vb);
}

static int q_init(struct vb2_buffer *vb)
{
	if (vb->memory == VB2_MEMORY_DMABUF && !vbuf_of(vb)->imported) {
		vbuf_of(vb)->imported = true;
		VH264_COUNT(attachments);
	}
	return 0;
}

/* vb2 also calls this before the first import */
static void q_cleanup(struct vb2_buffer *vb)
{
	if (vbuf_of(vb)->imported) {
		vbuf_of(vb)->imported = false;
		VH264_ADD(attachments, -1);
	}
}

static int q_out_validate(struct vb2_buffer *vb)
{
	to_vb2_v4l2_buffer(vb)->field = V4L2_FIELD_NONE;
	return 0;
}

static int q_prepare(struct vb2_buffer *vb)
{
	struct vctx *c = vb2_get_drv_priv(vb->vb2_queue);
	struct dma_buf *dbuf = vb->planes[0].dbuf;

	if (!V4L2_TYPE_IS_OUTPUT(vb->type)) {
		if (vb2_plane_size(vb, 0) < c->cap_size)
			return -EINVAL;
		if (vb->memory == VB2_MEMORY_DMABUF && vh264_ask.refuse_scattered) {
			VH264_COUNT(refused);
			return -EFAULT;
		}
		vb2_set_plane_payload(vb, 0, 0);
		return 0;
	}
	if (vb2_plane_size(vb, 0) < c->out_size)
		return -EINVAL;
	vbuf_of(vb)->wrong = false;
	if (vb->memory != VB2_MEMORY_DMABUF)
		return 0;
	if (!c->kept[vb->index]) {
		get_dma_buf(dbuf);
		c->kept[vb->index] = dbuf;
		VH264_COUNT(kept);
	}
	vbuf_of(vb)->wrong = vh264_ask.sticky_import && c->kept[vb->index] != dbuf;
	return 0;
}

/* ------------------------------------------------------------------ streams */

static struct list_head *list_of(struct vctx *c, struct vb2_queue *q)
{
	return V4L2_TYPE_IS_OUTPUT(q->type) ? &c->out_list : &c->cap_list;
}

static void q_queue(struct vb2_buffer *vb)
{
	struct vctx *c = vb2_get_drv_priv(vb->vb2_queue);
	unsigned long fl;

	spin_lock_irqsave(&c->qlock, fl);
	list_add_tail(&vbuf_of(vb)->list, list_of(c, vb->vb2_queue));
	spin_unlock_irqrestore(&c->qlock, fl);
	vh264_kick(c);
}

static void q_return(struct vctx *c, struct vb2_queue *q, enum vb2_buffer_state st)
{
	struct vbuf *b, *next;
	unsigned long fl;
	LIST_HEAD(all);

	spin_lock_irqsave(&c->qlock, fl);
	list_splice_init(list_of(c, q), &all);
	spin_unlock_irqrestore(&c->qlock, fl);
	list_for_each_entry_safe(b, next, &all, list) {
		list_del(&b->list);
		vb2_buffer_done(&b->vb.vb2_buf, st);
	}
}

/* A new stream of pictures. */
static int start_out(struct vctx *c)
{
	int ret = vh264_may_start(c);

	if (ret)
		return ret;
	if (!c->mem || c->enc.width != c->width || c->enc.height != c->height) {
		vfree(c->mem);
		c->mem = vzalloc(vh264_core_mem(c->width, c->height));
		if (!c->mem)
			return -ENOMEM;
	}
	vh264_set_stream_params(c);
	vh264_core_init(&c->enc, c->width, c->height, c->mem);
	c->qp = clamp_t(int, 26, c->min_qp, max(c->min_qp, c->max_qp));
	vh264_still_init(c);
	c->n = c->out_seq = 0;
	return 0;
}

static int q_start(struct vb2_queue *q, unsigned int count)
{
	struct vctx *c = vb2_get_drv_priv(q);
	bool out = V4L2_TYPE_IS_OUTPUT(q->type), resumed;
	unsigned long fl;
	int ret;

	/* One queue does not stream yet, so no work begins that would use what is set here; what is under way is waited for. */
	cancel_work_sync(&c->work);
	ret = out ? start_out(c) : 0;
	if (ret) {
		q_return(c, q, VB2_BUF_STATE_QUEUED);
		return ret;
	}
	/* either way the bitstream begins anew: with parameter sets and a key frame */
	c->enc.have_ref = 0;
	c->since_key = 0;
	c->sent_hdr = c->junked = false;
	if (!out)
		c->cap_seq = 0;
	spin_lock_irqsave(&c->qlock, fl);
	*(out ? &c->out_on : &c->cap_on) = true;
	/* A new stream of either side ends the stop after a drain. Not a drain that still goes on: its last buffer is owed. */
	resumed = c->stopped;
	c->stopped = c->hung = false;
	spin_unlock_irqrestore(&c->qlock, fl);
	if (resumed && out)
		vb2_clear_last_buffer_dequeued(&c->cap);
	vh264_kick(c);
	return 0;
}

static void q_stop(struct vb2_queue *q)
{
	struct vctx *c = vb2_get_drv_priv(q);
	bool out = V4L2_TYPE_IS_OUTPUT(q->type);
	unsigned long fl;

	spin_lock_irqsave(&c->qlock, fl);
	*(out ? &c->out_on : &c->cap_on) = false;
	/* Without pictures a drain has only its last buffer left to give; without bitstream buffers it is called off. */
	c->last_src = NULL;
	if (!out)
		c->draining = c->stopped = false;
	spin_unlock_irqrestore(&c->qlock, fl);
	cancel_work_sync(&c->work);
	q_return(c, q, VB2_BUF_STATE_ERROR);
	if (out)
		vh264_kick(c);
}

static const struct vb2_ops q_ops = {
	.queue_setup = q_setup,
	.buf_init = q_init,
	.buf_cleanup = q_cleanup,
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
