// The client's pure parts, without a browser: words, clock, waiting, addresses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Clock, rtpDifference } from '../../web/client/clock.js';
import { codecOf, parse } from '../../web/client/h264.js';
import { Parts } from '../../web/client/mjpeg.js';
import { janusAddress } from '../../web/client/janus.js';
import { letSenderBegin, rejectsVideo, wantStereo } from '../../web/client/receiver.js';
import { Backoff, Mailbox, Pause } from '../../web/client/timing.js';
import { stateOf } from '../../web/client/words.js';

const GOOD = {
  webrtc: true, h264: true, janusUrl: 'ws://cam:8188/', step: 'frames', trouble: null, detail: '', frozen: false, blocked: false,
  alone: null, ended: '', streamer: true, state: { h264: {}, source: { online: true, reason: '', device: '/dev/video0' } },
};
const WITH_WHEP = { ...GOOD.state, whep: { port: 8189, viewers: [] } };
const OFFLINE = { h264: {}, source: { online: false, reason: 'No signal: cable unplugged; check the cable', device: '/dev/video0' } };

test('each situation has its state', () => {
  const cases = [
    ['playing', {}],
    ['playing', { streamer: null, state: null }],
    ['playing', { streamer: false, state: null }],
    ['touch', { blocked: true }],
    ['no-signal', { state: OFFLINE }],
    ['no-signal', { step: 'offer', trouble: 'not-yet', state: OFFLINE }],
    ['no-video', { step: 'offer', trouble: 'not-yet' }],
    ['no-video', { step: 'offer', trouble: 'not-yet', streamer: null, state: null }],
    ['no-sink', { step: 'offer', trouble: 'not-yet', state: { source: { online: true } } }],
    ['no-streamer', { step: 'offer', trouble: 'not-yet', streamer: false, state: null }],
    ['no-streamer', { step: 'janus', trouble: 'no-janus', streamer: false, state: null }],
    ['no-janus', { step: 'janus', trouble: 'no-janus' }],
    ['no-plugin', { step: 'plugin', trouble: 'no-plugin' }],
    ['no-media', { step: 'offer', trouble: 'no-media' }],
    ['refused', { step: 'offer', trouble: 'refused' }],
    ['frozen', { frozen: true }],
    ['locked', { step: 'janus', trouble: 'no-janus', locked: true, streamer: null, state: null }],
    ['locked', { frozen: true, locked: true, streamer: null, state: null }],
    ['no-streamer', { frozen: true, streamer: false, state: null }],
    ['connecting', { step: 'janus' }],
    ['connecting', { step: 'media' }],
    ['no-h264', { h264: false, step: 'janus', trouble: 'no-janus' }],
    ['no-webrtc', { webrtc: false, h264: false }],
    // By hand, WebRTC straight from the streamer.
    ['no-whep', { step: 'janus', alone: 'whep' }],
    ['connecting', { step: 'janus', alone: 'whep', state: WITH_WHEP }],
    ['no-media', { step: 'janus', alone: 'whep', state: WITH_WHEP, ended: 'the video does not get through, neither by UDP nor by TCP' }],
    ['refused', { step: 'janus', alone: 'whep', state: WITH_WHEP, ended: '64 viewers are here already' }],
    ['no-streamer', { step: 'janus', alone: 'whep', streamer: false, state: null, ended: 'Failed to fetch' }],
    ['locked', { step: 'janus', alone: 'whep', locked: true, streamer: null, state: null }],
    ['playing', { step: 'janus', alone: 'whep', state: WITH_WHEP, detour: true }],
  ];
  for (const [name, facts] of cases) assert.equal(stateOf({ ...GOOD, ...facts }).name, name, JSON.stringify(facts));
});

