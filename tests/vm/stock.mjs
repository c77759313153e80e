// stock.mjs FILE WIDTH HEIGHT FRAMES: whether FILE, written by ustreamer-dump --output-json, has so many frames of this size in order: captured
// one after the other, each encoded after it was captured, and numbered in the stream itself without a gap but what the reader missed. Leaves the
// longest part of the stream that can be decoded beside it, as .h264; it has a fifth of the frames at least.
import fs from 'node:fs';

const [file, ...others] = process.argv.slice(2);
const [width, height, wanted] = others.map(Number);

function fail(what) {
  console.error(`${file}: ${what}`);
  process.exit(1);
}

/** Reads Exp-Golomb codes and bits of a NAL unit, from behind its header. */
class Bits {
  constructor(unit) {
    // Emulation prevention is taken out.
    this.bytes = unit.subarray(1).filter((byte, n, all) => !(byte === 3 && n > 1 && all[n - 1] === 0 && all[n - 2] === 0));
    this.at = 0;
  }

  read(count) {
    let value = 0;
    for (; count > 0; count--, this.at++) value = value * 2 + ((this.bytes[this.at >> 3] >> (7 - (this.at & 7))) & 1);
    return value;
  }

  code() {
    let zeros = 0;
    while (this.read(1) === 0) zeros++;
    return 2 ** zeros - 1 + this.read(zeros);
  }
}

/** The NAL units of an access unit in Annex B. */
function units(data) {
  const starts = [];
  for (let at = data.indexOf('000001', 0, 'hex'); at >= 0; at = data.indexOf('000001', at + 3, 'hex')) starts.push(at + 3);
  return starts.map((start, n) => data.subarray(start, n + 1 < starts.length ? starts[n + 1] - 3 : data.length));
}

const frames = fs.readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
frames.splice(0, frames.findIndex((frame) => frame.key));
if (frames.length < wanted) fail(`${frames.length} frames, fewer than ${wanted}`);
/** From a key frame on, with nothing missed in it. */
let [part, longest] = [[], []];
let [bits, last, captured] = [null, null, -1];
frames.forEach((frame, n) => {
  if (frame.width !== width || frame.height !== height || !frame.online) fail(`frame ${n} is ${frame.width}x${frame.height}, online ${frame.online}`);
  const times = ['grab_begin_ts', 'grab_end_ts', 'encode_begin_ts', 'encode_end_ts'].map((key) => frame[key]);
  if (times.some((time, i) => i > 0 && time < times[i - 1])) fail(`frame ${n} has the times ${times}, which go backwards`);
  // To the millisecond; after a pause vivid may give two at once.
  if (times[0] < captured) fail(`frame ${n} was captured at ${times[0]} s, the one before at ${captured} s`);
  [captured] = times;
  const data = Buffer.from(frame.data, 'base64');
  if (frame.missed) part = [];
  if (frame.key || part.length) part.push(data);
  if (part.length > longest.length) longest = [...part];
  for (const unit of units(data)) {
    const type = unit[0] & 31;
    const reader = new Bits(unit);
    if (type === 7) {
      // Baseline: profile, constraints and level, then the set's id and the length of a frame's number.
      reader.read(24);
      reader.code();
      bits = 4 + reader.code();
    }
    if (type === 1 || type === 5) {
      // The first macroblock, the slice's type and the picture parameter set are before it.
      for (let i = 0; i < 3; i++) reader.code();
      const number = reader.read(bits);
      const expected = type === 5 ? 0 : (last + 1 + frame.missed) % 2 ** bits;
      // A key frame among what was missed has the number 0, and counting begins there.
      if (number !== expected && !(type === 1 && number >= 1 && number <= frame.missed)) fail(`frame ${n} has the number ${number} in the stream, not ${expected}`);
      last = number;
    }
  }
});
if (last === null) fail('there is no picture in it');
if (longest.length < wanted / 5) fail(`so much was missed that no more than ${longest.length} frames are in a row`);
fs.writeFileSync(file.replace(/\.json$/, '.h264'), Buffer.concat(longest));
const rate = (frames.length - 1) / (captured - frames[0].grab_begin_ts);
console.log(`${file}: ${frames.length} frames in order, ${longest.length} of them in a row, ${rate.toFixed(1)} a second`);
