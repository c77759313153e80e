// SPDX-License-Identifier: GPL-2.0
/* The device and its open files. It may be unbound while files are open: then every call says ENODEV, and closing still works. */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "vh264.h"

/* ------------------------------------------------------------------ files */

static int vh264_open(struct file *f)
{
	struct vdev *d = video_drvdata(f);
	struct vctx *c = kzalloc(sizeof(*c), GFP_KERNEL);
	int ret;

	if (!c)
		return -ENOMEM;
	c->dev = d;
	spin_lock_init(&c->qlock);
	INIT_LIST_HEAD(&c->out_list);
	INIT_LIST_HEAD(&c->cap_list);
	INIT_WORK(&c->work, vh264_work);
	vh264_format_init(c);
	v4l2_fh_init(&c->fh, &d->vfd);
	ret = vh264_ctrls_init(c);
	if (!ret)
		ret = vh264_queue_init(c, &c->out, V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE);
	if (!ret)
		ret = vh264_queue_init(c, &c->cap, V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE);
	if (ret) {
		v4l2_ctrl_handler_free(&c->hdl);
		v4l2_fh_exit(&c->fh);
		kfree(c);
		return ret;
	}
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	v4l2_fh_add(&c->fh, f);
#else
	f->private_data = &c->fh;
	v4l2_fh_add(&c->fh);
#endif
	mutex_lock(&d->lock);
	list_add(&c->list, &d->ctxs);
	mutex_unlock(&d->lock);
	VH264_COUNT(contexts);
	return 0;
}

static int vh264_release(struct file *f)
{
	struct vctx *c = ctx_of(f);
	struct vdev *d = c->dev;

	mutex_lock(&d->lock);
	list_del(&c->list);
	vb2_queue_release(&c->out);
	vb2_queue_release(&c->cap);
	vh264_count_buffers(c);
	vh264_forget_imports(c);
	mutex_unlock(&d->lock);
	/* stopping the pictures has kicked it once more */
	cancel_work_sync(&c->work);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	v4l2_fh_del(&c->fh, f);
#else
	v4l2_fh_del(&c->fh);
#endif
	v4l2_fh_exit(&c->fh);
	v4l2_ctrl_handler_free(&c->hdl);
	vfree(c->mem);
	kfree(c);
	VH264_ADD(contexts, -1);
	return 0;
}

static bool has_done(struct vb2_queue *q)
{
	unsigned long fl;
	bool has;

	spin_lock_irqsave(&q->done_lock, fl);
	has = !list_empty(&q->done_list);
	spin_unlock_irqrestore(&q->done_lock, fl);
	return has;
}

static bool idle(struct vb2_queue *q)
{
	return !vb2_is_streaming(q) || q->error || (list_empty(&q->queued_list) && !q->last_buffer_dequeued);
}

/* As of v4l2-mem2mem, which bcm2835-codec uses: POLLOUT and POLLIN say that DQBUF of that queue gives a buffer (or, after a drain,
 * EPIPE); POLLERR, that nothing will ever come because nothing is queued. */
static __poll_t vh264_poll(struct file *f, poll_table *w)
{
	struct vctx *c = ctx_of(f);
	__poll_t r = 0;

	poll_wait(f, &c->out.done_wq, w);
	poll_wait(f, &c->cap.done_wq, w);
	poll_wait(f, &c->fh.wait, w);
	if (v4l2_event_pending(&c->fh))
		r |= EPOLLPRI;
	mutex_lock(&c->dev->lock);
	if (idle(&c->out) && idle(&c->cap))
		r |= EPOLLERR;
	if (vb2_is_streaming(&c->out) && has_done(&c->out))
		r |= EPOLLOUT | EPOLLWRNORM;
	if (vb2_is_streaming(&c->cap) && (has_done(&c->cap) || c->cap.last_buffer_dequeued))
		r |= EPOLLIN | EPOLLRDNORM;
	mutex_unlock(&c->dev->lock);
	return r;
}

