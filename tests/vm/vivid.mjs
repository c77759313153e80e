// What vivid draws, read back from pixels: the colour bars, and the frame counter of its on-screen text.
//
// The text's first line is " HH:MM:SS:mmm COUNT ..." at (16, 16) in the kernel's 8x16 font, white on black. Letters that the font has no
// match for read as '?', so a picture that is not vivid's never passes for one.
import fs from 'node:fs';

const AT = 16;
const KNOWN = ' 0123456789:';
/** How many letters to read: up to the counter's end. */
export const LETTERS = 22;
/** So many of a letter's 128 pixels may differ after lossy coding. */
export const TOLERANCE = 20;

/** The font's glyphs: for each known letter 16 rows of 8 pixels. `file` is the kernel's font_8x16.c. */
export function glyphs(file) {
  const rows = [...fs.readFileSync(file, 'utf8').matchAll(/^\s*0x([0-9a-f]{2}), \/\* [01]{8} \*\//gm)].map((m) => parseInt(m[1], 16));
  if (rows.length !== 256 * 16) throw new Error(`${file} has ${rows.length} rows of pixels, not ${256 * 16}`);
  return Object.fromEntries([...KNOWN].map((letter) => {
    const start = letter.charCodeAt(0) * 16;
    return [letter, rows.slice(start, start + 16)];
  }));
}

/** The box that the text is in. */
export const TEXT = { x: AT, y: AT, width: 8 * LETTERS, height: 16 };

/**
 * Reads the text. Complete in itself, to be sent to a page too.
 * @param {object} font `glyphs`
 * @param {(x: number, y: number) => boolean} lit whether the pixel at (x, y) of the text's box is bright
 * @param {number} letters LETTERS
 * @param {number} tolerance TOLERANCE
 */
export function readText(font, lit, letters, tolerance) {
  let text = '';
  for (let n = 0; n < letters; n++) {
    let [best, least] = ['?', tolerance + 1];
    for (const [letter, rows] of Object.entries(font)) {
      let differ = 0;
      for (let y = 0; y < 16; y++) {
        for (let x = 0; x < 8; x++) differ += lit(8 * n + x, y) !== Boolean(rows[y] & (128 >> x));
      }
      if (differ < least) [best, least] = [letter, differ];
    }
    text += best;
  }
  return text;
}

/** The frame counter in the text, or null. */
export function counter(text) {
  const found = /^ \d\d:\d\d:\d\d:\d{3} (\d+)/.exec(text);
  return found && Number(found[1]);
}

/** 75 % colour bars, left to right, as BT.709 has them in 8 bits of limited range (Y, Cb, Cr). */
export const BARS = [
  ['white', 180, 128, 128], ['yellow', 168, 44, 136], ['cyan', 145, 147, 44], ['green', 133, 63, 52],
  ['magenta', 63, 193, 204], ['red', 51, 109, 212], ['blue', 28, 212, 120], ['black', 16, 128, 128],
];

/** The same from R'G'B' of 0 and 191 by BT.601. */
export const BARS_601 = BARS.map(([name], n) => {
  const [r, g, b] = [!(n & 2), !(n & 4), !(n & 1)].map((on) => on * 191);
  return [name, 16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255, 128 + (-37.797 * r - 74.203 * g + 112 * b) / 255,
    128 + (112 * r - 93.786 * g - 18.214 * b) / 255];
});
