// What the details say, line by line. Pure: what the streamer and the client know in, words out; no page.
//
// What must always hold: nothing is said that was not measured or told; what is not known is left out.

import { byPackets } from './minute.js';

/** The ways to the picture, in words. */
export const WAYS = {
  webrtc: 'WebRTC through Janus', whep: 'WebRTC from the streamer itself', websocket: 'H.264 by WebSocket', mjpeg: 'JPEGs by HTTP',
};

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** The same in a word. */
const SHORT = { webrtc: 'WebRTC', whep: 'WebRTC', websocket: 'WebSocket', mjpeg: 'JPEG' };

/** A bitrate given in kbit/s. */
export const bitrateInWords = (kbps) => (kbps < 1000 ? `${Math.round(kbps)} kbit/s` : `${number.format(kbps / 1000)} Mbit/s`);

/** A delay given in ms. */
export const delayInWords = (ms) => `${ms < 100 ? ms.toFixed(1) : Math.round(ms)} ms`;

const sizeInWords = ({ width, height }) => `${width}×${height}`;

const fpsInWords = ({ fps }) => (fps === null ? '' : `${Math.round(fps)} fps`);

/** The figures that fit on the picture; empty without one. */
export function inShort(stats) {
  if (!stats?.width || !stats.way) return '';
  return [
    SHORT[stats.way] ?? stats.way,
    sizeInWords(stats),
    fpsInWords(stats),
    stats.delay === null ? '' : delayInWords(stats.delay),
    stats.packetsLost > 0 ? `${number.format(stats.packetsLost)} lost` : '',
  ].filter(Boolean).join(' · ');
}

/** Seconds as the two largest units of them that say something. */
export function timeInWords(seconds) {
  const units = [['d', 86_400], ['h', 3600], ['min', 60], ['s', 1]];
  const first = Math.max(0, units.findIndex(([, length]) => seconds >= length));
  let rest = Math.max(0, Math.floor(seconds));
  const words = units.slice(seconds < 1 ? -1 : first).slice(0, 2).map(([unit, length]) => {
    const count = Math.floor(rest / length);
    rest -= count * length;
    return count ? `${count} ${unit}` : '';
  });
  return words.filter(Boolean).join(' ') || '0 s';
}

/**
 * All lines.
 * @param {object} o
 * @param {import('../client/words.js').State} o.state how things stand
 * @param {object|null} o.streamer the streamer's `/state`
 * @param {object|null} o.stats the client's figures; `fps` null while it is not known
 * @param {number|null} o.uncertainty of the delay, ms
 * @returns {{name: string, label: string, text: string, more?: string}[]}
 */
export function tell({ state, streamer, stats, uncertainty }) {
  const lines = [{ name: 'state', label: 'State', text: state.name === 'playing' ? 'Live' : state.title }];
  const say = (name, label, text, more) => { if (text) lines.push({ name, label, text, ...(more && { more }) }); };
  const { source, h264, encoder } = streamer ?? {};
  if (source) {
    const size = source.resolution.width ? sizeInWords(source.resolution) : '';
    const limit = source.desired_fps ? `at most ${source.desired_fps} encoded` : '';
    say('source', 'Source', source.online ? `${size}, ${source.captured_fps} fps` : 'no signal',
      [source.device, source.format, limit, source.online ? '' : source.reason?.replace(/^no signal\b[:,]?\s*/i, '')].filter(Boolean).join(' · '));
  }
  if (h264?.encoder?.name) say('encoder', 'Encoder', h264.encoder.name, h264.encoder.why);
  if (h264?.congestion) say('congestion', 'Held back', ...heldBack(h264.congestion));
  if (encoder && (stats?.way === 'mjpeg' || !h264)) say('jpeg', 'JPEGs', JPEG_MAKERS[encoder.type] ?? encoder.type, encoder.why);
  if (stats?.way) {
    say('way', 'Way in', WAYS[stats.way] ?? stats.way);
    if (stats.width) say('shown', 'Shown', [sizeInWords(stats), fpsInWords(stats)].filter(Boolean).join(', '), stats.way !== 'mjpeg' && stats.decoder && `decoded by ${stats.decoder}`);
    if (stats.delay !== null) {
      const known = uncertainty === null ? '' : `± ${delayInWords(uncertainty)}`;
      say('delay', 'Delay', `${delayInWords(stats.delay)} ${known}`.trim(), 'from capture to decoded');
    }
    say('losses', 'Losses', ...losses(stats));
  }
  if (streamer) {
    say('viewers', 'Watching', viewers(streamer));
    say('streamer', 'Streamer', [streamer.instance_id, streamer.version && `version ${streamer.version}`].filter(Boolean).join(', '),
      streamer.uptime !== undefined && `up for ${timeInWords(streamer.uptime)}`);
  }
  return lines;
}

const JPEG_MAKERS = { CPU: 'software', HW: 'the camera', 'M2M-IMAGE': 'the kernel’s encoder', 'M2M-VIDEO': 'the kernel’s encoder' };

/** What viewers' narrow ways leave of the stream. */
function heldBack({ bitrate, fps, why }) {
  return [[`to ${bitrateInWords(bitrate)}`, fps && `at most ${fps} fps`].filter(Boolean).join(', '), `a viewer’s way is narrow (${why})`];
}

/** What got lost on the way, and what became of it. */
function losses({ way, packets, packetsLost, framesDropped, freezes }) {
  const dropped = `${number.format(framesDropped)} ${framesDropped === 1 ? 'frame' : 'frames'} dropped`;
  const frozen = freezes > 0 ? `, ${number.format(freezes)} ${freezes === 1 ? 'freeze' : 'freezes'}` : '';
  return byPackets(way) ? [`${number.format(packetsLost)} of ${number.format(packets + packetsLost)} packets`, dropped + frozen] : [dropped + frozen];
}

/** Who watches, this page among them. Janus does not tell the streamer how many it serves. */
function viewers({ h264, stream, sinks, whep }) {
  return [
    sinks?.h264?.has_clients && 'Janus, for its viewers',
    whep?.viewers?.length > 0 && `${whep.viewers.length} by WHEP`,
    h264?.viewers > 0 && `${h264.viewers} by WebSocket`,
    stream?.clients > 0 && `${stream.clients} by JPEGs`,
  ].filter(Boolean).join(', ') || 'nobody';
}
