// The page: shows the client's picture, state and figures, and minds the few buttons. All that streams is in client/.
//
// `?janus=ws://HOST:8188/` in the page's address says where Janus is, `?way=webrtc` (`whep`, `websocket`, `mjpeg`) by which way alone the picture is to
// come. `window.ustreamer` is the client, for the console,
// for scripts and for tests: `ustreamer.state`, `await ustreamer.stats()`, `ustreamer.onframe = …`.

import { UstreamerClient, WAYS } from './client/ustreamer-client.js';

/** The buttons go when nobody has moved for this long. Milliseconds. */
const CONTROLS_STAY = 2500;

const part = (id) => document.getElementById(id);
const [screen, video, canvas, sign, figures, chosen] = ['screen', 'video', 'canvas', 'sign', 'figures', 'way'].map(part);
const asked = new URLSearchParams(location.search);

/** Ways by a name that was chosen; all of them for another word. */
const waysOf = (name) => (WAYS.includes(name) ? [name] : WAYS);
const wished = asked.get('way') ?? localStorage.getItem('way');
chosen.value = WAYS.includes(wished) ? wished : '';

const client = new UstreamerClient({ video, canvas, ways: waysOf(chosen.value), janus: asked.get('janus') });
window.ustreamer = client;

function showState() {
  const { name, waiting, title, text, remedy } = client.state;
  document.body.dataset.state = name;
  sign.className = name === 'touch' ? 'play' : waiting ? 'busy' : 'stop';
  part('title').textContent = title;
  part('text').textContent = text;
  part('remedy').textContent = remedy ?? '';
  part('remedy').hidden = !remedy;
  // Behind the appliance's door: the page of the device, the way out, and when the session is over, the page that asks who one is.
  part('device').hidden = !client.device;
  if (client.device) part('device').href = client.device;
  part('sign-out').hidden = !client.signOut;
  if (client.signOut) part('sign-out').action = client.signOut;
  if (client.signOut && name === 'locked') location.reload();
  const instance = client.streamerState?.instance_id;
  document.title = [name === 'playing' ? '' : title, instance, 'ustreamer'].filter(Boolean).join(' · ');
}

async function showFigures() {
  if (figures.hidden) return;
  const now = await client.stats();
  const lines = now?.width ? [
    `${now.width}×${now.height}`,
    `${Math.round(now.fps)} fps`,
    now.delay === null ? '' : `${now.delay.toFixed(now.delay < 100 ? 1 : 0)} ms`,
    now.packetsLost > 0 ? `${now.packetsLost} lost` : '',
    { whep: 'WHEP', websocket: 'WebSocket', mjpeg: 'JPEG' }[now.way] ?? '',
  ] : ['no picture'];
  figures.textContent = lines.filter(Boolean).join('  ·  ');
}

function toggleFigures() {
  figures.hidden = !figures.hidden;
  part('toggle-figures').setAttribute('aria-pressed', String(!figures.hidden));
  localStorage.setItem('figures', figures.hidden ? 'off' : 'on');
  showFigures();
}

function toggleFullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (screen.requestFullscreen) screen.requestFullscreen({ navigationUI: 'hide' }).catch(() => {});
  else video.webkitEnterFullscreen?.(); // an iPhone shows nothing but the video itself in full screen
}

let leaving;
function showControls() {
  document.body.classList.add('awake');
  clearTimeout(leaving);
  leaving = setTimeout(() => document.body.classList.remove('awake'), CONTROLS_STAY);
}

client.addEventListener('state', showState);
client.addEventListener('figures', showFigures);
part('toggle-figures').onclick = toggleFigures;
chosen.onchange = () => {
  localStorage.setItem('way', chosen.value);
  client.ways = waysOf(chosen.value);
};
part('full-screen').onclick = toggleFullScreen;
screen.addEventListener('click', () => client.state.name === 'touch' && client.play());
for (const picture of [video, canvas]) picture.addEventListener('dblclick', toggleFullScreen);
for (const moved of ['pointermove', 'pointerdown', 'keydown', 'focusin']) addEventListener(moved, showControls);
addEventListener('keydown', ({ key, ctrlKey, metaKey, altKey }) => {
  if (ctrlKey || metaKey || altKey || document.activeElement === chosen) return;
  if (key === 'f') toggleFullScreen();
  if (key === 'i') toggleFigures();
});

if (localStorage.getItem('figures') === 'on') toggleFigures();
showState();
showControls();
client.start();
