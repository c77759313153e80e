// WebRTC straight from the streamer, without Janus (WHEP): by UDP, by TCP, and what comes instead where neither gets through.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium, firefox, open, record, stats, waitFrames, waitState, waitWay } from './lib/browser.mjs';
import { block } from './lib/firewall.mjs';
import { startJanus } from './lib/janus.mjs';
import { until } from './lib/process.mjs';
import { SERVER, startStreamer, startWhep as start, state } from './lib/streamer.mjs';

const BY_HAND = `${SERVER}?way=whep`;
/** Janus's door and the streamer's port for media. */
const JANUS = 'tcp dport 8188';
const MEDIA = 8189;

const whep = async () => (await state()).whep;

/** What is read in the pictures is whole, and the capture time in them is what came with them as RTP time, but for its rounding. */
function assertWhole(codes) {
  assert.ok(codes.length > 0 && codes.every(Boolean), `unreadable: ${codes.filter((code) => !code).length} of ${codes.length}`);
  // Now and then the drawn picture is already the next frame's.
  const same = codes.filter(({ time, rtp }) => Math.abs((rtp - time * 9) | 0) <= 9).length;
  assert.ok(same > 0.9 * codes.length, `RTP time and capture time agree in ${same} of ${codes.length} frames`);
}

test('no Janus, no sink: one program, and its page plays by WebRTC', async (t) => {
  await start(t);
  assert.deepEqual(await whep(), { port: MEDIA, viewers: [] });
  const page = await open(t, await chromium(t), SERVER);
  await waitWay(page, 'whep');
  await waitFrames(page);
  const { seconds, decoded, codes, stats: now } = await record(page, 5);
  t.diagnostic(`${decoded} frames in ${seconds.toFixed(2)} s; ${JSON.stringify(now)}`);
  t.diagnostic(`joined: ${JSON.stringify(await page.evaluate(() => window.ustreamer.join))}; ${JSON.stringify(await whep())}`);
  assert.equal(`${now.width}x${now.height}`, '1280x720');
  assert.ok(decoded > 0 && now.packetsLost === 0, `${decoded} frames, ${now.packetsLost} packets lost`);
  assert.ok(now.delay > 0 && now.delay < 2000, `${now.delay} ms old`);
  assertWhole(codes);
  const [viewer, ...others] = (await whep()).viewers;
  assert.deepEqual([viewer.playing, viewer.protocol, others.length], [true, 'udp', 0]);
  assert.ok(viewer.packets > 100);
  assert.equal((await state()).h264.viewers, 1);
  await page.close();
  await until('nobody watches any more', 20_000, async () => (await state()).h264.viewers === 0);
});

test('a second viewer begins at once, and both have all', async (t) => {
  await start(t);
  const pages = [];
  for (let n = 0; n < 2; n++) {
    const page = await open(t, await chromium(t, { width: 640, height: 480 }), BY_HAND);
    await waitFrames(page);
    pages.push(page);
  }
  for (const { decoded, codes, stats: { packetsLost } } of await Promise.all(pages.map((page) => record(page, 3)))) {
    assert.ok(decoded > 0 && packetsLost === 0, `${decoded} frames, ${packetsLost} packets lost`);
    assertWhole(codes);
  }
});

test('who joins a stream without end gets a picture, and no new key frame is made for it', async (t) => {
  // So slow that what is kept, 30 frames, lasts until a second page is there.
  await start(t, { device: 'test:1280x720@3', more: ['--h264-gop', '0'] });
  const browser = await chromium(t);
  const first = await open(t, browser, BY_HAND);
  await waitFrames(first);
  const before = await stats(first);
  const second = await open(t, browser, BY_HAND);
  await waitFrames(second);
  assert.equal((await stats(second)).keyFrames, 1, 'one beginning');
  await until('6 more frames for the first', 20_000, async () => (await stats(first)).framesDecoded >= before.framesDecoded + 6);
  const [after, later] = await Promise.all([first, second].map(stats));
  assert.equal(after.keyFrames, before.keyFrames, 'the first viewer got no key frame more');
  assert.equal(later.keyFrames, 1);
  assert.equal(after.packetsLost + later.packetsLost, 0);
});

test('UDP does not get through: the same by TCP', async (t) => {
  await start(t);
  block(t, `udp dport ${MEDIA}`);
  const page = await open(t, await chromium(t), BY_HAND);
  await waitFrames(page, 40_000);
  const { decoded, codes, stats: now } = await record(page, 3);
  t.diagnostic(`${decoded} frames; ${JSON.stringify(now)}; ${JSON.stringify(await whep())}`);
  assertWhole(codes);
  assert.equal((await whep()).viewers.find(({ playing }) => playing).protocol, 'tcp');
});

