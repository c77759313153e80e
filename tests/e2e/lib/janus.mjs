// A real Janus from a Debian package, unpacked but not installed, with our plugin and the WebSocket transport and nothing else.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program, find, folder } from './process.mjs';
import { SINK } from './streamer.mjs';

const PLUGIN = process.env.JANUS_PLUGIN ?? fileURLToPath(new URL('../../../janus/libjanus_ustreamer.so', import.meta.url));

/** Folders of the unpacked packages, by version; run.sh sees to them. */
const ROOTS = { 1.1: process.env.JANUS_1_1, 1.4: process.env.JANUS_1_4 };

/** The two ways to tell the plugin its sink: the guide's and today's. */
export const GUIDE_CONFIG = `memsink: { object = "${SINK}" }\n`;
export const TODAYS_CONFIG = `video: { sink = "${SINK}" }\n`;

/** Where the page looks for Janus when nobody tells it. */
const PORT = 8188;
const HTTP_PORT = 8088;
const ADMIN_PORT = 7088;
const LOST = 'Unix Sockets thread ended';

/** A request by HTTP; resolves with the answer. `text`: what is sent instead, JSON or not. */
async function ask(path, request, text = JSON.stringify({ transaction: 'test', ...request })) {
  return (await fetch(`http://127.0.0.1:${HTTP_PORT}/janus${path}`, { method: 'POST', body: text })).json();
}

/** What has happened in a session since the last time; waits for it for up to 30 s. */
async function events(session) {
  return (await fetch(`http://127.0.0.1:${HTTP_PORT}/janus/${session}?maxev=20`)).json();
}

/** What the plugin shows of each viewer to Janus's admin interface. */
async function query() {
  const ask = async (path, request) => {
    const body = JSON.stringify({ transaction: 'query', admin_secret: 'janusoverlord', ...request });
    return (await fetch(`http://127.0.0.1:${ADMIN_PORT}/admin${path}`, { method: 'POST', body })).json();
  };
  const all = [];
  for (const session of (await ask('', { janus: 'list_sessions' })).sessions) {
    for (const handle of (await ask(`/${session}`, { janus: 'list_handles' })).handles ?? []) {
      const info = await ask(`/${session}/${handle}`, { janus: 'handle_info', plugin_only: true });
      if (info.info?.plugin_specific) all.push(info.info.plugin_specific);
    }
  }
  return all;
}

/**
 * Starts Janus; resolves when its port takes connections.
 * @param {object} o
 * @param {'1.1'|'1.4'} [o.version]
 * @param {string} [o.config] the plugin's
 * @param {boolean} [o.plugin] false: without it
 * @param {object} [o.others] configurations of Debian's own plugins to have beside it, by name: `{ streaming: '…' }`
 * @param {number} [o.port] for WebSockets
 * @param {string} [o.announce] an address to announce instead of its own
 * @param {string} [o.unix] a UNIX socket for WebSockets, instead of the port
 * @param {boolean} [o.local] with its UNIX socket (`api`), which viewers without a browser speak to, and by HTTP (`ask`, `events`), its admin interface, too (`query`)
 * @param {string} [o.face] the network interface that it offers
 * @param {string} [o.ports] for media: `first-last`
 * @param {string} [o.media] more of what it is told of media
 * @param {string} [o.nat] more of what it is told of its network
 * @param {string} [o.general] more of what it is told
 */
export async function startJanus(t, options = {}) {
  for (;;) {
    const janus = await start(t, options);
    // The thread of its UNIX sockets looks at a mark that is set after it was started, and ends if it is too early.
    if (!options.local || !janus.output.includes(LOST)) return janus;
    await janus.stop();
  }
}

async function start(t, { version = '1.1', config = GUIDE_CONFIG, plugin = true, others = {}, port = PORT, announce, unix, local = false, face = 'v0', ports = '20000-20999', media = '', nat = '', general = '' } = {}) {
  const root = ROOTS[version];
  if (!root) throw new Error(`where is Janus ${version}? Run these tests by tests/e2e/run.sh`);
  const made = folder(t);
  const [configs, plugins, transports, none] = ['configs', 'plugins', 'transports', 'none'].map((name) => {
    fs.mkdirSync(path.join(made, name));
    return path.join(made, name);
  });
  const websockets = find(path.join(root, 'usr/lib'), 'libjanus_websockets.so');
  fs.symlinkSync(websockets, path.join(transports, 'libjanus_websockets.so'));
  for (const name of local ? ['libjanus_pfunix.so', 'libjanus_http.so'] : []) {
    fs.symlinkSync(find(path.join(root, 'usr/lib'), name), path.join(transports, name));
  }
  const api = path.join(made, 'api');
  if (plugin) fs.symlinkSync(fs.realpathSync(PLUGIN), path.join(plugins, 'libjanus_ustreamer.so'));
  const write = (name, text) => fs.writeFileSync(path.join(configs, name), text);
  write('janus.jcfg', `general: { transports_folder = "${transports}"  events_folder = "${none}"  loggers_folder = "${none}"  debug_level = 4  admin_secret = "janusoverlord"  ${general} }
media: { rtp_port_range = "${ports}"  ${media} }
nat: { ice_enforce_list = "${face}"  ${announce ? `nat_1_1_mapping = "${announce}"` : ''}  ${nat} }
`);
  write('janus.transport.pfunix.jcfg', `general: { enabled = true  json = "compact"  path = "${api}"  type = "SOCK_SEQPACKET" }
admin: { admin_enabled = false }
`);
  write('janus.transport.http.jcfg', `general: { json = "compact"  http = true  port = ${HTTP_PORT}  ip = "127.0.0.1"  https = false }
admin: { admin_http = true  admin_port = ${ADMIN_PORT}  admin_ip = "127.0.0.1" }
`);
  write('janus.transport.websockets.jcfg', `general: { json = "compact"  ws = true  wss = false  ${unix ? `ws_unix = "${unix}"` : `ws_port = ${port}  ws_ip = "127.0.0.1"`} }
admin: { admin_ws = false }
`);
  write('janus.plugin.ustreamer.jcfg', config);
  for (const [name, text] of Object.entries(others)) {
    fs.symlinkSync(find(path.join(root, 'usr/lib'), `libjanus_${name}.so`), path.join(plugins, `libjanus_${name}.so`));
    write(`janus.plugin.${name}.jcfg`, text);
  }
  const janus = new Program(path.join(root, 'run'), ['/usr/bin/janus', '--configs-folder', configs, '--plugins-folder', plugins, '--log-stdout', '--disable-colors']);
  t.after(() => janus.stop());
  // Its transports come one after the other.
  const places = [unix ? { path: unix } : { port }, ...(local ? [{ path: api }, { port: HTTP_PORT }, { port: ADMIN_PORT }] : [])];
  await janus.until(`${unix ?? `port ${port}`} takes connections`, 10_000, async () => {
    if (local && janus.output.includes(LOST)) return true;
    for (const place of places) if (!(place.path === api ? fs.existsSync(api) : await connects(place))) return false;
    return true;
  });
  return Object.assign(janus, { ready: performance.now(), api, query, ask, events });
}

function connects(where) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', ...where });
    socket.on('connect', () => { socket.destroy(); resolve(true); });
    socket.on('error', () => resolve(false));
  });
}
