// Sound, from what the computer plays to what Chromium's loudspeaker gives. (With the kernel's sound card: tests/vm/sound.test.mjs.)
import { test } from 'node:test';
import { chromium, open, waitState } from './lib/browser.mjs';
import { GUIDE_CONFIG, startJanus } from './lib/janus.mjs';
import { until } from './lib/process.mjs';
import { CAPTURED, startPulse } from './lib/pulse.mjs';
import { PAGE, startStreamer } from './lib/streamer.mjs';
import { startTogether } from './lib/together.mjs';

/** Nobody notices that sound and picture are this little apart (ITU-R BT.1359), in ms. */
const APART = 40;

test('sound and picture are shown together', async (t) => {
  await startPulse(t);
  await startStreamer(t);
  await startJanus(t, { config: `${GUIDE_CONFIG}acap: { device = "${CAPTURED}" }\n` });
  const page = await open(t, await chromium(t, { sound: true }), PAGE);
  await waitState(page, 'playing', 30_000);
  await page.evaluate(() => { window.ustreamer.sound = true; });
  const together = await startTogether(t, page, 120);
  // The browser comes closer by and by, once it knows both clocks.
  const { sound, picture } = await until('sound and picture are together', 100_000, async () => {
    const delays = await together.measure(6);
    if (Math.abs(delays.sound - delays.picture) <= APART) return delays;
    throw new Error(JSON.stringify(delays));
  });
  t.diagnostic(`heard ${sound.toFixed(1)} ms after it was played, seen ${picture.toFixed(1)} ms after it was captured`);
});
