// fanout.mjs: what fifty viewers of 1080p30 cost in Janus, and in the streamer by WHEP; run by `tests/e2e/run.sh --bench`. The viewers are
// `rustreamer-viewers`, which decode nothing. Prints JSON lines {name, value, unit, peer, goal}. The peer is the same Janus with its own streaming
// plugin, to which ffmpeg sends the same stream.
import { fileURLToPath } from 'node:url';
import { figures } from '../e2e/lib/figures.mjs';
import { startJanus } from '../e2e/lib/janus.mjs';
import { Program, sleep, until } from '../e2e/lib/process.mjs';
import { scope } from '../e2e/lib/scope.mjs';
import { SINK, startStreamer, startWhep } from '../e2e/lib/streamer.mjs';
import { WHEP, startViewers } from '../e2e/lib/viewers.mjs';

const DEVICE = 'test:1920x1080@30';
const FEW = 2;
const MANY = 50;
const SECONDS = 10;
/** Of a viewer more: in percent of a core, and in KiB. */
const GOALS = { percent: 1.5, kib: 256 };

const print = (name, value, unit, { peer, goal } = {}) =>
  console.log(JSON.stringify({ name, value: +value.toFixed(2), unit, ...(peer && { peer: +peer.toFixed(2) }), ...(goal && { goal }) }));

/** Where Janus's own plugin takes RTP. */
const PORT = 6004;
const DUMP = process.env.USTREAMER_DUMP ?? fileURLToPath(new URL('../../ustreamer-dump', import.meta.url));

/** What a process takes while fifty watch `server`: processor time in percent of a core, all of it and for a viewer more; memory for one, in KiB; kbit/s of each. */
async function cost(t, server, { pid }) {
  const measure = async (viewers, all) => {
    await until(`${all} play`, 90_000, () => viewers.seconds().at(-1)?.playing === all);
    const [before, started] = [figures(pid), performance.now()];
    await sleep(SECONDS * 1000);
    const after = figures(pid);
    // A tick is 10 ms.
    return { percent: (after.ticks - before.ticks) * 1000 / (performance.now() - started), kib: after.kib, threads: after.threads };
  };
  const few = startViewers(t, server, { count: FEW, seconds: 300 });
  const alone = await measure(few, FEW);
  const more = MANY - FEW;
  const many = startViewers(t, server, { count: more, seconds: 300 });
  const together = await measure(many, more);
  const { kbps, frames } = many.seconds().at(-1);
  process.stderr.write(`${MANY} viewers: ${kbps} kbit/s and ${(frames / more).toFixed(1)} frames/s each, ${together.threads} threads\n`);
  await Promise.all([few.stop(), many.stop()]);
  return { percent: together.percent, more: (together.percent - alone.percent) / more, kib: (together.kib - alone.kib) / more, kbps };
}

const JANUS = { version: '1.4', local: true, general: 'event_loops = 2' };
const janus = await scope(async (t) => {
  await startStreamer(t, { device: DEVICE });
  const server = await startJanus(t, JANUS);
  return cost(t, server, server);
});
const streaming = await scope(async (t) => {
  await startStreamer(t, { device: DEVICE });
  const mountpoint = `stream: { type = "rtp"  id = 1  audio = false  video = true  videoport = ${PORT}  videopt = 96  videocodec = "h264"  videofmtp = "profile-level-id=42e01f;packetization-mode=1" }`;
  const server = await startJanus(t, { ...JANUS, plugin: false, others: { streaming: mountpoint } });
  const sender = new Program('bash', ['-c', `exec ffmpeg -v error -use_wallclock_as_timestamps 1 -f h264 -i <("$0" --sink ${SINK} --output -) -c copy -f rtp 'rtp://127.0.0.1:${PORT}?pkt_size=1200'`, DUMP]);
  t.after(() => sender.stop());
  return cost(t, { streaming: server.api }, server);
});
print(`Janus and plugin with ${MANY} viewers of 1080p30 (test picture, ${janus.kbps} kbit/s each)`, janus.percent, '% of a core', { peer: streaming.percent, goal: 100 });
print('a viewer more', janus.more, '% of a core', { peer: streaming.more, goal: GOALS.percent });
print('memory for a viewer more, all that Janus keeps for it', janus.kib, 'KiB', { peer: streaming.kib, goal: GOALS.kib });

const whep = await scope(async (t) => cost(t, WHEP, await startWhep(t, { device: DEVICE })));
print(`the streamer with ${MANY} viewers of its own (WHEP, ${whep.kbps} kbit/s each), software encoder and all`, whep.percent, '% of a core', { goal: 100 });
print('a viewer more, without Janus (WHEP)', whep.more, '% of a core', { peer: streaming.more, goal: GOALS.percent });
print('memory for a viewer more, without Janus (WHEP)', whep.kib, 'KiB', { peer: streaming.kib, goal: GOALS.kib });
