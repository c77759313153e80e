// On the host, beside the guest of guest/chain.sh: the picture of vivid's HDMI output, decoded by Chromium.
import assert from 'node:assert/strict';
import test from 'node:test';
import { chromium, open, stats, waitState } from '../e2e/lib/browser.mjs';
import { openDetails, text } from '../e2e/lib/page.mjs';
import { until } from '../e2e/lib/process.mjs';
import { LETTERS, TEXT, TOLERANCE, counter, glyphs, readText } from './vivid.mjs';

const PAGE = 'http://127.0.1.2:8080/?way=webrtc';
const SECONDS = 6;

/** Plays for a while and reads vivid's text from every third frame. */
async function watch(page, font) {
  return page.evaluate(async ({ font, box, letters, tolerance, source, ms }) => {
    const readText = new Function(`return ${source}`)();
    const canvas = Object.assign(document.createElement('canvas'), { width: box.width, height: box.height });
    const pen = canvas.getContext('2d', { willReadFrequently: true });
    const texts = [];
    let [frames, size] = [0, null];
    window.ustreamer.onframe = (now, metadata, video) => {
      size = [video.videoWidth, video.videoHeight];
      if (frames++ % 3) return;
      pen.drawImage(video, box.x, box.y, box.width, box.height, 0, 0, box.width, box.height);
      const { data } = pen.getImageData(0, 0, box.width, box.height);
      texts.push(readText(font, (x, y) => data[4 * (y * box.width + x) + 1] > 128, letters, tolerance));
    };
    await new Promise((resolve) => { setTimeout(resolve, ms); });
    window.ustreamer.onframe = null;
    return { texts, frames, size };
  }, { font, box: TEXT, letters: LETTERS, tolerance: TOLERANCE, source: readText.toString(), ms: SECONDS * 1000 });
}

test('HDMI (vivid), DMA-BUF, the kernel\'s encoder, Janus, Chromium', async (t) => {
  const page = await open(t, await chromium(t), PAGE);
  await waitState(page, 'playing', 30_000);
  const before = await stats(page);
  const { texts, frames, size } = await watch(page, glyphs(process.env.FONT));
  const after = await stats(page);
  const counters = texts.map(counter);
  t.diagnostic(`${frames} frames in ${SECONDS} s, ${counters.length} read, last text ${JSON.stringify(texts.at(-1))}`);
  assert.deepEqual(size, [1280, 720]);
  assert.ok(frames >= SECONDS * 20, `only ${frames} frames in ${SECONDS} s`);
  assert.deepEqual(texts.filter((_, n) => counters[n] === null), [], 'texts that are not vivid\'s');
  assert.ok(counters.every((count, n) => n === 0 || count > counters[n - 1]), `the counter does not rise: ${counters}`);
  assert.equal(after.packetsLost - before.packetsLost, 0, 'lost packets');
  assert.ok(after.framesDecoded > before.framesDecoded);
});

test('a bitrate that the encoder refuses: the details say what it goes on with, until it takes another', async (t) => {
  const page = await open(t, await chromium(t), PAGE);
  await waitState(page, 'playing', 30_000);
  await openDetails(page);
  assert.equal(await text(page, '#settings-lacks'), '');
  const set = async (kbps) => {
    await page.click('#set-bitrate', { count: 3 });
    await page.keyboard.type(String(kbps));
    await page.keyboard.press('Tab');
  };
  await set(9000);
  const said = await until('words', 20_000, () => text(page, '#settings-lacks'));
  t.diagnostic(said);
  assert.match(said, /^The encoder goes on without: .*Video Bitrate = 9000000.*; left at 5000000/);
  await set(900);
  await until('no more words', 20_000, async () => await text(page, '#settings-lacks') === '');
  await waitState(page, 'playing');
});
