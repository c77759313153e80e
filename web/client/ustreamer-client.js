// The client: puts the streamer's picture into a <video> and keeps it there, whatever restarts or goes wrong meanwhile.
//
//   import { UstreamerClient } from 'http://HOST:8080/client/ustreamer-client.js';
//   const client = new UstreamerClient({ video: document.querySelector('video'), server: 'http://HOST:8080/' });
//   client.addEventListener('state', () => console.log(client.state.title, client.state.text));
//   client.start();
//
// The picture comes by WebRTC through Janus. Where that does not get through it comes by another way meanwhile (detour.js): by WebRTC from the
// streamer itself if that does it, and by HTTP if a `canvas` was given.
//
// Keeps: there is at most one session, one handle and one peer connection at a time; every end of any of them leads to a new
// attempt after a pause that is short at first; `state` always says in words how things stand.

import { Clock } from './clock.js';
import { Detour } from './detour.js';
import { janusAddress, JanusError, JanusGone, JanusSession, knock, PLUGIN_NOT_FOUND } from './janus.js';
import { figuresOf, NoH264, Receiver, takesH264 } from './receiver.js';
import { Streamer } from './streamer.js';
import { Backoff, Mailbox, Pause } from './timing.js';
import { stateOf } from './words.js';

const PLUGIN = 'janus.plugin.ustreamer';

/** The plugin's "no video yet"; `watch` is sent again after this pause. Milliseconds. */
const NOT_YET = 503;
const WATCH_AGAIN = 500;

/** How often the flow of frames is looked at. Milliseconds. */
const TICK = 500;
/** No frame for this long is a frozen picture: a key frame is asked for. A source that is slow by itself gets three frame times. */
const FROZEN_AFTER = 1200;
/** No frame for this long: the picture is set up afresh. */
const AFRESH_AFTER = 3000;
/** An offer must come, and frames after it, within this. */
const OFFER_WITHIN = 5000;
const FRAMES_WITHIN = 6000;

/** All ways to the picture, in the order in which they are taken: `webrtc` is through Janus, `whep` from the streamer itself. */
export const WAYS = ['webrtc', 'whep', 'websocket', 'mjpeg'];
/** While another one is good, WebRTC is tried again this much later. Milliseconds. */
const BETTER_AGAIN = 15_000;

/** How long the streamer may take to tell where Janus is before the usual place is tried. */
const HINT_WITHIN = 300;

/** The way to the picture, and from which step on a trouble is over. */
const STEPS = ['janus', 'plugin', 'offer', 'media', 'frames'];
const OVER_AT = { 'no-janus': 'plugin', 'no-plugin': 'offer', 'not-yet': 'media', refused: 'media', 'no-media': 'frames' };

/** The picture was there, or nearly, and went. */
class Lost extends Error {
  constructor(trouble = null) {
    super('the picture was lost');
    this.trouble = trouble;
  }
}

/**
 * Events: `state` (after each change of `state`), `figures` (about twice a second while there is a connection), `features` (after each
 * change of `features`).
 */
