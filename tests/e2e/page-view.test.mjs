// How the page shows the picture, used as a viewer uses it: fitted, one to one, turned, full screen; and screenshots of it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { chromium, open, waitFrames, waitState, waitWay } from './lib/browser.mjs';
import { startJanus } from './lib/janus.mjs';
import { playing, shownBox, text } from './lib/page.mjs';
import { folder, until } from './lib/process.mjs';
import { SERVER, startStreamer } from './lib/streamer.mjs';

/** The time code as it is on the screen, from a picture of the page: its top left corner at (x, y), CSS pixels; for `block`, see timecode.mjs. */
async function codeOnScreen(page, { x, y, turned = false, dots = 1 }) {
  const [long, short] = [(40 * 16) / dots, (2 * 16) / dots];
  const clip = turned ? { x: x - short, y, width: short, height: long } : { x, y, width: long, height: short };
  const png = await page.screenshot({ clip, encoding: 'base64', captureBeyondViewport: false });
  return page.evaluate(async (data, sideways) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
    const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 32 });
    const pen = canvas.getContext('2d');
    if (sideways) pen.setTransform(0, -1, 1, 0, 0, image.width); // back to where it was
    pen.drawImage(image, 0, 0);
    return { code: window.timeCode(canvas), width: image.width, height: image.height };
  }, png, turned);
}

test('fitted: whole, in its shape, in the middle; one to one: a pixel of the source is one of the screen', async (t) => {
  const page = await playing(t, { screen: { width: 1000, height: 800 } });
  assert.deepEqual(await shownBox(page), { left: 0, top: 118, width: 1000, height: 562.5 });
  await page.click('#toggle-scale');
  const exact = await shownBox(page);
  assert.equal(`${exact.width}x${exact.height}`, '1280x720');
  assert.equal(exact.left, -140, 'the middle is in the middle');

  // Its own pixels are on the screen, and it can be moved by the mouse and by the keyboard.
  await page.$eval('#stage', (stage) => stage.scrollTo(0, 0));
  await until('the time code, pixel by pixel', 5000, async () => (await codeOnScreen(page, { x: 0, y: 40 })).code);
  await page.mouse.move(500, 400);
  await page.mouse.down();
  await page.mouse.move(400, 400, { steps: 4 });
  await page.mouse.up();
  await until('it moved by the mouse', 5000, async () => (await shownBox(page)).left === -100);
  await page.focus('#stage');
  await page.keyboard.press('ArrowRight');
  await until('it moved by the arrow key', 5000, async () => (await shownBox(page)).left < -100);

  await page.keyboard.press('1');
  assert.equal((await shownBox(page)).width, 1000);
});

test('one to one on a screen with two dots in a CSS pixel', async (t) => {
  const page = await playing(t, { screen: { width: 900, height: 600, mobile: true } });
  await page.click('#toggle-scale');
  const exact = await shownBox(page);
  assert.deepEqual(exact, { left: 130, top: 120, width: 640, height: 360 });
  const { width } = await until('the time code, dot by dot', 5000, async () => {
    const seen = await codeOnScreen(page, { x: exact.left, y: exact.top, dots: 2 });
    return seen.code && seen;
  });
  assert.equal(width, 640);
});

test('turned: the right box for each turn, the right pixels, and kept', async (t) => {
  const page = await playing(t, { screen: { width: 1000, height: 800 } });
  const turns = [];
  for (let n = 0; n < 4; n++) {
    await page.keyboard.press('r');
    turns.push(await shownBox(page));
  }
  assert.deepEqual(turns[0], { left: 275, top: 0, width: 450, height: 800 });
  assert.deepEqual(turns[2], turns[0]);
  assert.deepEqual(turns[1], turns[3]);
  assert.equal(turns[1].width, 1000);
  await page.keyboard.press('1');
  await page.keyboard.press('r');
  const exact = await shownBox(page);
  assert.equal(`${exact.width}x${exact.height}`, '720x1280');
  await page.$eval('#stage', (stage) => stage.scrollTo(0, 0));
  const { left, top } = await shownBox(page);
  await until('the time code, from top to bottom at the right', 5000, async () => (await codeOnScreen(page, { x: left + 720, y: top, turned: true })).code);
  await page.reload();
  await waitWay(page, 'websocket');
  const again = await until('its size', 5000, async () => {
    const { width, height } = await shownBox(page);
    return height === 1280 && width;
  });
  assert.equal(again, 720, 'one to one, and turned');
});

