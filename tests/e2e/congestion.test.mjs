// Viewers whose way is narrow: the stream gets smaller for them, and larger again when it can. With real ICE, RTP and RTCP over a way that is
// made narrow at the receiver's end; with Janus (the older one, and what it passes on also in the newer one), and without it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium, open, stats, waitFrames } from './lib/browser.mjs';
import { startJanus } from './lib/janus.mjs';
import { until } from './lib/process.mjs';
import { SERVER, startStreamer, startWhep, state } from './lib/streamer.mjs';
import { WHEP, startViewers } from './lib/viewers.mjs';
import { median } from '../../web/client/receiver.js';

/** What the test picture takes at this rate is about as much as is set. */
const BITRATE = 500;
const NARROW = 250;
const start = (t) => startStreamer(t, { more: ['--h264-bitrate', String(BITRATE)] });
const congestion = async () => (await state()).h264.congestion;

test('a narrow way from Janus is followed down, and up again when it gets wide', async (t) => {
  await start(t);
  const janus = await startJanus(t, { version: '1.1', local: true });
  const viewers = startViewers(t, janus, { count: 1, seconds: 120, kbps: NARROW, queue: 800, mended: 15 });
  const less = await until('the stream gets smaller', 25_000, congestion);
  const plugin = await until('reports with a round trip', 25_000, async () => (await janus.query()).find((one) => one.congestion.round_trip_us));
  t.diagnostic(`${JSON.stringify(less)}; the plugin: ${JSON.stringify(plugin.congestion)}`);
  assert.ok(less.bitrate < BITRATE && ['delay', 'loss'].includes(less.why), JSON.stringify(less));
  const { heard, wished, bears } = plugin.congestion;
  assert.ok(heard.transport_cc > 0 && heard.reports > 0, `Janus passes feedback on: ${JSON.stringify(heard)}`);
  assert.ok(wished.kbps <= BITRATE && bears <= BITRATE, JSON.stringify(plugin.congestion));
  await until('all of it again', 90_000, async () => {
    const now = await congestion();
    if (now === null && viewers.seconds().length > 20) return true;
    throw new Error(`${JSON.stringify(now)}; kbit/s each second: ${viewers.seconds().map(({ kbps }) => kbps).join(' ')}`);
  });
  const rates = viewers.seconds().map(({ kbps }) => kbps);
  const [narrow, wide] = [rates.slice(7, 17), rates.slice(-3)];
  t.diagnostic(`kbit/s each second: ${rates.join(' ')}`);
  // The middle one, so that a second in which a queue is emptied at once does not count for more than it is.
  assert.ok(median(narrow) > NARROW / 4 && median(narrow) < NARROW, `${narrow}`);
  assert.ok(median(wide) > median(narrow), `${wide} after ${narrow}`);
  await viewers.stop();
});

test('a narrow way from the streamer itself, of which reports alone tell, is followed down, and up again when it gets wide', async (t) => {
  await startWhep(t, { more: ['--h264-bitrate', String(BITRATE)] });
  const viewers = startViewers(t, WHEP, { count: 1, seconds: 120, kbps: NARROW, queue: 800, mended: 15 });
  const less = await until('the stream gets smaller', 25_000, congestion);
  t.diagnostic(JSON.stringify(less));
  assert.ok(less.bitrate < BITRATE && ['delay', 'loss'].includes(less.why), JSON.stringify(less));
  await until('all of it again', 90_000, async () => await congestion() === null);
  t.diagnostic(`kbit/s each second: ${viewers.seconds().map(({ kbps }) => kbps).join(' ')}`);
  await viewers.stop();
});

test('one narrow way among five takes no more than half from the others, and its wish goes with it', async (t) => {
  await start(t);
  const janus = await startJanus(t, { version: '1.4', local: true });
  const well = startViewers(t, janus, { count: 4, seconds: 120 });
  await until('four play', 20_000, () => well.seconds().at(-1)?.playing === 4);
  const narrow = startViewers(t, janus, { count: 1, seconds: 120, kbps: 180, queue: 800 });
  const { wished } = await until('the stream gets smaller', 25_000, congestion);
  t.diagnostic(`wished: ${wished} kbit/s`);
  await until('as far as it goes', 25_000, async () => {
    const { congestion: { bears, wished: { kbps } = {} } } = (await janus.query()).find((one) => one.congestion.bears);
    if (bears < kbps) return true;
    throw new Error(`bears ${bears}, wished ${kbps}`);
  });
  await narrow.stop('SIGKILL');
  await until('the wish has gone with its viewer', 60_000, async () => await congestion() === null);
});

test('a page in a browser shows that its stream is smaller', async (t) => {
  await start(t);
  const janus = await startJanus(t, { version: '1.4', local: true });
  const page = await open(t, await chromium(t), `${SERVER}?way=webrtc`);
  await waitFrames(page);
  const [{ congestion: { heard } }] = await janus.query();
  t.diagnostic(`Chromium says: ${JSON.stringify(heard)}`);
  assert.ok(heard.transport_cc > 0);
  assert.equal(await congestion(), null, 'a good way has no limit');
  assert.equal((await stats(page)).limited, null);
  // Somebody else's way is narrow: the streamer's next answers say so.
  startViewers(t, janus, { count: 1, seconds: 120, kbps: NARROW, queue: 800 });
  const limited = await until('the page says so', 60_000, async () => (await stats(page)).limited);
  assert.ok(limited < BITRATE, `${limited}`);
});

test('a browser without transport-cc tells what its way bears by REMB', async (t) => {
  await start(t);
  const janus = await startJanus(t, { version: '1.4', local: true });
  const page = await open(t, await chromium(t), `${SERVER}?way=webrtc`, () => {
    const { setRemoteDescription } = RTCPeerConnection.prototype;
    RTCPeerConnection.prototype.setRemoteDescription = function withoutTransportCc({ type, sdp }) {
      const lines = sdp.split('\r\n').filter((line) => !/^a=(rtcp-fb:\d+ transport-cc|extmap:\d+ .*transport-wide-cc)/.test(line));
      return setRemoteDescription.call(this, { type, sdp: lines.join('\r\n') });
    };
  });
  await waitFrames(page);
  const heard = await until('some REMBs', 20_000, async () => {
    const [{ congestion: { heard } }] = await janus.query();
    if (heard.remb >= 5) return heard;
    throw new Error(JSON.stringify(heard));
  });
  assert.equal(heard.transport_cc, 0);
  assert.equal(await congestion(), null, 'a good way has no limit');
});

test('Janus tells of a viewer to whom much is sent again (slow_link)', async (t) => {
  await start(t);
  const janus = await startJanus(t, { version: '1.4', local: true, media: 'slowlink_threshold = 1' });
  startViewers(t, janus, { count: 1, seconds: 120, loss: 20 });
  await until('slow_link', 30_000, async () => {
    const [{ congestion: { heard } }] = await janus.query();
    if (heard.slow_link > 0) return true;
    throw new Error(JSON.stringify(heard));
  });
});
