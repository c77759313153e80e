// screenshots.mjs [FOLDER]: the page in its states, desktop and phone, to be looked at; run it by `run.sh --screenshots [FOLDER]`.
import fs from 'node:fs';
import { chromium, firefox, open, waitFrames, waitState } from './lib/browser.mjs';
import { startJanus } from './lib/janus.mjs';
import { sleep } from './lib/process.mjs';
import { scope } from './lib/scope.mjs';
import { SERVER, startStreamer } from './lib/streamer.mjs';

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
    const page = await open(t, await chromium(t, screen), SERVER);
    await waitState(page, 'no-janus');
    await shoot(page, name);
  },
};

for (const [name, scene] of Object.entries(SCENES)) {
  await scope((t) => scene(t, DESKTOP, name));
  await scope((t) => scene(t, PHONE, `${name}-phone`));
}
await scope(async (t) => {
  await startStreamer(t);
  await startJanus(t);
  const page = await open(t, await firefox(t));
  await waitState(page, 'no-h264');
  await shoot(page, 'no-h264');
});
