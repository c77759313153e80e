// screenshots.mjs [FOLDER]: the page in its states, and the appliance's claim and login, desktop and phone, to be looked at; run it by `run.sh --screenshots [FOLDER]`.
import fs from 'node:fs';
import { chromium, firefox, open, waitFrames, waitState } from './lib/browser.mjs';
import { PASSWORD, changePassword, claim, login, logout, openDevice, ready, startDoor } from './lib/door.mjs';
import { startJanus } from './lib/janus.mjs';
import { sleep } from './lib/process.mjs';
import { scope } from './lib/scope.mjs';
import { PAGE, startStreamer } from './lib/streamer.mjs';

const to = process.argv[2] ?? '../../target/screenshots';
fs.mkdirSync(to, { recursive: true });

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844, mobile: true };
const shoot = (page, name) => page.screenshot({ path: `${to}/${name}.png` });

const SCENES = {
  async page(t, screen, name) {
    await startStreamer(t, { device: 'test:1920x1080@30' });
    await startJanus(t);
    const page = await open(t, await chromium(t, screen));
    await waitFrames(page);
    await page.click('#toggle-figures');
    await sleep(2000);
    await shoot(page, name);
  },
  async 'no-signal'(t, screen, name) {
    await startStreamer(t, { device: '/dev/video99', more: ['--persistent', '--resolution=1280x720'] });
    await startJanus(t);
    const page = await open(t, await chromium(t, screen));
    await waitState(page, 'no-signal');
    await sleep(2000);
    await shoot(page, name);
  },
  async 'no-janus'(t, screen, name) {
    await startStreamer(t);
    const page = await open(t, await chromium(t, screen), PAGE);
    await waitState(page, 'no-janus');
    await shoot(page, name);
  },
};

/** The appliance's own pages, for readers of dark and of light pages, and the streamer's behind them. */
async function door(t, screen, suffix) {
  const made = await startDoor(t);
  await startStreamer(t, { device: 'test:1920x1080@30', unix: made.streamer, more: ['--janus-url=/janus'] });
  await startJanus(t, { version: '1.4', unix: made.janus });
  const page = await open(t, await chromium(t, { ...screen, args: [made.trust] }), made.url);
  const both = async (name) => {
    for (const value of ['dark', 'light']) {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
      await page.screenshot({ path: `${to}/${name}-${value}${suffix}.png`, fullPage: true });
    }
  };
  await both('claim');
  await claim(page, 'AAAA-AAAA');
  await both('claim-wrong');
  await claim(page, made.code());
  await ready(page);
  await waitFrames(page);
  await shoot(page, `door${suffix}`);
  await openDevice(page);
  await both('device');
  await changePassword(page, 'a wrong one', PASSWORD);
  await both('device-wrong');
  await changePassword(page, PASSWORD, PASSWORD);
  fs.writeFileSync(made.report, '');
  made.last('refused: signature verification failed: self-signed certificate');
  await page.reload();
  await both('device-refused');
  await page.goto(made.url);
  await ready(page);
  await logout(page);
  await both('login');
  await login(page, 'another password');
  await both('login-wrong');
}

for (const [name, scene] of Object.entries(SCENES)) {
  await scope((t) => scene(t, DESKTOP, name));
  await scope((t) => scene(t, PHONE, `${name}-phone`));
}
for (const [screen, suffix] of [[DESKTOP, ''], [PHONE, '-phone']]) await scope((t) => door(t, screen, suffix));
await scope(async (t) => {
  await startStreamer(t);
  await startJanus(t);
  const page = await open(t, await firefox(t));
  await waitState(page, 'no-h264');
  await shoot(page, 'no-h264');
});
