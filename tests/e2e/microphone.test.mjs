// A microphone, and the buttons for it and for sound, where there is no sound card: the plugin has a device of PulseAudio's, ALSA's `null` (which is always there,
// hears nothing and plays to nobody), or one that is not there. (With the kernel's sound card: tests/vm/sound.test.mjs.)
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium, open, waitFrames, waitState, waitWay } from './lib/browser.mjs';
import { GUIDE_CONFIG, startJanus } from './lib/janus.mjs';
import { text } from './lib/page.mjs';
import { sleep, until } from './lib/process.mjs';
import { HDMI, SOURCE, listen, startPulse } from './lib/pulse.mjs';
import { PAGE, SERVER, startStreamer } from './lib/streamer.mjs';

const HEARS = 'acap: { device = "null" }\n';
const PLAYS = 'aplay: { device = "null" }\n';
/** Sound is promised, and never comes. */
const HEARS_NOTHING = 'acap: { device = "hw:9" }\n';
const PLAYED = "a viewer's microphone is played on 'null'";

/** Chromium's own microphone beeps. Who asks for it is answered at once: yes, or no. */
async function speaker(t, { allowed = true, url = PAGE, screen = {} } = {}) {
  const browser = await chromium(t, { ...screen, args: ['--use-fake-device-for-media-stream'] });
  await browser.defaultBrowserContext().setPermission(new URL(url).origin, { permission: { name: 'microphone' }, state: allowed ? 'granted' : 'denied' });
  const page = await open(t, browser, url, () => {
    // The newest connection, for its statistics; and every microphone that was given.
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(...settings) {
        super(...settings);
        window.peer = this;
      }
    };
    window.given = [];
    const { getUserMedia } = MediaDevices.prototype;
    MediaDevices.prototype.getUserMedia = async function remembered(...wanted) {
      const stream = await getUserMedia.apply(this, wanted);
      window.given.push(...stream.getTracks());
      return stream;
    };
  });
  return page;
}

const button = (page, id) => page.$eval(`#${id}`, (one) => ({ shown: one.checkVisibility(), pressed: one.getAttribute('aria-pressed') }));
const waitButton = (page, id, pressed) => until(`#${id}`, 10_000, async () => {
  const { shown, pressed: now } = await button(page, id);
  return shown && now === pressed;
});
const mic = (page) => page.evaluate(() => ({ mic: window.ustreamer.mic, trouble: window.ustreamer.micTrouble }));

/** How sound goes, as both sides have agreed (null: not at all), and how many packets of it have been sent. */
const sending = (page) => page.evaluate(async () => {
  const sound = window.peer.getTransceivers().find(({ receiver }) => receiver.track.kind === 'audio');
  const sent = [...(await window.peer.getStats()).values()].find(({ type, kind }) => type === 'outbound-rtp' && kind === 'audio');
  return { direction: sound?.currentDirection ?? null, packets: sent?.packetsSent ?? 0 };
});
const waitSending = (page, direction) => until(`sound goes ${direction}`, 20_000, async () => {
  const now = await sending(page);
  if (now.direction === direction && (direction === null || now.packets > 20)) return true;
  throw new Error(JSON.stringify(now));
});

test('buttons for sound and microphone where the plugin has a device for them', async (t) => {
  await startStreamer(t);
  await startJanus(t, { config: GUIDE_CONFIG + HEARS + PLAYS });
  const page = await speaker(t, { url: SERVER });
  await waitWay(page, 'webrtc');
  await waitButton(page, 'sound', 'false');
  await waitButton(page, 'mic', 'false');
  // Janus stays, while the picture goes another way.
  await page.select('#way', 'websocket');
  await waitWay(page, 'websocket');
  await page.click('#sound');
  assert.deepEqual(await button(page, 'sound'), { shown: true, pressed: 'true' });
  assert.equal(await page.evaluate(() => window.ustreamer.sound), true);
  assert.match(await text(page, '#note'), /as soon as the picture comes through Janus/);
  await page.keyboard.press('m');
  assert.equal(await page.evaluate(() => window.ustreamer.sound), false);
  assert.match(await text(page, '#note'), /Sound off/);
  await page.keyboard.press('v');
  await waitButton(page, 'mic', 'true');
  assert.match(await text(page, '#note'), /as soon as the picture comes through Janus/);
});

test('no device, no button; a microphone that nobody would play is not asked for', async (t) => {
  await startStreamer(t);
  await startJanus(t);
  const page = await speaker(t);
  await waitFrames(page);
  await until('features', 10_000, () => page.evaluate(() => window.ustreamer.features !== null));
  assert.deepEqual([await button(page, 'sound'), await button(page, 'mic')].map(({ shown }) => shown), [false, false]);
  for (const key of ['m', 'v']) await page.keyboard.press(key);
  assert.equal(await text(page, '#note'), '');
  await page.evaluate(() => { window.ustreamer.mic = true; });
  const { mic: on, trouble } = await mic(page);
  assert.equal(on, false);
  assert.match(trouble, /Nobody plays microphones/);
  assert.deepEqual(await page.evaluate(() => window.given), []);
});

