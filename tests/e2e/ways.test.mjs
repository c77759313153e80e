// The picture where WebRTC does not get through, and by hand: H.264 by WebSocket, JPEGs; and back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium, firefox, open, record, stats, waitFrames, waitWay, words } from './lib/browser.mjs';
import { startJanus } from './lib/janus.mjs';
import { until } from './lib/process.mjs';
import { SERVER, startStreamer, state } from './lib/streamer.mjs';

/** Units on their way while somebody counts. (A page that its machine gives no time passes some over: those have come, too.) */
const ON_ITS_WAY = 6;
const published = async () => (await state()).h264.published;
/** A browser whose pages decode no H.264, as on a page that came by plain HTTP from another machine. */
const withoutWebCodecs = () => { delete window.VideoDecoder; };

/** What is read in the picture is the capture time that came with it, but for its rounding to 100 µs. */
function assertWhole(codes) {
  assert.ok(codes.length > 0 && codes.every(Boolean), `unreadable: ${codes.filter((code) => !code).length} of ${codes.length}`);
  for (const [n, { time, frame, captured }] of codes.entries()) {
    const apart = Math.abs(((captured * 10) % 2 ** 32) - time);
    assert.ok(apart <= 1.01, `captured at ${captured} ms, the picture says ${time / 10}`);
    assert.ok(n === 0 || frame > codes[n - 1].frame, `frame ${frame} after ${codes[n - 1]?.frame}`);
  }
}

test('no Janus: H.264 by WebSocket, complete and dated', async (t) => {
  await startStreamer(t);
  const page = await open(t, await chromium(t), SERVER);
  await waitWay(page, 'websocket');
  await waitFrames(page);
  assert.equal((await state()).h264.viewers, 1);
  const before = await published();
  const { seconds, decoded, codes, stats: now } = await record(page, 5);
  const made = await published() - before;
  t.diagnostic(`${decoded} frames of ${made} in ${seconds.toFixed(2)} s; ${JSON.stringify(now)}`);
  assert.equal(`${now.width}x${now.height}`, '1280x720');
  assert.ok(decoded > 0 && decoded + now.framesDropped >= made - ON_ITS_WAY, `${decoded} frames decoded of ${made}`);
  assert.ok(now.delay > 0 && now.delay < 2000, `${now.delay} ms old`);
  assertWhole(codes);
  assert.equal((await words(page)).shown, '', 'a playing page says nothing');
  await page.close();
  await until('nobody watches any more', 10_000, async () => (await state()).h264.viewers === 0);
});

test('a second viewer begins at once, and both have all', async (t) => {
  await startStreamer(t);
  const pages = [];
  for (let n = 0; n < 2; n++) {
    const page = await open(t, await chromium(t, { width: 640, height: 480 }), `${SERVER}?way=websocket`);
    await waitFrames(page);
    pages.push(page);
  }
  const before = await published();
  const both = await Promise.all(pages.map((page) => record(page, 3)));
  const made = await published() - before;
  for (const { decoded, codes, stats: { framesDropped } } of both) {
    assert.ok(decoded > 0 && decoded + framesDropped >= made - 2 * ON_ITS_WAY, `${decoded} frames decoded of ${made}`);
    assertWhole(codes);
  }
});

test('video that cannot get through by UDP comes by WebSocket; once it can, by WebRTC', async (t) => {
  await startStreamer(t);
  const blocked = await startJanus(t, { announce: '192.0.2.1' });
  const page = await open(t, await chromium(t), SERVER);
  await waitWay(page, 'websocket');
  await waitFrames(page);
  await blocked.stop();
  await startJanus(t);
  await waitWay(page, 'webrtc', 60_000);
  await waitFrames(page);
  await until('the WebSocket is closed', 10_000, async () => (await state()).h264.viewers === 0);
  const hidden = await page.evaluate(() => document.getElementById('canvas').hidden);
  assert.ok(hidden, 'nothing covers the video');
});

test('WebRTC that ends while it plays: the picture goes on by WebSocket', async (t) => {
  await startStreamer(t);
  const janus = await startJanus(t);
  const page = await open(t, await chromium(t), SERVER);
  await waitWay(page, 'webrtc');
  await waitFrames(page);
  await janus.stop();
  await waitWay(page, 'websocket');
  await waitFrames(page);
});

test('no WebCodecs: JPEGs, dated', async (t) => {
  await startStreamer(t);
  const page = await open(t, await chromium(t), SERVER, withoutWebCodecs);
  await waitWay(page, 'mjpeg');
  await waitFrames(page);
  const { seconds, decoded, codes, stats: now } = await record(page, 3);
  t.diagnostic(`${decoded} frames in ${seconds.toFixed(2)} s; ${JSON.stringify(now)}`);
  assert.ok(decoded > 0 && now.delay > 0, JSON.stringify(now));
  assertWhole(codes);
  assert.equal((await state()).stream.clients, 1);
});

test('no H.264 at all: JPEGs', async (t) => {
  await startStreamer(t, { sink: null });
  const page = await open(t, await chromium(t), SERVER);
  await waitWay(page, 'mjpeg');
  await waitFrames(page);
});

test('by hand: each way, one after the other', async (t) => {
  await startStreamer(t);
  await startJanus(t);
  const page = await open(t, await chromium(t), SERVER);
  await waitWay(page, 'webrtc');
  for (const wanted of ['websocket', 'mjpeg', 'webrtc']) {
    await page.select('#way', wanted);
    await waitWay(page, wanted);
    await waitFrames(page);
  }
  await page.reload();
  await waitWay(page, 'webrtc');
  assert.equal(await page.$eval('#way', ({ value }) => value), 'webrtc', 'what was chosen is kept');
});

test('Firefox shows the picture without WebRTC', async (t) => {
  await startStreamer(t);
  const page = await open(t, await firefox(t), SERVER);
  await waitFrames(page, 40_000);
  const now = await stats(page);
  t.diagnostic(JSON.stringify(now));
  assert.notEqual(now.way, 'webrtc');
});

test("another site's page gets nothing by WebSocket, the streamer's own does", async (t) => {
  await startStreamer(t);
  const browser = await chromium(t);
  const page = await open(t, browser, 'about:blank');
  const opens = (origin) => page.evaluate((url) => new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.onopen = () => resolve(true);
    socket.onerror = () => resolve(false);
  }), `${origin.replace('http', 'ws')}h264`);
  assert.equal(await opens(SERVER), false);
  await page.goto(SERVER);
  assert.equal(await opens(SERVER), true);
});
