// How far sound is behind the picture: bursts of a tone are played as by the computer on the HDMI cable, each at a known time, and heard from the
// speaker; pictures say in their RTP time when they were captured. All times are of one clock, CLOCK_MONOTONIC, in ms.
import { fileURLToPath } from 'node:url';
import { Program } from './process.mjs';
import { SOURCE, listen, monotonic } from './pulse.mjs';
import { median } from '../../../web/client/receiver.js';

const BURSTS = process.env.BURSTS ?? fileURLToPath(new URL('../../../target/release/sound-bursts', import.meta.url));

/** RTP times of video begin again after so many ms. */
const WRAP = 2 ** 32 / 90;
/** Bursts are a second apart. What seems to be heard this much before it is played is not that burst. */
const EARLIEST = -50;

/** Starts to play and to listen for so many seconds. `measure()` gives the delays of what was heard and shown in the last `count` bursts. */
export async function startTogether(t, page, seconds) {
  const player = new Program(BURSTS, [SOURCE, String(seconds)]);
  t.after(() => player.stop());
  const heard = [];
  listen(t, (at) => heard.push(at));
  await page.evaluate(() => {
    window.shown = [];
    window.ustreamer.onframe = (now, { rtpTimestamp, presentationTime }) => window.shown.push([rtpTimestamp, presentationTime]);
  });
  const offset = await clockOf(page);

  const soundDelays = (count) => {
    const played = player.output.split('\n').slice(0, -1).map((micros) => Number(micros) / 1000);
    return heard.slice(-count).flatMap((at) => played.map((from) => at - from).filter((delay) => delay > EARLIEST).slice(-1));
  };
  return {
    async measure(count) {
      const sounds = soundDelays(count);
      const shown = await page.evaluate((ms) => window.shown.filter(([, at]) => at > performance.now() - ms), count * 1000);
      const pictures = shown.map(([rtp, at]) => (((at + offset - rtp / 90) % WRAP) + WRAP) % WRAP);
      if (sounds.length < count || pictures.length < count) throw new Error(`${sounds.length} bursts heard, ${pictures.length} pictures`);
      return { sound: median(sounds), picture: median(pictures) };
    },
  };
}

/** What the page's clock is behind CLOCK_MONOTONIC: by the quickest of some questions. */
async function clockOf(page) {
  const answers = [];
  for (let n = 0; n < 20; n++) {
    const asked = monotonic();
    const now = await page.evaluate(() => performance.now());
    const answered = monotonic();
    answers.push({ took: answered - asked, offset: (asked + answered) / 2 - now });
  }
  return answers.sort((a, b) => a.took - b.took)[0].offset;
}
