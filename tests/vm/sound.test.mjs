// On the host, beside the guest of guest/sound.sh: sound that is played in the guest, heard in Chromium; and Chromium's microphone, heard in the guest.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { chromium, open, waitState } from '../e2e/lib/browser.mjs';
import { until } from '../e2e/lib/process.mjs';
import { median } from '../../web/client/receiver.js';

const PAGE = 'http://127.0.1.2:8080/?way=webrtc';
const { SHARE } = process.env;
const LEFT = 'hw:Loopback,0,0';
const log = () => fs.readFileSync(path.join(SHARE, 'janus.log'), 'utf8');
const captures = () => log().split('sound is captured from').length - 1;

/** Runs a shell command in the guest; resolves with what it says. */
let asked = 0;
async function guest(command, within = 30_000) {
  asked += 1;
  const file = (name) => path.join(SHARE, `${name}.${asked}`);
  fs.writeFileSync(`${file('do')}.new`, command);
  fs.renameSync(`${file('do')}.new`, file('do'));
  await until(command, within, () => fs.existsSync(file('did')));
  const [status, output] = [fs.readFileSync(file('did'), 'utf8').trim(), fs.readFileSync(file('out'), 'utf8')];
  assert.equal(status, '0', `${command}: ${output}`);
  return output;
}

/** Whether a process of the guest has a device of the card open. */
const has = async (process, device) => (await guest(`ls -l /proc/${process}/fd | grep -c ${device} || :`)).trim() !== '0';
/** The devices that a plugin captures from and plays to. */
const [CAPTURE, PLAYBACK] = ['pcmC0D1c', 'pcmC0D0p'];

/** Starts to play; resolves when it does: the card's two ends agree on a rate, and whoever comes first says which. `stop()` ends it. */
async function play(source, options = '', device = LEFT) {
  const pid = (await guest(`ffmpeg -hide_banner -nostats -nostdin -re -f lavfi -i '${source}' ${options} -f alsa ${device} > player.log 2>&1 & echo $!`)).trim();
  await until('the player plays', 15_000, async () => {
    const told = await guest('cat player.log');
    if (/^Output #0, alsa/m.test(told)) return true;
    throw new Error(told);
  });
  return { stop: () => guest(`kill ${pid} 2> /dev/null; while kill -0 ${pid} 2> /dev/null; do sleep 0.05; done; :`) };
}

/** In the page: `hear()` gives the loudest frequency of each channel, in Hz, or 0 for silence. */
async function listen(page) {
  await page.evaluate(async () => {
    const context = new AudioContext({ sampleRate: 48000 });
    await context.resume();
    const video = document.querySelector('video');
    const splitter = context.createChannelSplitter(2);
    const analysers = [0, 1].map((channel) => {
      const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
      splitter.connect(analyser, channel);
      return analyser;
    });
    let source;
    let stream;
    window.context = context;
    // The track is another one after each new connection.
    window.hear = () => {
      if (video.srcObject !== stream || !source) {
        source?.disconnect();
        stream = video.srcObject;
        source = stream?.getAudioTracks().length ? context.createMediaStreamSource(stream) : null;
        source?.connect(splitter);
        window.source = source;
      }
      return analysers.map((analyser) => {
        const bins = new Float32Array(analyser.frequencyBinCount);
        analyser.getFloatFrequencyData(bins);
        const loudest = bins.reduce((best, value, at) => (value > bins[best] ? at : best), 0);
        return bins[loudest] > -50 ? Math.round((loudest * context.sampleRate) / analyser.fftSize) : 0;
      });
    };
  });
}

const near = (heard, wanted) => heard.every((hz, channel) => Math.abs(hz - wanted[channel]) <= 12);

function waitTone(page, left, right = left, within = 20_000) {
  return until(`a tone of ${left} and ${right} Hz`, within, async () => {
    const heard = await page.evaluate(() => window.hear());
    if (near(heard, [left, right])) return heard;
    throw new Error(`${heard} Hz`);
  });
}

const sound = (page, wanted) => page.evaluate((on) => { window.ustreamer.sound = on; }, wanted);
const closed = (janus = '$janus', device = CAPTURE) => until(`${device} is closed`, 20_000, async () => !(await has(janus, device)));

async function listener(t, address = PAGE) {
  const page = await open(t, await chromium(t, { args: ['--autoplay-policy=no-user-gesture-required'] }), address, () => {
    // The newest connection, for its statistics.
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(...settings) {
        super(...settings);
        window.peer = this;
      }
    };
  });
  await waitState(page, 'playing', 30_000);
  await listen(page);
  return page;
}

