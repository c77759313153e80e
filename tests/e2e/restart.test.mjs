// Whatever starts late, dies or restarts: the picture comes, and comes back, by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium, open, waitFrames, waitState } from './lib/browser.mjs';
import { startJanus } from './lib/janus.mjs';
import { sleep, until } from './lib/process.mjs';
import { startSite } from './lib/site.mjs';
import { SERVER, startStreamer } from './lib/streamer.mjs';

/** The picture must be back this soon after its cause is. Milliseconds. */
const BACK_WITHIN = 3000;

async function assertBack(t, page, since) {
  const asked = performance.now();
  await waitFrames(page, BACK_WITHIN - (asked - since));
  t.diagnostic(`picture back ${Math.round(performance.now() - since)} ms after the restart`);
  assert.ok(await page.evaluate(() => window.timeCode(document.querySelector('video'))), 'a readable picture');
}

test('the page first, then the streamer: the video is not there yet, then it plays', async (t) => {
  await startJanus(t);
  const site = await startSite(t);
  const page = await open(t, await chromium(t), `${site}embed.html?server=${SERVER}`);
  await waitState(page, 'no-streamer');
  await sleep(3000);
  await waitState(page, 'no-streamer');
  const { ready } = await startStreamer(t, { more: [`--allow-origin=${new URL(site).origin}`] });
  await assertBack(t, page, ready);
});

test('the guide’s page first, then the streamer: 503 and again, then it plays', async (t) => {
  await startJanus(t);
  const site = await startSite(t);
  const page = await open(t, await chromium(t), `${site}guide.html`);
  const log = () => page.evaluate(() => window.log);
  await until('503 twice', 10_000, async () => (await log()).filter((entry) => entry === '503').length >= 2);
  assert.ok(!(await log()).includes('offer'), 'no offer without video');
  await startStreamer(t);
  await until('it plays', 10_000, () => page.evaluate(() => Boolean(window.timeCode(document.getElementById('video')))));
  const events = await log();
  assert.deepEqual(events.filter((entry) => entry.startsWith('failed')), []);
  assert.ok(events.indexOf('offer') < events.indexOf('track video came'), events.join(', '));
});

for (const away of [0, 8000]) {
  test(`the streamer killed while watching, and started again ${away / 1000} s after the page has said so`, async (t) => {
    const first = await startStreamer(t);
    await startJanus(t);
    const page = await open(t, await chromium(t));
    await waitFrames(page);
    await first.stop('SIGKILL');
    await waitState(page, 'no-streamer');
    await sleep(away);
    await waitState(page, 'no-streamer');
    const { ready } = await startStreamer(t);
    await assertBack(t, page, ready);
  });
}

test('the streamer stopped cleanly, its sink removed, and at once started again', async (t) => {
  const first = await startStreamer(t);
  await startJanus(t);
  const page = await open(t, await chromium(t));
  await waitFrames(page);
  assert.equal(await first.stop(), 0);
  const { ready } = await startStreamer(t);
  await assertBack(t, page, ready);
});

test('the streamer hangs and recovers: the page says that the picture has stopped', async (t) => {
  const streamer = await startStreamer(t);
  await startJanus(t);
  const page = await open(t, await chromium(t));
  await waitFrames(page);
  streamer.signal('SIGSTOP');
  await waitState(page, ['frozen', 'no-streamer', 'no-video']);
  streamer.signal('SIGCONT');
  await assertBack(t, page, performance.now());
});

test('Janus killed while watching, and started again', async (t) => {
  await startStreamer(t);
  const first = await startJanus(t);
  const page = await open(t, await chromium(t));
  await waitFrames(page);
  await first.stop('SIGKILL');
  await waitState(page, 'no-janus');
  const second = await startJanus(t);
  await assertBack(t, page, second.ready);
});

test('Janus away for so long that a browser would slow down its attempts', async (t) => {
  await startStreamer(t);
  const page = await open(t, await chromium(t));
  await waitState(page, 'no-janus');
  await sleep(30_000);
  const { ready } = await startJanus(t);
  await assertBack(t, page, ready);
});

test('the client is stopped while Janus does not answer yet: it stays so, and starts again when asked', async (t) => {
  await startStreamer(t);
  const janus = await startJanus(t, { local: true });
  janus.signal('SIGSTOP');
  const page = await open(t, await chromium(t));
  await waitState(page, 'connecting');
  await sleep(1000); // It has been asked for a connection.
  await page.evaluate(() => window.ustreamer.stop());
  janus.signal('SIGCONT');
  await sleep(3000);
  assert.deepEqual(await janus.query(), []);
  for (const act of ['start', 'stop', 'start']) await page.evaluate((name) => window.ustreamer[name](), act);
  await waitFrames(page);
  assert.equal((await janus.query()).length, 1);
});