test('the words name the thing and the remedy', () => {
  const noSignal = stateOf({ ...GOOD, state: OFFLINE });
  assert.equal(noSignal.text, 'Cable unplugged (/dev/video0). The picture starts by itself when there is one.');
  assert.equal(noSignal.remedy, 'check the cable');
  const bare = stateOf({ ...GOOD, state: { h264: {}, source: { online: false, reason: 'No signal' } } });
  assert.equal(bare.text, 'The source gives no picture. The picture starts by itself when there is one.');
  assert.match(stateOf({ ...GOOD, step: 'janus', trouble: 'no-janus' }).text, /ws:\/\/cam:8188\//);
  assert.match(stateOf({ ...GOOD, step: 'offer', trouble: 'refused', detail: 'go away' }).text, /^Go away\./);
  const secret = { step: 'offer', trouble: 'refused', detail: 'Unauthorized request (wrong or missing secret/token)' };
  assert.match(stateOf({ ...GOOD, ...secret }).remedy, /api_secret/);
});

test('the clock believes the quickest exchange', () => {
  const clock = new Clock();
  assert.equal(clock.delay(0, 0), null);
  clock.learn(0, 40, 1_000_000); // answered somewhere within 40 ms
  clock.learn(100, 102, 1_091_000); // answered within 2 ms: 101 here is 1091 there
  clock.learn(200, 260, 1_230_000);
  assert.equal(clock.streamerTime(110), 1100);
  assert.equal(clock.uncertainty, 1);
  assert.equal(clock.delay(110, 1090 * 90), 10);
  assert.equal(clock.delay(110, undefined), null);
});

test('old exchanges and another boot of the streamer’s machine are forgotten', () => {
  const clock = new Clock();
  clock.learn(0, 2, 5_000_000);
  clock.learn(70_000, 70_010, 75_000_000);
  assert.equal(clock.samples, 1);
  clock.learn(71_000, 71_050, 3_000_000);
  assert.equal(clock.samples, 1);
  assert.equal(clock.streamerTime(71_025), 3000);
});

test('a frame’s age is right when the RTP time wraps, which it does every 13 hours', () => {
  const clock = new Clock();
  const wrap = 2 ** 32 / 90; // ms
  clock.learn(0, 0, (wrap + 5) * 1000);
  const captured = Math.floor((wrap - 5) * 90) % 2 ** 32;
  assert.ok(Math.abs(clock.delay(0, captured) - 10) < 0.05, `${clock.delay(0, captured)}`);
  assert.equal(rtpDifference(3, 2 ** 32 - 4), 7);
  assert.equal(rtpDifference(2 ** 32 - 4, 3), -7);
});

test('an answer that turns the video down is seen', () => {
  const sdp = (video) => ['v=0', 'm=audio 9 X 111', 'a=recvonly', ...video, 'm=application 0 X 1', 'a=inactive', ''].join('\r\n');
  assert.equal(rejectsVideo(sdp(['m=video 9 X 96', 'a=recvonly'])), false);
  assert.equal(rejectsVideo(sdp(['m=video 0 X 96', 'a=recvonly'])), true);
  assert.equal(rejectsVideo(sdp(['m=video 9 X 96', 'a=inactive'])), true);
});

test('an offer that leaves it open who begins the DTLS handshake says that its sender does, and nothing else changes', () => {
  const sdp = (...setup) => ['v=0', 'a=setup:actpass or not', 'm=video 9 X 96', ...setup, 'a=mid:v', ''].join('\r\n');
  assert.equal(letSenderBegin(sdp('a=setup:actpass')), sdp('a=setup:active'));
  assert.equal(letSenderBegin(sdp('a=setup:actpass', 'a=setup:actpass')), sdp('a=setup:active', 'a=setup:active'));
  for (const decided of [['a=setup:active'], ['a=setup:passive'], []]) assert.equal(letSenderBegin(sdp(...decided)), sdp(...decided));
});

test('an answer wants both channels of Opus, once, and of nothing else', () => {
  const opus = (fmtp) => ['m=audio 9 X 111 0', 'a=rtpmap:111 opus/48000/2', `a=fmtp:111 ${fmtp}`, 'a=fmtp:96 x=1', ''].join('\r\n');
  assert.equal(wantStereo(opus('minptime=10;useinbandfec=1')), opus('stereo=1;minptime=10;useinbandfec=1'));
  assert.equal(wantStereo(opus('stereo=1;minptime=10')), opus('stereo=1;minptime=10'));
  assert.equal(wantStereo('m=video 9 X 96\r\n'), 'm=video 9 X 96\r\n');
});

test('Janus is looked for where it was said to be, else beside the streamer', () => {
  const at = (given, server) => janusAddress(given, new URL(server)).href;
  assert.equal(at(null, 'http://cam:8080/'), 'ws://cam:8188/');
  assert.equal(at(undefined, 'https://cam/page/?janus='), 'wss://cam:8188/');
  assert.equal(at('ws://other:9000/x', 'https://cam/'), 'ws://other:9000/x');
  assert.equal(at('https://other/janus', 'http://cam/'), 'wss://other/janus');
  assert.equal(at('/janus', 'https://cam:8443/page/'), 'wss://cam:8443/janus');
  assert.equal(at(null, 'http://[fe80::1]:8080/'), 'ws://[fe80::1]:8188/');
});

test('attempts start fast, slow down to one a second and stay there', () => {
  const backoff = new Backoff();
  const pauses = Array.from({ length: 50 }, () => backoff.next());
  assert.equal(pauses[0], Backoff.FIRST);
  assert.ok(pauses.every((pause, n) => n === 0 || pause >= pauses[n - 1]));
  assert.equal(pauses.at(-1), Backoff.LONGEST);
  backoff.reset();
  assert.equal(backoff.next(), Backoff.FIRST);
});

test('a mailbox keeps the order, before and while somebody waits', async () => {
  const box = new Mailbox();
  box.put(1);
  box.put(2);
  assert.deepEqual([await box.take(), await box.take()], [1, 2]);
  const waiting = box.take();
  box.put(3);
  box.put(4);
  assert.deepEqual([await waiting, await box.take()], [3, 4]);
});

test('a pause can be cut short', async () => {
  const pause = new Pause();
  const long = pause.wait(2 ** 30);
  pause.wake();
  await long;
});

test('a message of H.264 is taken apart; another one is none', () => {
  const bytes = Uint8Array.from([1, 3, 7, 0x80, 4, 0x38, 0, 0, 0, 0, 0, 0, 0, 0x0f, 0x42, 0x40, 0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f, 0xff]);
  const unit = parse(bytes.buffer);
  assert.deepEqual({ ...unit, data: unit.data.length }, { key: true, online: true, width: 1920, height: 1080, captured: 1000, data: 9 });
  assert.equal(codecOf(unit.data), 'avc1.42e01f');
  assert.equal(codecOf(Uint8Array.from([0, 0, 1, 0x41, 1, 2, 3, 4])), null, 'no parameter set');
  assert.equal(parse(bytes.slice(0, 16).buffer), null, 'nothing behind the head');
  assert.equal(parse(Uint8Array.from([2, ...bytes.slice(1)]).buffer), null, 'of another version');
  assert.equal(parse('words'), null);
});

test('parts of a stream of JPEGs are found however the bytes come', () => {
  const one = (body, more = '') => `Content-Type: image/jpeg\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}\r\n--boundary\r\n`;
  const bytes = new TextEncoder().encode(`--boundary\r\n${one('first\r\n\r\n!', 'X-UStreamer-Grab-Begin-Time: 12.5\r\n')}${one('')}${one('third')}`);
  for (const step of [1, 2, 7, bytes.length]) {
    const parts = new Parts();
    const found = [];
    for (let at = 0; at < bytes.length; at += step) found.push(...parts.push(bytes.slice(at, at + step)));
    assert.deepEqual(found.map(({ body }) => new TextDecoder().decode(body)), ['first\r\n\r\n!', '', 'third'], `${step} at a time`);
    assert.equal(found[0].headers.get('x-ustreamer-grab-begin-time'), '12.5');
  }
  assert.throws(() => new Parts().push(new TextEncoder().encode('--b\r\nContent-Type: x\r\n\r\n')), /length/);
});
