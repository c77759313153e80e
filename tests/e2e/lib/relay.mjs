// A relay between browsers and Janus's ports for media, which loses what a test wants: UDP ports of its own, each for one of Janus's, and for each
// browser a port towards Janus.
import dgram from 'node:dgram';

const HOST = '127.0.0.9';
/** Janus's ports, and how far from each of them the relay's is. */
const [FIRST, LAST, APART] = [20000, 20019, 10000];
export const PORTS = `${FIRST}-${LAST}`;

/** Starts it. `loss` is the share that is lost on the way to browsers, from 0 to 1, and may be changed at any time. */
export async function startRelay(t) {
  const relay = { loss: 0, passed: 0, lost: 0 };
  const open = async (port = 0) => {
    const socket = dgram.createSocket('udp4');
    t.after(() => socket.close());
    await new Promise((resolve) => { socket.bind(port, HOST, resolve); });
    return socket;
  };
  for (let port = FIRST; port <= LAST; port++) {
    const browsers = await open(port + APART);
    const towards = new Map();
    browsers.on('message', async (packet, { address, port: from }) => {
      const key = `${address} ${from}`;
      if (!towards.has(key)) {
        towards.set(key, open().then((janus) => janus.on('message', (answer) => {
          const lost = Math.random() < relay.loss;
          relay[lost ? 'lost' : 'passed'] += 1;
          if (!lost) browsers.send(answer, from, address);
        })));
      }
      (await towards.get(key)).send(packet, port, HOST);
    });
  }
  return relay;
}

/** Run in a page before its scripts: what it is told of Janus's ports are the relay's. */
export function throughRelay() {
  const { setRemoteDescription } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.setRemoteDescription = function other({ type, sdp }) {
    const told = sdp.replace(/^(a=candidate:\S+ \d+ udp \d+ \S+ )(\d+)/gm, (_, head, port) => head + (Number(port) + 10000));
    return setRemoteDescription.call(this, { type, sdp: told });
  };
}
