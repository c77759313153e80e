// The appliance's door: claimed in a browser, and the picture moves by HTTPS, through Janus behind the same door.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium, open, record, waitFrames, waitWay, words } from './lib/browser.mjs';
import { PASSWORD, claim, login, logout, ready, startDoor } from './lib/door.mjs';
import { startJanus } from './lib/janus.mjs';
import { until } from './lib/process.mjs';
import { startStreamer } from './lib/streamer.mjs';

async function appliance(t) {
  const door = await startDoor(t);
  await startStreamer(t, { unix: door.streamer, more: ['--janus-url=/janus'] });
  const janus = await startJanus(t, { version: '1.4', unix: door.janus });
  return { door, janus };
}

const wrong = (page) => page.$eval('.wrong', (element) => element.textContent);

test('claimed, watched, left, and watched again', async (t) => {
  const { door } = await appliance(t);
  const browser = await chromium(t, { args: [door.trust] });
  const page = await open(t, browser, door.url);
  assert.equal(await page.title(), 'Claim this device');
  await claim(page, 'AAAA-AAAA');
  assert.match(await wrong(page), /not the claim code/);
  await claim(page, door.code().toLowerCase());
  await ready(page);
  assert.equal(new URL(page.url()).pathname, '/');
  await waitWay(page, 'webrtc');
  await waitFrames(page);
  const { seconds, decoded, codes, stats } = await record(page, 5);
  t.diagnostic(`${decoded} frames in ${seconds.toFixed(2)} s through the door`);
  assert.ok(decoded >= 0.9 * 30 * seconds, `${decoded} frames decoded in ${seconds} s`);
  assert.equal(stats.packetsLost, 0);
  assert.ok(codes.length > 0 && codes.every(Boolean) && codes.at(-1).frame > codes[0].frame, 'the picture moves');
  assert.equal((await words(page)).shown, '');

  // A second window of the same browser is signed in; both are out when one leaves.
  const second = await open(t, browser, door.url);
  await ready(second);
  await waitFrames(second);
  await logout(page);
  await until('the other window asks for the password, too', 20_000, async () => (await second.title()) === 'Sign in');
  await login(page, 'another password');
  assert.match(await wrong(page), /not the password/);
  await login(page, PASSWORD);
  await ready(page);
  await waitFrames(page);
});

test('Janus goes and comes back behind the door; meanwhile the picture comes by WebSocket', async (t) => {
  const { door, janus } = await appliance(t);
  const page = await open(t, await chromium(t, { args: [door.trust] }), door.url);
  await claim(page, door.code());
  await ready(page);
  await waitFrames(page);
  await waitWay(page, 'webrtc');
  await janus.stop();
  await waitWay(page, 'websocket');
  await waitFrames(page);
  await startJanus(t, { version: '1.4', unix: door.janus });
  await waitWay(page, 'webrtc', 60_000);
  await waitFrames(page);
});

test('a browser that does not know the certificate shows nothing, and other sites get nothing', async (t) => {
  const { door } = await appliance(t);
  const stranger = await (await chromium(t)).newPage();
  await assert.rejects(stranger.goto(door.url), /ERR_CERT/);

  // A page of another origin, in the browser of the owner. (Another port is another origin but the same site: the cookie is sent with it.)
  const other = await startDoor(t, { port: 8444 });
  const browser = await chromium(t, { args: [`${door.trust},${other.trust.split('list=')[1]}`] });
  const page = await open(t, browser, door.url);
  await claim(page, door.code());
  await ready(page);
  const evil = await browser.newPage();
  await evil.setBypassCSP(true);
  await evil.goto(other.url);
  const tried = await evil.evaluate(async (url) => {
    const socket = await new Promise((resolve) => {
      const one = new WebSocket(`${url.replace('https:', 'wss:')}janus`, 'janus-protocol');
      one.onopen = () => resolve('open');
      one.onerror = () => resolve('refused');
    });
    const picture = await new Promise((resolve) => {
      const image = new Image();
      image.onload = () => resolve('shown');
      image.onerror = () => resolve('refused');
      image.src = `${url}snapshot`;
    });
    const state = await fetch(`${url}state`, { credentials: 'include' }).then(() => 'read', () => 'refused');
    return { socket, picture, state };
  }, door.url);
  assert.deepEqual(tried, { socket: 'refused', picture: 'refused', state: 'refused' });
});