test('a microphone goes through Janus, without sound and with it, also after Janus has started anew; then it is given back', async (t) => {
  await startStreamer(t);
  const options = { config: GUIDE_CONFIG + HEARS_NOTHING + PLAYS };
  const first = await startJanus(t, options);
  const page = await speaker(t);
  await waitFrames(page);
  await waitButton(page, 'mic', 'false');
  assert.equal((await button(page, 'sound')).shown, false);
  assert.deepEqual(await sending(page), { direction: null, packets: 0 });
  await page.click('#mic');
  await waitButton(page, 'mic', 'true');
  await waitSending(page, 'sendonly');
  await first.until('it is played', 20_000, () => first.output.includes(PLAYED));
  await waitFrames(page);

  await page.evaluate(() => { window.ustreamer.sound = true; });
  await waitSending(page, 'sendrecv');
  await page.evaluate(() => { window.ustreamer.sound = false; });

  await first.stop();
  await waitState(page, 'no-janus');
  const second = await startJanus(t, options);
  await waitSending(page, 'sendonly');
  await second.until('it is played', 20_000, () => second.output.includes(PLAYED));
  assert.equal(await page.evaluate(() => window.given.length), 1, 'it was asked for once');
  assert.equal(await page.evaluate(() => window.given[0].readyState), 'live');

  await page.keyboard.press('v');
  await waitButton(page, 'mic', 'false');
  assert.equal(await page.evaluate(() => window.given[0].readyState), 'ended');
  await waitFrames(page);
  await waitSending(page, null);
});

test('what is said is heard where the plugin plays it, and no more once the microphone is off', async (t) => {
  await startPulse(t);
  await startStreamer(t);
  await startJanus(t, { config: `${GUIDE_CONFIG}aplay: { device = "${SOURCE}" }\n` });
  const page = await speaker(t);
  await waitFrames(page);
  await waitButton(page, 'mic', 'false');
  const beeps = [];
  listen(t, (when) => beeps.push(when), HDMI);
  await page.click('#mic');
  await until('beeps are heard', 30_000, () => beeps.length >= 5);
  t.diagnostic(`ms between beeps: ${beeps.slice(1).map((when, n) => Math.round(when - beeps[n]))}`);
  await page.click('#mic');
  await waitSending(page, null);
  await sleep(1000); // what is on its way
  const heard = beeps.length;
  await sleep(3000);
  assert.equal(beeps.length, heard);
});

test('a microphone that is taken away, or that Janus plays no more, is not wanted any more', async (t) => {
  await startStreamer(t);
  const janus = await startJanus(t, { config: GUIDE_CONFIG + PLAYS });
  const page = await speaker(t);
  await waitFrames(page);
  await waitButton(page, 'mic', 'false');
  await page.click('#mic');
  await waitSending(page, 'sendonly');
  // What a browser does when the device goes. (A page's own `stop` is told to nobody.)
  await page.evaluate(() => window.given[0].dispatchEvent(new Event('ended')));
  await waitButton(page, 'mic', 'false');
  assert.match(await text(page, '#note'), /The microphone has gone/);
  await waitSending(page, null);

  await page.click('#mic');
  await waitSending(page, 'sendonly');
  await janus.stop();
  await waitState(page, 'no-janus');
  await startJanus(t);
  await until('it is given back', 20_000, async () => /Nobody plays microphones/.test((await mic(page)).trouble));
  assert.deepEqual(await page.evaluate(() => window.given.map(({ readyState }) => readyState)), ['ended', 'ended']);
  assert.equal((await button(page, 'mic')).shown, false);
  await waitFrames(page);
});

test('a microphone that the browser refuses is told in words, and the picture does not stop', async (t) => {
  await startStreamer(t);
  await startJanus(t, { config: GUIDE_CONFIG + PLAYS });
  const page = await speaker(t, { allowed: false });
  await waitFrames(page);
  await waitButton(page, 'mic', 'false');
  const { watch } = await page.evaluate(() => window.ustreamer.join);
  await page.click('#mic');
  await until('words', 10_000, async () => /lets the page have no microphone/.test(await text(page, '#note')));
  assert.equal((await mic(page)).mic, false);
  assert.equal((await button(page, 'mic')).pressed, 'false');
  await waitFrames(page);
  assert.equal((await page.evaluate(() => window.ustreamer.join)).watch, watch, 'the same connection');
});

test('on a page that may not have one: no button, and why', async (t) => {
  const url = 'http://[fd86:e2e::9]:8080/?way=webrtc&janus=ws://127.0.0.1:8188/';
  await startStreamer(t, { more: ['--host', '127.0.0.1,fd86:e2e::9'] });
  await startJanus(t, { config: GUIDE_CONFIG + HEARS + PLAYS });
  const page = await open(t, await chromium(t), url);
  assert.equal(await page.evaluate(() => window.isSecureContext), false);
  await waitButton(page, 'sound', 'false');
  assert.equal((await button(page, 'mic')).shown, false);
  await page.evaluate(() => { window.ustreamer.mic = true; });
  assert.match((await mic(page)).trouble, /HTTPS/);
});

for (const width of [320, 360, 390]) {
  test(`all buttons fit on a phone ${width} pixels wide`, async (t) => {
    await startStreamer(t);
    await startJanus(t, { config: GUIDE_CONFIG + HEARS + PLAYS });
    const page = await speaker(t, { screen: { width, height: 640, mobile: true } });
    await waitFrames(page);
    await waitButton(page, 'mic', 'false');
    await page.tap('#stage');
    const [bar, ...boxes] = await page.$$eval('#bar, #bar button', (all) => all.map((one) => one.getBoundingClientRect().toJSON()));
    assert.ok(bar.left >= 0 && bar.right <= width);
    assert.equal(boxes.length, 7);
    for (const { left, right, width: wide, height } of boxes) {
      assert.ok(left >= bar.left && right <= bar.right && wide >= 44 && height >= 44, `from ${left} to ${right}, ${wide}×${height}`);
    }
    await page.tap('#rotate');
    const apart = await page.evaluate(() => document.getElementById('bar').getBoundingClientRect().top - document.getElementById('note').getBoundingClientRect().bottom);
    assert.ok(apart >= 0, `the note lies ${-apart} pixels over the buttons`);
  });
}
