// What is going on, in words. Pure: facts in, one of the states out; no network, no page.
//
// Keeps: exactly one state is true at a time, the most useful one, and every state that is not `playing` says what to do or
// what will happen by itself. Texts are for somebody who plugged in a cable and opened a page.

/**
 * What the client knows at one moment.
 * @typedef {object} Facts
 * @property {boolean} webrtc this browser has WebRTC
 * @property {boolean} h264 this browser's WebRTC takes H.264
 * @property {string} janusUrl where Janus is looked for
 * @property {'janus'|'plugin'|'offer'|'media'|'frames'} step how far the way to the picture has been gone
 * @property {null|'no-janus'|'no-plugin'|'not-yet'|'refused'|'no-media'} trouble what stopped it there the last time
 * @property {string} [detail] the other side's own words about the trouble
 * @property {boolean} frozen frames came and then stopped coming
 * @property {boolean} blocked the browser does not play without a touch
 * @property {boolean|null} streamer the streamer answers; null: not known, for example on a page of somebody else's
 * @property {object|null} state `result` of the streamer's last `/state`
 * @property {boolean} detour pictures come, by another way than through Janus
 * @property {string|null} alone the one way by which the picture is to come; null: there is a choice
 * @property {string} ended why the last try of another way than through Janus had no picture
 * @property {boolean} locked who guards the streamer asks for a password (again)
 */

/**
 * A state, ready to be shown.
 * @typedef {object} State
 * @property {string} name `playing`, `touch`, `connecting`, `no-signal`, `no-streamer`, `no-janus`, `no-plugin`, `no-video`,
 *   `no-sink`, `no-media`, `refused`, `frozen`, `locked`, `no-whep`, `no-h264` or `no-webrtc`
 * @property {boolean} waiting it is being worked on, or will pass by itself
 * @property {string} title a few words
 * @property {string} text what it means and what happens next
 * @property {string} [remedy] something to do or to type
 */

/** @param {Facts} facts @returns {State} */
export function stateOf(facts) {
  if (facts.detour) return facts.state?.source?.online === false ? noSignal(facts.state.source) : PLAYING;
  if (!facts.webrtc) return NO_WEBRTC;
  if (!facts.h264) return NO_H264;
  const flowing = facts.step === 'frames' && !facts.frozen;
  const source = facts.state?.source;
  if (flowing && facts.blocked) return TOUCH;
  if (flowing) return source?.online === false ? noSignal(source) : PLAYING;
  if (facts.locked) return LOCKED;
  if (facts.alone === 'whep') return byWhep(facts);
  // The streamer's own trouble explains what Janus and its plugin lack, so it is told first.
  if (facts.streamer === false) return NO_STREAMER;
  if (facts.trouble === 'no-janus') return noJanus(facts);
  if (facts.trouble === 'no-plugin') return NO_PLUGIN;
  if (facts.frozen) return FROZEN;
  if (facts.trouble === 'not-yet') {
    if (facts.state && !facts.state.h264) return NO_SINK;
    return source?.online === false ? noSignal(source) : NO_VIDEO;
  }
  if (facts.trouble === 'no-media') return noMedia(facts);
  if (facts.trouble === 'refused') return refused(facts);
  return connecting(facts);
}

const PLAYING = { name: 'playing', waiting: false, title: 'Playing', text: '' };

const TOUCH = {
  name: 'touch', waiting: false, title: 'Touch to play',
  text: 'This browser starts a video only when asked to.',
};

const NO_WEBRTC = {
  name: 'no-webrtc', waiting: false, title: 'This browser has no WebRTC',
  text: 'The picture comes by WebRTC, which is missing or switched off here.',
  remedy: 'Use a current Chrome, Chromium, Edge or Safari.',
};

const NO_H264 = {
  name: 'no-h264', waiting: false, title: 'This browser has no H.264 in WebRTC',
  text: 'The picture is H.264 video over WebRTC. This browser’s WebRTC cannot decode it, so there would only be black.',
  remedy: 'Use Chrome, Chromium, Edge or Safari. In Firefox: switch on the “OpenH264” plugin under Add-ons, Plugins; this page goes on by itself.',
};

const LOCKED = {
  name: 'locked', waiting: false, title: 'Signed out',
  text: 'The picture is guarded, and this page is not let in, or not any more.',
  remedy: 'Load the page anew and sign in.',
};

const NO_STREAMER = {
  name: 'no-streamer', waiting: true, title: 'The streamer does not answer',
  text: 'Its machine is off, out of reach, or the program is being restarted. The picture comes back by itself.',
};

const NO_PLUGIN = {
  name: 'no-plugin', waiting: true, title: 'Janus has no ustreamer plugin',
  text: 'Janus answers, but without the plugin that knows the picture. Its log says why it was not loaded.',
  remedy: 'janus --plugins-folder FOLDER-OF-libjanus_ustreamer.so',
};

