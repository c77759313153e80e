// Pages of others, with our plugin behind them: they say what PiKVM's and TinyPilot's say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium, open } from './lib/browser.mjs';
import { startJanus } from './lib/janus.mjs';
import { sleep, until } from './lib/process.mjs';
import { startSite } from './lib/site.mjs';
import { SINK, startStreamer } from './lib/streamer.mjs';

/** As kvmd writes it, with a device for sound that is not there. */
const KVMD = `video: { sink = "${SINK}" }\nacap: { device = "hw:tc358743,0"  tc358743 = "/dev/kvmd-video" }\naplay: { device = "plughw:UAC2Gadget,0" }\n`;

const logOf = (page) => page.evaluate(() => window.log);

function picture(page, within = 20_000) {
  return until('a readable picture', within, async () => {
    const code = await page.evaluate(() => window.timeCode(document.getElementById('video')));
    if (code) return code;
    throw new Error(`${await logOf(page)}`);
  });
}

for (const version of ['1.1', '1.4']) {
  test(`PiKVM's page plays through Janus ${version}, also when the streamer comes later`, async (t) => {
    await startJanus(t, { version, config: KVMD });
    const page = await open(t, await chromium(t), `${await startSite(t)}kvmd.html?audio=1&mic=1`);
    await until('no video yet', 10_000, async () => (await logOf(page)).includes('error 503'));
    await startStreamer(t);
    const first = await picture(page);
    await page.evaluate(() => window.keyRequired());
    await until('a later picture', 5000, async () => (await picture(page)).frame > first.frame + 30);
    const log = await logOf(page);
    // (A streamer that is slow to start is asked for once more.)
    const times = log.filter((entry) => entry === 'error 503').length;
    const again = Array(times).fill(['error 503', 'watch']).flat();
    // (Each `stop` before another `watch` is answered by another thread than that: the two events come in any order.)
    assert.deepEqual(log.filter((entry) => entry !== 'stopped'), ['features', 'watch', ...again, 'started', 'track video', 'started'], `${log}`);
    assert.equal(log.length, 5 + 3 * times, `${log}`);
    // Janus 1.1 cannot tell it.
    const age = await page.evaluate(() => window.age());
    t.diagnostic(`a picture is ${age} ms old`);
    assert.ok(version === '1.1' ? age === undefined : age > -100 && age < 2000, `${age} ms`);
    const { audio, mic, camera } = await page.evaluate(() => window.features);
    assert.deepEqual({ audio, mic, camera: camera.enabled }, { audio: false, mic: false, camera: false });
  });

  test(`TinyPilot's page plays through Janus ${version}`, async (t) => {
    await startStreamer(t);
    await startJanus(t, { version });
    await sleep(500);
    const page = await open(t, await chromium(t), `${await startSite(t)}tinypilot.html`);
    const first = await picture(page);
    await until('a later picture', 5000, async () => (await picture(page)).frame > first.frame + 30);
    const log = await logOf(page);
    assert.deepEqual(log.filter((entry) => /failed|error/.test(entry)), []);
  });
}

test('the picture is turned as asked', async (t) => {
  await startStreamer(t);
  await startJanus(t, { version: '1.4', config: KVMD });
  const site = await startSite(t);
  const browser = await chromium(t);
  for (const [degrees, width, height] of [[0, 1280, 720], [90, 720, 1280], [180, 1280, 720], [270, 720, 1280]]) {
    const page = await open(t, browser, `${site}kvmd.html?orientation=${degrees}`);
    await until(`a picture of ${width}x${height}`, 15_000, () => page.evaluate(([w, h]) => {
      const video = document.getElementById('video');
      return video.videoWidth === w && video.videoHeight === h;
    }, [width, height]));
    // Turned back by a canvas, clockwise, it can be read again: so it was turned that way, and not the other.
    await until(`a picture turned by ${degrees} degrees`, 10_000, () => page.evaluate((angle) => {
      const video = document.getElementById('video');
      const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 });
      const pen = canvas.getContext('2d');
      pen.translate(640, 360);
      pen.rotate((angle * Math.PI) / 180);
      pen.drawImage(video, -video.videoWidth / 2, -video.videoHeight / 2);
      return window.timeCode(canvas);
    }, degrees));
    await page.close();
  }
});

test('Chromium takes an offer of any level, and answers each with the same', async (t) => {
  const page = await (await chromium(t)).newPage();
  const answers = await page.evaluate(async () => {
    const offer = (level) => ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=x', 't=0 0', 'a=fingerprint:sha-256 ' + Array(32).fill('00').join(':'),
      'a=setup:actpass', 'a=ice-ufrag:abcd', 'a=ice-pwd:abcdefghijklmnopqrstuv', 'm=video 9 UDP/TLS/RTP/SAVPF 96', 'c=IN IP4 0.0.0.0', 'a=mid:v',
      'a=sendonly', 'a=rtcp-mux', 'a=rtpmap:96 H264/90000', `a=fmtp:96 profile-level-id=${level};packetization-mode=1;level-asymmetry-allowed=1`, '']
      .join('\r\n');
    const answer = async (level) => {
      const peer = new RTCPeerConnection();
      await peer.setRemoteDescription({ type: 'offer', sdp: offer(level) });
      const { sdp } = await peer.createAnswer();
      peer.close();
      return /profile-level-id=(\w+)/.exec(sdp)?.[1] ?? sdp;
    };
    const levels = ['42e01f', '42e028', '42e02a', '42e033'];
    return Promise.all(levels.map(answer));
  });
  assert.deepEqual(answers, Array(4).fill('42e01f'));
});
