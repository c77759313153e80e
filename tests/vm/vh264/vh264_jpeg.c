// SPDX-License-Identifier: GPL-2.0
/* Blocks, tables and headers. See vh264_jpeg.h; the tables are those of ITU-T T.81, annex K. */
#include "vh264_jpeg.h"

static const h_u8 zigzag[64] = {
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
};

/* row by row */
static const h_u8 quant_base[2][64] = {
	{
		16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
		18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
	},
	{
		17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
	},
};

/* A Huffman table as a JPEG has it: how many codes of each length, 1 to 16 bits, and their symbols. */
struct table {
	h_u8 class_id, counts[16], symbols[162];
};

static const struct table tables_of[4] = {
	{ 0x00, { 0, 1, 5, 1, 1, 1, 1, 1, 1 }, { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 } },
	{ 0x10, { 0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125 }, {
		0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71, 0x14, 0x32, 0x81,
		0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18,
		0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
		0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75,
		0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
		0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
		0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5,
		0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa } },
	{ 0x01, { 0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 } },
	{ 0x11, { 0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119 }, {
		0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22, 0x32, 0x81, 0x08,
		0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25,
		0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47,
		0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74,
		0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97,
		0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba,
		0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe2, 0xe3, 0xe4,
		0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa } },
};

static h_u32 symbols_in(const struct table *t)
{
	h_u32 i, n = 0;

	for (i = 0; i < 16; i++)
		n += t->counts[i];
	return n;
}

/* C.2: codes of one length count up; from length to length they are doubled */
void vh264_jpeg_init(struct vh264_jpeg *j)
{
	h_u32 t, i, k;

	for (t = 0; t < 4; t++) {
		const h_u8 *symbol = tables_of[t].symbols;
		h_u16 code = 0;

		for (i = 0; i < 16; i++, code <<= 1)
			for (k = 0; k < tables_of[t].counts[i]; k++, symbol++) {
				j->code[t][*symbol] = code++;
				j->length[t][*symbol] = i + 1;
			}
	}
}

/* ------------------------------------------------------------------ bits */

struct jw {
	h_u8 *p, *end;
	h_u64 acc;
	int n;			/* bits in acc */
	int overflow;
};

static void byte(struct jw *w, h_u8 v)
{
	if (w->p == w->end) {
		w->overflow = 1;
		return;
	}
	*w->p++ = v;
}

static void word(struct jw *w, h_u32 v)
{
	byte(w, v >> 8);
	byte(w, v);
}

static void bytes(struct jw *w, const h_u8 *v, h_u32 n)
{
	while (n--)
		byte(w, *v++);
}

/* Entropy-coded: 0xff is followed by a zero, so that it is no marker. */
static void bits(struct jw *w, h_u32 v, int n)
{
	w->acc = w->acc << n | v;
	w->n += n;
	while (w->n >= 8) {
		h_u8 b = w->acc >> (w->n - 8);

		w->n -= 8;
		byte(w, b);
		if (b == 0xff)
			byte(w, 0);
	}
}

/* ------------------------------------------------------------------ blocks */

/* 2^12 * cos(k * pi / 16) / 2 for k = 1 to 7; the fourth is also that of the mean */
enum { C1 = 2009, C2 = 1892, C3 = 1703, C4 = 1448, C5 = 1138, C6 = 784, C7 = 400 };

/* Eight samples, `step` apart, to their cosine transform, which is scaled to keep a block's energy and shifted right. */
static void dct8(const int *s, int *o, int step, int shift)
{
	int a0 = s[0] + s[7 * step], d0 = s[0] - s[7 * step], a1 = s[step] + s[6 * step], d1 = s[step] - s[6 * step];
	int a2 = s[2 * step] + s[5 * step], d2 = s[2 * step] - s[5 * step], a3 = s[3 * step] + s[4 * step], d3 = s[3 * step] - s[4 * step];
	int round = 1 << (shift - 1);

	o[0] = (C4 * (a0 + a1 + a2 + a3) + round) >> shift;
	o[4 * step] = (C4 * (a0 - a1 - a2 + a3) + round) >> shift;
	o[2 * step] = (C2 * (a0 - a3) + C6 * (a1 - a2) + round) >> shift;
	o[6 * step] = (C6 * (a0 - a3) - C2 * (a1 - a2) + round) >> shift;
	o[step] = (C1 * d0 + C3 * d1 + C5 * d2 + C7 * d3 + round) >> shift;
	o[3 * step] = (C3 * d0 - C7 * d1 - C1 * d2 - C5 * d3 + round) >> shift;
	o[5 * step] = (C5 * d0 - C1 * d1 + C7 * d2 + C3 * d3 + round) >> shift;
	o[7 * step] = (C7 * d0 - C5 * d1 + C3 * d2 - C1 * d3 + round) >> shift;
}

