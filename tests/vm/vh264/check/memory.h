/* SPDX-License-Identifier: GPL-2.0 */
/* The checks of memory and of going away; see check.c. */

/* A picture of the client as a DMA-BUF. */
static int exported(const struct client *c, unsigned index)
{
	struct v4l2_exportbuffer e = { .type = OUT, .index = index, .flags = O_RDWR | O_CLOEXEC };

	EQ(call(c->fd, VIDIOC_EXPBUF, &e), 0);
	return e.fd;
}

/* Encodes the picture in this DMA-BUF at this index; the size of what came out. */
static unsigned encode(const struct client *c, unsigned index, int dma_buf)
{
	struct got g;

	EQ(enqueue(c, OUT, index, 1, dma_buf), 0);
	EQ(take(c, OUT, DMABUF).index, index);
	g = piece(c, NULL);
	if (!g.used)			/* as a stream begins */
		g = piece(c, NULL);
	CHECK(g.used);
	return g.used;
}

/* Another DMA-BUF at an index is not looked at; the one that was there first is. A picture that is the one before takes few bytes. */
static void check_imports(void)
{
	struct client lender = start(V4L2_PIX_FMT_YUYV, 320, 240, MMAP), c = start(V4L2_PIX_FMT_YUYV, 320, 240, DMABUF);
	int black = exported(&lender, 0), noise = exported(&lender, 1);
	long dmabuf = param("stat_dmabuf"), wrong = param("stat_wrong_buffer");

	memset(lender.out[0], 16, lender.out_size);
	for (unsigned i = 0; i < lender.out_size; i++)
		((unsigned char *)lender.out[1])[i] = rand();
	encode(&c, 0, black);
	CHECK(encode(&c, 0, black) < 100);
	CHECK(encode(&c, 1, noise) > 1000);
	CHECK(encode(&c, 0, black) > 100);
	EQ(param("stat_attachments"), 2);
	EQ(param("stat_kept"), 2);
	EQ(param("stat_wrong_buffer") - wrong, 0);
	/* the wrong one: what is encoded is black again */
	CHECK(encode(&c, 0, noise) < 100);
	EQ(param("stat_wrong_buffer") - wrong, 1);
	EQ(param("stat_attachments"), 2);
	/* a new stream begins from nothing */
	EQ(stream(&c, OUT, false), 0);
	EQ(param("stat_kept"), 0);
	EQ(stream(&c, OUT, true), 0);
	encode(&c, 1, black);
	CHECK(encode(&c, 0, noise) > 1000);
	EQ(param("stat_wrong_buffer") - wrong, 1);
	/* told to, it follows */
	set_param("sticky_import", 0);
	CHECK(encode(&c, 0, black) > 100);
	CHECK(encode(&c, 0, black) < 100);
	set_param("sticky_import", 1);
	EQ(param("stat_wrong_buffer") - wrong, 1);
	EQ(param("stat_dmabuf") - dmabuf, 9);
	/* the memory is there as long as somebody holds it, also if its owner has gone */
	stop(&lender);
	encode(&c, 2, black);
	close(black);
	close(noise);
	stop(&c);
}

static int from_heap(unsigned bytes)
{
	struct dma_heap_allocation_data a = { .len = bytes, .fd_flags = O_RDWR | O_CLOEXEC };
	int heap = open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC);

	CHECK(heap >= 0);
	EQ(call(heap, DMA_HEAP_IOCTL_ALLOC, &a), 0);
	close(heap);
	return a.fd;
}

/* Bitstream goes to memory of the client's, too. When told to, the encoder refuses it. */
static void check_bitstream_imports(void)
{
	struct client c = open_node();
	int small = from_heap(64 << 10), large = from_heap(1536 << 10);
	long refused = param("stat_refused");

	set_fmt(&c, OUT, V4L2_PIX_FMT_YUYV, 320, 240, 0, 0);
	EQ(request(&c, CAP, DMABUF, 2), 0);
	EQ(enqueue(&c, CAP, 0, 0, small), EINVAL);
	set_param("refuse_scattered", 1);
	EQ(enqueue(&c, CAP, 0, 0, large), EFAULT);
	EQ(param("stat_refused") - refused, 1);
	EQ(param("stat_attachments"), 0);
	set_param("refuse_scattered", 0);
	EQ(enqueue(&c, CAP, 0, 0, large), 0);
	EQ(param("stat_attachments"), 1);
	EQ(request(&c, CAP, DMABUF, 0), 0);
	EQ(param("stat_attachments"), 0);
	close(small);
	close(large);
	close(c.fd);
}

