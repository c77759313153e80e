// fanout.mjs: what fifty viewers of 1080p30 cost in Janus; run by `tests/e2e/run.sh --bench`. The viewers are `rustreamer-viewers`, which decode nothing.
// Prints JSON lines {name, value, unit, goal}.
import { figures } from '../e2e/lib/figures.mjs';
import { startJanus } from '../e2e/lib/janus.mjs';
import { sleep, until } from '../e2e/lib/process.mjs';
import { scope } from '../e2e/lib/scope.mjs';
import { startStreamer } from '../e2e/lib/streamer.mjs';
import { startViewers } from '../e2e/lib/viewers.mjs';

const FEW = 2;
const MANY = 50;
const SECONDS = 10;

const print = (name, value, unit, goal) => console.log(JSON.stringify({ name, value: +value.toFixed(2), unit, ...(goal && { goal }) }));

await scope(async (t) => {
  await startStreamer(t, { device: 'test:1920x1080@30' });
  const janus = await startJanus(t, { version: '1.4', local: true, general: 'event_loops = 2' });
  /** Processor time in percent of a core, and memory, while `all` of these viewers play. */
  const measure = async (viewers, all) => {
    await until(`${all} play`, 90_000, () => viewers.seconds().at(-1)?.playing === all);
    const [before, started] = [figures(janus.pid), performance.now()];
    await sleep(SECONDS * 1000);
    const after = figures(janus.pid);
    // A tick is 10 ms.
    return { percent: (after.ticks - before.ticks) * 1000 / (performance.now() - started), kib: after.kib, threads: after.threads };
  };
  const few = startViewers(t, janus, { count: FEW, seconds: 300 });
  const alone = await measure(few, FEW);
  const many = startViewers(t, janus, { count: MANY - FEW, seconds: 300 });
  const together = await measure(many, MANY - FEW);
  const { kbps, frames } = many.seconds().at(-1);
  process.stderr.write(`${MANY} viewers: ${kbps} kbit/s and ${(frames / (MANY - FEW)).toFixed(1)} frames/s each, ${together.threads} threads in Janus\n`);
  print(`Janus and plugin with ${MANY} viewers of 1080p30 (test picture, ${kbps} kbit/s each)`, together.percent, '% of a core', 100);
  print('a viewer more', (together.percent - alone.percent) / (MANY - FEW), '% of a core', 1.5);
  print('memory for a viewer more, all that Janus keeps for it', (together.kib - alone.kib) / (MANY - FEW), 'KiB');
  await Promise.all([few.stop(), many.stop()]);
});