test('a tone is heard in both channels, at any rate and of one channel; the device is open only while somebody listens', async (t) => {
  const page = await listener(t);
  assert.deepEqual(await page.evaluate(() => window.ustreamer.features), { audio: true, mic: true });
  await closed();
  let player = await play('aevalsrc=0.5*sin(2*PI*500*t)|0.5*sin(2*PI*1250*t):s=48000');
  await sound(page, true);
  await waitTone(page, 500, 1250);

  await t.test('the player stops, and starts again', async () => {
    await player.stop();
    await waitTone(page, 0);
    player = await play('sine=frequency=700:sample_rate=48000', '-ac 2');
    await waitTone(page, 700);
  });

  await t.test('Janus is held up for longer than the device\'s buffer is', async () => {
    const before = captures();
    await guest('kill -STOP $janus; sleep 0.8; kill -CONT $janus');
    await waitTone(page, 700);
    assert.equal(captures(), before, 'the device was not opened again');
  });

  await sound(page, false);
  await closed();
  await player.stop();
  for (const [rate, channels] of [[44100, 2], [44100, 1], [32000, 2], [96000, 1]]) {
    await t.test(`${rate} Hz, ${channels} channels`, async () => {
      player = await play(`sine=frequency=900:sample_rate=${rate}`, `-ac ${channels}`);
      await sound(page, true);
      await waitTone(page, 900);
      assert.match(log().trim().split('sound is captured from').at(-1), new RegExp(`at ${rate} Hz`));
      await sound(page, false);
      await closed();
      await player.stop();
    });
  }
});

test('the card is unplugged and plugged in again', async (t) => {
  const page = await listener(t);
  let player = await play('sine=frequency=600:sample_rate=48000', '-ac 2');
  await sound(page, true);
  await waitTone(page, 600);
  const driver = '/sys/bus/platform/drivers/snd_aloop';
  await guest(`echo snd_aloop.0 > ${driver}/unbind`);
  await until('a line in the log', 10_000, () => /sound device 'hw:Loopback,1,0'.*(look whether it is still plugged in|arecord -L)/.test(log()));
  await player.stop();
  await waitState(page, 'playing');
  assert.deepEqual((await features(page)), { audio: false, mic: false });
  await guest(`echo snd_aloop.0 > ${driver}/bind`);
  player = await play('sine=frequency=650:sample_rate=48000', '-ac 2');
  await waitTone(page, 650);
  assert.deepEqual((await features(page)), { audio: true, mic: true });
  await player.stop();
});

test('the rate is what the HDMI bridge says, also when it changes', async (t) => {
  const device = 'hw:Loopback,0,2';
  const rate = (hz) => guest(`echo ${hz} > /sys/module/vmc/parameters/audio_rate`);
  const hdmi = () => fs.readFileSync(path.join(SHARE, 'hdmi.log'), 'utf8');
  const page = await listener(t, `${PAGE}&janus=ws%3A%2F%2F127.0.1.2%3A8189%2F`);
  await sound(page, true);
  await until('silence is told', 20_000, () => /no sound comes in by HDMI/.test(hdmi()));
  for (const hz of [44100, 48000]) {
    // The player is there first, as HDMI is.
    await rate(0);
    await closed('$hdmi');
    const player = await play(`sine=frequency=800:sample_rate=${hz}`, '-ac 2', device);
    await rate(hz);
    await waitTone(page, 800);
    assert.match(hdmi().trim().split('sound is captured from').at(-1), new RegExp(`at ${hz} Hz`));
    await player.stop();
  }
});

/** What the plugin says of its devices to somebody new. */
function features(page) {
  return page.evaluate(async () => {
    const { JanusSession } = await import('/client/janus.js');
    const session = await JanusSession.open(`ws://${location.hostname}:8188/`);
    let told;
    const answer = new Promise((resolve) => { told = resolve; });
    const handle = await session.attach('janus.plugin.ustreamer', (event) => told(event.plugindata?.data.result.features));
    await handle.message({ request: 'features' });
    const { audio, mic } = await answer;
    session.close();
    return { audio, mic };
  });
}

