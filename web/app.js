// The page: puts its parts in page/ and the client in client/ together, and minds the few buttons.
//
// `?janus=ws://HOST:8188/` in the page's address says where Janus is, `?way=webrtc` (`whep`, `websocket`, `mjpeg`) by which way alone the picture is to
// come. `window.ustreamer` is the client, for the console, for scripts and for tests: `ustreamer.state`, `await ustreamer.stats()`,
// `ustreamer.onframe = …`.

import { UstreamerClient, WAYS } from './client/ustreamer-client.js';
import { chosen, keep } from './page/choices.js';
import { mindKeys } from './page/keys.js';
import { Minute } from './page/minute.js';
import { Panel } from './page/panel.js';
import { fileName, save, screenshot } from './page/screenshot.js';
import { Settings } from './page/settings.js';
import { mindTheme } from './page/theme.js';
import { WAYS as WAY_NAMES, inShort } from './page/told.js';
import { SCALES, TURNS, View, toggleFullScreen } from './page/view.js';

/** The buttons go when nobody has moved for this long, a note after this. Milliseconds. */
const BAR_STAYS = 2500;
const NOTE_STAYS = 3000;
/** Who reads a long note needs longer: so much for each letter. Milliseconds. */
const LETTER = 60;
/** How often figures are taken. Milliseconds. */
const MEASURE = 1000;

const part = (id) => document.getElementById(id);
const [screen, video, canvas, sign, figures, panel, way] = ['screen', 'video', 'canvas', 'sign', 'figures', 'panel', 'way'].map(part);
const asked = new URLSearchParams(location.search);

/** Ways by a name that was chosen; all of them for another word. */
const waysOf = (name) => (WAYS.includes(name) ? [name] : WAYS);
for (const name of WAYS) way.append(new Option(WAY_NAMES[name] ?? name, name));
const wished = asked.get('way') ?? chosen('way', WAYS, '');
way.value = WAYS.includes(wished) ? wished : '';

const client = new UstreamerClient({ video, canvas, ways: waysOf(way.value), janus: asked.get('janus') });
window.ustreamer = client;

const view = new View({ stage: part('stage'), frame: part('frame'), video, canvas });
const details = new Panel(part('lines'), part('graphs'));
const settings = new Settings(new URL('control', document.baseURI), part('settings'));
const minute = new Minute();

// ---- words and figures

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
  if (name === 'no-streamer') settings.forget();
  const instance = client.streamerState?.instance_id;
  document.title = [name === 'playing' ? '' : title, instance, 'ustreamer'].filter(Boolean).join(' · ');
}

async function measure() {
  const now = await client.stats();
  minute.take(now, performance.now());
  if (document.hidden) return;
  const stats = now && { ...now, fps: minute.fps };
  figures.textContent = inShort(stats);
  if (panel.hidden) return;
  settings.ask();
  settings.show(client.streamerState);
  details.show({ state: client.state, streamer: client.streamerState, stats, uncertainty: client.delayUncertainty }, minute);
}

let noted;
function note(words) {
  part('note').textContent = words;
  clearTimeout(noted);
  noted = setTimeout(() => { part('note').textContent = ''; }, Math.max(NOTE_STAYS, words.length * LETTER));
}

// ---- the picture

function setScale(scale) {
  view.scale = scale;
  keep('scale', scale);
  part('toggle-scale').setAttribute('aria-pressed', String(scale === 'exact'));
}

function setTurn(turn) {
  view.turn = turn;
  keep('turn', String(view.turn));
}

function toggleScale() {
  setScale(view.scale === 'fit' ? 'exact' : 'fit');
  note(view.scale === 'exact' ? 'One to one' : 'Fitted');
}

function rotate() {
  setTurn(view.turn + 90);
  note(view.turn ? `Turned by ${view.turn}°` : 'Upright');
}

async function takeScreenshot() {
  const image = await screenshot(view.shown, view.turn);
  if (!image) return note('There is no picture to save');
  const name = fileName(location.hostname, new Date());
  save(image, name);
  note(`Saved as ${name}`);
}

const fullScreen = () => toggleFullScreen(screen, video);

// ---- sound and microphone, where the client knows of any

