// Ten viewers that come and go for 28 seconds, or for SOAK seconds (`make soak`: ten minutes): nothing grows, in Janus or in the streamer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figures } from './lib/figures.mjs';
import { startJanus } from './lib/janus.mjs';
import { sleep } from './lib/process.mjs';
import { startStreamer } from './lib/streamer.mjs';
import { startViewers } from './lib/viewers.mjs';
import { median } from '../../web/client/receiver.js';

const SECONDS = Number(process.env.SOAK ?? 28);
const STAY = 6;
/** What a heap of many threads may be larger at one moment than at another, in KiB. */
const LEEWAY_KIB = 4096;

test(`viewers come and go for ${SECONDS} s: memory and descriptors stay`, async (t) => {
  const streamer = await startStreamer(t);
  const janus = await startJanus(t, { version: '1.4', local: true });
  const viewers = startViewers(t, janus, { count: 10, seconds: SECONDS, stay: STAY });
  const seen = [];
  while (viewers.how === undefined) {
    await sleep(1000);
    seen.push({ janus: figures(janus.pid), streamer: figures(streamer.pid) });
  }
  const { begun, left } = await viewers.report();
  const played = left.filter(({ frames }) => frames > 0).length;
  t.diagnostic(`${begun} viewers, ${played} of the ${left.length} that have left had a picture`);
  assert.ok(begun > SECONDS, `${begun} viewers`);
  assert.ok(played >= left.length * 0.9, `${played} of ${left.length} had a picture`);
  // After the first third all that is made once is there. (With the last samples the viewers are leaving.)
  const whole = seen.slice(0, -2);
  const [early, late] = [whole.slice(Math.floor(whole.length / 3), Math.floor(whole.length / 2)), whole.slice(Math.floor(whole.length * 5 / 6))];
  for (const name of ['janus', 'streamer']) {
    const at = (samples, what) => median(samples.map((one) => one[name][what]));
    const said = ['kib', 'descriptors', 'threads'].map((what) => `${what} ${at(early, what)} to ${at(late, what)}`).join(', ');
    t.diagnostic(`${name}: ${said}`);
    assert.ok(at(late, 'kib') <= at(early, 'kib') + LEEWAY_KIB, `${name}: ${said}`);
    assert.ok(at(late, 'descriptors') <= at(early, 'descriptors') + 8, `${name}: ${said}`);
    assert.ok(at(late, 'threads') <= at(early, 'threads') + 4, `${name}: ${said}`);
  }
});