test('full screen and back; the picture takes its room, turned too', async (t) => {
  const page = await playing(t, { screen: { width: 1000, height: 800 } });
  await page.keyboard.press('r');
  await page.click('#full-screen');
  await until('full screen', 5000, () => page.evaluate(() => document.fullscreenElement?.id === 'screen'));
  await until('the picture fills it', 5000, async () => {
    const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }));
    const picture = await shownBox(page);
    return Math.abs(picture.height - height) < 0.01 && Math.abs(picture.width - (height * 9) / 16) < 0.01 && width > picture.width;
  });
  assert.equal(await page.$eval('#full-screen', (button) => button.getAttribute('aria-pressed')), 'true');
  // A window of another size: it follows.
  await page.setViewport({ width: 700, height: 400 });
  await until('the picture fits again', 5000, async () => (await shownBox(page)).height === 400);
  await page.keyboard.press('f');
  await until('out of it', 5000, () => page.evaluate(() => !document.fullscreenElement));
});

/** Presses the button, and resolves with the file that was saved, as seen by the page: `{name, width, height, code, colours}`. */
async function saved(t, page) {
  const to = folder(t);
  const session = await page.createCDPSession();
  await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: to, eventsEnabled: true });
  await page.click('#screenshot');
  const name = await until('a file', 10_000, () => fs.readdirSync(to).find((file) => file.endsWith('.png')));
  const png = fs.readFileSync(path.join(to, name));
  assert.equal(png.toString('latin1', 1, 4), 'PNG');
  const seen = await page.evaluate(async (data) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    const pen = canvas.getContext('2d');
    pen.drawImage(image, 0, 0);
    // The middle of the seven colour bars, above the clock.
    const colours = Array.from({ length: 7 }, (_, n) => [...pen.getImageData(((n + 0.5) * image.width) / 7, image.height * 0.2, 1, 1).data.slice(0, 3)]);
    return { width: image.width, height: image.height, code: window.timeCode(canvas), colours };
  }, png.toString('base64'));
  return { name, ...seen };
}

for (const way of ['webrtc', 'websocket', 'mjpeg']) {
  test(`a screenshot is the frame that is shown, pixel by pixel; by ${way}`, async (t) => {
    await startStreamer(t);
    await startJanus(t);
    const page = await open(t, await chromium(t), `${SERVER}?way=${way}`);
    await waitFrames(page);
    const look = () => page.evaluate(() => window.timeCode(document.querySelector('#canvas:not([hidden])') ?? document.getElementById('video')));
    const before = await until('a readable frame', 5000, look);
    const file = await saved(t, page);
    const after = await until('a readable frame', 5000, look);
    assert.equal(`${file.width}x${file.height}`, '1280x720');
    assert.match(file.name, /^127\.0\.0\.1_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.png$/);
    assert.ok(file.code, 'its time code can be read');
    assert.ok(file.code.frame >= before.frame && file.code.frame <= after.frame, `frame ${file.code.frame}, between ${before.frame} and ${after.frame}`);
    // White, yellow, cyan, green, magenta, red, blue: which of the three are there.
    const bars = file.colours.map((colour) => colour.map((one) => (one > 100 ? 1 : 0)).join(''));
    assert.deepEqual(bars, ['111', '110', '011', '010', '101', '100', '001'], JSON.stringify(file.colours));
  });
}

test('a screenshot is turned as the picture is', async (t) => {
  const page = await playing(t);
  await page.keyboard.press('r');
  const file = await saved(t, page);
  assert.equal(`${file.width}x${file.height}`, '720x1280');
});

test('no frame, no file: it is said', async (t) => {
  await startStreamer(t);
  const page = await open(t, await chromium(t), `${SERVER}?way=webrtc`);
  await waitState(page, 'no-janus');
  await page.keyboard.press('s');
  assert.match(await text(page, '#note'), /no picture/i);
});
