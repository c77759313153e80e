// SPDX-License-Identifier: GPL-2.0
/*
 * check NAME: one of the checks below, against the module as it is loaded at /dev/video11 and 31. Each leaves the parameters as it found them.
 * check all FILE: all of them; bitstream of every input format, and of a drain, is written to FILE.FOURCC.h264 (or .mjpeg), to be decoded elsewhere.
 */
#define _GNU_SOURCE	/* memmem */
#include <pthread.h>
#include "client.h"

#define MMAP V4L2_MEMORY_MMAP
#define DMABUF V4L2_MEMORY_DMABUF
#define FOURCC(f) (char[]){ f & 255, f >> 8 & 255, f >> 16 & 255, f >> 24 & 255, 0 }

static const char *output;

/* What is the module's own business: not those of a stream. */
static const struct { unsigned fourcc, num, align, size_x2; } formats[] = {
	{ V4L2_PIX_FMT_YUV420, 1, 64, 3 }, { V4L2_PIX_FMT_YVU420, 1, 64, 3 }, { V4L2_PIX_FMT_NV12, 1, 32, 3 },
	{ V4L2_PIX_FMT_NV21, 1, 32, 3 }, { V4L2_PIX_FMT_RGB565, 2, 32, 2 }, { V4L2_PIX_FMT_YUYV, 2, 64, 2 },
	{ V4L2_PIX_FMT_UYVY, 2, 64, 2 }, { V4L2_PIX_FMT_YVYU, 2, 64, 2 }, { V4L2_PIX_FMT_VYUY, 2, 64, 2 },
	{ V4L2_PIX_FMT_RGB24, 3, 32, 2 }, { V4L2_PIX_FMT_BGR24, 3, 32, 2 },
};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static unsigned up(unsigned v, unsigned to)
{
	return (v + to - 1) / to * to;
}

/* Rows are aligned as the Pi's are, longer ones may be had, sides are even and within 32 to 1920. */
static void check_formats(void)
{
	static const unsigned widths[] = { 32, 720, 1290, 1360, 1366, 1680, 1920 };
	struct client c = open_node();

	for (unsigned i = 0; i < FORMATS; i++) {
		for (unsigned w = 0; w < sizeof(widths) / sizeof(*widths); w++) {
			unsigned least = up(widths[w] * formats[i].num, formats[i].align), align = formats[i].align;
			struct v4l2_pix_format_mplane f = set_fmt(&c, OUT, formats[i].fourcc, widths[w], 722, 0, 0);

			EQ(f.pixelformat, formats[i].fourcc);
			EQ(f.plane_fmt[0].bytesperline, least);
			EQ(f.plane_fmt[0].sizeimage, least * 722 * formats[i].size_x2 / 2);
			f = set_fmt(&c, OUT, formats[i].fourcc, widths[w], 722, least + align, 1);
			EQ(f.plane_fmt[0].bytesperline, least + align);
			EQ(f.plane_fmt[0].sizeimage, (least + align) * 722 * formats[i].size_x2 / 2);
			f = set_fmt(&c, OUT, formats[i].fourcc, widths[w], 722, least + 2, 0);
			EQ(f.plane_fmt[0].bytesperline, least + align);
		}
	}
	struct v4l2_pix_format_mplane f = set_fmt(&c, OUT, V4L2_PIX_FMT_YUYV, 1921, 33, 0, 0);
	EQ(f.width, 1920);
	EQ(f.height, 32);
	f = set_fmt(&c, OUT, V4L2_PIX_FMT_MJPEG, 16, 2000, 0, 0);
	EQ(f.pixelformat, V4L2_PIX_FMT_YUV420);
	EQ(f.width, 32);
	EQ(f.height, 1920);
	/* room for bitstream: of the Pi's two sizes, or more */
	set_fmt(&c, OUT, V4L2_PIX_FMT_YUYV, 1280, 720, 0, 0);
	EQ(set_fmt(&c, CAP, V4L2_PIX_FMT_H264, 1280, 720, 0, 1000).plane_fmt[0].sizeimage, 512 << 10);
	set_fmt(&c, OUT, V4L2_PIX_FMT_YUYV, 1920, 1080, 0, 0);
	EQ(set_fmt(&c, CAP, V4L2_PIX_FMT_H264, 1920, 1080, 0, 1000).plane_fmt[0].sizeimage, 768 << 10);
	EQ(set_fmt(&c, CAP, V4L2_PIX_FMT_H264, 1920, 1080, 0, 1536 << 10).plane_fmt[0].sizeimage, 1536 << 10);
	close(c.fd);
}

/* 0, or how a stream with these settings does not start */
static int starts(unsigned width, unsigned height, unsigned fps, int level, int profile, int bitrate)
{
	struct client c = open_node();
	int error;

	set_fmt(&c, OUT, V4L2_PIX_FMT_YUYV, width, height, 0, 0);
	EQ(set_rate(&c, fps), 0);
	EQ(set_ctrl(&c, V4L2_CID_MPEG_VIDEO_H264_LEVEL, level), 0);
	EQ(set_ctrl(&c, V4L2_CID_MPEG_VIDEO_H264_PROFILE, profile), 0);
	EQ(set_ctrl(&c, V4L2_CID_MPEG_VIDEO_BITRATE, bitrate), 0);
	EQ(request(&c, OUT, MMAP, 1), 0);
	error = stream(&c, OUT, true);
	close(c.fd);
	return error;
}