test('by IPv6, with IPv4 out of reach', async (t) => {
  await start(t, { more: ['--host', '127.0.0.1,::1'] });
  block(t, `meta nfproto ipv4 udp dport ${MEDIA}`, `meta nfproto ipv4 tcp dport ${MEDIA}`);
  const page = await open(t, await chromium(t), 'http://[::1]:8080/?way=whep');
  await waitFrames(page, 40_000);
  const [viewer] = (await whep()).viewers;
  t.diagnostic(JSON.stringify(viewer));
  assert.ok(viewer.playing);
});

test("Janus and UDP behind a firewall: WebRTC from the streamer by TCP", async (t) => {
  await start(t, { sink: undefined });
  await startJanus(t);
  block(t, JANUS, 'meta l4proto udp');
  const page = await open(t, await chromium(t), SERVER);
  await waitWay(page, 'whep', 60_000);
  await waitFrames(page, 40_000);
  assert.equal((await whep()).viewers.find(({ playing }) => playing).protocol, 'tcp');
});

test('the port for media is blocked, too: H.264 by WebSocket; once it is free, WebRTC', async (t) => {
  await start(t);
  const lift = block(t, JANUS, `udp dport ${MEDIA}`, `tcp dport ${MEDIA}`);
  const page = await open(t, await chromium(t), SERVER);
  await waitWay(page, 'websocket', 60_000);
  await waitFrames(page);
  lift();
  await waitWay(page, 'whep', 60_000);
  await waitFrames(page);
});

test('no WebCodecs either: JPEGs', async (t) => {
  await start(t);
  block(t, JANUS, `udp dport ${MEDIA}`, `tcp dport ${MEDIA}`);
  const page = await open(t, await chromium(t), SERVER, () => { delete window.VideoDecoder; });
  await waitWay(page, 'mjpeg', 60_000);
  await waitFrames(page);
});

test('once Janus is there the picture comes through it, and without it again straight', async (t) => {
  await start(t, { sink: undefined });
  const page = await open(t, await chromium(t), SERVER);
  await waitWay(page, 'whep');
  await waitFrames(page);
  const janus = await startJanus(t);
  await waitWay(page, 'webrtc', 60_000);
  await waitFrames(page);
  await until('the other connection is closed', 20_000, async () => (await whep()).viewers.length === 0);
  await janus.stop();
  await waitWay(page, 'whep', 40_000);
  await waitFrames(page);
});

test('a restart of the streamer: the picture comes back by itself', async (t) => {
  const first = await start(t);
  const page = await open(t, await chromium(t), BY_HAND);
  await waitFrames(page);
  await first.stop();
  await waitState(page, 'no-streamer');
  await start(t);
  await waitFrames(page, 40_000);
});

test('by hand where the streamer does none: the page says what to do', async (t) => {
  await startStreamer(t);
  const page = await open(t, await chromium(t), BY_HAND);
  const { shown } = await waitState(page, 'no-whep');
  assert.match(shown, /ustreamer --whep/);
});

test('by hand where it does not get through: the page says why', async (t) => {
  await start(t);
  block(t, `udp dport ${MEDIA}`, `tcp dport ${MEDIA}`);
  const page = await open(t, await chromium(t), BY_HAND);
  const { shown } = await waitState(page, 'no-media', 60_000);
  assert.match(shown, /port 8189/);
});

test('Firefox without H.264 in WebRTC says so, and by itself takes another way', async (t) => {
  await start(t);
  const browser = await firefox(t);
  await waitState(await open(t, browser, BY_HAND), 'no-h264');
  const page = await open(t, browser, SERVER);
  await waitFrames(page, 40_000);
  const now = await stats(page);
  t.diagnostic(JSON.stringify(now));
  assert.ok(['websocket', 'mjpeg'].includes(now.way));
});

test("another site's page gets nothing unless it is allowed", async (t) => {
  await start(t);
  const page = await open(t, await chromium(t), 'about:blank');
  const asks = (type) => page.evaluate(async (url, kind) => {
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': kind }, body: 'v=0', mode: kind === 'text/plain' ? 'no-cors' : 'cors' });
    return answer.type;
  }, `${SERVER}whep`, type);
  await assert.rejects(asks('application/sdp'), /Failed to fetch/);
  await asks('text/plain').catch(() => {});
  assert.deepEqual((await whep()).viewers, []);
});
