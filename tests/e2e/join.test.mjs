// Coming late: a viewer who joins others gets its picture from what the plugin keeps, and the others notice nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium, open, stats, waitFrames } from './lib/browser.mjs';
import { startJanus } from './lib/janus.mjs';
import { until } from './lib/process.mjs';
import { startStreamer } from './lib/streamer.mjs';

/** Few enough that what is kept, 30 frames, lasts until a second browser page is there. */
const SLOW = 3;

for (const version of ['1.1', '1.4']) {
  test(`who joins a stream without end gets a picture, and no new key frame is made for it (Janus ${version})`, async (t) => {
    await startStreamer(t, { device: `test:1280x720@${SLOW}`, more: ['--h264-gop', '0'] });
    await startJanus(t, { version });
    const browser = await chromium(t);
    const first = await open(t, browser);
    await waitFrames(first);
    const before = await stats(first);

    const second = await open(t, browser);
    await waitFrames(second);
    const joined = await stats(second);
    assert.equal(joined.keyFrames, 1, 'one beginning');
    assert.equal(joined.packetsLost, 0);
    const { time, frame } = await second.evaluate(() => window.timeCode(document.getElementById('video')));
    assert.ok(time && frame, 'a readable picture');

    // Both show the same stream now.
    await until('6 more frames for both', 20_000, async () => {
      const now = await Promise.all([first, second].map(stats));
      return now.every(({ framesDecoded }, n) => framesDecoded >= [before, joined][n].framesDecoded + 6);
    });
    const [after, later] = await Promise.all([first, second].map(stats));
    assert.equal(after.keyFrames, before.keyFrames, 'the first viewer got no key frame more');
    assert.equal(later.keyFrames, 1);
    assert.equal(after.packetsLost + later.packetsLost, 0);
  });
}
