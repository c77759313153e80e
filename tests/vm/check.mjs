// check.mjs FONT FILE WIDTH HEIGHT FRAMES [FORMAT [repeats]]: whether FILE is H.264 (or a JPEG, by its name) that decodes without any error to at least FRAMES pictures of this size, all
// of them vivid's: its colour bars, and its frame counter rising from picture to picture. With FORMAT, the one captured, the
// bars are BT.601's, as vivid's of this size are; RGB565 has fewer shades, and vivid's GREY is BT.709's luma in full range.
// With `repeats` the counter may also stay for a picture: vivid repeats it where the kernel's clock and sleeps are coarse (v4l2-ctl sees it, too).
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { fromFirstKey } from './stream.mjs';
import { BARS, BARS_601, LETTERS, TEXT, TOLERANCE, counter, glyphs, readText } from './vivid.mjs';

const [fontFile, file, ...others] = process.argv.slice(2);
const [width, height, frames] = others.map(Number);
const format = others[3];
const repeats = others[4] === 'repeats';
const jpeg = file.endsWith('.jpg');
const wantedBars = (format && format !== 'GREY' ? BARS_601 : BARS)
  .map(([name, y, ...chroma]) => (format === 'GREY' ? [name, jpeg ? y : (y - 16) * 255 / 219, 128, 128] : [name, y, ...chroma]));
const font = glyphs(fontFile);
/** In 8-bit steps; a bar's mean is coded nearly exactly. */
const BAR_TOLERANCE = format === 'RGB565' ? 8 : 3;
const size = width * height * 3 / 2;

function fail(what) {
  console.error(`${file}: ${what}`);
  process.exit(1);
}

/** The mean of a rectangle of a plane. */
function mean(plane, stride, x, y, w, h) {
  let sum = 0;
  for (let row = y; row < y + h; row++) for (let column = x; column < x + w; column++) sum += plane[row * stride + column];
  return sum / (w * h);
}

/** The means of the eight bars, in the picture's lower half, where there is no text: [Y, Cb, Cr] each. */
function bars(picture) {
  const planes = [picture, picture.subarray(width * height), picture.subarray(width * height * 5 / 4)];
  return BARS.map((_, n) => planes.map((plane, p) => {
    const [w, h] = p ? [width / 2, height / 2] : [width, height];
    const bar = w / BARS.length;
    return mean(plane, w, Math.round((n + 0.25) * bar), h * 3 / 4, Math.floor(bar / 2), 16);
  }));
}

function text(picture) {
  return readText(font, (x, y) => picture[(TEXT.y + y) * width + TEXT.x + x] > 126, LETTERS, TOLERANCE);
}

const input = jpeg ? ['-f', 'mjpeg', '-i', '-', '-vf', 'scale=in_range=full:out_range=limited'] : ['-f', 'h264', '-i', '-'];
const decoder = spawn('ffmpeg', ['-v', 'error', '-xerror', ...input, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-fps_mode', 'passthrough', '-'],
  { stdio: 'pipe' });
// A decoder that ends early says why itself.
decoder.stdin.on('error', () => {});
decoder.stdin.end(jpeg ? fs.readFileSync(file) : fromFirstKey(file));
let complaints = '';
decoder.stderr.on('data', (more) => { complaints += more; });
const ended = new Promise((resolve) => { decoder.on('close', resolve); });

const counters = [];
let [rest, first] = [Buffer.alloc(0), null];
for await (const chunk of decoder.stdout) {
  rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
  while (rest.length >= size) {
    const picture = rest.subarray(0, size);
    first ??= Buffer.from(picture);
    const read = text(picture);
    const count = counter(read);
    if (count === null) fail(`picture ${counters.length} has the text ${JSON.stringify(read)}, which is not vivid's`);
    if (counters.length && (repeats ? count < counters.at(-1) : count <= counters.at(-1))) fail(`the frame counter does not rise: ${counters.at(-1)}, then ${count}`);
    counters.push(count);
    rest = rest.subarray(size);
  }
}
if (await ended !== 0 || complaints) fail(`ffmpeg: ${complaints.trim() || 'failed'}`);
if (rest.length) fail(`the pictures are not of ${width}x${height}`);
if (counters.length < frames) fail(`${counters.length} pictures, fewer than ${frames}`);
bars(first).forEach((seen, n) => {
  const [name, ...wanted] = wantedBars[n];
  if (seen.some((value, p) => Math.abs(value - wanted[p]) > BAR_TOLERANCE)) {
    fail(`the ${name} bar is (${seen.map(Math.round)}) in Y, Cb, Cr, not (${wanted})`);
  }
});
const span = counters.at(-1) - counters[0] + 1;
console.log(`${file}: ${counters.length} pictures of ${width}x${height}, counter ${counters[0]} to ${counters.at(-1)} (${span - counters.length} skipped), the bars are right`);