/** Both go through Janus alone. */
function switched(name, on) {
  const elsewhere = client.way !== null && client.way !== 'webrtc';
  note(!on ? `${name} off` : elsewhere ? `${name} on as soon as the picture comes through Janus` : `${name} on`);
}

function showSound() {
  part('sound').hidden = !client.features?.audio;
  part('sound').setAttribute('aria-pressed', String(client.sound));
  // (Browsers give a microphone to pages that came by HTTPS, or from this very machine.)
  part('mic').hidden = !client.features?.mic || !navigator.mediaDevices;
  part('mic').setAttribute('aria-pressed', String(client.mic));
}

function toggleSound() {
  if (!client.features?.audio) return;
  client.sound = !client.sound;
  showSound();
  switched('Sound', client.sound);
}

function toggleMic() {
  if (!part('mic').hidden) client.mic = !client.mic;
}

function showMic() {
  showSound();
  if (client.micTrouble) note(client.micTrouble);
  else switched('Microphone', client.mic);
}

// ---- the details

function openPanel(open) {
  const inside = panel.contains(document.activeElement);
  panel.hidden = !open;
  part('toggle-panel').setAttribute('aria-expanded', String(open));
  keep('panel', open ? 'open' : 'closed');
  if (open) measure();
  else if (inside) part('toggle-panel').focus();
}

const togglePanel = () => openPanel(panel.hidden);

function keepFigures(on) {
  part('keep-figures').checked = on;
  document.body.classList.toggle('figures-stay', on);
  keep('figures', on ? 'on' : 'off');
}

let leaving;
function awake() {
  document.body.classList.add('awake');
  clearTimeout(leaving);
  leaving = setTimeout(() => document.body.classList.remove('awake'), BAR_STAYS);
}

// ---- what leads where

client.addEventListener('state', showState);
client.addEventListener('features', showSound);
client.addEventListener('mic', showMic);
part('toggle-scale').onclick = toggleScale;
part('rotate').onclick = rotate;
part('screenshot').onclick = takeScreenshot;
part('sound').onclick = toggleSound;
part('mic').onclick = toggleMic;
part('full-screen').onclick = fullScreen;
part('toggle-panel').onclick = togglePanel;
part('close-panel').onclick = () => openPanel(false);
part('keep-figures').onchange = ({ target }) => keepFigures(target.checked);
part('show-keys').onclick = () => part('help').showModal();
way.onchange = () => {
  keep('way', way.value);
  client.ways = waysOf(way.value);
};
document.addEventListener('fullscreenchange', () => part('full-screen').setAttribute('aria-pressed', String(Boolean(document.fullscreenElement))));
screen.addEventListener('click', () => client.state.name === 'touch' && client.play());
part('frame').addEventListener('dblclick', fullScreen);
for (const moved of ['pointermove', 'pointerdown', 'keydown', 'focusin']) addEventListener(moved, awake);
mindKeys([
  { key: 'f', label: 'Full screen', act: fullScreen },
  { key: '1', label: 'One to one, or fitted; then arrow keys move the picture', act: () => { toggleScale(); part('stage').focus(); } },
  { key: 'r', label: 'Turn the picture', act: rotate },
  { key: 's', label: 'Save this frame', act: takeScreenshot },
  { key: 'm', label: 'Sound', act: toggleSound },
  { key: 'v', label: 'Your microphone', act: toggleMic },
  { key: 'k', label: 'Key frame now', act: () => settings.requestKey() },
  { key: 'i', label: 'Details and settings', act: togglePanel },
  { key: 'Enter', label: 'Play, where the browser wants to be asked', act: () => client.state.name === 'touch' && client.play() },
  { key: 'n', label: 'Figures stay on the picture', act: () => keepFigures(!part('keep-figures').checked) },
  { key: '?', label: 'These keys', act: () => part('help').showModal() },
  { key: 'Escape', label: 'Close', act: () => panel.hidden || openPanel(false) },
], part('keys'));

mindTheme(part('theme'), part('light'));
setScale(chosen('scale', SCALES, 'fit'));
setTurn(Number(chosen('turn', TURNS, '0')));
keepFigures(chosen('figures', ['on', 'off'], 'off') === 'on');
openPanel(chosen('panel', ['open', 'closed'], 'closed') === 'open');
showState();
showSound();
awake();
setInterval(measure, MEASURE);
client.start();
