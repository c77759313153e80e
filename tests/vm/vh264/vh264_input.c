// SPDX-License-Identifier: GPL-2.0
/* An encoder's memory, and pictures of all layouts into its 4:2:0 planes. See vh264_core.h. */
#include "vh264_core.h"

static h_u32 luma_size(h_u32 w, h_u32 h) { return ((w + 15) & ~15u) * ((h + 15) & ~15u); }

h_u32 vh264_core_mem(h_u32 w, h_u32 h)
{
	h_u32 y = luma_size(w, h);
	return 3 * (y + y / 2) + y / 16 + 2 * (y / 64) + 64;
}

void vh264_core_init(struct vh264_enc *e, h_u32 w, h_u32 h, void *mem)
{
	h_u32 y = luma_size(w, h), i;
	h_u8 *p = mem, **set[3] = { e->cur, e->prev, e->rec };

	e->width = w; e->height = h;
	e->mbw = (w + 15) / 16; e->mbh = (h + 15) / 16;
	for (i = 0; i < 3; i++) {
		set[i][0] = p; p += y;
		set[i][1] = p; p += y / 4;
		set[i][2] = p; p += y / 4;
	}
	e->nz[0] = p; p += y / 16;
	e->nz[1] = p; p += y / 64;
	e->nz[2] = p;
	e->frame_num = e->idr_pic_id = 0;
	e->have_ref = 0;
	if (!e->profile_idc) { e->profile_idc = 66; e->constraint_flags = 0xc0; }
	if (!e->level_idc) e->level_idc = 40;
	if (!e->fps_num) { e->fps_num = 30; e->fps_den = 1; }
}

static void pad(h_u8 *p, h_u32 stride, h_u32 w, h_u32 h, h_u32 aw, h_u32 ah)
{
	h_u32 y;
	if (aw > w)
		for (y = 0; y < h; y++)
			memset(p + y * stride + w, p[y * stride + w - 1], aw - w);
	for (y = h; y < ah; y++)
		memcpy(p + y * stride, p + (h - 1) * stride, aw);
}

void vh264_core_load(struct vh264_enc *e, enum vh264_pixfmt fmt, const h_u8 *src, h_u32 st)
{
	const h_u32 ys = e->mbw * 16, cs = e->mbw * 8, w = e->width, h = e->height, cw = (w + 1) / 2, chh = (h + 1) / 2;
	h_u8 *Y = e->cur[0], *U = e->cur[1], *V = e->cur[2];
	h_u32 x, y;

	switch (fmt) {
	case VH264_YUYV: case VH264_UYVY: case VH264_YVYU: case VH264_VYUY: {
		int yo = fmt == VH264_UYVY || fmt == VH264_VYUY;
		int uo = fmt == VH264_YUYV ? 1 : fmt == VH264_UYVY ? 0 : fmt == VH264_YVYU ? 3 : 2;
		int vo = uo ^ 2;
		for (y = 0; y < h; y += 2) {
			const h_u8 *a = src + y * st, *b = y + 1 < h ? a + st : a;
			h_u8 *y0 = Y + y * ys, *y1 = y0 + ys, *u = U + y / 2 * cs, *v = V + y / 2 * cs;
			for (x = 0; x < cw; x++, a += 4, b += 4) {
				y0[2 * x] = a[yo]; y0[2 * x + 1] = a[yo + 2];
				y1[2 * x] = b[yo]; y1[2 * x + 1] = b[yo + 2];
				u[x] = (a[uo] + b[uo] + 1) >> 1;
				v[x] = (a[vo] + b[vo] + 1) >> 1;
			}
		}
		break;
	}
	case VH264_NV12: case VH264_NV21: {
		const h_u8 *c = src + st * h;
		int uo = fmt == VH264_NV21;
		for (y = 0; y < h; y++) memcpy(Y + y * ys, src + y * st, w);
		for (y = 0; y < chh; y++)
			for (x = 0; x < cw; x++) {
				U[y * cs + x] = c[y * st + 2 * x + uo];
				V[y * cs + x] = c[y * st + 2 * x + 1 - uo];
			}
		break;
	}
	case VH264_YU12: case VH264_YV12: {
		const h_u8 *c0 = src + st * h, *c1 = c0 + st / 2 * chh;
		h_u8 *a = fmt == VH264_YU12 ? U : V, *b = fmt == VH264_YU12 ? V : U;
		for (y = 0; y < h; y++) memcpy(Y + y * ys, src + y * st, w);
		for (y = 0; y < chh; y++) {
			memcpy(a + y * cs, c0 + y * (st / 2), cw);
			memcpy(b + y * cs, c1 + y * (st / 2), cw);
		}
		break;
	}
	case VH264_RGB24: case VH264_BGR24: case VH264_RGB565:
		/* BT.601, in the range that the encoder is to have; chroma is that of the first of 2x2 */
		for (y = 0; y < h; y++) {
			const h_u8 *s = src + y * st;
			for (x = 0; x < w; x++) {
				int r, g, b2;
				if (fmt == VH264_RGB565) {
					int p = s[2 * x] | s[2 * x + 1] << 8;
					r = (p >> 11) * 255 / 31; g = ((p >> 5) & 63) * 255 / 63; b2 = (p & 31) * 255 / 31;
				} else {
					r = s[3 * x + (fmt == VH264_BGR24 ? 2 : 0)]; g = s[3 * x + 1];
					b2 = s[3 * x + (fmt == VH264_BGR24 ? 0 : 2)];
				}
				Y[y * ys + x] = e->full_range ? (77 * r + 150 * g + 29 * b2 + 128) >> 8
							      : 16 + ((66 * r + 129 * g + 25 * b2 + 128) >> 8);
				if (!(x & 1) && !(y & 1)) {
					h_u8 *u = U + y / 2 * cs + x / 2, *v = V + y / 2 * cs + x / 2;
					if (e->full_range) {	/* 127, not 128: it must not be 256 */
						*u = 128 + ((-43 * r - 84 * g + 127 * b2 + 128) >> 8);
						*v = 128 + ((127 * r - 106 * g - 21 * b2 + 128) >> 8);
					} else {
						*u = 128 + ((-38 * r - 74 * g + 112 * b2 + 128) >> 8);
						*v = 128 + ((112 * r - 94 * g - 18 * b2 + 128) >> 8);
					}
				}
			}
		}
		break;
	}
	pad(Y, ys, w, h, e->mbw * 16, e->mbh * 16);
	pad(U, cs, cw, chh, e->mbw * 8, e->mbh * 8);
	pad(V, cs, cw, chh, e->mbw * 8, e->mbh * 8);
}