/* A value in as few bits as it needs, behind the code of their number (and of the zeros before it). F.1.2 */
static void value(struct vh264_jpeg *j, struct jw *w, int table, int zeros, int v)
{
	int size = 0, magnitude = v < 0 ? -v : v;
	h_u8 symbol;

	while (magnitude >> size)
		size++;
	symbol = zeros << 4 | size;
	bits(w, j->code[table][symbol], j->length[table][symbol]);
	if (size)
		bits(w, (v < 0 ? v - 1 : v) & ((1 << size) - 1), size);
}

/* One block; returns its DC, which the next one of the same component is coded against. */
static int block(struct vh264_jpeg *j, struct jw *w, const h_u8 *src, h_u32 stride, int chroma, int before)
{
	int x, y, i, run = 0, dc = 0;

	for (y = 0; y < 8; y++, src += stride)
		for (x = 0; x < 8; x++)
			j->in[y * 8 + x] = src[x] - 128;
	/* three bits more than whole numbers between the two passes */
	for (y = 0; y < 8; y++)
		dct8(j->in + y * 8, j->rows + y * 8, 1, 9);
	for (x = 0; x < 8; x++)
		dct8(j->rows + x, j->in + x, 8, 15);
	for (i = 0; i < 64; i++) {
		int v = j->in[zigzag[i]], q = j->quant[chroma][i], most = i ? 1023 : 2047;
		int level = v < 0 ? -((q / 2 - v) / q) : (q / 2 + v) / q;

		level = level > most ? most : level < -most ? -most : level;
		if (!i) {
			dc = level;
			value(j, w, 2 * chroma, 0, dc - before);
		} else if (!level) {
			run++;
		} else {
			for (; run > 15; run -= 16)
				bits(w, j->code[2 * chroma + 1][0xf0], j->length[2 * chroma + 1][0xf0]);
			value(j, w, 2 * chroma + 1, run, level);
			run = 0;
		}
	}
	if (run)
		bits(w, j->code[2 * chroma + 1][0], j->length[2 * chroma + 1][0]);
	return dc;
}

/* ------------------------------------------------------------------ pictures */

static void set_quality(struct vh264_jpeg *j, int quality)
{
	int t, i, scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;

	for (t = 0; t < 2; t++)
		for (i = 0; i < 64; i++) {
			int q = (quant_base[t][zigzag[i]] * scale + 50) / 100;

			j->quant[t][i] = q < 1 ? 1 : q > 255 ? 255 : q;
		}
}

static void headers(struct vh264_jpeg *j, const struct vh264_enc *e, int tables, struct jw *w)
{
	static const h_u8 start[] = { 0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0 };
	static const h_u8 components[] = { 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1 };
	static const h_u8 scan[] = { 0xff, 0xda, 0, 12, 3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0 };
	int t;

	bytes(w, start, sizeof(start));
	for (t = 0; t < 2; t++) {
		word(w, 0xffdb);
		word(w, 67);
		byte(w, t);
		bytes(w, j->quant[t], 64);
	}
	word(w, 0xffc0);
	word(w, 17);
	byte(w, 8);
	word(w, e->height);
	word(w, e->width);
	bytes(w, components, sizeof(components));
	for (t = 0; tables && t < 4; t++) {
		h_u32 n = symbols_in(&tables_of[t]);

		word(w, 0xffc4);
		word(w, 19 + n);
		byte(w, tables_of[t].class_id);
		bytes(w, tables_of[t].counts, 16);
		bytes(w, tables_of[t].symbols, n);
	}
	bytes(w, scan, sizeof(scan));
}

h_u32 vh264_jpeg_picture(struct vh264_jpeg *j, const struct vh264_enc *e, int quality, int tables, h_u8 *out, h_u32 cap)
{
	struct jw w = { .p = out, .end = out + cap };
	const h_u32 ys = e->mbw * 16, cs = e->mbw * 8;
	int dc[3] = { 0, 0, 0 };
	h_u32 x, y, i;

	set_quality(j, quality);
	headers(j, e, tables, &w);
	for (y = 0; y < e->mbh && !w.overflow; y++)
		for (x = 0; x < e->mbw; x++) {
			for (i = 0; i < 4; i++)
				dc[0] = block(j, &w, e->cur[0] + (y * 16 + i / 2 * 8) * ys + x * 16 + i % 2 * 8, ys, 0, dc[0]);
			for (i = 1; i < 3; i++)
				dc[i] = block(j, &w, e->cur[i] + y * 8 * cs + x * 8, cs, 1, dc[i]);
		}
	/* the last byte is filled up with ones */
	bits(&w, 0x7f, 7);
	word(&w, 0xffd9);
	return w.overflow ? 0 : (h_u32)(w.p - out);
}
