// The client: puts the streamer's picture into a <video> and keeps it there, whatever restarts or goes wrong meanwhile.
//
//   import { UstreamerClient } from 'http://HOST:8080/client/ustreamer-client.js';
//   const client = new UstreamerClient({ video: document.querySelector('video'), server: 'http://HOST:8080/' });
//   client.addEventListener('state', () => console.log(client.state.title, client.state.text));
//   client.start();
//
// The picture comes by WebRTC through Janus. Where that does not get through it comes by another way meanwhile: by WebRTC from the streamer itself
// if that does it, and by HTTP if a `canvas` was given.
//
// Chooses between the ways (through-janus.js and detour.js), of which each goes on by itself after whatever ends it; and tells what is known.
//
// Keeps: the picture through Janus is tried for as long as it is wanted, and another way is gone only while it does not come; `state` always says in
// words how things stand.

import { Clock } from './clock.js';
import { Detour } from './detour.js';
import { Microphone } from './microphone.js';
import { median } from './receiver.js';
import { Streamer } from './streamer.js';
import { ThroughJanus } from './through-janus.js';
import { NOBODY_PLAYS, stateOf } from './words.js';

/** All ways to the picture, in the order in which they are taken: `webrtc` is through Janus, `whep` from the streamer itself. */
export const WAYS = ['webrtc', 'whep', 'websocket', 'mjpeg'];

/** How often it is seen which way is to be gone. Milliseconds. */
const TICK = 500;
/** How long the streamer may take to tell where Janus is before the usual place is tried. */
const HINT_WITHIN = 300;

/**
 * Events: `state` (after each change of `state`), `figures` (about twice a second while there is a connection), `features` (after each
 * change of `features`), `mic` (after each change of `mic` or `micTrouble`).
 */
export class UstreamerClient extends EventTarget {
  #video;
  #server;
  #iceServers;
  #clock = new Clock();
  #streamer;
  #ways;
  #janus;
  #detour;
  #microphone = new Microphone(() => this.#microphoneTurned());
  #watching = null;
  #running = false;
  #ended = Promise.resolve();
  #wayBefore = null;
  #delays = []; // of the newest frames that came by this way
  #sound = false;
  #facts = { blocked: false, streamer: null, state: null, locked: false, detour: false, alone: null, ended: '' };

  /** How things stand now, in words: see `State` in words.js. @type {import('./words.js').State} */
  state;

  /**
   * Called for each new frame with the arguments of `requestVideoFrameCallback` and the element that shows it; set it at will.
   * `delayOf(metadata)` tells the age of the frame.
   * @type {null | ((now: number, metadata: VideoFrameCallbackMetadata, shown: HTMLVideoElement|HTMLCanvasElement) => void)}
   */
  onframe = null;

