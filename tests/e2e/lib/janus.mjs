// A real Janus from a Debian package, unpacked but not installed, with our plugin and the WebSocket transport and nothing else.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program, folder } from './process.mjs';
import { SINK } from './streamer.mjs';

const PLUGIN = process.env.JANUS_PLUGIN ?? fileURLToPath(new URL('../../../janus/libjanus_ustreamer.so', import.meta.url));

/** Folders of the unpacked packages, by version; run.sh sees to them. */
const ROOTS = { 1.1: process.env.JANUS_1_1, 1.4: process.env.JANUS_1_4 };

/** The two ways to tell the plugin its sink: the guide's and today's. */
export const GUIDE_CONFIG = `memsink: { object = "${SINK}" }\n`;
export const TODAYS_CONFIG = `video: { sink = "${SINK}" }\n`;

/** Where the page looks for Janus when nobody tells it. */
const PORT = 8188;

/**
 * Starts Janus; resolves when its port takes connections.
 * @param {object} o
 * @param {'1.1'|'1.4'} [o.version]
 * @param {string} [o.config] the plugin's
 * @param {boolean} [o.plugin] false: without it
 * @param {number} [o.port] for WebSockets
 * @param {string} [o.announce] an address to announce instead of its own
 * @param {string} [o.unix] a UNIX socket for WebSockets, instead of the port
 */
export async function startJanus(t, { version = '1.1', config = GUIDE_CONFIG, plugin = true, port = PORT, announce, unix } = {}) {
  const root = ROOTS[version];
  if (!root) throw new Error(`where is Janus ${version}? Run these tests by tests/e2e/run.sh`);
  const made = folder(t);
  const [configs, plugins, transports, none] = ['configs', 'plugins', 'transports', 'none'].map((name) => {
    fs.mkdirSync(path.join(made, name));
    return path.join(made, name);
  });
  const websockets = find(path.join(root, 'usr/lib'), 'libjanus_websockets.so');
  fs.symlinkSync(websockets, path.join(transports, 'libjanus_websockets.so'));
  if (plugin) fs.symlinkSync(fs.realpathSync(PLUGIN), path.join(plugins, 'libjanus_ustreamer.so'));
  const write = (name, text) => fs.writeFileSync(path.join(configs, name), text);
  write('janus.jcfg', `general: { transports_folder = "${transports}"  events_folder = "${none}"  loggers_folder = "${none}"  debug_level = 4 }
media: { rtp_port_range = "20000-20999" }
nat: { ice_enforce_list = "v0"  ${announce ? `nat_1_1_mapping = "${announce}"` : ''} }
`);
  write('janus.transport.websockets.jcfg', `general: { json = "compact"  ws = true  wss = false  ${unix ? `ws_unix = "${unix}"` : `ws_port = ${port}  ws_ip = "127.0.0.1"`} }
admin: { admin_ws = false }
`);
  write('janus.plugin.ustreamer.jcfg', config);
  const janus = new Program(path.join(root, 'run'), ['/usr/bin/janus', '--configs-folder', configs, '--plugins-folder', plugins, '--log-stdout', '--disable-colors']);
  t.after(() => janus.stop());
  await janus.until(`${unix ?? `port ${port}`} takes connections`, 10_000, () => connects(unix ? { path: unix } : { port, host: '127.0.0.1' }));
  return Object.assign(janus, { ready: performance.now() });
}

function find(under, name) {
  const found = fs.readdirSync(under, { recursive: true }).find((file) => path.basename(file) === name);
  if (!found) throw new Error(`${name} is not in ${under}`);
  return path.join(under, found);
}

function connects(where) {
  return new Promise((resolve) => {
    const socket = net.connect(where);
    socket.on('connect', () => { socket.destroy(); resolve(true); });
    socket.on('error', () => resolve(false));
  });
}
