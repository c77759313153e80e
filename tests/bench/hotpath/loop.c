/*
 * loop CAPTURE ENCODER FOURCC SINK [publish]: the least that a program can do to turn HDMI into H.264 by DMA-BUF, as a measure for those that do
 * more: take a picture, give it to the encoder, take the bitstream, copy it into shared memory of its own, give both buffers back.
 * One picture at a time, no reader, no recovery. With `publish` it also does what the sink's ABI asks of a writer: holds the lock meanwhile,
 * and wakes those who wait. Ends by a signal.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BUFFERS = 5, SINK = 2 << 20 };

static int capture, encoder, dma_buf[32];
static void *bitstream[32];
static unsigned fourcc, buffers;

static void call_(int fd, unsigned long request, void *argument, const char *name)
{
	if (ioctl(fd, request, argument) < 0) {
		perror(name);
		exit(1);
	}
}
#define call(fd, request, argument) call_(fd, request, argument, #request)

static void control(unsigned id, int value)
{
	struct v4l2_control c = { id, value };
	call(encoder, VIDIOC_S_CTRL, &c);
}

static void start_capture(struct v4l2_format *f)
{
	struct v4l2_dv_timings t = { 0 };
	struct v4l2_requestbuffers r = { .count = BUFFERS, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP };

	call(capture, VIDIOC_QUERY_DV_TIMINGS, &t);
	call(capture, VIDIOC_S_DV_TIMINGS, &t);
	f->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	f->fmt.pix.width = t.bt.width;
	f->fmt.pix.height = t.bt.height;
	f->fmt.pix.pixelformat = fourcc;
	call(capture, VIDIOC_S_FMT, f);
	call(capture, VIDIOC_REQBUFS, &r);
	buffers = r.count;
	for (unsigned i = 0; i < buffers; i++) {
		struct v4l2_exportbuffer e = { .type = r.type, .index = i, .flags = O_RDWR | O_CLOEXEC };
		struct v4l2_buffer b = { .type = r.type, .memory = r.memory, .index = i };

		call(capture, VIDIOC_EXPBUF, &e);
		dma_buf[i] = e.fd;
		call(capture, VIDIOC_QBUF, &b);
	}
}

static void start_encoder(const struct v4l2_format *f)
{
	struct v4l2_format in = { .type = V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE }, out = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE };
	struct v4l2_requestbuffers ri = { .count = buffers, .type = in.type, .memory = V4L2_MEMORY_DMABUF };
	struct v4l2_requestbuffers ro = { .count = 2, .type = out.type, .memory = V4L2_MEMORY_MMAP };
	struct v4l2_streamparm parm = { .type = in.type };

	control(V4L2_CID_MPEG_VIDEO_BITRATE, 5000000);
	control(V4L2_CID_MPEG_VIDEO_H264_I_PERIOD, 30);
	control(V4L2_CID_MPEG_VIDEO_H264_PROFILE, V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE);
	control(V4L2_CID_MPEG_VIDEO_H264_LEVEL, V4L2_MPEG_VIDEO_H264_LEVEL_4_2);
	control(V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER, 1);
	control(V4L2_CID_MPEG_VIDEO_H264_MIN_QP, 16);
	control(V4L2_CID_MPEG_VIDEO_H264_MAX_QP, 32);
	in.fmt.pix_mp.width = f->fmt.pix.width;
	in.fmt.pix_mp.height = f->fmt.pix.height;
	in.fmt.pix_mp.pixelformat = fourcc;
	in.fmt.pix_mp.colorspace = V4L2_COLORSPACE_SMPTE170M;
	in.fmt.pix_mp.num_planes = 1;
	in.fmt.pix_mp.plane_fmt[0].bytesperline = f->fmt.pix.bytesperline;
	out.fmt.pix_mp = in.fmt.pix_mp;
	out.fmt.pix_mp.pixelformat = V4L2_PIX_FMT_H264;
	out.fmt.pix_mp.plane_fmt[0].sizeimage = 1536 << 10;
	call(encoder, VIDIOC_S_FMT, &in);
	call(encoder, VIDIOC_S_FMT, &out);
	parm.parm.output.timeperframe = (struct v4l2_fract){ 1, 60 };
	call(encoder, VIDIOC_S_PARM, &parm);
	call(encoder, VIDIOC_REQBUFS, &ri);
	call(encoder, VIDIOC_REQBUFS, &ro);
	for (unsigned i = 0; i < ro.count; i++) {
		struct v4l2_plane p = { 0 };
		struct v4l2_buffer b = { .type = ro.type, .memory = ro.memory, .index = i, .length = 1, .m.planes = &p };

		call(encoder, VIDIOC_QUERYBUF, &b);
		bitstream[i] = mmap(NULL, p.length, PROT_READ, MAP_SHARED, encoder, p.m.mem_offset);
		call(encoder, VIDIOC_QBUF, &b);
	}
	call(encoder, VIDIOC_STREAMON, &in.type);
	call(encoder, VIDIOC_STREAMON, &out.type);
}

static void ready(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };

	if (poll(&p, 1, 5000) <= 0) {
		fprintf(stderr, "loop: nothing for 5 s\n");
		exit(1);
	}
}

int main(int argc, char **argv)
{
	struct v4l2_format f = { 0 };
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE, sink;
	char *shared;

	if (argc != 5 && argc != 6)
		return 2;
	capture = open(argv[1], O_RDWR | O_CLOEXEC);
	encoder = open(argv[2], O_RDWR | O_CLOEXEC);
	memcpy(&fourcc, argv[3], 4);
	sink = shm_open(argv[4], O_RDWR | O_CREAT, 0600);
	if (capture < 0 || encoder < 0 || sink < 0 || ftruncate(sink, SINK)) {
		perror("open");
		return 1;
	}
	shm_unlink(argv[4]);
	shared = mmap(NULL, SINK, PROT_READ | PROT_WRITE, MAP_SHARED, sink, 0);
	start_capture(&f);
	start_encoder(&f);
	call(capture, VIDIOC_STREAMON, &type);
	for (;;) {
		struct v4l2_buffer b = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP };
		struct v4l2_plane p = { 0 }, cp = { 0 };
		struct v4l2_buffer o = { .type = V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE, .memory = V4L2_MEMORY_DMABUF, .length = 1, .m.planes = &p };
		unsigned used;
		struct v4l2_buffer c = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE, .memory = V4L2_MEMORY_MMAP, .length = 1, .m.planes = &cp };

		ready(capture);
		call(capture, VIDIOC_DQBUF, &b);
		p.bytesused = b.bytesused;
		p.length = b.length;
		p.m.fd = dma_buf[b.index];
		o.index = b.index;
		o.timestamp = b.timestamp;
		call(encoder, VIDIOC_QBUF, &o);
		do {
			ready(encoder);
			call(encoder, VIDIOC_DQBUF, &c);
			used = cp.bytesused;
			if (argc == 6)
				flock(sink, LOCK_EX);
			memcpy(shared, bitstream[c.index], used);
			if (argc == 6) {
				flock(sink, LOCK_UN);
				syscall(SYS_futex, shared, FUTEX_WAKE, 1000, NULL, NULL, 0);
			}
			call(encoder, VIDIOC_QBUF, &c);
		} while (!used); /* the first piece is empty */
		call(encoder, VIDIOC_DQBUF, &o);
		call(capture, VIDIOC_QBUF, &b);
	}
}
