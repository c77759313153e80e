// The page's features, each used as a viewer uses it, in Chromium: views, screenshot, details, settings, keys, looks.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { chromium, open, stats, waitFrames, waitState, waitWay } from './lib/browser.mjs';
import { startJanus } from './lib/janus.mjs';
import { folder, sleep, until } from './lib/process.mjs';
import { SERVER, startStreamer, state } from './lib/streamer.mjs';

/** No Janus is needed for what is tested with it. */
const BY_WEBSOCKET = `${SERVER}?way=websocket`;
/** A finger needs so much. CSS pixels. */
const TOUCH = 44;

/** A streamer, and its page with a picture. */
async function playing(t, { device, url = BY_WEBSOCKET, screen, more } = {}) {
  await startStreamer(t, { ...(device && { device }), ...(more && { more }) });
  const page = await open(t, await chromium(t, screen), url);
  await waitFrames(page);
  return page;
}

const box = (page, selector) => page.$eval(selector, (element) => {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { left, top, width, height };
});
const shownBox = (page) => box(page, '#canvas:not([hidden])');
const text = (page, selector) => page.$eval(selector, (element) => element.textContent);
const line = (page, name) => page.$eval(`#lines [data-name="${name}"]`, (row) => ({
  text: row.querySelector('.text').textContent, more: row.querySelector('.more').textContent,
}));

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

/** Opens the details; resolves when they show something. */
async function openDetails(page) {
  await page.click('#toggle-panel');
  await page.waitForSelector('#settings[data-known] .setting');
  await page.waitForSelector('#lines [data-name="way"]');
}

test('the details say what /state says, and what is measured', async (t) => {
  const page = await playing(t, { more: ['--instance-id=desk'] });
  await openDetails(page);
  const { source, h264, version, instance_id: name } = await state();
  await until('the words of /state', 8000, async () => {
    const seen = await line(page, 'source');
    assert.match(seen.text, new RegExp(`^${source.resolution.width}×${source.resolution.height}, \\d+ fps$`));
    assert.equal(seen.more, `${source.device} · ${source.format}`);
    assert.deepEqual(await line(page, 'encoder'), { text: h264.encoder.name, more: h264.encoder.why });
    return true;
  });
  assert.equal((await line(page, 'streamer')).text, `${name}, version ${version}`);
  assert.equal((await line(page, 'way')).text, 'H.264 by WebSocket');
  assert.equal((await line(page, 'viewers')).text, '1 by WebSocket');
  assert.equal((await line(page, 'state')).text, 'Live');
  const { delay } = await stats(page);
  assert.match((await line(page, 'delay')).text, /^[\d.]+ ms ± [\d.]+ ms$/);
  assert.ok(delay > 0);
  // The graphs: what they say is what their line ends with.
  await until('graphs of some seconds', 10_000, async () => {
    const graphs = await page.$$eval('#graphs figure', (all) => all.map((graph) => ({
      name: graph.dataset.name, said: graph.querySelector('b').textContent, label: graph.querySelector('svg').getAttribute('aria-label'),
      points: graph.querySelector('path').getAttribute('d').split('L').length,
    })));
    assert.deepEqual(graphs.map((graph) => graph.name), ['fps', 'bitrate', 'delay', 'lost']);
    for (const { said, label, points } of graphs) {
      assert.ok(points >= 3, `${points} points`);
      assert.ok(label.includes(`: ${said}, between `), label);
    }
    return true;
  });
  // Somebody else comes, and goes.
  const other = await open(t, page.browser(), BY_WEBSOCKET);
  await waitFrames(other);
  await page.bringToFront();
  await until('both are told', 10_000, async () => (await line(page, 'viewers')).text === '2 by WebSocket');
});

test('the details of a streamer without H.264: no sliders for it, and why', async (t) => {
  await startStreamer(t, { sink: null });
  const page = await open(t, await chromium(t), SERVER);
  await waitWay(page, 'mjpeg');
  await openDetails(page);
  const there = await page.$$eval('.setting', (all) => all.map((row) => row.dataset.key));
  assert.deepEqual(there, ['fps', 'quality']);
  assert.match(await text(page, '#settings-said'), /--h264-sink/);
  assert.equal(await page.$eval('#key-frame', (button) => button.checkVisibility()), false);
  assert.equal((await line(page, 'jpeg')).text, 'software');
});

/** Types a value into a setting's field, as by hand. */
async function type(page, key, value) {
  await page.click(`#set-${key}`, { count: 3 });
  await page.keyboard.type(String(value));
  await page.keyboard.press('Tab');
}

/** What comes in `seconds`: frames, key frames and bytes of H.264. */
async function flow(page, seconds) {
  const before = await stats(page);
  await sleep(seconds * 1000);
  const after = await stats(page);
  const grown = (name) => after[name] - before[name];
  return { frames: grown('framesDecoded') + grown('framesDropped'), keys: grown('keyFrames'), bytes: grown('bytes') };
}

