// The page's details and settings: what they say is so, and what is set is so afterwards.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium, open, stats, waitFrames, waitWay } from './lib/browser.mjs';
import { BY_WEBSOCKET, line, openDetails, playing, text } from './lib/page.mjs';
import { sleep, until } from './lib/process.mjs';
import { SERVER, startStreamer, state } from './lib/streamer.mjs';

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
