/* SPDX-License-Identifier: GPL-2.0 */
/* The checks of streams; see check.c. */

/* Paints a picture in one shade, and queues it. */
static void put(const struct client *c, unsigned index, int shade, long stamp)
{
	memset(c->out[index], shade, c->out_size);
	EQ(enqueue(c, OUT, index, stamp, -1), 0);
}

/* The next bitstream buffer, which is given back to the driver; what was in it is written to the file, if any. */
static struct got piece(const struct client *c, FILE *to)
{
	struct got g = take(c, CAP, MMAP);

	if (g.error)
		return g;
	if (to)
		EQ(fwrite(c->cap[g.index], 1, g.used, to), g.used);
	EQ(enqueue(c, CAP, g.index, 0, -1), 0);
	return g;
}

/* The empty buffer that the Pi begins with. */
static void expect_junk(const struct client *c)
{
	struct got g = piece(c, NULL);

	EQ(g.error, 0);
	EQ(g.used, 0);
	EQ(g.stamp, 0);
	EQ(g.flags & (V4L2_BUF_FLAG_LAST | V4L2_BUF_FLAG_ERROR | V4L2_BUF_FLAG_KEYFRAME), 0);
}

static FILE *file_as(const char *name, const char *suffix)
{
	char path[256];
	FILE *f;

	if (!output)
		return NULL;
	snprintf(path, sizeof(path), "%s.%s.%s", output, name, suffix);
	f = fopen(path, "w");
	CHECK(f);
	return f;
}

static FILE *file(const char *name)
{
	return file_as(name, "h264");
}

/* Ten pictures of each format; the timestamps are theirs, key frames have parameter sets. */
static void check_pictures(void)
{
	for (unsigned i = 0; i < FORMATS; i++) {
		struct client c = start(formats[i].fourcc, 176, 146, MMAP);
		FILE *f = file(FOURCC(formats[i].fourcc));

		EQ(set_ctrl(&c, V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER, 1), 0);
		EQ(set_ctrl(&c, V4L2_CID_MPEG_VIDEO_H264_I_PERIOD, 5), 0);
		for (unsigned n = 0; n < 10; n++) {
			static const unsigned char sps[] = { 0, 0, 0, 1, 0x67 };
			struct got g;

			put(&c, n % c.outs, 20 * n, 1000 + n);
			if (!n)
				expect_junk(&c);
			g = piece(&c, f);
			EQ(g.error, 0);
			EQ(g.stamp, 1000 + n);
			CHECK(g.used > 20);
			EQ(!!(g.flags & V4L2_BUF_FLAG_KEYFRAME), n % 5 == 0);
			EQ(!memcmp(c.cap[g.index], sps, 5), n % 5 == 0);
			EQ(take(&c, OUT, MMAP).error, 0);
		}
		if (f)
			fclose(f);
		stop(&c);
	}
}

/* Pictures come back in the order they went in, each only when its bitstream is there or about to be. */
static void check_order(void)
{
	struct client c = start(V4L2_PIX_FMT_YUYV, 640, 480, MMAP);

	set_param("delay_us", 200000);
	for (unsigned n = 0; n < c.outs; n++)
		memset(c.out[n], 40 * n, c.out_size);
	for (unsigned n = 0; n < c.outs; n++)
		EQ(enqueue(&c, OUT, n, 1 + n, -1), 0);
	expect_junk(&c);
	for (unsigned n = 0; n < c.outs; n++) {
		struct got g = take(&c, OUT, MMAP);

		EQ(g.index, n);
		EQ(g.stamp, 1 + n);
		/* the next one is still being worked on */
		if (n + 1 < c.outs)
			EQ(dequeue(&c, OUT, MMAP).error, EAGAIN);
		EQ(piece(&c, NULL).stamp, 1 + n);
	}
	set_param("delay_us", 0);
	stop(&c);
}

/* Whether an EOS event is there; it is taken. */
static bool eos(const struct client *c)
{
	struct v4l2_event e;

	return !call(c->fd, VIDIOC_DQEVENT, &e) && e.type == V4L2_EVENT_EOS;
}

static void subscribe(const struct client *c)
{
	struct v4l2_event_subscription s = { .type = V4L2_EVENT_EOS };

	EQ(call(c->fd, VIDIOC_SUBSCRIBE_EVENT, &s), 0);
}