test('settings change the stream while it plays, and say what is so', async (t) => {
  // Small, so that no decoder falls behind and asks for key frames of its own.
  const page = await playing(t, { device: 'test:640x360@30', more: ['--h264-gop=0'] });
  await openDetails(page);
  const field = (key) => page.$eval(`#set-${key}`, ({ value }) => value);
  assert.deepEqual([await field('bitrate'), await field('gop'), await field('fps'), await field('quality')], ['5000', '0', '', '80']);

  const before = await flow(page, 3);
  await type(page, 'bitrate', 100);
  await until('it is so', 5000, async () => (await state()).h264.bitrate === 100);
  await sleep(1500); // its rate control settles
  const thin = await flow(page, 3);
  t.diagnostic(`bytes in 3 s: ${before.bytes} at 5000 kbit/s, ${thin.bytes} at 100 kbit/s`);
  assert.ok(thin.bytes < (before.bytes * 2) / 3, `${thin.bytes} bytes after ${before.bytes}`);

  // No key frame but the one that is asked for.
  await until('many frames without a key frame', 60_000, async () => {
    const { frames, keys } = await flow(page, 3);
    return frames > 45 && keys === 0;
  });
  const { keyFrames } = await stats(page);
  await page.click('#key-frame');
  await until('a key frame', 5000, async () => (await stats(page)).keyFrames > keyFrames);
  assert.match(await text(page, '#settings-said'), /on its way/);

  // The slider, by the keyboard: ten to the right.
  await page.focus('.setting[data-key="gop"] [type=range]');
  for (let n = 0; n < 10; n++) await page.keyboard.press('ArrowRight');
  await until('it is so', 5000, async () => (await state()).h264.gop === 10);
  await until('the field says so, too', 5000, async () => await field('gop') === '10');
  await until('one key frame in ten', 60_000, async () => {
    const { frames, keys } = await flow(page, 3);
    assert.ok(frames > 45 && Math.abs(keys - frames / 10) <= 1.5, `${keys} key frames in ${frames} frames`);
    return true;
  });

  await type(page, 'fps', 6);
  await until('it is so', 5000, async () => (await state()).source.desired_fps === 6);
  await sleep(500);
  const slow = await flow(page, 4);
  assert.ok(slow.frames > 12 && slow.frames <= 28, `${slow.frames} frames in 4 s`);
  await page.focus('#set-fps');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Tab');
  await until('all again', 5000, async () => (await state()).source.desired_fps === 0);

  const snapshot = async () => (await (await fetch(`${SERVER}snapshot`)).arrayBuffer()).byteLength;
  const much = await snapshot();
  await type(page, 'quality', 10);
  await until('JPEGs are smaller', 10_000, async () => await snapshot() < (much * 2) / 3);
});

test('what the streamer refuses is told in its words, and what is so is shown; so is what others change', async (t) => {
  const page = await playing(t);
  await openDetails(page);
  // As soon as the words are there, the field says what is so again.
  await page.evaluate(() => {
    const said = document.getElementById('settings-said');
    new MutationObserver(() => { if (said.textContent) window.seen ??= [said.textContent, document.getElementById('set-bitrate').value]; })
      .observe(said, { childList: true, characterData: true });
  });
  await type(page, 'bitrate', 90_000);
  const [said, shown] = await until('the words', 5000, () => page.evaluate(() => window.seen));
  assert.match(said, /^Not changed\. bitrate: a whole number between 25 and 20000/);
  assert.equal(shown, '5000');
  assert.equal((await state()).h264.bitrate, 5000);
  await fetch(`${SERVER}control`, { method: 'PATCH', body: '{"bitrate": 1234, "fps": 12}' });
  await until('somebody else changed it', 8000, () => page.evaluate(() => document.getElementById('set-bitrate').value === '1234'
    && document.getElementById('set-fps').value === '12'));
});

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
  assert.deepEqual(listed, ['f', '1', 'r', 's', 'm', 'k', 'i', 'Enter', 'n', '?', 'Esc']);
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

test('sound has a button where the client knows of any, and nowhere else', async (t) => {
  const page = await playing(t);
  const button = () => page.$eval('#sound', (one) => ({ shown: one.checkVisibility(), pressed: one.getAttribute('aria-pressed') }));
  assert.equal((await button()).shown, false);
  await page.keyboard.press('m');
  assert.equal(await text(page, '#note'), '');
  // The plugin tells of its sound card; there is none here.
  await page.evaluate(() => {
    window.ustreamer.features = { audio: true, mic: false };
    window.ustreamer.dispatchEvent(new Event('features'));
  });
  assert.deepEqual(await button(), { shown: true, pressed: 'false' });
  await page.click('#sound');
  assert.deepEqual(await button(), { shown: true, pressed: 'true' });
  assert.equal(await page.evaluate(() => window.ustreamer.sound), true);
  assert.match(await text(page, '#note'), /by WebRTC only/, 'and this picture comes by WebSocket');
  await page.keyboard.press('m');
  assert.equal(await page.evaluate(() => window.ustreamer.sound), false);
});

test('what the page itself costs (reported)', async (t) => {
  const page = await playing(t);
  const session = await page.createCDPSession();
  await session.send('Profiler.enable');
  const cost = async () => {
    const before = await page.metrics();
    await session.send('Profiler.start');
    await sleep(8000);
    const { profile: { nodes, samples, timeDeltas, startTime, endTime } } = await session.send('Profiler.stop');
    const after = await page.metrics();
    const files = new Map(nodes.map(({ id, callFrame }) => [id, callFrame.url]));
    const mine = samples.reduce((sum, id, n) => sum + (/\/(page\/|app\.js)/.test(files.get(id)) ? timeDeltas[n] : 0), 0);
    const percent = (part) => `${(part * 100).toFixed(2)} %`;
    const drawn = ['LayoutDuration', 'RecalcStyleDuration'].reduce((sum, name) => sum + after[name] - before[name], 0);
    return `${percent(mine / (endTime - startTime))} of a core in app.js and page/, ${percent(drawn / (after.Timestamp - before.Timestamp))} for layout and style`;
  };
  t.diagnostic(`details closed: ${await cost()}`);
  await openDetails(page);
  t.diagnostic(`details open: ${await cost()}`);
});
