// Sound without a sound card: a PulseAudio of the test's own with two devices, which have clocks as cards have. What is played to one of them is captured by
// the plugin, as from HDMI; to the other one Chromium plays, and there it is heard.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Program, find, folder } from './process.mjs';

/** ALSA's names: of what the plugin captures from, and of where that is played to. */
export const CAPTURED = 'tests_captured';
export const SOURCE = 'tests_source';

/** Its packages, unpacked but not installed; run.sh sees to them. */
const ROOT = process.env.PULSE;
export const [HDMI, SPEAKER] = ['hdmi', 'speaker'];
const RATE = 48;
const CHANNELS = 2;
/** Louder than what is left of silence after Opus, of 32768. */
const LOUD = 1500;
/** Silence before a burst, in samples: a quarter of a second. */
const SILENCE = 250 * RATE;

const folderOf = (file) => path.dirname(find(ROOT, file));

/** For `env`: a program of PulseAudio's, which finds its own libraries, and does not start itself anew to be linked at once. */
function program(name) {
  const libraries = ['libpulsedsp.so', 'module-null-sink.so'].map(folderOf);
  return ['LD_BIND_NOW=1', `LD_LIBRARY_PATH=${libraries.join(':')}`, `${ROOT}/run`, `/usr/bin/${name}`];
}

/** Starts it. What the test starts after it finds it, and plays to the speaker. */
export async function startPulse(t) {
  if (!ROOT) throw new Error('where is PulseAudio? Run these tests by tests/e2e/run.sh');
  const made = folder(t);
  const [socket, alsa] = ['socket', 'alsa.conf'].map((name) => path.join(made, name));
  const pcm = (name, device) => `pcm.${name} { type pulse  server "unix:${socket}"  device "${device}" }\n`;
  fs.writeFileSync(alsa, `<confdir:alsa.conf>\n${pcm(CAPTURED, `${HDMI}.monitor`)}${pcm(SOURCE, HDMI)}`);
  const found = { PULSE_RUNTIME_PATH: made, PULSE_SERVER: `unix:${socket}`, ALSA_CONFIG_PATH: alsa, ALSA_PLUGIN_DIR: folderOf('libasound_module_pcm_pulse.so') };
  Object.assign(process.env, found);
  t.after(() => { for (const name of Object.keys(found)) delete process.env[name]; });
  // The first device is the one that is taken when none is named.
  const modules = [`module-native-protocol-unix socket=${socket} auth-anonymous=1`,
    ...[SPEAKER, HDMI].map((name) => `module-null-sink sink_name=${name} rate=${RATE}000 channels=${CHANNELS}`)];
  const pulse = new Program('env', [...program('pulseaudio'), '-n', `--dl-search-path=${folderOf('module-null-sink.so')}`, '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disable-shm',
    ...modules.map((module) => `--load=${module}`)]);
  t.after(() => pulse.stop());
  await pulse.until('it listens', 10_000, () => fs.existsSync(socket));
  return pulse;
}

/** CLOCK_MONOTONIC in ms. */
export const monotonic = () => Number(process.hrtime.bigint() / 1000n) / 1000;

/** Calls `onburst` with the time, in ms of CLOCK_MONOTONIC, at which the speaker, or another device, has ended each silence. */
export function listen(t, onburst, device = SPEAKER) {
  const recorder = spawn('env', [...program('parec'), `--device=${device}.monitor`, '--format=s16le', `--rate=${RATE}000`, `--channels=${CHANNELS}`, '--latency-msec=10', '--raw'],
    { stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(() => recorder.kill());
  let quiet = 0;
  recorder.stdout.on('data', (data) => {
    const now = monotonic();
    const frames = Math.floor(data.length / 2 / CHANNELS);
    for (let n = 0; n < frames; n++) {
      if (Math.abs(data.readInt16LE(n * 2 * CHANNELS)) < LOUD) quiet += 1;
      else {
        if (quiet > SILENCE) onburst(now - (frames - n) / RATE);
        quiet = 0;
      }
    }
  });
}