/* Memory-to-memory Stateful Video Encoder Interface, "Drain" */
static void check_drain(void)
{
	struct client c = start(V4L2_PIX_FMT_YUYV, 320, 240, MMAP);
	FILE *f = file("drain");
	struct got g;

	subscribe(&c);
	set_param("delay_us", 200000);
	for (unsigned n = 0; n < 3; n++)
		put(&c, n, 60 * n, 1 + n);
	EQ(command(&c, V4L2_ENC_CMD_STOP), 0);
	EQ(command(&c, V4L2_ENC_CMD_STOP), EBUSY);
	EQ(command(&c, V4L2_ENC_CMD_START), EBUSY);
	put(&c, 3, 200, 4);		/* after the stop: to be encoded only when started again */
	expect_junk(&c);
	for (unsigned n = 0; n < 3; n++) {
		g = take(&c, CAP, MMAP);
		EQ(g.error, 0);
		EQ(g.stamp, 1 + n);
		EQ(!!(g.flags & V4L2_BUF_FLAG_LAST), n == 2);
		if (f)
			fwrite(c.cap[g.index], 1, g.used, f);
		if (n < 2)
			EQ(enqueue(&c, CAP, g.index, 0, -1), 0);
	}
	CHECK(eos(&c));
	CHECK(!eos(&c));
	/* nothing more comes, and that is told */
	CHECK(ready(&c, POLLIN, 0) & POLLIN);
	EQ(dequeue(&c, CAP, MMAP).error, EPIPE);
	EQ(enqueue(&c, CAP, g.index, 0, -1), 0);
	for (unsigned n = 0; n < 3; n++)
		EQ(take(&c, OUT, MMAP).index, n);
	usleep(400000);
	EQ(dequeue(&c, OUT, MMAP).error, EAGAIN);
	EQ(command(&c, V4L2_ENC_CMD_STOP), 0);	/* stopped already */
	EQ(command(&c, V4L2_ENC_CMD_START), 0);
	g = piece(&c, f);
	EQ(g.stamp, 4);
	EQ(g.flags & (V4L2_BUF_FLAG_LAST | V4L2_BUF_FLAG_KEYFRAME), 0);
	EQ(take(&c, OUT, MMAP).index, 3);
	set_param("delay_us", 0);
	if (f)
		fclose(f);
	stop(&c);
}

/* A buffer that is empty and the last. */
static void expect_empty_last(const struct client *c)
{
	struct got g = take(c, CAP, MMAP);

	EQ(g.error, 0);
	EQ(g.used, 0);
	CHECK(g.flags & V4L2_BUF_FLAG_LAST);
	CHECK(eos(c));
	EQ(dequeue(c, CAP, MMAP).error, EPIPE);
}

static void check_drain_corners(void)
{
	struct client c = start(V4L2_PIX_FMT_YUYV, 320, 240, MMAP);
	struct got g;

	/* without a picture */
	subscribe(&c);
	EQ(command(&c, V4L2_ENC_CMD_STOP), 0);
	expect_empty_last(&c);
	EQ(command(&c, V4L2_ENC_CMD_START), 0);
	/* the last picture was left out */
	set_param("swallow_every", 2);
	set_param("delay_us", 200000);
	put(&c, 0, 1, 1);
	put(&c, 1, 2, 2);
	EQ(command(&c, V4L2_ENC_CMD_STOP), 0);
	EQ(take(&c, CAP, MMAP).used, 0);	/* as a stream begins */
	g = take(&c, CAP, MMAP);
	EQ(g.stamp, 1);
	EQ(g.flags & V4L2_BUF_FLAG_LAST, 0);
	expect_empty_last(&c);
	set_param("swallow_every", 0);
	set_param("delay_us", 0);
	EQ(take(&c, OUT, MMAP).index, 0);
	EQ(take(&c, OUT, MMAP).index, 1);
	/* no bitstream buffer is left (4 were taken): the next one queued is the last */
	EQ(command(&c, V4L2_ENC_CMD_START), 0);
	EQ(command(&c, V4L2_ENC_CMD_STOP), 0);
	CHECK(!eos(&c));
	EQ(enqueue(&c, CAP, 0, 0, -1), 0);
	expect_empty_last(&c);
	/* the pictures are withdrawn while draining: a last buffer is still owed */
	EQ(command(&c, V4L2_ENC_CMD_START), 0);
	put(&c, 0, 1, 5);
	EQ(command(&c, V4L2_ENC_CMD_STOP), 0);
	EQ(stream(&c, OUT, false), 0);
	EQ(enqueue(&c, CAP, 1, 0, -1), 0);
	expect_empty_last(&c);
	EQ(stream(&c, OUT, true), 0);
	/* the bitstream is withdrawn while draining: that is the end of it, and a new stream begins with a key frame */
	put(&c, 0, 1, 6);
	EQ(command(&c, V4L2_ENC_CMD_STOP), 0);
	EQ(stream(&c, CAP, false), 0);
	EQ(command(&c, V4L2_ENC_CMD_STOP), 0);	/* without effect */
	for (unsigned i = 0; i < c.caps; i++)
		EQ(enqueue(&c, CAP, i, 0, -1), 0);
	EQ(stream(&c, CAP, true), 0);
	CHECK(!eos(&c));
	expect_junk(&c);
	g = piece(&c, NULL);
	EQ(g.stamp, 6);
	CHECK(g.flags & V4L2_BUF_FLAG_KEYFRAME);
	stop(&c);
}

