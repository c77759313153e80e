// sound.mjs: how long sound takes to a real Chromium's loudspeaker, and how far it is from the picture then; run by `tests/e2e/run.sh --bench`.
// Prints JSON lines {name, value, unit, goal}.
import { chromium, open, waitState } from '../e2e/lib/browser.mjs';
import { GUIDE_CONFIG, startJanus } from '../e2e/lib/janus.mjs';
import { sleep } from '../e2e/lib/process.mjs';
import { CAPTURED, startPulse } from '../e2e/lib/pulse.mjs';
import { scope } from '../e2e/lib/scope.mjs';
import { SERVER, startStreamer } from '../e2e/lib/streamer.mjs';
import { startTogether } from '../e2e/lib/together.mjs';

/** The browser comes closer by and by, once it knows both clocks. */
const SETTLE = 25;
const BURSTS = 20;

const print = (name, value, goal) => console.log(JSON.stringify({ name, value: +value.toFixed(1), unit: 'ms', ...(goal && { goal }) }));

await scope(async (t) => {
  await startPulse(t);
  await startStreamer(t, { device: 'test:1920x1080@30' });
  await startJanus(t, { config: `${GUIDE_CONFIG}acap: { device = "${CAPTURED}" }\n` });
  const page = await open(t, await chromium(t, { sound: true }), `${SERVER}?way=webrtc`);
  await waitState(page, 'playing', 30_000);
  await page.evaluate(() => { window.ustreamer.sound = true; });
  const together = await startTogether(t, page, SETTLE + BURSTS + 15);
  await sleep((SETTLE + BURSTS + 5) * 1000);
  const { sound, picture } = await together.measure(BURSTS);
  print('sound played → heard from Chromium\'s loudspeaker, median', sound);
  print('the picture with it, 1080p30, captured → shown, median', picture);
  print('what is between them', Math.abs(sound - picture), 40);
});
