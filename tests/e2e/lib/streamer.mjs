// The streamer under test, as the guide starts it.
import { fileURLToPath } from 'node:url';
import { Program } from './process.mjs';

const BINARY = process.env.USTREAMER ?? fileURLToPath(new URL('../../../ustreamer', import.meta.url));

export const SINK = 'demo::ustreamer::h264';
export const SERVER = 'http://127.0.0.1:8080/';

/** Starts it; resolves when `/state` answers. `started` is when the process was started, `ready` when it answered (ms). */
export async function startStreamer(t, { device = 'test:1280x720@30', sink = SINK, more = [] } = {}) {
  const sinkArgs = sink ? ['--h264-sink', sink, '--h264-sink-mode', '660', '--h264-sink-rm'] : [];
  const started = performance.now();
  const streamer = new Program(BINARY, ['--device', device, '--host', '127.0.0.1', '--port', '8080', ...sinkArgs, ...more]);
  t.after(() => streamer.stop());
  await streamer.until('/state answers', 10_000, async () => (await fetch(`${SERVER}state`)).ok);
  return Object.assign(streamer, { started, ready: performance.now() });
}

/** `result` of `/state`. */
export async function state() {
  return (await (await fetch(`${SERVER}state`)).json()).result;
}
