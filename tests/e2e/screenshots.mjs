// screenshots.mjs [FOLDER [SCENE...]]: the page in its states and views, and the appliance's own pages, desktop and phone, dark and light, to be looked
// at; run it by `run.sh --screenshots [FOLDER [SCENE...]]`. With FOR=docs one of each, small, as they are kept in docs/page/.
import fs from 'node:fs';
import { chromium, firefox, open, waitFrames, waitState, waitWay } from './lib/browser.mjs';
import { PASSWORD, changePassword, claim, login, logout, openDevice, ready, startDoor } from './lib/door.mjs';
import { GUIDE_CONFIG, startJanus } from './lib/janus.mjs';
import { sleep } from './lib/process.mjs';
import { scope } from './lib/scope.mjs';
import { PAGE, SERVER, startStreamer } from './lib/streamer.mjs';

const to = process.argv[2] ?? '../../target/screenshots';
const wanted = process.argv.slice(3);
fs.mkdirSync(to, { recursive: true });

const SCREENS = {
  '': { width: 1280, height: 800 },
  '-phone': { width: 390, height: 844, mobile: true },
};
const LYING = { width: 844, height: 390, mobile: true };

/** For readers of dark and of light pages. */
async function both(page, name, more = {}) {
  const kept = process.env.FOR === 'docs';
  const looks = !kept ? ['dark', 'light'] : name.endsWith('-phone') ? ['light'] : ['dark'];
  for (const value of looks) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
    await sleep(300);
    const file = kept ? { path: `${to}/${name}.webp`, type: 'webp', quality: 80 } : { path: `${to}/${name}-${value}.png` };
    await page.screenshot({ ...file, ...more });
  }
}

/** The page with a picture by WebRTC. */
async function playing(t, screen, { device = 'test:1280x720@30', url = SERVER, more = [] } = {}) {
  await startStreamer(t, { device, more });
  await startJanus(t);
  const page = await open(t, await chromium(t, screen), url);
  await waitFrames(page);
  return page;
}

/** A page that shows this state. */
async function troubled(t, screen, name, state, url = PAGE) {
  const page = await open(t, await chromium(t, screen), url);
  await waitState(page, state, 40_000);
  await sleep(1000);
  await both(page, name);
  return page;
}

