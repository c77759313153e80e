// The page's pure parts, without a browser: where the picture goes, rates, graphs, sliders, words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { path, roundUp } from '../../web/page/graph.js';
import { Minute, SECONDS } from '../../web/page/minute.js';
import { fileName } from '../../web/page/screenshot.js';
import { scaleOf } from '../../web/page/settings.js';
import { bitrateInWords, inShort, tell, timeInWords } from '../../web/page/told.js';
import { place } from '../../web/page/view.js';

const HD = { width: 1920, height: 1080 };

test('a fitted picture is as large as can be, whole, in its shape and in the middle', () => {
  assert.deepEqual(place(HD, { width: 1280, height: 800 }, 'fit', 0, 1), { left: 0, top: 40, width: 1280, height: 720, across: 1280, down: 720 });
  assert.deepEqual(place(HD, { width: 1280, height: 720 }, 'fit', 90, 1), { left: 437, top: 0, width: 405, height: 720, across: 720, down: 405 });
});

test('one to one, a pixel is a dot, and begins on one', () => {
  const even = place(HD, { width: 1280, height: 800 }, 'exact', 0, 2);
  assert.deepEqual(even, { left: 160, top: 130, width: 960, height: 540, across: 960, down: 540 });
  const odd = place({ width: 641, height: 359 }, { width: 800, height: 600 }, 'exact', 270, 1.5);
  assert.ok(Math.abs(odd.width * 1.5 - 359) < 1e-9 && Math.abs(odd.height * 1.5 - 641) < 1e-9);
  for (const side of [odd.left, odd.top]) assert.ok(Math.abs(side * 1.5 - Math.round(side * 1.5)) < 1e-9, `${side}`);
  // What is larger than its room begins at its edge, or its first pixels could not be reached.
  assert.deepEqual(place(HD, { width: 800, height: 600 }, 'exact', 0, 1), { left: 0, top: 0, width: 1920, height: 1080, across: 1920, down: 1080 });
});

test('rates come from counters, of one connection only', () => {
  const minute = new Minute();
  const stats = { way: 'webrtc', fps: 30, delay: 8, bytes: 1000, framesDecoded: 30, packetsLost: 2, framesDropped: 7 };
  minute.take(stats, 0);
  minute.take({ ...stats, bytes: 126_000, framesDecoded: 60, packetsLost: 5, delay: null }, 1000);
  minute.take(null, 2000);
  minute.take({ ...stats, way: 'websocket' }, 3000);
  minute.take({ ...stats, way: 'websocket', bytes: 2000, framesDropped: 9 }, 5000);
  minute.take({ ...stats, way: 'websocket', bytes: 10 }, 6000);
  assert.deepEqual(minute.line('bitrate'), [null, 1000, null, null, 4, null]);
  assert.deepEqual(minute.line('lost'), [null, 3, null, null, 1, null]);
  assert.deepEqual(minute.line('fps'), [null, 30, null, null, 0, null]);
  assert.deepEqual(minute.line('delay'), [8, null, null, 8, 8, 8]);
  for (let n = 0; n < 100; n++) minute.take(stats, 7000 + n);
  assert.equal(minute.seconds.length, SECONDS);
});

test('a graph ends at the right, and draws nothing where nothing was measured', () => {
  assert.equal(path([10, null, 0, 5], 10), 'M56 0.0h.1M58 32.0h.1L59 16.0');
  assert.equal(path([null], 10), '');
  assert.equal(path([20], 10), 'M59 0.0h.1', 'what is beyond the scale stays inside');
  assert.deepEqual([1, 1.2, 29, 31, 4700, 0.3].map(roundUp).map((top) => +top.toPrecision(3)), [1, 1.5, 30, 40, 5000, 0.3]);
});

test('a slider reaches both ends, and each value is where it is looked for', () => {
  const fine = scaleOf([25, 20_000], { fine: true });
  assert.deepEqual([fine.value(fine.min), fine.value(fine.max)], [25, 20_000]);
  assert.deepEqual([fine.at(25), fine.at(20_000)], [fine.min, fine.max]);
  for (let at = fine.min, before = 0; at <= fine.max; at++) {
    const value = fine.value(at);
    assert.ok(value >= before && Math.abs(fine.at(value) - at) <= 4, `${at}: ${value}`);
    before = value;
  }
  const open = scaleOf([1, 120], { openEnd: true });
  assert.deepEqual([open.at(0), open.value(open.max), open.at(30), open.value(30)], [121, 0, 30, 30]);
});

