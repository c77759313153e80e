/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vh264_jpeg: a small, integer-only, allocation-free baseline JPEG encoder (ITU-T T.81): 4:2:0, one scan, the standard's Huffman tables
 * and its quantisation tables, scaled as libjpeg does. Plain C without the kernel, as vh264_core.h, whose planes it encodes as they are.
 */
#ifndef VH264_JPEG_H
#define VH264_JPEG_H

#include "vh264_core.h"

struct vh264_jpeg {
	/* codes and their lengths by symbol; luma's DC and AC, then chroma's */
	h_u16 code[4][256];
	h_u8 length[4][256];
	/* in zigzag order; luma's, then chroma's */
	h_u8 quant[2][64];
	/* work space of one block */
	int in[64], rows[64];
};

void vh264_jpeg_init(struct vh264_jpeg *j);

/* Encodes e->cur in a quality of 1 to 100, with or without the Huffman tables; returns bytes, 0 when it does not fit. */
h_u32 vh264_jpeg_picture(struct vh264_jpeg *j, const struct vh264_enc *e, int quality, int tables, h_u8 *out, h_u32 cap);

#endif
