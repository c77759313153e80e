// The whole chain on its good days: it plays, completely, for one and for three.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium, open, record, stats, waitFrames, words } from './lib/browser.mjs';
import { startJanus } from './lib/janus.mjs';
import { until } from './lib/process.mjs';
import { startStreamer } from './lib/streamer.mjs';

const FPS = 30;

/** The codes read from the picture are whole and grow with the frames; drawing may already see the next frame, so equal is allowed. */
function assertCodesGrow(codes, seconds) {
  assert.ok(codes.length > 0 && codes.every(Boolean), `unreadable: ${codes.filter((code) => !code).length} of ${codes.length}`);
  for (const [n, code] of codes.entries()) {
    if (n === 0) continue;
    assert.ok(code.frame >= codes[n - 1].frame, `frame ${codes[n - 1].frame} before ${code.frame}`);
    assert.ok(code.time >= codes[n - 1].time, `capture time ${codes[n - 1].time} before ${code.time}`);
  }
  const grown = codes.at(-1).frame - codes[0].frame;
  assert.ok(grown > 0.9 * FPS * seconds, `the frame number grew by ${grown} in ${seconds} s`);
}

/** A frame's RTP time (90 kHz) is the capture time in its picture (100 µs, so 9 ticks), but for the rounding of the latter. */
function assertRtpTimeIsCaptureTime(codes) {
  const apart = codes.map(({ time, rtp }) => Math.abs((rtp - time * 9) | 0));
  const same = apart.filter((ticks) => ticks <= 9).length;
  // Now and then the drawn picture is already the next frame's.
  assert.ok(same > 0.9 * codes.length, `RTP time and capture time agree in ${same} of ${codes.length} frames; ticks apart: ${apart.slice(0, 20)}`);
}

for (const [version, size] of [['1.1', '1280x720'], ['1.1', '1920x1080'], ['1.4', '1280x720']]) {
  test(`${size} at ${FPS} frames/s through Janus ${version}: nothing lost`, async (t) => {
    await startStreamer(t, { device: `test:${size}@${FPS}` });
    await startJanus(t, { version });
    const page = await open(t, await chromium(t));
    await waitFrames(page);
    const { seconds, decoded, codes, stats: { width, height, packetsLost, ...more } } = await record(page, 6);
    t.diagnostic(`${decoded} frames in ${seconds.toFixed(2)} s; ${JSON.stringify(more)}`);
    assert.equal(`${width}x${height}`, size);
    // (A machine with other work to do skips some: what is lost on the way shows in `packetsLost`.)
    assert.ok(decoded >= 0.8 * FPS * seconds, `${decoded} frames decoded in ${seconds} s`);
    assert.equal(packetsLost, 0);
    assertCodesGrow(codes, seconds);
    assertRtpTimeIsCaptureTime(codes);
    assert.equal((await words(page)).shown, '', 'a playing page says nothing');
  });
}

test('three viewers at once; one leaves and the others go on', async (t) => {
  await startStreamer(t);
  await startJanus(t);
  const pages = [];
  for (let n = 0; n < 3; n++) {
    const page = await open(t, await chromium(t, { width: 640, height: 480 }));
    await waitFrames(page);
    pages.push(page);
  }
  const allGoOn = async (watching) => {
    const before = await Promise.all(watching.map(stats));
    await until(`${watching.length} viewers get 60 more frames each`, 20_000, async () => {
      const now = await Promise.all(watching.map(stats));
      const more = now.map(({ framesDecoded }, n) => framesDecoded - before[n].framesDecoded);
      return more.every((frames) => frames >= 60) || assert.fail(JSON.stringify(more));
    });
    for (const { packetsLost } of await Promise.all(watching.map(stats))) assert.equal(packetsLost, 0);
  };
  await allGoOn(pages);
  await pages.shift().close();
  await allGoOn(pages);
  for (const page of pages) assert.ok(await page.evaluate(() => window.timeCode(document.getElementById('video'))), 'a readable picture');
});
