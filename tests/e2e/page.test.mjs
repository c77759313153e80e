// The page for everybody: by keyboard alone, dark and light, on phones; what it keeps, and whom it asks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium, open, waitFrames, waitWay } from './lib/browser.mjs';
import { startJanus } from './lib/janus.mjs';
import { BY_WEBSOCKET, openDetails, playing, shownBox, text } from './lib/page.mjs';
import { SERVER, startStreamer } from './lib/streamer.mjs';

/** A finger needs so much. CSS pixels. */
const TOUCH = 44;

test('by keyboard alone: all can be reached, in order, is named and seen', async (t) => {
  const page = await playing(t);
  const active = () => page.evaluate(() => {
    const { id, type, dataset } = document.activeElement;
    return id || document.activeElement.closest('.setting')?.dataset.key.concat(' ', type) || dataset.key || document.activeElement.tagName;
  });
  const tab = async (times) => {
    const order = [];
    for (let n = 0; n < times; n++) {
      await page.keyboard.press('Tab');
      order.push(await active());
      const seen = await page.evaluate(() => {
        const element = document.activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
      });
      assert.ok(seen, `${order.at(-1)}: its focus is seen`);
    }
    return order;
  };
  assert.deepEqual(await tab(5), ['toggle-scale', 'rotate', 'screenshot', 'full-screen', 'toggle-panel']);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#settings[data-known] .setting');
  assert.deepEqual(await tab(14), ['close-panel', 'set-bitrate', 'bitrate range', 'set-gop', 'gop range', 'set-fps', 'fps range', 'set-quality', 'quality range',
    'key-frame', 'way', 'theme', 'keep-figures', 'show-keys']);
  const nameless = await page.$$eval('button, a[href], input, select', (all) => all.filter((one) => one.checkVisibility()
    && !(one.ariaLabel || one.labels?.length || one.textContent.trim())).map((one) => one.outerHTML));
  assert.deepEqual(nameless, []);
  // Keys that are typed into a field are not commands.
  await page.focus('#set-bitrate');
  await page.keyboard.press('r');
  assert.equal((await shownBox(page)).width > (await shownBox(page)).height, true);
  await page.keyboard.press('Escape');
  assert.equal(await page.$eval('#panel', (panel) => panel.hidden), true);
  assert.equal(await active(), 'toggle-panel', 'who closes it is where it was opened');
  await page.keyboard.type('?');
  assert.equal(await page.$eval('#help', (dialog) => dialog.open), true);
  const listed = await page.$$eval('#keys kbd', (all) => all.map((key) => key.textContent));
  assert.deepEqual(listed, ['f', '1', 'r', 's', 'm', 'v', 'k', 'i', 'Enter', 'n', '?', 'Esc']);
  await page.keyboard.press('Escape');
  assert.equal(await page.$eval('#help', (dialog) => dialog.open), false);
  await page.keyboard.press('i');
  assert.equal(await page.$eval('#panel', (panel) => panel.hidden), false);
});

test('dark and light as the system has it, or as was chosen; still where motion is not wanted', async (t) => {
  const page = await playing(t);
  const features = (scheme, motion = 'no-preference') => page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: scheme }, { name: 'prefers-reduced-motion', value: motion },
  ]);
  const ground = () => page.$eval('#panel', (panel) => getComputedStyle(panel).backgroundColor);
  const DARK = 'rgb(16, 21, 29)';
  const LIGHT = 'rgb(255, 255, 255)';
  await page.keyboard.press('i');
  await features('dark');
  assert.equal(await ground(), DARK);
  await features('light');
  assert.equal(await ground(), LIGHT);
  await page.select('#theme', 'dark');
  assert.equal(await ground(), DARK);
  await page.reload();
  assert.equal(await ground(), DARK, 'it is kept');
  await page.select('#theme', 'light');
  await features('dark', 'reduce');
  assert.equal(await ground(), LIGHT);
  assert.equal(await page.$eval('#bar', (bar) => getComputedStyle(bar).transitionDuration), '0s');
  // Words are read with ease: 4.5 to 1 at least (WCAG 2.2, 1.4.3), for each colour of words on the sheet.
  for (const scheme of ['dark', 'light']) {
    await page.select('#theme', scheme);
    const ratios = await page.evaluate(() => {
      const style = getComputedStyle(document.documentElement);
      const pen = document.createElement('canvas').getContext('2d');
      const luminance = (name) => {
        pen.fillStyle = style.getPropertyValue(name);
        pen.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...pen.getImageData(0, 0, 1, 1).data].map((one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const sheet = luminance('--sheet');
      return ['--text', '--soft', '--accent', '--good', '--warn', '--wrong'].map((name) => {
        const words = luminance(name);
        return [name, (Math.max(words, sheet) + 0.05) / (Math.min(words, sheet) + 0.05)];
      });
    });
    for (const [name, ratio] of ratios) assert.ok(ratio >= 4.5, `${scheme}: ${name} ${ratio.toFixed(2)} to 1`);
  }
});