test('a file is named by host and time, in characters that are good anywhere', () => {
  const when = new Date(2026, 10, 6, 7, 8, 9);
  assert.equal(fileName('cam.local', when), 'cam.local_2026-11-06_07-08-09.png');
  assert.equal(fileName('[fe80::1]', when), '_fe80_1__2026-11-06_07-08-09.png');
  assert.equal(fileName('', when), 'screen_2026-11-06_07-08-09.png');
});

const STREAMER = {
  instance_id: 'desk', version: '1.2.3', uptime: 3700,
  source: { resolution: HD, captured_fps: 60, desired_fps: 30, online: true, device: '/dev/video0', format: 'UYVY', reason: '' },
  h264: { viewers: 2, encoder: { name: 'bcm2835-codec (/dev/video11), DMA-BUF', why: 'the best there is' } },
  encoder: { type: 'CPU', why: 'libjpeg-turbo on 4 threads' }, stream: { clients: 1 }, sinks: { h264: { has_clients: true } },
};
const STATS = {
  width: 1920, height: 1080, fps: 29.9, delay: 7.94, framesDropped: 1, packets: 990, packetsLost: 10, freezes: 2, decoder: 'ffmpeg', way: 'webrtc',
};
const lines = (more) => Object.fromEntries(tell({
  state: { name: 'playing', title: 'Playing' }, streamer: STREAMER, stats: STATS, uncertainty: 0.41, ...more,
}).map(({ name, text, more: rest }) => [name, rest ? `${text} | ${rest}` : text]));

test('what is known is told', () => {
  assert.deepEqual(lines(), {
    state: 'Live',
    source: '1920×1080, 60 fps | /dev/video0 · UYVY · at most 30 encoded',
    encoder: 'bcm2835-codec (/dev/video11), DMA-BUF | the best there is',
    way: 'WebRTC through Janus',
    shown: '1920×1080, 30 fps | decoded by ffmpeg',
    delay: '7.9 ms ± 0.4 ms | from capture to decoded',
    losses: '10 of 1,000 packets | 1 frame dropped, 2 freezes',
    viewers: 'Janus, for its viewers, 2 by WebSocket, 1 by JPEGs',
    streamer: 'desk, version 1.2.3 | up for 1 h 1 min',
  });
  assert.equal(inShort(STATS), 'WebRTC · 1920×1080 · 30 fps · 7.9 ms · 10 lost');
});

test('ways that are narrow, and who watches by WHEP, are told where the streamer tells them', () => {
  const more = lines({ streamer: { ...STREAMER, h264: { ...STREAMER.h264, congestion: { bitrate: 900, fps: 15, why: 'loss' } }, whep: { viewers: [{}, {}] } } });
  assert.equal(more.congestion, 'to 900 kbit/s, at most 15 fps | a viewer’s way is narrow (loss)');
  assert.match(more.viewers, /2 by WHEP/);
  assert.equal(lines().congestion, undefined);
});

test('what is not known is left out', () => {
  assert.deepEqual(lines({ streamer: null, stats: null, state: { name: 'no-streamer', title: 'The streamer does not answer' } }), { state: 'The streamer does not answer' });
  assert.deepEqual(Object.keys(lines({ stats: null })), ['state', 'source', 'encoder', 'viewers', 'streamer']);
  assert.equal(lines({ stats: { ...STATS, delay: null } }).delay, undefined);
  const offline = { ...STREAMER, source: { ...STREAMER.source, online: false, reason: 'No signal: no cable' } };
  assert.equal(lines({ streamer: offline }).source, 'no signal | /dev/video0 · UYVY · at most 30 encoded · no cable');
  assert.equal(inShort({ ...STATS, fps: null }), 'WebRTC · 1920×1080 · 7.9 ms · 10 lost');
  assert.equal(inShort(null), '');
});

test('quantities in words', () => {
  assert.deepEqual([0, 59, 61, 3600, 90_061].map(timeInWords), ['0 s', '59 s', '1 min 1 s', '1 h', '1 d 1 h']);
  assert.deepEqual([30.4, 999, 5230].map(bitrateInWords), ['30 kbit/s', '999 kbit/s', '5.2 Mbit/s']);
});