static void check_counters(void)
{
	struct client a, b;

	EQ(param("stat_contexts"), 0);
	a = open_node();
	EQ(param("stat_contexts"), 1);
	b = start(V4L2_PIX_FMT_YUYV, 320, 240, MMAP);
	EQ(param("stat_contexts"), 2);
	EQ(param("stat_buffers"), 8);
	EQ(request(&a, OUT, DMABUF, 3), 0);
	EQ(param("stat_buffers"), 11);
	EQ(param("stat_attachments"), 0);
	EQ(request(&a, OUT, DMABUF, 0), 0);
	EQ(param("stat_buffers"), 8);
	/* closed with everything under way */
	put(&b, 0, 1, 1);
	put(&b, 1, 1, 1);
	stop(&b);
	EQ(param("stat_contexts"), 1);
	EQ(param("stat_buffers"), 0);
	close(a.fd);
}

struct waiter { struct client c; int dq_error, poll_says; };

static void *in_dqbuf(void *arg)
{
	struct waiter *w = arg;

	w->dq_error = dequeue(&w->c, CAP, MMAP).error;
	return NULL;
}

static void *in_poll(void *arg)
{
	struct waiter *w = arg;

	w->poll_says = ready(&w->c, POLLIN | POLLOUT | POLLPRI, 10000);
	return NULL;
}

static void driver(const char *what)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/bus/platform/drivers/vh264/%s", what);
	f = fopen(path, "w");
	CHECK(f);
	fprintf(f, "vh264.0");
	EQ(fclose(f), 0);
}

/* Taken away under a client that has it open, waits in DQBUF and in poll, and maps its memory; and brought back. */
static void check_unplug(void)
{
	struct client lender = start(V4L2_PIX_FMT_YUYV, 320, 240, MMAP);
	struct waiter dq = { .c = start(V4L2_PIX_FMT_YUYV, 320, 240, MMAP) }, polling = { .c = start(V4L2_PIX_FMT_YUYV, 320, 240, DMABUF) };
	struct v4l2_capability capability;
	int picture = exported(&lender, 0);
	pthread_t threads[2];

	set_param("delay_us", 30000);
	EQ(enqueue(&polling.c, OUT, 0, 1, picture), 0);
	EQ(take(&polling.c, OUT, DMABUF).error, 0);
	expect_junk(&polling.c);
	EQ(piece(&polling.c, NULL).error, 0);
	EQ(ready(&polling.c, POLLIN | POLLOUT | POLLPRI, 0), 0);
	EQ(fcntl(dq.c.fd, F_SETFL, O_RDWR), 0);
	EQ(pthread_create(&threads[0], NULL, in_dqbuf, &dq), 0);
	EQ(pthread_create(&threads[1], NULL, in_poll, &polling), 0);
	put(&lender, 1, 1, 1);		/* under way when the device goes */
	usleep(100000);
	put(&lender, 2, 1, 1);
	driver("unbind");
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	EQ(dq.dq_error, ENODEV);
	EQ(polling.poll_says & (POLLERR | POLLHUP), POLLERR | POLLHUP);
	EQ(access(NODE, F_OK), -1);
	EQ(call(dq.c.fd, VIDIOC_QUERYCAP, &capability), ENODEV);
	EQ(enqueue(&polling.c, OUT, 0, 1, picture), ENODEV);
	EQ(stream(&lender, OUT, false), ENODEV);
	EQ(ready(&lender, POLLIN, 0) & (POLLERR | POLLHUP), POLLERR | POLLHUP);
	/* its memory is still the client's */
	memset(lender.out[0], 1, lender.out_size);
	EQ(param("stat_contexts"), 3);
	EQ(param("stat_attachments"), 1);
	stop(&lender);
	stop(&dq.c);
	stop(&polling.c);
	close(picture);
	set_param("delay_us", 0);
	driver("bind");
	/* under the same name, and it works */
	struct client c = start(V4L2_PIX_FMT_YUYV, 320, 240, MMAP);
	put(&c, 0, 1, 1);
	expect_junk(&c);
	EQ(piece(&c, NULL).stamp, 1);
	/* back while an old file is open: another name, and the old file stays dead */
	driver("unbind");
	driver("bind");
	EQ(stream(&c, OUT, false), ENODEV);
	EQ(access(NODE, F_OK), -1);
	stop(&c);
	driver("unbind");
	driver("bind");
	EQ(access(NODE, F_OK), 0);
}
