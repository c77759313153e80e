/* SPDX-License-Identifier: GPL-2.0 */
/* The checks of JPEGs; see check.c. */

static const struct { const char *node; unsigned coded; } stills[] = {
	{ NODE, V4L2_PIX_FMT_MJPEG }, { IMAGE_NODE, V4L2_PIX_FMT_JPEG },
};

/* A picture that has something of everything. */
static void draw(const struct client *c, unsigned index, unsigned n)
{
	for (unsigned i = 0; i < c->out_size; i++)
		((unsigned char *)c->out[index])[i] = (i % c->bpl) / 2 + i / c->bpl + n * 8 + (i % 97 < 40 ? 60 : 0);
}

/* Draws a picture, has it encoded and checks that a whole JPEG comes out; its size. */
static unsigned shoot(const struct client *c, unsigned n, bool tables, FILE *to)
{
	static const unsigned char begin[] = { 0xff, 0xd8 }, end[] = { 0xff, 0xd9 }, huffman[] = { 0xff, 0xc4 };
	const unsigned char *jpeg;
	struct got g;

	draw(c, n % c->outs, n);
	EQ(enqueue(c, OUT, n % c->outs, 1000 + n, -1), 0);
	do
		g = piece(c, to);
	while (!g.error && !g.used);	/* as a stream begins */
	EQ(g.error, 0);
	EQ(g.stamp, 1000 + n);
	CHECK(g.flags & V4L2_BUF_FLAG_KEYFRAME);
	jpeg = c->cap[g.index];
	CHECK(g.used > 600 && !memcmp(jpeg, begin, 2) && !memcmp(jpeg + g.used - 2, end, 2));
	EQ(!!memmem(jpeg, 400, huffman, 2), tables);
	EQ(take(c, OUT, MMAP).error, 0);
	return g.used;
}

/* Ten pictures of each format, by each device; Motion JPEG has no Huffman tables of its own. */
static void check_stills(void)
{
	long before = param("stat_jpegs");

	for (unsigned s = 0; s < 2; s++) {
		for (unsigned i = 0; i < FORMATS; i++) {
			struct client c = start_as(open_at(stills[s].node), stills[s].coded, formats[i].fourcc, 176, 146, MMAP);
			char name[16];
			FILE *f;

			snprintf(name, sizeof(name), "%u-%s", s, FOURCC(formats[i].fourcc));
			f = file_as(name, "mjpeg");
			for (unsigned n = 0; n < 10; n++)
				shoot(&c, n, s == 1, f);
			if (f)
				fclose(f);
			stop(&c);
		}
	}
	EQ(param("stat_jpegs") - before, 2 * FORMATS * 10);
}

/* The quality of JPEG is the control's; that of Motion JPEG follows the bit rate, which no level limits. What the device does not give
 * becomes what it does. */
static void check_quality(void)
{
	struct client c = start_as(open_at(IMAGE_NODE), V4L2_PIX_FMT_JPEG, V4L2_PIX_FMT_YUYV, 640, 480, MMAP);
	unsigned sizes[3], n;

	for (n = 0; n < 3; n++) {
		EQ(set_ctrl(&c, V4L2_CID_JPEG_COMPRESSION_QUALITY, 10 + n * 40), 0);
		sizes[n] = shoot(&c, 7, true, NULL);
	}
	CHECK(2 * sizes[0] < sizes[1] && sizes[1] < sizes[2]);
	EQ(set_ctrl(&c, V4L2_CID_MPEG_VIDEO_BITRATE, 1000000), EINVAL);
	stop(&c);

	c = open_node();
	EQ(set_ctrl(&c, V4L2_CID_MPEG_VIDEO_BITRATE, 25000000), 0);
	EQ(set_ctrl(&c, V4L2_CID_JPEG_COMPRESSION_QUALITY, 50), EINVAL);
	c = start_as(c, V4L2_PIX_FMT_MJPEG, V4L2_PIX_FMT_YUYV, 640, 480, MMAP);
	for (n = 0; n < 30; n++)
		sizes[0] = shoot(&c, n, false, NULL);
	EQ(set_ctrl(&c, V4L2_CID_MPEG_VIDEO_BITRATE, 2500000), 0);
	for (; n < 60; n++)
		sizes[1] = shoot(&c, n, false, NULL);
	CHECK(sizes[0] > 2 * sizes[1]);
	stop(&c);

	c = open_at(IMAGE_NODE);
	EQ(set_fmt(&c, CAP, V4L2_PIX_FMT_H264, 640, 480, 0, 0).pixelformat, V4L2_PIX_FMT_JPEG);
	close(c.fd);
}
