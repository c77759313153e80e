// browser.mjs: from the test picture to the eye of a real Chromium, through the real chain; run it by `tests/e2e/run.sh --bench`.
// Prints JSON lines {name, value, unit, goal}.
import { chromium, open, waitFrames } from '../e2e/lib/browser.mjs';
import { startJanus } from '../e2e/lib/janus.mjs';
import { scope } from '../e2e/lib/scope.mjs';
import { SERVER, startStreamer } from '../e2e/lib/streamer.mjs';
import { median } from '../../web/client/receiver.js';

const SECONDS = 12;
const JOINS = 15;
/** The goals of WebRTC, by Janus and without it, in ms: from capture to decoded, and from `watch` to the first decoded frame. */
const AGE = 12;
const JOIN = 130;

const print = (name, value, unit, goal) => console.log(JSON.stringify({ name, value: +value.toFixed(1), unit, ...(goal && { goal }) }));

/** Ages of the frames of `ms` milliseconds, each by its RTP time; and, where `pixels`, by the time code read from the picture. */
async function ages(ms, pixels) {
  const client = window.ustreamer;
  const all = [];
  client.onframe = (now, metadata, video) => {
    const delay = client.delayOf(metadata);
    if (!pixels) {
      all.push(delay);
      return;
    }
    // Both clocks count the capture time modulo 2^32, one in ticks of 90 kHz, one in units of 100 µs, which are 9 ticks.
    const code = window.timeCode(video);
    if (code) all.push(delay + ((metadata.rtpTimestamp - code.time * 9) | 0) / 90);
  };
  const before = await client.stats();
  const started = performance.now();
  await new Promise((resolve) => { setTimeout(resolve, ms); });
  const after = await client.stats();
  client.onframe = null;
  return { all, fps: (after.framesDecoded - before.framesDecoded) / (performance.now() - started) * 1000 };
}

/** Ages of frames and, by WebRTC, what is read in their pixels and how long it takes to join. */
async function measure(t, browser, { way, name, age, join }) {
  const url = `${SERVER}?way=${way}`;
  const page = await open(t, browser, url);
  await waitFrames(page);
  // The first seconds find the delay still settling and the clock not yet well known.
  await page.evaluate(ages, 3000, false);
  const seen = await page.evaluate(ages, SECONDS * 1000, false);
  if (seen.all.length < SECONDS * 15) throw new Error(`${name}: only ${seen.all.length} frames were seen`);
  print(`test picture → decoded in Chromium, 1080p30${name}, median`, median(seen.all), 'ms', age);
  if (join) {
    const byPixels = await page.evaluate(ages, 3000, true);
    if (byPixels.all.length < 45) throw new Error(`${name}: only ${byPixels.all.length} frames were read`);
    print(`the same by the time code in the pixels${name}`, median(byPixels.all), 'ms', age);
  }
  print(`frames decoded, 1080p30${name}`, seen.fps, 'frames/s');
  await page.close();
  if (!join) return;

  const joins = [];
  for (let n = 0; n < JOINS; n++) {
    const viewer = await open(t, browser, url);
    await waitFrames(viewer);
    joins.push(await viewer.evaluate(() => window.ustreamer.join.firstFrame - window.ustreamer.join.watch));
    await viewer.close();
  }
  process.stderr.write(`joins${name}, ms: ${joins.map(Math.round).join(' ')}\n`);
  print(`watch → first decoded frame, 1080p30${name}, median`, median(joins), 'ms', join);
}

await scope(async (t) => {
  await startStreamer(t, { device: 'test:1920x1080@30', more: ['--whep'] });
  await startJanus(t);
  const browser = await chromium(t);
  await measure(t, browser, { way: 'webrtc', name: '', age: AGE, join: JOIN });
  await measure(t, browser, { way: 'whep', name: ', without Janus (WHEP)', age: AGE, join: JOIN });
  await measure(t, browser, { way: 'websocket', name: ', by WebSocket', age: 40 });
});