export class UstreamerClient extends EventTarget {
  #video;
  #server;
  #janus;
  #auth;
  #iceServers;
  #clock = new Clock();
  #streamer;
  #ways;
  #detour;
  #join = {};
  #stream = null; // what Janus sends
  #watching = null;
  #session = null;
  #receiver = null;
  #running = false;
  #ended = Promise.resolve();
  #awaited = 0;
  #pause = new Pause();
  #backoff = new Backoff();
  #lastFrame = 0;
  #decoded = 0;
  #gaps = [];
  #delays = [];
  #keyAsked = false;
  #sound = false;
  #events = null;
  #facts = {
    webrtc: 'RTCPeerConnection' in globalThis, h264: true, janusUrl: '', step: 'janus', trouble: null, detail: '',
    frozen: false, blocked: false, streamer: null, state: null, locked: false, detour: false, alone: null, ended: '',
  };

  /** How things stand now, in words: see `State` in words.js. @type {import('./words.js').State} */
  state;

  /** What the plugin has beside the picture, `{audio, mic}`, each true if its device is there; null while that is not known. */
  features = null;

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
    this.#detour = new Detour({
      server: this.#server, canvas, video, iceServers: () => this.#helpers, show: (stream) => this.#put(stream),
      onframe: (...frame) => this.#frameByDetour(...frame), changed: () => this.#turned(),
    });
    this.#take(ways);
    this.#janus = janus;
    this.#auth = auth;
    this.#iceServers = iceServers;
    this.#facts.janusUrl = janusAddress(janus, this.#server).href;
    this.state = stateOf(this.#facts);
    this.#streamer = new Streamer(new URL('state', this.#server), this.#clock, () => this.#note({
      streamer: this.#streamer.answers, state: this.#streamer.state, locked: this.#streamer.locked,
    }));
  }

  /** Starts, and goes on until `stop`. */
  start() {
    if (this.#running) return;
    this.#running = true;
    this.#video.muted = !this.#sound; // with sound browsers would not let it play by itself
    this.#video.playsInline = true;
    addEventListener('online', this.#wake);
    document.addEventListener('visibilitychange', this.#wake);
    this.#watching = setInterval(() => this.#choose(), TICK);
    this.#awaitFrame();
    this.#ended = this.#ended.then(() => this.#run());
  }

  /** Ends everything; the last picture stays. `start` starts again. */
  stop() {
    this.#running = false;
    removeEventListener('online', this.#wake);
    document.removeEventListener('visibilitychange', this.#wake);
    this.#video.cancelVideoFrameCallback?.(this.#awaited);
    clearInterval(this.#watching);
    this.#detour.stop();
    this.#streamer.stop();
    this.#session?.close();
    this.#wake();
  }

  /** Which ways may be taken, of `WAYS`: at once, whatever is going on. */
  get ways() {
    return this.#ways;
  }

  set ways(names) {
    this.#take(names);
    this.#detour.stop();
    this.#note({});
    this.#wake();
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
    this.#events?.put({ janus: 'afresh' });
  }

  #take(names) {
    this.#ways = WAYS.filter((way) => names.includes(way));
    this.#facts.alone = this.#ways.length === 1 ? this.#ways[0] : null;
  }

  /** The way by which the picture comes now, of `WAYS`, or null. */
  get way() {
    return this.#byWebRtc ? 'webrtc' : this.#detour.way;
  }

  /** When the newest attempt by WebRTC got where, ms of performance.now(): `{watch, offer, connected, firstFrame}`, as far as it came. */
  get join() {
    return (this.#byWebRtc ? null : this.#detour.join) ?? this.#join;
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
    const delay = this.#delays.length ? median(this.#delays) : null;
    const limited = this.#streamer.state?.h264?.congestion?.bitrate ?? null;
    if (way && way !== 'webrtc') return { ...await this.#detour.figures(), delay, way, limited };
    const report = await this.#receiver?.figures();
    return report ? { ...figuresOf(report, this.#video), delay, way, limited } : null;
  }

  /** STUN and TURN servers. */
  get #helpers() {
    return this.#iceServers ?? this.#streamer.state?.ice_servers ?? [];
  }

  #wake = () => this.#pause.wake();

  #note(news) {
    Object.assign(this.#facts, news);
    const before = this.state;
    this.state = stateOf(this.#facts);
    this.#streamer.watchful = this.state.name !== 'playing';
    if (before.name !== this.state.name || before.text !== this.state.text) this.dispatchEvent(new Event('state'));
  }

  get #byWebRtc() {
    return this.#facts.step === 'frames' && !this.#facts.frozen;
  }

  /** Whether another way than WebRTC is to be gone. */
  #choose() {
    if (!this.#running) return;
    const wanted = this.#ways.includes('webrtc');
    if (!wanted && takesH264() !== this.#facts.h264) this.#note({ h264: !this.#facts.h264 });
    const { webrtc, h264, trouble, state } = this.#facts;
    const hopeless = !wanted || !webrtc || !h264 || (trouble !== null && trouble !== 'not-yet');
    // A streamer that says nothing of it does not do it.
    const ways = this.#ways.filter((way) => way !== 'whep' || !state || state.whep);
    this.#detour.decide({ byWebRtc: wanted && this.#byWebRtc, hopeless, ways });
    if (this.#detour.way) this.dispatchEvent(new Event('figures'));
  }

  /** The picture begins, or ceases, to come by another way than WebRTC. */
  #turned() {
    this.#delays = [];
    this.#note({ detour: this.#detour.way !== null, ended: this.#detour.ended });
  }

  #frameByDetour(now, metadata, shown) {
    this.#noteDelay(metadata);
    this.onframe?.(now, metadata, shown);
  }

  #noteDelay(metadata) {
    const delay = this.delayOf(metadata);
    if (delay !== null) this.#delays = [...this.#delays.slice(-29), delay];
  }

  #noteFeatures(features) {
    if (this.features?.audio === features?.audio && this.features?.mic === features?.mic) return;
    this.features = features;
    this.dispatchEvent(new Event('features'));
  }

  #reach(step) {
    const over = OVER_AT[this.#facts.trouble];
    const trouble = over && STEPS.indexOf(step) >= STEPS.indexOf(over) ? null : this.#facts.trouble;
    this.#note({ step, trouble });
    this.#choose();
  }

  async #run() {
    const hint = this.#streamer.start();
    await Promise.race([hint, new Promise((resolve) => { setTimeout(resolve, HINT_WITHIN); })]);
    while (this.#running) {
      if (!this.#ways.includes('webrtc')) {
        await this.#pause.wait(BETTER_AGAIN);
        continue;
      }
      try {
        this.#needH264();
        this.#session ??= await this.#connect();
        await this.#view(this.#session);
      } catch (error) {
        this.#blame(error);
      }
      this.#choose();
      if (this.#running) await this.#pause.wait(this.#detour.way ? BETTER_AGAIN : this.#backoff.next());
    }
  }

  #needH264() {
    if (!this.#facts.webrtc) throw new NoH264('this browser has no WebRTC');
    const h264 = takesH264();
    this.#note({ h264 });
    if (!h264) throw new NoH264('this browser names no H.264 among what its WebRTC can receive');
  }

  #blame(error) {
    if (error instanceof NoH264) this.#note({ h264: false });
    else if (error instanceof JanusGone && this.#session) this.#note({ step: 'janus', frozen: false });
    else if (error instanceof JanusGone) this.#note({ step: 'janus', trouble: 'no-janus', frozen: false });
    else if (error.code === PLUGIN_NOT_FOUND) this.#note({ step: 'plugin', trouble: 'no-plugin', frozen: false });
    else if (error instanceof Lost) this.#note({ step: 'offer', ...(error.trouble && { trouble: error.trouble, frozen: false }) });
    else this.#note({ step: 'offer', trouble: 'refused', detail: error.message, frozen: false });
    if (error instanceof JanusGone) {
      this.#session = null;
      this.#noteFeatures(null);
    }
  }

  async #connect() {
    const url = janusAddress(this.#janus ?? this.#streamer.state?.janus, this.#server);
    const triedInVain = this.#facts.trouble === 'no-janus' && this.#facts.janusUrl === url.href;
    this.#note({ step: 'janus', janusUrl: url.href });
    // Browsers slow down WebSockets to an address that failed often; a plain request tells without that price that somebody is back.
    if (triedInVain) await knock(url);
    const session = await JanusSession.open(url.href, this.#auth);
    this.#reach('plugin');
    return session;
  }

  /** One picture, from attaching to its end, which is always an error that says what ended it. */
  async #view(session) {
    const events = this.#events = new Mailbox();
    session.closed.then((reason) => events.put({ janus: 'gone', reason }));
    const handle = await session.attach(PLUGIN, (event) => events.put(event));
    const send = (request) => request.catch((error) => events.put({ janus: 'failed', error }));
    const watch = () => {
      this.#join = { watch: performance.now() };
      send(handle.message({ request: 'watch', ...(this.#sound && { params: { audio: true } }) }));
    };
    const receiver = this.#receiver = new Receiver({
      iceServers: this.#helpers,
      ontrack: (stream) => this.#show(stream),
      oncandidate: (candidate) => handle.trickle(candidate).catch(() => {}),
      onstate: (state) => events.put({ janus: 'peer', state }),
    });
    const ticks = setInterval(() => events.put({ janus: 'tick' }), TICK);
    let again;
    try {
      this.#reach('offer');
      send(handle.message({ request: 'features' }));
      watch();
      for (;;) {
        const event = await events.take();
        const { error_code: code, error, result } = event.plugindata?.data ?? {};
        if (event.janus === 'gone') throw new JanusGone(event.reason);
        else if (event.janus === 'failed') throw event.error;
        else if (['hangup', 'detached', 'afresh'].includes(event.janus)) throw new Lost();
        else if (result?.status === 'features') this.#noteFeatures({ audio: result.features.audio, mic: result.features.mic });
        else if (event.janus === 'trickle') receiver.candidate(event.candidate);
        else if (event.janus === 'peer') this.#peerState(event.state);
        else if (event.janus === 'tick') await this.#look(receiver, handle);
        else if (code === NOT_YET) {
          this.#note({ trouble: 'not-yet', frozen: false });
          this.#join = {};
          again = setTimeout(watch, WATCH_AGAIN);
        } else if (code !== undefined && this.#join.firstFrame === undefined) throw new JanusError(code, error);
        else if (event.jsep) {
          this.#join.offer = performance.now();
          this.#reach('media');
          await receiver.answer(event.jsep, (answer) => send(handle.message({ request: 'start' }, answer)));
        }
      }
    } finally {
      clearInterval(ticks);
      clearTimeout(again);
      this.#receiver = this.#events = null;
      receiver.close();
      handle.detach().catch(() => {});
    }
  }

  #peerState(state) {
    if (state === 'connected') this.#join.connected ??= performance.now();
    if (state === 'failed') throw new Lost(this.#join.firstFrame ? null : 'no-media');
  }

  /** Janus's picture takes the place of one that comes by WHEP when its first frame is there (`#look`), not before. */
  #show(stream) {
    this.#stream = stream;
    this.#decoded = 0;
    if (this.#detour.way !== 'whep') this.#put(stream);
  }

  #put(stream) {
    this.#video.srcObject = stream;
    this.play();
  }

  #awaitFrame() {
    this.#awaited = this.#video.requestVideoFrameCallback?.((now, metadata) => {
      this.#awaitFrame();
      if (this.#video.srcObject !== this.#stream) return;
      this.#framesCame();
      this.#noteDelay(metadata);
      this.onframe?.(now, metadata, this.#video);
    });
  }

  #framesCame() {
    const now = performance.now();
    if (!this.#receiver || this.#join.offer === undefined) return;
    if (this.#join.firstFrame === undefined) {
      this.#join.firstFrame = now;
      this.#gaps = [];
      this.#delays = [];
      this.#backoff.reset();
    } else {
      this.#gaps = [...this.#gaps.slice(-9), now - this.#lastFrame];
    }
    this.#lastFrame = now;
    this.#keyAsked = false;
    if (this.#facts.step !== 'frames' || this.#facts.frozen) {
      this.#note({ frozen: false });
      this.#reach('frames');
    }
  }

  /** Looks whether all flows as it should. @throws {Lost} when only a new start helps */
  async #look(receiver, handle) {
    if (!this.#ways.includes('webrtc')) throw new Lost();
    const now = performance.now();
    const { watch, offer, firstFrame } = this.#join;
    const decoded = (await receiver.figures())?.framesDecoded ?? 0;
    // In a hidden page frames are decoded without being shown.
    if (decoded > this.#decoded) {
      this.#decoded = decoded;
      if (this.#video.srcObject !== this.#stream) this.#put(this.#stream);
      if (document.hidden || !this.#video.requestVideoFrameCallback) this.#framesCame();
    }
    this.dispatchEvent(new Event('figures'));
    if (watch !== undefined && offer === undefined && now - watch > OFFER_WITHIN) throw new Error('Its plugin does not answer');
    if (offer === undefined) return;
    const silent = now - (firstFrame === undefined ? offer : this.#lastFrame);
    const patience = Math.max(FROZEN_AFTER, 3 * (this.#gaps.length ? median(this.#gaps) : 0));
    if (firstFrame !== undefined && silent > patience) this.#note({ frozen: true });
    if (silent > patience && !this.#keyAsked) {
      this.#keyAsked = true;
      handle.message({ request: 'key_required' }).catch(() => {});
    }
    if (firstFrame === undefined ? silent > FRAMES_WITHIN : silent > patience + AFRESH_AFTER - FROZEN_AFTER) {
      throw new Lost(firstFrame === undefined ? 'no-media' : null);
    }
  }
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}
