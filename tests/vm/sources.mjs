// What ffmpeg's test source showed to the camera (guest/sources.sh), looked for in what came out of the sink.
//
// sources.mjs pictures FILE WIDTH HEIGHT FPS: whether FILE is H.264 that decodes without any error to pictures that are all the test
// source's, one after the other and each like the original.
// sources.mjs snapshot FILE CAMERA: whether the JPEG FILE is, byte for byte, one of CAMERA's.
// sources.mjs raw FILE CAMERA: whether the frames of the raw sink in FILE (lines of JSON) are CAMERA's JPEGs, byte for byte, as such.
// sources.mjs units CAMERA FILE: whether each access unit of FILE is, byte for byte, one of CAMERA's, in order; and where some are left out,
// the next one is a key frame.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { fromFirstKey } from './stream.mjs';

/** In dB, of luma. Two of the source's pictures, one after the other, differ by more. */
const LEAST_PSNR = 30;
/** In 8-bit steps: a wrong range of luma would be far off. */
const MOST_SHIFT = 1;
const LEAST_PICTURES = 30;
/** The test source runs this long at most before the streamer is done with it. */
const SECONDS = 90;
const IDR = '\x00\x00\x01\x65';

const [what, ...files] = process.argv.slice(2);

function fail(words) {
  console.error(`${files.at(what === 'units' ? 1 : 0)}: ${words}`);
  process.exit(1);
}

function ffmpeg(input, ...args) {
  const { status, stdout, stderr } = spawnSync('ffmpeg', ['-v', 'error', ...args, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-'],
    { input, maxBuffer: 2 ** 30 });
  if (status !== 0 || stderr.length) fail(`ffmpeg: ${stderr.toString().trim() || 'failed'}`);
  return stdout;
}

/** PSNR in dB of every `step`th sample, and the mean difference. */
function compare(a, b, step) {
  let [squares, sum, samples] = [0, 0, 0];
  for (let i = 0; i < a.length; i += step) {
    const difference = a[i] - b[i];
    squares += difference * difference;
    sum += difference;
    samples += 1;
  }
  return { psnr: 10 * Math.log10(255 * 255 * samples / Math.max(squares, 1)), shift: sum / samples };
}

function pictures(file, width, height, fps) {
  const size = width * height * 3 / 2;
  const luma = (frames, n) => frames.subarray(n * size, n * size + width * height);
  const shown = ffmpeg(fromFirstKey(file), '-xerror', '-f', 'h264', '-i', '-', '-fps_mode', 'passthrough');
  const count = shown.length / size;
  if (!Number.isInteger(count)) fail(`the pictures are not of ${width}x${height}`);
  if (count < LEAST_PICTURES) fail(`${count} pictures, fewer than ${LEAST_PICTURES}`);
  const source = ffmpeg(undefined, '-f', 'lavfi', '-i', `testsrc2=size=${width}x${height}:rate=${fps}`, '-frames:v', String(SECONDS * fps));
  let [from, worst] = [0, Infinity];
  const at = [];
  for (let n = 0; n < count; n += 1) {
    const picture = luma(shown, n);
    let best = { psnr: -1 };
    const end = n ? Math.min(from + 3 * fps, SECONDS * fps) : SECONDS * fps;
    for (let m = from; m < end; m += 1) {
      const { psnr } = compare(picture, luma(source, m), 97);
      if (psnr > best.psnr) best = { psnr, m };
    }
    if (best.m === undefined) fail(`picture ${n} comes after the source's last`);
    const { psnr, shift } = compare(picture, luma(source, best.m), 1);
    if (psnr < LEAST_PSNR) fail(`picture ${n} is like none of the source's: the best is ${best.m}, with ${psnr.toFixed(1)} dB`);
    if (Math.abs(shift) > MOST_SHIFT) fail(`picture ${n} differs from the source's ${best.m} by ${shift.toFixed(2)} in the mean`);
    worst = Math.min(worst, psnr);
    at.push(best.m);
    from = best.m + 1;
  }
  const gaps = at.at(-1) - at[0] + 1 - count;
  console.log(`${file}: ${count} pictures, the source's ${at[0]} to ${at.at(-1)} (${gaps} skipped), at least ${worst.toFixed(1)} dB`);
}

/** The access units of a stream in which each begins with a delimiter. */
function split(file) {
  const bytes = fs.readFileSync(file);
  const starts = [];
  for (let at = bytes.indexOf('0000000109', 0, 'hex'); at >= 0; at = bytes.indexOf('0000000109', at + 5, 'hex')) starts.push(at);
  return starts.map((start, n) => bytes.subarray(start, starts[n + 1]).toString('latin1'));
}

function units(camera, file) {
  const [given, got] = [split(camera), split(file)];
  if (got.length < LEAST_PICTURES) fail(`${got.length} access units, fewer than ${LEAST_PICTURES}`);
  const at = got.map((unit) => given.indexOf(unit));
  at.forEach((place, n) => {
    if (place < 0) fail(`access unit ${n} is none of the camera's`);
    if (n && place <= at[n - 1]) fail(`access unit ${n} is the camera's ${place}, after ${at[n - 1]}`);
    if (n && place !== at[n - 1] + 1 && !got[n].includes(IDR)) fail(`access unit ${n}, the camera's ${place}, is no key frame, but comes after ${at[n - 1]}`);
  });
  const gaps = at.at(-1) - at[0] + 1 - got.length;
  console.log(`${file}: ${got.length} access units, the camera's ${at[0]} to ${at.at(-1)} (${gaps} skipped), byte for byte`);
}

function snapshot(file, camera) {
  const [jpeg, given] = [file, camera].map((name) => fs.readFileSync(name));
  if (jpeg.length < 5000) fail(`it has ${jpeg.length} bytes`);
  if (!given.includes(jpeg)) fail('it is none of the camera\'s');
  console.log(`${file}: ${jpeg.length} bytes, one of the camera's own`);
}

function raw(file, camera) {
  const given = fs.readFileSync(camera);
  const frames = fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line)).filter((frame) => frame.online)
    // v4l2loopback gives its first buffer as long as it can be, with what lies in it.
    .slice(1);
  if (frames.length < 5) fail(`${frames.length} frames of the camera's`);
  frames.forEach((frame, n) => {
    const jpeg = Buffer.from(frame.data, 'base64');
    if (frame.format !== Buffer.from('MJPG').readUInt32LE() || frame.stride !== 0) fail(`frame ${n} is of format ${frame.format}, with rows of ${frame.stride} bytes`);
    if (jpeg.length < 5000 || !given.includes(jpeg)) fail(`frame ${n}, of ${jpeg.length} bytes, is none of the camera's`);
  });
  console.log(`${file}: ${frames.length} frames, the camera's own JPEGs`);
}

if (what === 'pictures') pictures(files[0], ...files.slice(1).map(Number));
else if (what === 'units') units(...files);
else if (what === 'snapshot') snapshot(...files);
else if (what === 'raw') raw(...files);
else fail('usage: sources.mjs pictures FILE WIDTH HEIGHT FPS | snapshot FILE CAMERA | raw FILE CAMERA | units CAMERA FILE');
