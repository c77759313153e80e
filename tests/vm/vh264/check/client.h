/* SPDX-License-Identifier: GPL-2.0 */
/* A small client of the encoder, for the checks: buffers of either queue, pictures of one colour, parameters of the module. */
#ifndef CLIENT_H
#define CLIENT_H

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define OUT V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
#define CAP V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
#define NODE "/dev/video11"
#define IMAGE_NODE "/dev/video31"

/* Ends the program with what was wrong and where. */
#define CHECK(that) do { if (!(that)) { printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #that); exit(1); } } while (0)
#define EQ(a, b) do { long a_ = (long)(a), b_ = (long)(b); if (a_ != b_) { \
	printf("%s:%d: %s is %ld, not %ld\n", __FILE__, __LINE__, #a, a_, b_); exit(1); } } while (0)

#define MOST 8

struct client {
	int fd;
	unsigned out_size, bpl, outs, caps;
	void *out[MOST], *cap[MOST];
};

/* What DQBUF gave. error: errno of DQBUF, or 0. */
struct got {
	int error;
	unsigned index, used, flags;
	long stamp;			/* microseconds */
};

/* 0, or the errno */
static inline int call(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) ? errno : 0;
}

static inline void set_param(const char *name, long value)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/vh264/parameters/%s", name);
	f = fopen(path, "w");
	CHECK(f);
	fprintf(f, "%ld", value);
	EQ(fclose(f), 0);
}

static inline long param(const char *name)
{
	char path[128];
	long value;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/vh264/parameters/%s", name);
	f = fopen(path, "r");
	CHECK(f);
	EQ(fscanf(f, "%ld", &value), 1);
	fclose(f);
	return value;
}

static inline int set_ctrl(const struct client *c, unsigned id, int value)
{
	struct v4l2_control control = { .id = id, .value = value };

	return call(c->fd, VIDIOC_S_CTRL, &control);
}

static inline int set_rate(const struct client *c, unsigned fps)
{
	struct v4l2_streamparm p = { .type = OUT, .parm.output.timeperframe = { 1, fps } };

	return call(c->fd, VIDIOC_S_PARM, &p);
}

/* S_FMT; what the driver made of it comes back. */
static inline struct v4l2_pix_format_mplane set_fmt(const struct client *c, unsigned type, unsigned fourcc, unsigned width,
						    unsigned height, unsigned bpl, unsigned size)
{
	struct v4l2_format f = { .type = type };

	f.fmt.pix_mp = (struct v4l2_pix_format_mplane){ .width = width, .height = height, .pixelformat = fourcc, .num_planes = 1 };
	f.fmt.pix_mp.plane_fmt[0].bytesperline = bpl;
	f.fmt.pix_mp.plane_fmt[0].sizeimage = size;
	EQ(call(c->fd, VIDIOC_S_FMT, &f), 0);
	return f.fmt.pix_mp;
}

static inline int request(const struct client *c, unsigned type, unsigned memory, unsigned count)
{
	struct v4l2_requestbuffers r = { .type = type, .memory = memory, .count = count };

	return call(c->fd, VIDIOC_REQBUFS, &r);
}

static inline int stream(const struct client *c, unsigned type, bool on)
{
	int t = type;

	return call(c->fd, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, &t);
}

static inline int command(const struct client *c, unsigned what)
{
	struct v4l2_encoder_cmd cmd = { .cmd = what };

	return call(c->fd, VIDIOC_ENCODER_CMD, &cmd);
}

static inline void map(const struct client *c, unsigned type, unsigned count, void **to)
{
	for (unsigned i = 0; i < count; i++) {
		struct v4l2_plane plane = { 0 };
		struct v4l2_buffer b = { .type = type, .memory = V4L2_MEMORY_MMAP, .index = i, .m.planes = &plane, .length = 1 };

		EQ(call(c->fd, VIDIOC_QUERYBUF, &b), 0);
		to[i] = mmap(NULL, plane.length, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd, plane.m.mem_offset);
		CHECK(to[i] != MAP_FAILED);
	}
}