const NO_WHEP = {
  name: 'no-whep', waiting: true, title: 'The streamer does no WebRTC itself',
  text: 'It runs, but it was not told to send video to browsers without Janus.',
  remedy: 'ustreamer --whep …',
};

const NO_SINK = {
  name: 'no-sink', waiting: true, title: 'The streamer makes no H.264',
  text: 'It runs, but it was not told to publish H.264 video for Janus.',
  remedy: 'ustreamer --h264-sink demo::ustreamer::h264 …',
};

const NO_VIDEO = {
  name: 'no-video', waiting: true, title: 'The video is not there yet',
  text: 'Janus is ready and waits for the first frame. If this stays: the streamer and Janus’s plugin must be given the same sink name.',
};

const FROZEN = {
  name: 'frozen', waiting: true, title: 'The picture has stopped',
  text: 'No new frames have arrived for a moment. Getting them back.',
};

/** The streamer's reason reads `what is wrong; what to do`, with or without the words "no signal" before it. */
function noSignal({ reason = '', device = '' }) {
  const [why, ...advice] = reason.replace(/^no signal\b[:,]?\s*/i, '').split('; ');
  const from = device && !reason.includes(device) ? ` (${device})` : '';
  const remedy = advice.join('; ');
  return {
    name: 'no-signal', waiting: true, title: 'No signal',
    text: `${sentence(why || 'the source gives no picture')}${from}. The picture starts by itself when there is one.`,
    ...(remedy && { remedy }),
  };
}

/** This page never has one: whoever opens it would have it, too. */
const NO_SECRET = 'This page has no secret for Janus. Run Janus without api_secret and token_auth, or give the client of a page of your own its auth.';

function noJanus({ janusUrl }) {
  return {
    name: 'no-janus', waiting: true, title: 'No Janus there',
    text: `It is looked for at ${janusUrl} and nobody answers. Start Janus with our plugin; if it runs elsewhere, add its address to this page’s.`,
    remedy: '?janus=ws://HOST:8188/',
  };
}

/** WebRTC straight from the streamer, which was chosen by hand. */
function byWhep({ streamer, state, ended }) {
  if (streamer === false) return NO_STREAMER;
  if (state && !state.whep) return NO_WHEP;
  if (ended.includes('does not get through')) return noMediaByWhep(state);
  if (ended) return { ...refused({ detail: ended }), title: 'The streamer refused' };
  return { name: 'connecting', waiting: true, title: 'Connecting', text: 'Asking the streamer for the picture by WebRTC.' };
}

function noMediaByWhep(state) {
  const port = state?.whep?.port ?? 'the port of --whep-port';
  return {
    name: 'no-media', waiting: true, title: 'The video does not get through',
    text: `The streamer answers, but its video packets do not arrive, neither by UDP nor by TCP. A firewall or VPN blocks port ${port}, or it announces an address that cannot be reached from here. Trying again.`,
    remedy: 'ustreamer --whep-host ADDRESS …',
  };
}

function noMedia({ janusUrl }) {
  return {
    name: 'no-media', waiting: true, title: 'The video does not get through',
    text: `Janus at ${janusUrl} answers, but its video packets do not arrive. A firewall or VPN blocks UDP, or Janus announces an address that cannot be reached from here. Trying again.`,
  };
}

function refused({ detail }) {
  return {
    name: 'refused', waiting: true, title: 'Janus refused',
    text: `${sentence(detail || 'it gave no reason')}. Trying again.`,
    ...(detail.includes('secret/token') && { remedy: NO_SECRET }),
  };
}

function connecting({ step, janusUrl }) {
  const text = step === 'janus' ? `Looking for Janus at ${janusUrl}.`
    : step === 'media' ? 'Janus has answered. Waiting for the first picture.'
      : 'Janus has answered. Asking for the picture.';
  return { name: 'connecting', waiting: true, title: 'Connecting', text };
}

/** Why there is no microphone, by the name of what the browser throws (Media Capture and Streams, `getUserMedia`). */
const NO_MICROPHONE = {
  NotAllowedError: 'This browser lets the page have no microphone; allow it beside the page’s address',
  NotFoundError: 'There is no microphone here; plug one in',
  NotReadableError: 'The microphone cannot be opened; another program may have it',
};
export const NOBODY_PLAYS = 'Nobody plays microphones there: Janus’s plugin has no device for them (aplay)';
export const ONLY_BY_HTTPS = 'Browsers give a microphone only to pages that came by HTTPS, or from this very machine';
export const MICROPHONE_GONE = 'The microphone has gone: it was unplugged, or is not allowed any more';

/** @param {Error} error of `getUserMedia` */
export function noMicrophone({ name, message }) {
  return NO_MICROPHONE[name] ?? `The microphone is not to be had: ${message}`;
}

function sentence(words) {
  return words.charAt(0).toUpperCase() + words.slice(1).replace(/[.\s]+$/, '');
}