test('the clock of sound is that of the pictures', async (t) => {
  const SECONDS = 40;
  const page = await listener(t);
  await guest(`./sound-bursts ${LEFT} ${SECONDS} > bursts 2> bursts.log & :`);
  await sound(page, true);
  await until('sound comes', 20_000, () => page.evaluate(() => { window.hear(); return Boolean(window.source); }));
  await page.evaluate(async () => {
    // Each moment at which silence ends.
    const code = `registerProcessor('onsets', class extends AudioWorkletProcessor {
      quiet = 0;
      process([[left]]) {
        left?.forEach((sample) => {
          if (Math.abs(sample) < 0.05) this.quiet += 1;
          else {
            if (this.quiet > sampleRate / 4) this.port.postMessage(null);
            this.quiet = 0;
          }
        });
        return true;
      }
    });`;
    await window.context.audioWorklet.addModule(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
    const worklet = new AudioWorkletNode(window.context, 'onsets');
    window.source.connect(worklet);
    window.onsets = [];
    const receiver = window.peer.getReceivers().find(({ track }) => track.kind === 'audio');
    worklet.port.onmessage = () => {
      // Which sound is given to the page now, by its RTP time: the one that began was given with or just before it.
      const [{ rtpTimestamp, timestamp }] = receiver.getSynchronizationSources();
      window.onsets.push({ told: performance.now(), rtpTimestamp, given: timestamp - performance.timeOrigin });
    };
  });
  await until('bursts are heard', (SECONDS + 20) * 1000, async () => (await page.evaluate(() => window.onsets.length)) >= SECONDS / 2);
  const onsets = await page.evaluate(() => window.onsets);
  const bursts = fs.readFileSync(path.join(SHARE, 'bursts'), 'utf8').trim().split('\n').map((micros) => Number(micros) / 1000);
  const origin = bursts[0];
  /** Milliseconds since `origin` of a moment on a clock of 32 bits with so many ticks a millisecond. */
  const since = (ticks, rate) => {
    const wrap = 2 ** 32 / rate;
    return (((ticks / rate - origin) % wrap) + 1.5 * wrap) % wrap - wrap / 2;
  };
  const offBy = (captured) => captured - bursts.reduce((best, next) => (Math.abs(next - origin - captured) < Math.abs(best - origin - captured) ? next : best)) + origin;
  // The RTP time of what is heard is that at which it was played, by the clock by which pictures are told. (A page is told of it some blocks of its own late.)
  const clock = median(onsets.map(({ told, rtpTimestamp, given }) => offBy(since(rtpTimestamp, 48) + told - given)));
  t.diagnostic(`the clock of the sound is ${clock.toFixed(1)} ms off`);
  assert.ok(Math.abs(clock) <= 40, `the clock of the sound is ${clock} ms off`);
});

test('a viewer\'s microphone is played', async (t) => {
  // What Chromium's microphone hears, over and over: a tone of 1 kHz.
  const file = path.join(SHARE, 'microphone.wav');
  fs.writeFileSync(file, tone(1000, 2));
  const page = await open(t, await chromium(t, {
    args: ['--autoplay-policy=no-user-gesture-required', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-audio-capture=${file}`],
  }), PAGE, () => {
    // A browser takes a tone that does not end for noise.
    const { getUserMedia } = MediaDevices.prototype;
    MediaDevices.prototype.getUserMedia = function raw() {
      return getUserMedia.call(this, { audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
    };
  });
  await waitState(page, 'playing', 30_000);
  await until('features', 20_000, () => page.evaluate(() => window.ustreamer.features?.mic));
  await closed('$janus', PLAYBACK);
  for (const withSound of [false, true]) {
    await page.evaluate((audio) => {
      window.ustreamer.sound = audio;
      window.ustreamer.mic = true;
    }, withSound);
    await until('the microphone is played', 20_000, () => has('$janus', PLAYBACK));
    await guest('ffmpeg -v error -nostdin -y -f alsa -channels 2 -sample_rate 48000 -i hw:Loopback,1,1 -t 4 -f s16le microphone.pcm');
    const heard = fs.readFileSync(path.join(SHARE, 'microphone.pcm'));
    const samples = new Int16Array(heard.buffer, heard.byteOffset, heard.length >> 1);
    const powers = [250, 500, 1000, 1500, 2000].map((hz) => power(samples, hz));
    t.diagnostic(`levels at 250, 500, 1000, 1500 and 2000 Hz: ${powers.map(Math.round)}`);
    assert.ok(powers[2] > 1000 && powers.every((level, at) => at === 2 || level < powers[2] / 5), `${powers}`);
    await page.evaluate(() => { window.ustreamer.mic = false; });
    await closed('$janus', PLAYBACK);
  }
});

/** A WAV file of a tone, 48 kHz, one channel. */
function tone(hz, seconds) {
  const count = 48000 * seconds;
  const file = Buffer.alloc(44 + 2 * count);
  file.write('RIFF    WAVEfmt ');
  file.writeUInt32LE(36 + 2 * count, 4);
  [[16, 4], [1, 2], [1, 2], [48000, 4], [96000, 4], [2, 2], [16, 2]].reduce((at, [value, size]) => file.writeUIntLE(value, at, size), 16);
  file.write('data', 36);
  file.writeUInt32LE(2 * count, 40);
  for (let n = 0; n < count; n++) file.writeInt16LE(Math.round(10_000 * Math.sin((2 * Math.PI * hz * n) / 48000)), 44 + 2 * n);
  return file;
}

/** How much of a frequency is in the left channel of 48 kHz stereo. */
function power(samples, hz) {
  let [real, imaginary] = [0, 0];
  for (let n = 0; n < samples.length; n += 2) {
    real += samples[n] * Math.cos((Math.PI * hz * n) / 48000);
    imaginary += samples[n] * Math.sin((Math.PI * hz * n) / 48000);
  }
  return (4 * Math.hypot(real, imaginary)) / samples.length;
}
