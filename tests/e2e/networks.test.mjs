// WebRTC over networks that are not a cable on a desk: losses, a TURN server, IPv6.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium, open, stats, waitFrames } from './lib/browser.mjs';
import { startJanus } from './lib/janus.mjs';
import { Program, sleep, until } from './lib/process.mjs';
import { PORTS, startRelay, throughRelay } from './lib/relay.mjs';
import { PAGE, startStreamer, startWhep, state } from './lib/streamer.mjs';
import { WHEP, startViewers } from './lib/viewers.mjs';

const TURN = { host: '127.0.0.9', port: 3478, user: 'viewer', password: 'a:b@c' };

/** Run in a page before its scripts: its peer connections are kept, for their statistics, and begin with `window.policy` where there is one. */
function keepPeers() {
  window.peers = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(config) {
      super({ ...config, ...window.policy });
      window.peers.push(this);
    }
  };
}

/** Both ends of the pair by which the newest peer connection receives. */
function pair(page) {
  return page.evaluate(async () => {
    const all = [...(await window.peers.at(-1).getStats()).values()];
    const of = (id) => all.find((one) => one.id === id);
    const { selectedCandidatePairId } = all.find(({ type }) => type === 'transport');
    const { localCandidateId, remoteCandidateId } = of(selectedCandidatePairId);
    return { local: of(localCandidateId), remote: of(remoteCandidateId) };
  });
}

/** What the newest peer connection has counted of its video. */
function counted(page) {
  return page.evaluate(async () => {
    const all = [...(await window.peers.at(-1).getStats()).values()];
    const { framesDecoded, freezeCount, totalFreezesDuration, nackCount, pliCount, packetsLost } = all.find(({ type }) => type === 'inbound-rtp');
    return { framesDecoded, freezeCount, totalFreezesDuration, nackCount, pliCount, packetsLost };
  });
}

test('packets are lost between Janus and a browser: 1 % and 5 %, and the picture recovers', async (t) => {
  await startStreamer(t);
  await startJanus(t, { version: '1.4', ports: PORTS });
  const relay = await startRelay(t);
  const page = await open(t, await chromium(t), PAGE, `(${keepPeers})(); (${throughRelay})();`);
  await waitFrames(page);
  assert.ok(relay.passed > 0, 'it comes through the relay');
  for (const percent of [1, 5]) {
    const before = { ...await counted(page), lost: relay.lost, published: (await state()).h264.published };
    relay.loss = percent / 100;
    await sleep(10_000);
    relay.loss = 0;
    const after = { ...await counted(page), lost: relay.lost, published: (await state()).h264.published };
    const more = Object.fromEntries(Object.keys(after).map((name) => [name, after[name] - before[name]]));
    t.diagnostic(`${percent} %: ${JSON.stringify(more)}`);
    assert.ok(percent < 5 || (more.lost > 0 && more.nackCount > 0), JSON.stringify(more));
    assert.ok(more.framesDecoded > more.published / 2, JSON.stringify(more));
    await waitFrames(page);
  }
});

for (const [percent, version] of [[1, '1.1'], [5, '1.4'], [1, null], [5, null]]) {
  const whose = version ? `Janus ${version}` : 'the streamer';
  test(`${percent} % of packets are lost on the way from ${whose} to five viewers: they ask again, and play on`, async (t) => {
    await (version ? startStreamer : startWhep)(t);
    const server = version ? await startJanus(t, { version, local: true }) : WHEP;
    const { viewers } = await startViewers(t, server, { count: 5, seconds: percent < 5 ? 20 : 12, loss: percent }).report();
    t.diagnostic(JSON.stringify(viewers));
    for (const { frames, nacks } of viewers) assert.ok(frames > 150 && nacks > 0, JSON.stringify(viewers));
    assert.equal((await state()).h264.congestion, null, 'what is lost by chance makes no picture smaller');
  });
}

test('a long way from the streamer, 150 ms, on which 5 % are lost: what is asked for again is still there', async (t) => {
  // Key frames alone, so that it is some Mbit/s.
  await startWhep(t, { device: 'test:1920x1080@30', more: ['--h264-gop', '1'] });
  const { viewers } = await startViewers(t, WHEP, { count: 2, seconds: 14, loss: 5, delay: 150 }).report();
  t.diagnostic(JSON.stringify(viewers));
  for (const { frames, broken, nacks } of viewers) assert.ok(frames > 150 && nacks > 0 && broken < frames / 20, JSON.stringify(viewers));
});

test('a browser that gets through by a TURN server alone is told of it by the streamer', async (t) => {
  const { host, port, user, password } = TURN;
  const turn = new Program('turnserver', ['-n', '--listening-ip', host, '--listening-port', String(port), '--relay-ip', host, '--min-port', '40000',
    '--max-port', '40100', '--user', `${user}:${password}`, '--realm', 'test', '--lt-cred-mech', '--allow-loopback-peers', '--no-tls', '--no-dtls',
    '--no-cli', '--log-file', 'stdout', '--pidfile', '/dev/null', '--userdb', '/dev/shm/turndb']);
  t.after(() => turn.stop());
  await turn.until('it listens', 10_000, () => turn.output.includes('Relay ports initialization done') || turn.output.includes('listener opened'));
  await startStreamer(t, { more: ['--ice-server', `turn:${user}:${password}@${host}:${port}`] });
  await startJanus(t, { version: '1.4' });
  const page = await open(t, await chromium(t), PAGE, `window.policy = { iceTransportPolicy: 'relay' }; (${keepPeers})();`);
  await waitFrames(page, 30_000);
  const { local } = await pair(page);
  t.diagnostic(JSON.stringify({ ...await stats(page), local }));
  assert.equal(local.candidateType, 'relay');
});

test('IPv6: a browser, and a viewer without one', async (t) => {
  await startStreamer(t);
  const janus = await startJanus(t, { version: '1.4', local: true, face: 'v2', media: 'ipv6 = true' });
  const page = await open(t, await chromium(t), PAGE, keepPeers);
  await waitFrames(page, 30_000);
  const { remote } = await pair(page);
  t.diagnostic(JSON.stringify(remote));
  assert.match(remote.address, /^fd86:/);
  const viewers = startViewers(t, janus, { count: 1, seconds: 10, address: 'fd86:e2e::9' });
  await until('a picture', 10_000, () => viewers.seconds().at(-1)?.frames > 20);
  await viewers.stop();
});
