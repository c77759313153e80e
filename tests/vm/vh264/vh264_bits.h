/* SPDX-License-Identifier: GPL-2.0 */
/* The bit writer: fixed and Exp-Golomb codes, NAL units with emulation prevention. Never writes past its end; sets overflow instead. */
#ifndef VH264_BITS_H
#define VH264_BITS_H

#include "vh264_core.h"

struct bw {
	h_u8 *p, *end;
	h_u64 acc;
	int n;			/* bits in acc */
	int zeros;		/* zero bytes just written, for emulation prevention */
	int overflow;
};

static inline void bw_byte(struct bw *b, h_u8 v)
{
	if (b->end - b->p < 2) { b->overflow = 1; return; }
	if (b->zeros >= 2 && v <= 3) { *b->p++ = 3; b->zeros = 0; }
	*b->p++ = v;
	b->zeros = v ? 0 : b->zeros + 1;
}

static inline void put(struct bw *b, int n, h_u32 v)	/* 0 <= n <= 32 */
{
	b->acc = (b->acc << n) | v;
	b->n += n;
	while (b->n >= 8) {
		b->n -= 8;
		bw_byte(b, (h_u8)(b->acc >> b->n));
	}
}

static inline void put_ue(struct bw *b, h_u32 v)
{
	int len = 0;
	h_u32 t = v + 1;
	while (t >> (len + 1))
		len++;
	put(b, len, 0);
	put(b, len + 1, v + 1);
}

static inline void put_se(struct bw *b, h_s32 v)
{
	put_ue(b, v > 0 ? 2 * (h_u32)v - 1 : 2 * (h_u32)(-v));
}

static inline void nal_start(struct bw *b, h_u8 hdr)
{
	if (b->end - b->p < 8) { b->overflow = 1; return; }
	*b->p++ = 0; *b->p++ = 0; *b->p++ = 0; *b->p++ = 1; *b->p++ = hdr;
	b->acc = 0; b->n = 0; b->zeros = 0;
}

static inline void nal_end(struct bw *b)
{
	put(b, 1, 1);
	if (b->n)
		put(b, 8 - b->n, 0);
}

/* One residual block by CAVLC (ITU-T H.264, 9.2): c[] in scan order, max = 16, 15 or 4; nc = -1 for chroma DC. Returns total_coeff. */
int vh264_put_block(struct bw *b, const h_s16 *c, int max, int nc);

#endif