const SCENES = {
  async playing(t, screen, suffix) {
    const page = await playing(t, screen);
    await page.keyboard.press('n');
    await sleep(2000);
    await both(page, `playing${suffix}`);
    await page.keyboard.press('?');
    await both(page, `keys${suffix}`);
  },
  async details(t, screen, suffix) {
    const page = await playing(t, screen, { more: ['--instance-id=workbench'] });
    await page.keyboard.press('i');
    await sleep(30_000);
    await both(page, `details${suffix}`);
    await page.$eval('#settings', (form) => form.scrollIntoView());
    await both(page, `settings${suffix}`);
  },
  async views(t, screen, suffix) {
    const page = await playing(t, screen, { device: 'test:1920x1080@30' });
    await page.keyboard.press('r');
    await sleep(500);
    await both(page, `turned${suffix}`);
    for (const key of ['r', 'r', 'r', '1']) await page.keyboard.press(key);
    await sleep(500);
    await both(page, `exact${suffix}`);
  },
  async jpegs(t, screen, suffix) {
    await startStreamer(t, { sink: null });
    const page = await open(t, await chromium(t, screen), SERVER);
    await waitWay(page, 'mjpeg');
    await waitFrames(page);
    await page.keyboard.press('i');
    await sleep(3000);
    await both(page, `jpegs${suffix}`);
  },
  /** ALSA's own `null` device, which is there without a sound card. */
  async sound(t, screen, suffix) {
    await startStreamer(t);
    await startJanus(t, { config: `${GUIDE_CONFIG}acap: { device = "null" }\naplay: { device = "null" }\n` });
    const browser = await chromium(t, { ...screen, args: ['--use-fake-device-for-media-stream'] });
    await browser.defaultBrowserContext().setPermission(new URL(SERVER).origin, { permission: { name: 'microphone' }, state: 'granted' });
    const page = await open(t, browser, SERVER);
    await waitFrames(page);
    await page.waitForSelector('#mic:not([hidden])');
    await page.keyboard.press('n');
    await page.keyboard.press('v');
    await page.waitForSelector('#mic[aria-pressed=true]');
    await waitFrames(page);
    await sleep(1500); // the figures
    await page.keyboard.press('Shift'); // who moves sees the buttons
    await both(page, `sound${suffix}`);
  },
  async connecting(t, screen, suffix) {
    await startStreamer(t);
    const janus = await startJanus(t);
    janus.signal('SIGSTOP'); // It takes connections, and says nothing.
    await troubled(t, screen, `connecting${suffix}`, 'connecting');
    janus.signal('SIGCONT');
  },
  async refused(t, screen, suffix) {
    await startStreamer(t);
    await startJanus(t, { general: 'api_secret = "not told to the page"' });
    await troubled(t, screen, `refused${suffix}`, 'refused');
  },
  async locked(t, screen, suffix) {
    const guarded = (passwd) => startStreamer(t, { more: ['--user', 'viewer', '--passwd', passwd], answers: 401 });
    const first = await guarded('the first one');
    const browser = await chromium(t, screen);
    const page = await browser.newPage();
    await page.authenticate({ username: 'viewer', password: 'the first one' });
    await page.goto(SERVER);
    await waitFrames(page);
    await first.stop();
    await guarded('another one');
    await waitState(page, 'locked');
    await sleep(1000);
    await both(page, `locked${suffix}`);
  },
  async 'no-whep'(t, screen, suffix) {
    await startStreamer(t);
    await troubled(t, screen, `no-whep${suffix}`, 'no-whep', `${SERVER}?way=whep`);
  },
  async 'no-signal'(t, screen, suffix) {
    await startStreamer(t, { device: '/dev/video99', more: ['--persistent', '--resolution=1280x720'] });
    await startJanus(t);
    const page = await troubled(t, screen, `no-signal${suffix}`, 'no-signal');
    await page.keyboard.press('i');
    await sleep(2000);
    await both(page, `no-signal-details${suffix}`);
  },
  async 'no-janus'(t, screen, suffix) {
    await startStreamer(t);
    await troubled(t, screen, `no-janus${suffix}`, 'no-janus');
  },
  async 'no-plugin'(t, screen, suffix) {
    await startStreamer(t);
    await startJanus(t, { plugin: false });
    await troubled(t, screen, `no-plugin${suffix}`, 'no-plugin');
  },
  async 'no-sink'(t, screen, suffix) {
    await startStreamer(t, { sink: null });
    await startJanus(t);
    await troubled(t, screen, `no-sink${suffix}`, 'no-sink');
  },
  async 'no-video'(t, screen, suffix) {
    await startStreamer(t, { sink: 'another::ustreamer::h264' });
    await startJanus(t);
    await troubled(t, screen, `no-video${suffix}`, 'no-video');
  },
  async 'no-media'(t, screen, suffix) {
    await startStreamer(t);
    await startJanus(t, { announce: '192.0.2.1' });
    await troubled(t, screen, `no-media${suffix}`, 'no-media');
  },
  async 'no-streamer'(t, screen, suffix) {
    const streamer = await startStreamer(t);
    await startJanus(t);
    const page = await open(t, await chromium(t, screen), PAGE);
    await waitFrames(page);
    streamer.signal('SIGSTOP');
    await waitState(page, 'frozen');
    await both(page, `frozen${suffix}`);
    await waitState(page, 'no-streamer');
    await both(page, `no-streamer${suffix}`);
    streamer.signal('SIGCONT');
  },
  async touch(t, screen, suffix) {
    await startStreamer(t);
    await startJanus(t);
    // As a browser that wants a touch even before a silent video; none here does.
    const page = await open(t, await chromium(t, screen), PAGE, () => {
      HTMLMediaElement.prototype.play = async () => { throw new DOMException('not without a touch', 'NotAllowedError'); };
    });
    await page.$eval('#video', (video) => { video.autoplay = false; });
    await waitState(page, ['touch', 'connecting', 'no-media']);
    await sleep(2000);
    await both(page, `touch${suffix}`);
  },
  /** The appliance's own pages, and the streamer's behind them. */
  async door(t, screen, suffix) {
    const made = await startDoor(t);
    await startStreamer(t, { device: 'test:1920x1080@30', unix: made.streamer, more: ['--janus-url=/janus'] });
    await startJanus(t, { version: '1.4', unix: made.janus });
    const page = await open(t, await chromium(t, { ...screen, args: [made.trust] }), made.url);
    const whole = (name) => both(page, `${name}${suffix}`, { fullPage: true });
    await whole('claim');
    await claim(page, 'AAAA-AAAA');
    await whole('claim-wrong');
    await claim(page, made.code());
    await ready(page);
    await waitFrames(page);
    await page.keyboard.press('i');
    await page.evaluate(() => { document.getElementById('panel').scrollTop = 1e4; });
    await both(page, `door${suffix}`);
    await openDevice(page);
    await whole('device');
    await changePassword(page, 'a wrong one', PASSWORD);
    await whole('device-wrong');
    await changePassword(page, PASSWORD, PASSWORD);
    fs.writeFileSync(made.report, '');
    made.last('refused: signature verification failed: self-signed certificate');
    await page.reload();
    await whole('device-refused');
    await page.goto(made.url);
    await ready(page);
    await logout(page);
    await whole('login');
    await login(page, 'another password');
    await whole('login-wrong');
  },
};

const ONCE = {
  async lying(t) {
    const page = await playing(t, LYING);
    await both(page, 'lying');
    await page.keyboard.press('i');
    await sleep(3000);
    await both(page, 'lying-details');
  },
  async 'no-h264'(t) {
    await startStreamer(t);
    await startJanus(t);
    const page = await open(t, await firefox(t), PAGE);
    await waitState(page, 'no-h264');
    // (Firefox writes no WebP.)
    await page.screenshot({ path: `${to}/no-h264.png` });
  },
  async 'no-webrtc'(t) {
    await startStreamer(t);
    await startJanus(t);
    const page = await open(t, await firefox(t, { 'media.peerconnection.enabled': false }), PAGE);
    await waitState(page, 'no-webrtc');
    await page.screenshot({ path: `${to}/no-webrtc.png` });
  },
};

const isWanted = ([name]) => wanted.length === 0 || wanted.includes(name);
for (const [, scene] of Object.entries(SCENES).filter(isWanted)) {
  for (const [suffix, screen] of Object.entries(SCREENS)) await scope((t) => scene(t, screen, suffix));
}
for (const [, scene] of Object.entries(ONCE).filter(isWanted)) await scope(scene);
