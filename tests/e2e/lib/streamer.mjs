// The streamer under test, as the guide starts it.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Program } from './process.mjs';

const BINARY = process.env.USTREAMER ?? fileURLToPath(new URL('../../../ustreamer', import.meta.url));

export const SINK = 'demo::ustreamer::h264';
export const SERVER = 'http://127.0.0.1:8080/';
/** Its page, by WebRTC alone: what is wrong with that is told, and not gone round. */
export const PAGE = `${SERVER}?way=webrtc`;

/**
 * Starts it; resolves when `/state` answers. `started` is when the process was started, `ready` when it answered (ms).
 * With `unix` it listens on this UNIX socket only, and is ready when that is there. `answers`: its status to who says no name.
 */
export async function startStreamer(t, { device = 'test:1280x720@30', sink = SINK, unix, answers = 200, more = [] } = {}) {
  const sinkArgs = sink ? ['--h264-sink', sink, '--h264-sink-mode', '660', '--h264-sink-rm'] : [];
  const listen = unix ? ['--unix', unix, '--unix-rm'] : ['--host', '127.0.0.1', '--port', '8080'];
  const started = performance.now();
  const streamer = new Program(BINARY, ['--device', device, ...listen, ...sinkArgs, ...more]);
  t.after(() => streamer.stop());
  await streamer.until('/state answers', 10_000, async () => (unix ? fs.existsSync(unix) : (await fetch(`${SERVER}state`)).status === answers));
  return Object.assign(streamer, { started, ready: performance.now() });
}

/** The same with WebRTC of its own and, unless there is another wish, without a sink. */
export function startWhep(t, { more = [], ...options } = {}) {
  return startStreamer(t, { sink: null, ...options, more: ['--whep', ...more] });
}

/** `result` of `/state`. */
export async function state() {
  return (await (await fetch(`${SERVER}state`)).json()).result;
}