static int vh264_mmap(struct file *f, struct vm_area_struct *vma)
{
	struct vctx *c = ctx_of(f);

	if (vma->vm_pgoff < (CAP_OFFSET >> PAGE_SHIFT))
		return vb2_mmap(&c->out, vma);
	vma->vm_pgoff -= CAP_OFFSET >> PAGE_SHIFT;
	return vb2_mmap(&c->cap, vma);
}

static const struct v4l2_file_operations fops = {
	.owner = THIS_MODULE,
	.open = vh264_open,
	.release = vh264_release,
	.poll = vh264_poll,
	.mmap = vh264_mmap,
	.unlocked_ioctl = video_ioctl2,
};

/* ------------------------------------------------------------------ device */

static void vh264_free(struct v4l2_device *v)
{
	struct vdev *d = container_of(v, struct vdev, v4l2);

	vh264_media_free(d);
	mutex_destroy(&d->lock);
	kfree(d);
}

static int vh264_probe(struct platform_device *pdev)
{
	struct vdev *d = kzalloc(sizeof(*d), GFP_KERNEL);
	struct video_device *v;
	int ret;

	if (!d)
		return -ENOMEM;
	mutex_init(&d->lock);
	INIT_LIST_HEAD(&d->ctxs);
	d->pdev = pdev;
	d->role = pdev->id;
	platform_set_drvdata(pdev, d);
	strscpy(d->v4l2.name, "vh264", sizeof(d->v4l2.name));
	ret = v4l2_device_register(&pdev->dev, &d->v4l2);
	if (ret) {
		kfree(d);
		return ret;
	}
	d->v4l2.release = vh264_free;
	vh264_media_init(d);
	v = &d->vfd;
	strscpy(v->name, vh264_names[d->role], sizeof(v->name));
	v->vfl_dir = VFL_DIR_M2M;
	v->fops = &fops;
	v->ioctl_ops = &vh264_ioctl_ops;
	v->release = video_device_release_empty;
	v->lock = &d->lock;
	v->v4l2_dev = &d->v4l2;
	v->device_caps = V4L2_CAP_VIDEO_M2M_MPLANE | V4L2_CAP_STREAMING;
	if (d->role == IMAGE) {
		/* each JPEG stands by itself: there is no rate */
		v4l2_disable_ioctl(v, VIDIOC_G_PARM);
		v4l2_disable_ioctl(v, VIDIOC_S_PARM);
	}
	video_set_drvdata(v, d);
	ret = video_register_device(v, VFL_TYPE_VIDEO, vh264_nr[d->role]);
	if (ret)
		goto v4l2;
	ret = vh264_media_register(d);
	if (ret)
		goto video;
	dev_info(&pdev->dev, "%s is %s\n", v->name, video_device_node_name(v));
	return 0;
video:
	vh264_media_unregister(d);
	video_unregister_device(v);
v4l2:
	v4l2_device_unregister(&d->v4l2);
	v4l2_device_put(&d->v4l2);
	return ret;
}

static void unplug(struct platform_device *pdev)
{
	struct vdev *d = platform_get_drvdata(pdev);
	struct vctx *c;

	vh264_media_unregister(d);
	/* from here on no call begins; those who wait in one, or in poll, are woken to see it */
	video_unregister_device(&d->vfd);
	mutex_lock(&d->lock);
	list_for_each_entry(c, &d->ctxs, list) {
		spin_lock_irq(&c->qlock);
		c->gone = true;
		spin_unlock_irq(&c->qlock);
		vb2_queue_error(&c->out);
		vb2_queue_error(&c->cap);
		wake_up_all(&c->fh.wait);
	}
	mutex_unlock(&d->lock);
	v4l2_device_unregister(&d->v4l2);
	v4l2_device_put(&d->v4l2);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
static void vh264_remove(struct platform_device *pdev)
{
	unplug(pdev);
}
#else
static int vh264_remove(struct platform_device *pdev)
{
	unplug(pdev);
	return 0;
}
#endif

struct platform_driver vh264_driver = {
	.probe = vh264_probe,
	.remove = vh264_remove,
	.driver = { .name = "vh264" },
};