for (const [width, height] of [[390, 844], [320, 568], [844, 390]]) {
  test(`on a phone of ${width}×${height}: nothing is cut off, all is large enough for a finger`, async (t) => {
    const page = await playing(t, { screen: { width, height, mobile: true } });
    const fits = async (what) => {
      const wrong = await page.evaluate((least) => {
        const root = document.scrollingElement;
        const faults = root.scrollWidth > innerWidth || root.scrollHeight > innerHeight ? ['the page scrolls'] : [];
        const panel = document.getElementById('panel');
        if (panel.scrollWidth > panel.clientWidth) faults.push('the details are cut off');
        for (const one of document.querySelectorAll('button, a[href], select, input, label.check')) {
          if (!one.checkVisibility()) continue;
          const { left, right, width: wide, height: high } = one.getBoundingClientRect();
          const name = one.id || one.textContent || one.type;
          if (left < 0 || right > innerWidth + 0.5) faults.push(`${name} from ${left} to ${right}`);
          if (one.type !== 'checkbox' && (wide < least || high < least)) faults.push(`${name} is ${wide}×${high}`);
        }
        return faults;
      }, TOUCH);
      assert.deepEqual(wrong, [], what);
    };
    await page.tap('#stage');
    await fits('with the picture alone');
    await openDetails(page);
    await fits('with the details');
    const picture = await shownBox(page);
    assert.ok(picture.width > 0.4 * width && picture.left >= 0 && picture.top >= 0, `the picture stays in view: ${JSON.stringify(picture)}`);
    await page.$eval('#show-keys', (button) => button.scrollIntoView());
    await page.tap('#show-keys');
    await fits('with the keys');
  });
}

test('what was chosen is kept', async (t) => {
  const page = await playing(t);
  await page.keyboard.press('n');
  await page.keyboard.press('i');
  await page.reload();
  assert.equal(await page.$eval('#panel', (panel) => panel.hidden), false);
  assert.equal(await page.$eval('#keep-figures', (box) => box.checked), true);
});

test('a browser that keeps nothing shows the page all the same', async (t) => {
  await startStreamer(t);
  const page = await open(t, await chromium(t), BY_WEBSOCKET, () => {
    Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });
  });
  await waitFrames(page);
  await page.keyboard.press('r');
  assert.equal(await text(page, '#note'), 'Turned by 90°');
});

test('nothing is asked of any other host, and all of the page is served', async (t) => {
  await startStreamer(t);
  const janus = await startJanus(t);
  const page = await (await chromium(t)).newPage();
  const asked = [];
  const failed = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('response', (answer) => { if (answer.status() >= 400) failed.push(`${answer.status()} ${answer.url()}`); });
  const session = await page.createCDPSession();
  await session.send('Network.enable');
  session.on('Network.webSocketCreated', ({ url }) => asked.push(url));
  await page.goto(SERVER);
  await waitFrames(page);
  await openDetails(page);
  await janus.stop();
  await waitWay(page, 'websocket');
  await page.select('#way', 'mjpeg');
  await waitWay(page, 'mjpeg');
  const hosts = [...new Set(asked.filter((url) => !/^(blob|data):/.test(url)).map((url) => new URL(url).host))].sort();
  assert.deepEqual(hosts, ['127.0.0.1:8080', '127.0.0.1:8188']);
  assert.ok(asked.some((url) => url.startsWith('ws:')) && asked.length > 20, `${asked.length} requests were seen`);
  assert.deepEqual(failed, []);
});
