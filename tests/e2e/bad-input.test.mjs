// Requests that are wrong, in a real Janus, while another viewer's picture goes on. Each is answered, or named in the log.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startJanus } from './lib/janus.mjs';
import { until } from './lib/process.mjs';
import { startStreamer } from './lib/streamer.mjs';
import { startViewers } from './lib/viewers.mjs';

const PLUGIN = 'janus.plugin.ustreamer';
const NO_VIDEO = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n';
const AUDIO_ALONE = `${NO_VIDEO}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:a\r\na=sendrecv\r\na=rtpmap:111 opus/48000/2\r\n`;

/** A viewer that plays during `work`, without a gap and with the streamer's rate. */
async function whileAnotherWatches(t, version, work) {
  await startStreamer(t);
  const janus = await startJanus(t, { version, local: true });
  const viewers = startViewers(t, janus, { count: 1, seconds: 300 });
  await until('the other one plays', 20_000, () => viewers.seconds().at(-1)?.frames > 20);
  const before = viewers.seconds().length;
  await work(janus);
  await until('the other one plays on', 20_000, () => viewers.seconds().length > before + 2 && viewers.seconds().at(-1).frames > 20);
  assert.equal(janus.how, undefined, `Janus goes on:\n${janus.output}`);
  const [{ congestion: { heard } }] = await janus.query();
  assert.equal(heard.keys, 0, 'no picture was missing');
  await viewers.stop();
}

async function viewer(janus) {
  const { data: { id: session } } = await janus.ask('', { janus: 'create' });
  const { data: { id: handle } } = await janus.ask(`/${session}`, { janus: 'attach', plugin: PLUGIN });
  const path = `/${session}/${handle}`;
  return {
    say: (body, jsep, text) => janus.ask(path, { janus: 'message', body, ...(jsep && { jsep }) }, text),
    /** The plugin's next event. */
    event: async () => until('an event', 10_000, async () => [await janus.events(session)].flat()
      .find((event) => event.plugindata)?.plugindata.data),
  };
}

for (const version of ['1.1', '1.4']) {
  test(`Janus ${version}: requests that are no requests`, async (t) => {
    await whileAnotherWatches(t, version, async (janus) => {
      const guest = await viewer(janus);
      const broken = await guest.say(null, null, '{"janus": "message", "body": {"request": "watch"');
      assert.equal(broken.janus, 'error', JSON.stringify(broken));
      for (const [body, code] of [[{}, 400], [{ request: 7 }, 400], [{ request: null }, 400], [{ request: ['watch'] }, 400], [{ request: 'dance' }, 405]]) {
        await guest.say(body);
        const { error_code: found } = await guest.event();
        assert.equal(found, code, JSON.stringify(body));
      }
      for (const body of [[], 'watch', 7]) {
        const answer = await guest.say(body);
        assert.ok(['error', 'success'].includes(answer.janus), JSON.stringify(answer));
      }
    });
  });

  test(`Janus ${version}: answers before offers, and without video`, async (t) => {
    await whileAnotherWatches(t, version, async (janus) => {
      for (const [body, sdp] of [[{ request: 'start' }, AUDIO_ALONE], [{ request: 'watch' }, NO_VIDEO], [{ request: 'start' }, 'nonsense'], [{ request: 'start' }, '']]) {
        const guest = await viewer(janus);
        const answer = await guest.say(body, { type: 'answer', sdp });
        assert.equal(answer.janus, 'error', `${JSON.stringify(body)}: ${JSON.stringify(answer)}`);
      }
      for (const sdp of [AUDIO_ALONE, NO_VIDEO, 'nonsense']) {
        const guest = await viewer(janus);
        await guest.say({ request: 'watch' });
        await guest.event();
        const answer = await guest.say({ request: 'start' }, { type: 'answer', sdp });
        assert.ok(['error', 'success'].includes(answer.janus), JSON.stringify(answer));
      }
    });
  });

  test(`Janus ${version}: a thousand requests for a picture`, async (t) => {
    await whileAnotherWatches(t, version, async (janus) => {
      const guest = await viewer(janus);
      const started = performance.now();
      for (let n = 0; n < 100; n++) {
        const answers = await Promise.all(Array.from({ length: 10 }, () => guest.say({ request: n % 3 === 2 ? 'stop' : 'watch' })));
        assert.ok(answers.every(({ janus: word }) => ['success', 'error', 'ack'].includes(word)), JSON.stringify(answers[0]));
      }
      t.diagnostic(`${(1e6 / (performance.now() - started)).toFixed(0)} requests a second`);
    });
  });
}

// (One that is called H.264 and has something else in it: janus/tests/common/wrong.rs.)
test('a sink of raw pictures is refused by its name', async (t) => {
  await startStreamer(t, { sink: null, more: ['--raw-sink', 'bad::ustreamer::raw', '--raw-sink-rm'] });
  const janus = await startJanus(t, { config: 'video: { sink = "bad::ustreamer::raw" }\n', local: true });
  await janus.until('the log says why', 10_000, () => /\[ustreamer\] the plugin is not used: .*video\.sink.*--h264-sink/.test(janus.output));
});