  /**
   * @param {object} o
   * @param {HTMLVideoElement} o.video where the picture goes
   * @param {HTMLCanvasElement} [o.canvas] where it goes when it does not come by WebRTC; `hidden` while it does. Default: WebRTC or nothing
   * @param {string[]} [o.ways] of `WAYS`, which may be taken; default: all
   * @param {string} [o.server] the streamer's address; default: where the page came from
   * @param {string} [o.janus] Janus's WebSocket address; default: what the streamer says, else port 8188 of the server's host
   * @param {object} [o.auth] `{token, apisecret}` where Janus wants them
   * @param {RTCIceServer[]} [o.iceServers] STUN and TURN; default: what the streamer says (`--ice-server`), else none, which is right on a local network
   */
  constructor({ video, canvas = null, ways = WAYS, server = document.baseURI, janus = null, auth = {}, iceServers = null }) {
    super();
    this.#video = video;
    this.#server = new URL(server, document.baseURI);
    this.#iceServers = iceServers;
    this.#streamer = new Streamer(new URL('state', this.#server), this.#clock, () => this.#note({
      streamer: this.#streamer.answers, state: this.#streamer.state, locked: this.#streamer.locked,
    }));
    const means = {
      server: this.#server, video, show: (stream) => this.#put(stream), iceServers: () => this.#helpers, onframe: (...frame) => this.#frame(...frame),
    };
    this.#janus = new ThroughJanus({
      ...means, auth, address: () => janus ?? this.#streamer.state?.janus, told: () => this.#janusTold(), learnt: () => this.#featuresTold(),
      waits: () => this.#detour.way === 'whep', meanwhile: () => this.#detour.way !== null,
    });
    this.#detour = new Detour({ ...means, canvas, changed: () => this.#turned() });
    this.#take(ways);
    this.state = this.#stateNow();
  }

  /** Starts, and goes on until `stop`. */
  start() {
    if (this.#running) return;
    this.#running = true;
    this.#video.muted = !this.#sound; // with sound browsers would not let it play by itself
    this.#video.playsInline = true;
    addEventListener('online', this.#wake);
    document.addEventListener('visibilitychange', this.#wake);
    this.#watching = setInterval(() => this.#look(), TICK);
    this.#ended = this.#ended.then(() => this.#run());
  }

  /** Ends everything; the last picture stays. `start` starts again. */
  stop() {
    this.#running = false;
    removeEventListener('online', this.#wake);
    document.removeEventListener('visibilitychange', this.#wake);
    clearInterval(this.#watching);
    this.#microphone.close();
    this.#detour.stop();
    this.#streamer.stop();
    this.#janus.stop();
  }

  /** Which ways may be taken, of `WAYS`: at once, whatever is going on. */
  get ways() {
    return this.#ways;
  }

  set ways(names) {
    this.#take(names);
    this.#detour.stop();
    this.#note({});
    this.#choose();
  }

  /** Whether sound is wanted, beside a picture by WebRTC; false at first. A change sets the picture up afresh. Set it from a click. */
  get sound() {
    return this.#sound;
  }

  set sound(wanted) {
    if (this.#sound === Boolean(wanted)) return;
    this.#sound = Boolean(wanted);
    this.#video.muted = !this.#sound;
    this.#janus.wish({ audio: this.#sound });
  }

  /**
   * Whether the viewer's microphone is open and goes through Janus to where the plugin plays it. `true` asks the browser for it, and stays false until
   * it gives it; false gives it back. A change sets the picture up afresh. Where it cannot be had, `micTrouble` says why. Set it from a click.
   */
  get mic() {
    return this.#microphone.track !== null;
  }

  set mic(wanted) {
    if (!wanted) this.#microphone.close();
    else if (this.features?.mic) this.#microphone.open();
    else this.#microphone.close(NOBODY_PLAYS);
  }

  /** Why there is no microphone though it was wanted, in words; empty: there is one, or it was not wanted. */
  get micTrouble() {
    return this.#microphone.trouble;
  }

  /** What the plugin has beside the picture, `{audio, mic}`, each true if its device is there; null while that is not known. */
  get features() {
    return this.#janus.features;
  }

  #take(names) {
    this.#ways = WAYS.filter((way) => names.includes(way));
    this.#facts.alone = this.#ways.length === 1 ? this.#ways[0] : null;
    this.#janus.wanted = this.#ways.includes('webrtc');
  }

  /** The way by which the picture comes now, of `WAYS`, or null. */
  get way() {
    return this.#janus.flows ? 'webrtc' : this.#detour.way;
  }

  /** When the newest attempt by WebRTC got where, ms of performance.now(): `{watch, offer, connected, firstFrame}`, as far as it came. */
  get join() {
    return (this.#janus.flows ? null : this.#detour.join) ?? this.#janus.join;
  }

  /** Plays when the browser wanted a touch first (state `touch`): call it from a click. */
  async play() {
    try {
      await this.#video.play();
      this.#note({ blocked: false });
    } catch (error) {
      // AbortError: a newer picture has taken its place and plays by itself.
      if (error.name === 'NotAllowedError') this.#note({ blocked: true });
    }
  }

  /** The streamer's last `/state` (its `result`), or null. */
  get streamerState() {
    return this.#streamer.state;
  }

  /** Where a POST signs out, where the streamer is behind a door that asks who one is; else null. */
  get signOut() {
    return this.#streamer.signOut;
  }

  /** Where the page of the device is, behind such a door; else null. */
  get device() {
    return this.#streamer.device;
  }

  /** Milliseconds from capture to the moment at which the browser had this frame ready to show; null when that cannot be known. */
  delayOf(metadata) {
    if (metadata.captured !== undefined) return metadata.captured && this.#clock.since(metadata.presentationTime, metadata.captured);
    return this.#clock.delay(metadata.presentationTime, metadata.rtpTimestamp);
  }

  /** By how many milliseconds delays can be wrong; null while they cannot be known. */
  get delayUncertainty() {
    return this.#clock.uncertainty;
  }

  /**
   * Live figures; null without a connection.
   * `{width, height, fps, delay (ms, median of the newest frames, or null), framesDecoded, framesDropped, keyFrames, packets,
   * packetsLost, bytes, freezes, decoder, way, limited}`, counted from the newest connection's start. `limited`: because some viewer's way is
   * narrow the streamer makes no more than so many kbit/s; null: it makes what was set.
   */
  async stats() {
    const way = this.way;
    const figures = await (way && way !== 'webrtc' ? this.#detour : this.#janus).figures();
    const delay = this.#delays.length ? median(this.#delays) : null;
    return figures && { ...figures, delay, way, limited: this.#streamer.state?.h264?.congestion?.bitrate ?? null };
  }

  /** STUN and TURN servers. */
  get #helpers() {
    return this.#iceServers ?? this.#streamer.state?.ice_servers ?? [];
  }

  #wake = () => this.#janus.wake();

  #stateNow() {
    return stateOf({ ...this.#facts, ...this.#janus.facts });
  }

  #note(news) {
    Object.assign(this.#facts, news);
    if (this.#wayBefore !== this.way) this.#delays = [];
    this.#wayBefore = this.way;
    const before = this.state;
    this.state = this.#stateNow();
    this.#streamer.watchful = this.state.name !== 'playing';
    if (before.name !== this.state.name || before.text !== this.state.text) this.dispatchEvent(new Event('state'));
  }

  async #run() {
    if (!this.#running) return;
    const hint = this.#streamer.start();
    await Promise.race([hint, new Promise((resolve) => { setTimeout(resolve, HINT_WITHIN); })]);
    if (this.#running) await this.#janus.run();
  }

  #look() {
    this.#choose();
    if (this.#janus.open || this.#detour.way) this.dispatchEvent(new Event('figures'));
  }

  /** Whether another way than through Janus is to be gone. */
  #choose() {
    if (!this.#running) return;
    const { state } = this.#facts;
    // A streamer that says nothing of it does not do it.
    const ways = this.#ways.filter((way) => way !== 'whep' || !state || state.whep);
    this.#detour.decide({ byWebRtc: this.#janus.flows, hopeless: this.#janus.hopeless, ways });
  }

  #janusTold() {
    this.#note({});
    this.#choose();
  }

  #featuresTold() {
    this.dispatchEvent(new Event('features'));
    if (this.#microphone.wanted && this.features?.mic === false) this.#microphone.close(NOBODY_PLAYS);
  }

  /** The picture begins, or ceases, to come by another way than through Janus. */
  #turned() {
    this.#note({ detour: this.#detour.way !== null, ended: this.#detour.ended });
  }

  #microphoneTurned() {
    this.#janus.wish({ microphone: this.#microphone.track });
    this.dispatchEvent(new Event('mic'));
  }

  #put(stream) {
    this.#video.srcObject = stream;
    this.play();
  }

  #frame(now, metadata, shown) {
    const delay = this.delayOf(metadata);
    if (delay !== null) this.#delays = [...this.#delays.slice(-29), delay];
    this.onframe?.(now, metadata, shown);
  }
}
