// Viewers without browsers: `rustreamer-viewers`, a WebRTC receiver in Rust, on a real Janus or on the streamer. Many of them fit where one browser does.
import { fileURLToPath } from 'node:url';
import { Program } from './process.mjs';
import { SERVER } from './streamer.mjs';

const BINARY = process.env.VIEWERS ?? fileURLToPath(new URL('../../../target/release/rustreamer-viewers', import.meta.url));

/** Where they receive: Janus's libnice sends nothing to an address that is on a loopback interface. */
const ADDRESS = '127.0.0.9';

/** In place of a Janus: the streamer itself, by WHEP. */
export const WHEP = { whep: `${SERVER}whep` };

/**
 * Starts them on a Janus that was started with `local`, or on `WHEP`, or on what Janus's own streaming plugin has (`{ streaming: janus.api }`);
 * `options` by their names on the command line.
 */
export function startViewers(t, { api, streaming, whep }, options) {
  const args = Object.entries({ address: ADDRESS, ...options }).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const viewers = new Program(BINARY, [...(whep ? ['--whep', whep] : streaming ? ['--streaming', streaming] : ['--janus', api]), ...args]);
  t.after(() => viewers.stop());
  return Object.assign(viewers, {
    /** What was said so far, second by second. */
    seconds: () => lines(viewers).filter((line) => 'second' in line),
    /** Waits for their end; resolves with what each has seen. */
    report: async () => {
      const how = await viewers.ended;
      const report = lines(viewers).find((line) => 'begun' in line);
      if (how !== 0 || !report) throw new Error(`the viewers ended (${how}):\n${viewers.output}`);
      return report;
    },
  });
}

function lines({ output }) {
  return output.split('\n').slice(0, -1).filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
}
