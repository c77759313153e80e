// Many viewers at a time: what they cost, and that none of them hurts another.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figures } from './lib/figures.mjs';
import { startJanus } from './lib/janus.mjs';
import { sleep, until } from './lib/process.mjs';
import { startStreamer, startWhep, state } from './lib/streamer.mjs';
import { WHEP, startViewers } from './lib/viewers.mjs';

/** Janus's own threads are as many as these, however many viewers there are. */
const EVENT_LOOPS = 'event_loops = 2';
/** The most that the plugin may keep for a viewer. */
const PER_VIEWER_KIB = 256;
/** The same of the streamer, of which 256 are the goal; with the test picture, whose stream is a thin one. */
const PER_WHEP_VIEWER_KIB = 160;

test('attached viewers cost no thread and little memory', async (t) => {
  await startStreamer(t);
  const janus = await startJanus(t, { version: '1.4', local: true, general: EVENT_LOOPS });
  const attach = async (count) => {
    const { data: { id } } = await janus.ask('', { janus: 'create' });
    for (let n = 0; n < count; n++) await janus.ask(`/${id}`, { janus: 'attach', plugin: 'janus.plugin.ustreamer' });
  };
  await attach(20);
  const before = figures(janus.pid);
  await attach(200);
  const after = figures(janus.pid);
  t.diagnostic(`${JSON.stringify(before)}, and 200 more: ${JSON.stringify(after)}`);
  assert.equal(after.ours, 1, 'one thread of the plugin');
  assert.ok(after.threads <= before.threads + 4, `${after.threads} threads after ${before.threads}`);
  assert.ok(after.kib - before.kib < 200 * PER_VIEWER_KIB, `${(after.kib - before.kib) / 200} KiB a viewer`);
});

test('fifty viewers: all have the picture, by one thread of the plugin', async (t) => {
  await startStreamer(t);
  const janus = await startJanus(t, { version: '1.4', local: true, general: EVENT_LOOPS });
  const few = startViewers(t, janus, { count: 2, seconds: 60 });
  await until('two play', 30_000, () => few.seconds().at(-1)?.playing === 2);
  const before = figures(janus.pid);
  const many = startViewers(t, janus, { count: 48, seconds: 18 });
  await until('fifty play', 25_000, () => many.seconds().at(-1)?.playing === 48);
  const started = performance.now();
  const begin = figures(janus.pid);
  await sleep(5000);
  const after = figures(janus.pid);
  const cpu = (after.ticks - begin.ticks) / ((performance.now() - started) / 10);
  const each = (after.kib - before.kib) / 48;
  t.diagnostic(`Janus: ${JSON.stringify(before)}, with 48 more: ${JSON.stringify(after)}: ${each.toFixed(0)} KiB each, ${cpu.toFixed(2)} of a core`);
  assert.equal(after.ours, 1);
  assert.ok(after.threads <= before.threads + 2, `${after.threads} threads after ${before.threads}`);
  const { viewers } = await many.report();
  assert.ok(viewers.every(({ frames }) => frames > 0), JSON.stringify(viewers));
  await few.stop();
});

test('fifty viewers without Janus: all have the picture, none costs a thread, and each little memory', async (t) => {
  const streamer = await startWhep(t);
  const few = startViewers(t, WHEP, { count: 2, seconds: 60 });
  await until('two play', 30_000, () => few.seconds().at(-1)?.playing === 2);
  // The encoder, too, has by then what it needs.
  await until('all that is made once is there', 30_000, () => few.seconds().at(-1).second >= 5);
  const before = figures(streamer.pid);
  const many = startViewers(t, WHEP, { count: 48, seconds: 18 });
  await until('fifty play', 25_000, () => many.seconds().at(-1)?.playing === 48);
  const { viewers: known } = (await state()).whep;
  assert.deepEqual([known.length, known.every(({ playing }) => playing)], [50, true]);
  await sleep(5000);
  const after = figures(streamer.pid);
  const each = (after.kib - before.kib) / 48;
  t.diagnostic(`the streamer: ${JSON.stringify(before)}, with 48 more: ${JSON.stringify(after)}: ${each.toFixed(0)} KiB each`);
  assert.ok(each < PER_WHEP_VIEWER_KIB, `${each} KiB a viewer`);
  assert.deepEqual([after.threads, after.descriptors], [before.threads, before.descriptors]);
  const { viewers } = await many.report();
  assert.ok(viewers.every(({ frames, broken }) => frames > 0 && broken === 0), JSON.stringify(viewers));
  await until('who has left is gone', 10_000, async () => (await state()).whep.viewers.length === 2);
  await few.stop();
});

for (const whep of [false, true]) {
  test(`a viewer that stops looking, and one that loses a fifth, hurt nobody${whep ? ' without Janus' : ''}`, async (t) => {
    await (whep ? startWhep : startStreamer)(t);
    const server = whep ? WHEP : await startJanus(t, { version: '1.1', local: true });
    const well = startViewers(t, server, { count: 3, seconds: 10 });
    await until('three play', 20_000, () => well.seconds().at(-1)?.playing === 3);
    startViewers(t, server, { count: 1, seconds: 60, deaf: 1 });
    startViewers(t, server, { count: 1, seconds: 60, loss: 20 });
    const { viewers } = await well.report();
    t.diagnostic(JSON.stringify(viewers));
    for (const { frames, broken, plis } of viewers) assert.ok(frames > 133 && broken === 0 && plis === 0, JSON.stringify(viewers));
  });
}