/* Encodes so many pictures one by one; how many came out, how many of either side were marked as damaged. */
static unsigned run(const struct client *c, unsigned pictures, unsigned *damaged)
{
	unsigned came = 0;

	for (unsigned n = 0; n < pictures; n++) {
		struct got g;

		put(c, n % c->outs, 10 * n, 1 + n);
		g = take(c, OUT, MMAP);
		EQ(g.error, 0);
		*damaged += !!(g.flags & V4L2_BUF_FLAG_ERROR);
		/* its bitstream comes right after the picture, if it comes */
		while (ready(c, POLLIN, 300) & POLLIN) {
			g = piece(c, NULL);
			if (!g.stamp)	/* as a stream begins */
				continue;
			EQ(g.stamp, 1 + n);
			*damaged += !!(g.flags & V4L2_BUF_FLAG_ERROR);
			came += g.used > 0;
			break;
		}
	}
	return came;
}

static void check_swallow(void)
{
	struct client c = start(V4L2_PIX_FMT_YUYV, 320, 240, MMAP);
	unsigned damaged = 0;
	long before = param("stat_swallowed");

	set_param("swallow_every", 3);
	EQ(run(&c, 9, &damaged), 6);
	set_param("swallow_every", 0);
	EQ(damaged, 0);
	EQ(param("stat_swallowed") - before, 3);
	stop(&c);
}

static void check_fail(void)
{
	struct client c = start(V4L2_PIX_FMT_YUYV, 320, 240, MMAP);
	unsigned damaged = 0;
	long before = param("stat_failed");

	set_param("fail_every", 4);
	EQ(run(&c, 8, &damaged), 6);
	set_param("fail_every", 0);
	EQ(damaged, 4);
	EQ(param("stat_failed") - before, 2);
	stop(&c);
}

/* After a hang nothing comes, whatever is queued; a new stream works. */
static void check_hang(void)
{
	struct client c = start(V4L2_PIX_FMT_YUYV, 320, 240, MMAP);
	unsigned damaged = 0;

	set_param("hang_every", 3);
	EQ(run(&c, 2, &damaged), 2);
	put(&c, 2, 1, 3);
	put(&c, 3, 1, 4);
	EQ(ready(&c, POLLIN | POLLOUT, 200), 0);
	set_param("hang_every", 0);
	put(&c, 0, 1, 5);
	EQ(ready(&c, POLLIN | POLLOUT, 200), 0);
	EQ(stream(&c, OUT, false), 0);
	EQ(stream(&c, OUT, true), 0);
	EQ(run(&c, 2, &damaged), 2);
	EQ(damaged, 0);
	stop(&c);
}

static void check_delay(void)
{
	struct client c = start(V4L2_PIX_FMT_YUYV, 320, 240, MMAP);

	put(&c, 0, 1, 1);
	expect_junk(&c);
	EQ(piece(&c, NULL).error, 0);
	EQ(take(&c, OUT, MMAP).error, 0);
	set_param("delay_us", 400000);
	put(&c, 1, 1, 2);
	EQ(ready(&c, POLLIN | POLLOUT, 100), 0);
	EQ(piece(&c, NULL).stamp, 2);
	set_param("delay_us", 0);
	stop(&c);
}

/* poll says what DQBUF would do, of each queue. */
static void check_poll(void)
{
	struct client c = start(V4L2_PIX_FMT_YUYV, 320, 240, MMAP);

	/* bitstream buffers are queued, but no picture */
	EQ(ready(&c, POLLIN | POLLOUT, 0), 0);
	put(&c, 0, 1, 1);
	expect_junk(&c);
	CHECK(ready(&c, POLLIN, 1000) & POLLIN);
	EQ(ready(&c, POLLIN | POLLOUT, 0), POLLIN | POLLOUT);
	EQ(piece(&c, NULL).error, 0);
	EQ(ready(&c, POLLIN | POLLOUT, 0), POLLOUT);
	EQ(take(&c, OUT, MMAP).error, 0);
	EQ(ready(&c, POLLIN | POLLOUT, 0), 0);
	/* nothing can come any more */
	EQ(stream(&c, CAP, false), 0);
	EQ(ready(&c, POLLIN | POLLOUT, 0), POLLERR);
	stop(&c);
}

#include "stills.h"
#include "memory.h"