/* QBUF of a picture (or bitstream buffer), in its own memory or that of dma_buf. */
static inline int enqueue(const struct client *c, unsigned type, unsigned index, long stamp, int dma_buf)
{
	struct v4l2_plane plane = { .bytesused = type == OUT ? c->out_size : 0 };
	struct v4l2_buffer b = { .type = type, .memory = dma_buf >= 0 ? V4L2_MEMORY_DMABUF : V4L2_MEMORY_MMAP, .index = index,
		.m.planes = &plane, .length = 1, .timestamp = { stamp / 1000000, stamp % 1000000 } };

	if (dma_buf >= 0) {
		plane.m.fd = dma_buf;
		plane.length = c->out_size;
	}
	return call(c->fd, VIDIOC_QBUF, &b);
}

static inline struct got dequeue(const struct client *c, unsigned type, unsigned memory)
{
	struct v4l2_plane plane = { 0 };
	struct v4l2_buffer b = { .type = type, .memory = memory, .m.planes = &plane, .length = 1 };
	int error = call(c->fd, VIDIOC_DQBUF, &b);

	return (struct got){ error, b.index, plane.bytesused, b.flags, b.timestamp.tv_sec * 1000000 + b.timestamp.tv_usec };
}

/* poll: what is so of these within so long; what poll always says (POLLERR, POLLHUP) too */
static inline int ready(const struct client *c, short events, int ms)
{
	struct pollfd p = { c->fd, events, 0 };

	CHECK(poll(&p, 1, ms) >= 0);
	return p.revents;
}

/* The next buffer of a queue, waited for; not found within 5 s: EAGAIN. */
static inline struct got take(const struct client *c, unsigned type, unsigned memory)
{
	short events = type == OUT ? POLLOUT : POLLIN;

	if (!(ready(c, events, 5000) & events))
		return (struct got){ .error = EAGAIN };
	return dequeue(c, type, memory);
}

static inline struct client open_at(const char *node)
{
	struct client c = { .fd = open(node, O_RDWR | O_NONBLOCK) };

	CHECK(c.fd >= 0);
	return c;
}

static inline struct client open_node(void)
{
	return open_at(NODE);
}

/* An encoder of such pictures to that, with buffers, streaming; its bitstream buffers are queued. */
static inline struct client start_as(struct client c, unsigned coded, unsigned fourcc, unsigned width, unsigned height,
				     unsigned memory)
{
	struct v4l2_pix_format_mplane f = set_fmt(&c, OUT, fourcc, width, height, 0, 0);

	EQ(set_fmt(&c, CAP, coded, width, height, 0, 0).pixelformat, coded);

	EQ(f.width, width);
	EQ(f.height, height);
	c.out_size = f.plane_fmt[0].sizeimage;
	c.bpl = f.plane_fmt[0].bytesperline;
	c.outs = c.caps = 4;
	EQ(request(&c, OUT, memory, c.outs), 0);
	EQ(request(&c, CAP, V4L2_MEMORY_MMAP, c.caps), 0);
	if (memory == V4L2_MEMORY_MMAP)
		map(&c, OUT, c.outs, c.out);
	map(&c, CAP, c.caps, c.cap);
	for (unsigned i = 0; i < c.caps; i++)
		EQ(enqueue(&c, CAP, i, 0, -1), 0);
	EQ(stream(&c, OUT, true), 0);
	EQ(stream(&c, CAP, true), 0);
	return c;
}

static inline struct client start(unsigned fourcc, unsigned width, unsigned height, unsigned memory)
{
	return start_as(open_node(), V4L2_PIX_FMT_H264, fourcc, width, height, memory);
}

static inline void stop(struct client *c)
{
	close(c->fd);
	for (unsigned i = 0; i < MOST; i++) {
		if (c->out[i])
			munmap(c->out[i], c->out_size);
		if (c->cap[i])
			munmap(c->cap[i], 512 << 10);
	}
}

#endif
