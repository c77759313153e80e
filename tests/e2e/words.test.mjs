// What the page says when there is no picture, each from its real cause.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium, firefox, open, waitFrames, waitState } from './lib/browser.mjs';
import { startJanus } from './lib/janus.mjs';
import { until } from './lib/process.mjs';
import { PAGE, SERVER, startStreamer, state } from './lib/streamer.mjs';

test('no Janus: the page names the address it tried and the remedy', async (t) => {
  await startStreamer(t);
  const page = await open(t, await chromium(t), `${PAGE}&janus=ws://127.0.0.1:8199/`);
  const { shown } = await waitState(page, 'no-janus');
  assert.match(shown, /No Janus/);
  assert.match(shown, /ws:\/\/127\.0\.0\.1:8199\//);
  assert.match(shown, /\?janus=/);
});

test('the streamer can tell the page where Janus is', async (t) => {
  await startStreamer(t, { more: ['--janus-url=ws://127.0.0.1:8200/'] });
  await startJanus(t, { port: 8200 });
  await waitFrames(await open(t, await chromium(t)));
});

test('Janus that takes a secret from each: its own words, and the remedy', async (t) => {
  await startStreamer(t);
  await startJanus(t, { general: 'api_secret = "not told to the page"' });
  const page = await open(t, await chromium(t));
  const { shown } = await waitState(page, 'refused');
  assert.match(shown, /Unauthorized request/);
  assert.match(shown, /api_secret/);
});

test('Janus that takes connections and says nothing', async (t) => {
  await startStreamer(t);
  const janus = await startJanus(t);
  janus.signal('SIGSTOP');
  const page = await open(t, await chromium(t));
  const { shown } = await waitState(page, 'connecting');
  assert.match(shown, /Looking for Janus at ws:\/\/127\.0\.0\.1:8188\//);
  await waitState(page, 'no-janus');
  janus.signal('SIGCONT');
  await waitFrames(page);
});

test('a streamer whose password has changed: the page says so; loaded anew, it asks', async (t) => {
  const guarded = (passwd) => startStreamer(t, { more: ['--user', 'viewer', '--passwd', passwd], answers: 401 });
  const first = await guarded('the first one');
  const page = await (await chromium(t)).newPage();
  await page.authenticate({ username: 'viewer', password: 'the first one' });
  await page.goto(SERVER);
  await waitFrames(page);
  await first.stop();
  await guarded('another one');
  const { shown } = await waitState(page, 'locked');
  assert.match(shown, /sign in/);
  await page.authenticate({ username: 'viewer', password: 'another one' });
  await page.reload();
  await waitFrames(page);
});

test('Janus without our plugin', async (t) => {
  await startStreamer(t);
  await startJanus(t, { plugin: false });
  const page = await open(t, await chromium(t));
  const { shown } = await waitState(page, 'no-plugin');
  assert.match(shown, /no ustreamer plugin/);
  assert.match(shown, /--plugins-folder/);
});

test('a streamer that was not told to make H.264', async (t) => {
  await startStreamer(t, { sink: null });
  await startJanus(t);
  const page = await open(t, await chromium(t));
  const { shown } = await waitState(page, 'no-sink');
  assert.match(shown, /--h264-sink/);
});

test('plugin and streamer with different sinks', async (t) => {
  await startStreamer(t, { sink: 'another::ustreamer::h264' });
  await startJanus(t);
  const page = await open(t, await chromium(t));
  const { shown } = await waitState(page, 'no-video');
  assert.match(shown, /same sink name/);
});

test('video that cannot get through: Janus announces an address that leads nowhere', async (t) => {
  await startStreamer(t);
  await startJanus(t, { announce: '192.0.2.1' });
  const page = await open(t, await chromium(t));
  const { shown } = await waitState(page, 'no-media', 30_000);
  assert.match(shown, /UDP/);
});

test('no signal: a capture device that is not there', async (t) => {
  await startStreamer(t, { device: '/dev/video99', more: ['--persistent'] });
  await startJanus(t);
  const { source } = await state();
  assert.equal(source.online, false);
  assert.notEqual(source.reason, '');
  const page = await open(t, await chromium(t));
  const { shown } = await waitState(page, 'no-signal');
  assert.match(shown, /No signal/);
  assert.match(shown, /\/dev\/video99/);
  assert.match(source.reason, /\/dev\/video99 is not there/);
  assert.match(shown, /\/dev\/video99 is not there/);
  await until('the picture that says so too', 10_000, () => page.evaluate(() => document.getElementById('video').videoWidth > 0));
});

test('Firefox, whose WebRTC has no H.264 here', async (t) => {
  await startStreamer(t);
  await startJanus(t);
  const page = await open(t, await firefox(t));
  const { shown } = await waitState(page, 'no-h264');
  assert.match(shown, /no H\.264 in WebRTC/);
  assert.match(shown, /Chromium/);
});

test('Firefox whose WebRTC is switched off', async (t) => {
  await startStreamer(t);
  await startJanus(t);
  const page = await open(t, await firefox(t, { 'media.peerconnection.enabled': false }));
  const { shown } = await waitState(page, 'no-webrtc');
  assert.match(shown, /has no WebRTC/);
});