/* What the firmware does not like does not start, and says ESRCH. */
static void check_rules(void)
{
	enum { L3 = V4L2_MPEG_VIDEO_H264_LEVEL_3_0, L4 = V4L2_MPEG_VIDEO_H264_LEVEL_4_0, L42 = V4L2_MPEG_VIDEO_H264_LEVEL_4_2,
	       L51 = V4L2_MPEG_VIDEO_H264_LEVEL_5_1, BASE = V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE,
	       HIGH = V4L2_MPEG_VIDEO_H264_PROFILE_HIGH };
	const int mbit = 1000000;
	struct client c = open_node();

	EQ(starts(1280, 720, 60, L4, BASE, 5 * mbit), 0);
	EQ(starts(1920, 1080, 30, L4, BASE, 5 * mbit), 0);
	EQ(starts(1920, 1080, 31, L4, BASE, 5 * mbit), ESRCH);
	EQ(starts(1920, 1080, 60, L42, BASE, 5 * mbit), 0);
	EQ(starts(1920, 1200, 1, L4, BASE, 5 * mbit), ESRCH);
	EQ(starts(1920, 1200, 1, L42, BASE, 5 * mbit), ESRCH);
	EQ(starts(1920, 1200, 60, L51, BASE, 5 * mbit), 0);
	EQ(starts(640, 480, 30, L3, BASE, 5 * mbit), 0);
	EQ(starts(640, 480, 60, L3, BASE, 5 * mbit), ESRCH);
	EQ(starts(1280, 720, 30, L4, BASE, 20 * mbit), 0);
	EQ(starts(1280, 720, 30, L4, BASE, 20 * mbit + 25000), ESRCH);
	EQ(starts(1280, 720, 30, L4, HIGH, 25 * mbit), 0);
	set_param("check_level", 0);
	EQ(starts(1920, 1080, 31, L4, BASE, 5 * mbit), 0);
	set_param("check_level", 1);
	EQ(set_rate(&c, 0), EINVAL);
	close(c.fd);
}

/* What is refused because a parameter says so. */
static void check_refusals(void)
{
	struct client c = open_node();
	long before = param("stat_refused");

	set_param("refuse_level", 40);
	EQ(set_ctrl(&c, V4L2_CID_MPEG_VIDEO_H264_LEVEL, V4L2_MPEG_VIDEO_H264_LEVEL_4_0), 0);
	EQ(set_ctrl(&c, V4L2_CID_MPEG_VIDEO_H264_LEVEL, V4L2_MPEG_VIDEO_H264_LEVEL_4_2), ERANGE);
	set_param("refuse_level", 0);
	EQ(set_ctrl(&c, V4L2_CID_MPEG_VIDEO_H264_LEVEL, V4L2_MPEG_VIDEO_H264_LEVEL_4_2), 0);
	set_param("refuse_bitrate", 8000000);
	EQ(set_ctrl(&c, V4L2_CID_MPEG_VIDEO_BITRATE, 8000000), 0);
	EQ(set_ctrl(&c, V4L2_CID_MPEG_VIDEO_BITRATE, 8025000), EINVAL);
	/* the defaults of a file that is opened now are not refused */
	close(open_node().fd);
	set_param("refuse_bitrate", 0);
	set_param("refuse_dmabuf", 1);
	EQ(request(&c, OUT, DMABUF, 2), EINVAL);
	EQ(request(&c, OUT, MMAP, 2), 0);
	EQ(request(&c, CAP, DMABUF, 2), 0);
	set_param("refuse_dmabuf", 0);
	set_param("no_memory", 1);
	EQ(request(&c, OUT, MMAP, 2), ENOMEM);
	EQ(request(&c, CAP, MMAP, 2), ENOMEM);
	EQ(request(&c, OUT, MMAP, 0), 0);
	set_param("no_memory", 0);
	EQ(request(&c, OUT, MMAP, 2), 0);
	set_param("refuse_streamon", 1);
	EQ(stream(&c, OUT, true), ESRCH);
	set_param("refuse_streamon", 0);
	EQ(stream(&c, OUT, true), 0);
	EQ(param("stat_refused") - before, 6);
	close(c.fd);
}

#include "streams.h"

static const struct { const char *name; void (*run)(void); } checks[] = {
	{ "formats", check_formats }, { "rules", check_rules }, { "refusals", check_refusals }, { "pictures", check_pictures },
	{ "order", check_order }, { "drain", check_drain }, { "drain_corners", check_drain_corners }, { "swallow", check_swallow },
	{ "fail", check_fail }, { "stills", check_stills }, { "quality", check_quality },
	{ "hang", check_hang }, { "delay", check_delay }, { "poll", check_poll }, { "imports", check_imports },
	{ "bitstream_imports", check_bitstream_imports }, { "counters", check_counters }, { "unplug", check_unplug },
};

int main(int argc, char **argv)
{
	bool any = false;

	setvbuf(stdout, NULL, _IOLBF, 0);
	output = argc > 2 ? argv[2] : NULL;
	for (unsigned i = 0; argc > 1 && i < sizeof(checks) / sizeof(*checks); i++) {
		if (strcmp(argv[1], "all") && strcmp(argv[1], checks[i].name))
			continue;
		any = true;
		checks[i].run();
		/* whatever happened, nothing is left */
		EQ(param("stat_contexts"), 0);
		EQ(param("stat_buffers"), 0);
		EQ(param("stat_attachments"), 0);
		EQ(param("stat_kept"), 0);
		printf("ok: %s\n", checks[i].name);
	}
	return any ? 0 : 2;
}
