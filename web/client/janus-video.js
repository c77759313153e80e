// One picture by WebRTC through Janus: from attaching to its plugin to whatever ends it.
//
// Keeps: one handle and one peer connection, which end together; `ended` says what ended them. The session is somebody else's.

import { JanusError, JanusGone } from './janus.js';
import { figuresOf, median, Receiver } from './receiver.js';
import { Mailbox } from './timing.js';

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

/** The picture was there, or nearly, and went. `trouble`: what is to be told of it, as in words.js. */
export class Lost extends Error {
  constructor(trouble = null) {
    super('the picture was lost');
    this.trouble = trouble;
  }
}

/** What a viewer asks the plugin for beside the picture, and gives it. @typedef {{audio: boolean, microphone: MediaStreamTrack|null}} Wishes */

export class JanusVideo {
  #video;
  #wishes;
  #show;
  #waits;
  #iceServers;
  #told;
  #events = new Mailbox();
  #handle;
  #receiver = null;
  #stream = null;
  #again;
  #awaited = 0;
  #flows = false;
  #lastFrame = 0;
  #decoded = 0;
  #gaps = [];
  #keyAsked = false;

  /** When it got where, ms of performance.now(): `{watch, offer, connected, firstFrame}`, as far as it came. */
  join = {};
  /** Resolves with what ended it: `Lost`, or an error of janus.js or of receiver.js. @type {Promise<Error>} */
  ended;

  /**
   * @param {object} o
   * @param {import('./janus.js').JanusSession} o.session
   * @param {Wishes} o.wishes
   * @param {HTMLVideoElement} o.video
   * @param {(stream: MediaStream) => void} o.show puts it into the element
   * @param {() => boolean} o.waits the element shows another picture, whose place this one takes with its first frame, not before
   * @param {() => RTCIceServer[]} o.iceServers STUN and TURN, as known now
   * @param {(now: number, metadata: VideoFrameCallbackMetadata, video: HTMLVideoElement) => void} o.onframe a frame is shown
   * @param {(news: {step?: string, trouble?: string, frozen?: boolean}) => void} o.told how far it has come, as in words.js
   * @param {(features: {audio: boolean, mic: boolean}) => void} o.onfeatures what the plugin has beside the picture
   */
  constructor({ session, wishes, video, show, waits, iceServers, onframe, told, onfeatures }) {
    this.#video = video;
    this.#wishes = wishes;
    this.#show = show;
    this.#waits = waits;
    this.#iceServers = iceServers;
    this.#told = told;
    this.onframe = onframe;
    this.onfeatures = onfeatures;
    this.ended = this.#play(session).catch((error) => error);
  }

  /** Whether there is a connection, or one is being made. */
  get open() {
    return this.#receiver !== null;
  }

  /** What is counted, in the client's words; null without a connection. */
  async figures() {
    const report = await this.#receiver?.figures();
    return report ? figuresOf(report, this.#video) : null;
  }

  /** Ends it, as lost. */
  close() {
    this.#events.put({ janus: 'closed' });
  }

  /** From attaching to the end, which is always an error. */
  async #play(session) {
    session.closed.then((reason) => this.#events.put({ janus: 'gone', reason }));
    const ticks = setInterval(() => this.#events.put({ janus: 'tick' }), TICK);
    try {
      this.#handle = await session.attach(PLUGIN, (event) => this.#events.put(event));
      this.#receiver = this.#receive();
      this.#told({ step: 'offer' });
      this.#awaitFrame();
      this.#send({ request: 'features' });
      this.#watch();
      for (;;) await this.#heed(await this.#events.take());
    } finally {
      clearInterval(ticks);
      clearTimeout(this.#again);
      this.#video.cancelVideoFrameCallback?.(this.#awaited);
      this.#receiver?.close();
      this.#receiver = null;
      this.#handle?.detach().catch(() => {});
    }
  }

  #receive() {
    return new Receiver({
      iceServers: this.#iceServers(),
      microphone: this.#wishes.microphone,
      ontrack: (stream) => {
        this.#stream = stream;
        if (!this.#waits()) this.#show(stream);
      },
      oncandidate: (candidate) => this.#handle.trickle(candidate).catch(() => {}),
      onstate: (state) => this.#events.put({ janus: 'peer', state }),
    });
  }

  #send(body, jsep) {
    this.#handle.message(body, jsep).catch((error) => this.#events.put({ janus: 'failed', error }));
  }

  #watch() {
    const { audio, microphone } = this.#wishes;
    const params = { ...(audio && { audio }), ...(microphone && { mic: true }) };
    this.join = { watch: performance.now() };
    this.#send({ request: 'watch', ...((audio || microphone) && { params }) });
  }

  /** @throws {Error} when that was the end */
  async #heed(event) {
    const { error_code: code, error, result } = event.plugindata?.data ?? {};
    if (event.janus === 'gone') throw new JanusGone(event.reason);
    else if (event.janus === 'failed') throw event.error;
    else if (['hangup', 'detached', 'closed'].includes(event.janus)) throw new Lost();
    else if (result?.status === 'features') this.onfeatures({ audio: result.features.audio, mic: result.features.mic });
    else if (event.janus === 'trickle') this.#receiver.candidate(event.candidate);
    else if (event.janus === 'peer') this.#peerState(event.state);
    else if (event.janus === 'tick') await this.#look();
    else if (code === NOT_YET) {
      this.#told({ trouble: 'not-yet', frozen: false });
      this.join = {};
      this.#again = setTimeout(() => this.#watch(), WATCH_AGAIN);
    } else if (code !== undefined && this.join.firstFrame === undefined) throw new JanusError(code, error);
    else if (event.jsep) {
      this.join.offer = performance.now();
      this.#told({ step: 'media' });
      await this.#receiver.answer(event.jsep, (answer) => this.#send({ request: 'start' }, answer));
    }
  }

  #peerState(state) {
    if (state === 'connected') this.join.connected ??= performance.now();
    if (state === 'failed') throw new Lost(this.join.firstFrame ? null : 'no-media');
  }

  #awaitFrame() {
    this.#awaited = this.#video.requestVideoFrameCallback?.((now, metadata) => {
      this.#awaitFrame();
      if (this.#video.srcObject !== this.#stream) return;
      this.#frameCame();
      this.onframe(now, metadata, this.#video);
    });
  }

  #frameCame() {
    const now = performance.now();
    if (this.join.offer === undefined) return;
    if (this.join.firstFrame === undefined) this.join.firstFrame = now;
    else this.#gaps = [...this.#gaps.slice(-9), now - this.#lastFrame];
    this.#lastFrame = now;
    this.#keyAsked = false;
    if (this.#flows) return;
    this.#flows = true;
    this.#told({ step: 'frames', frozen: false });
  }

  /** Looks whether all flows as it should. @throws {Lost} when only a new start helps */
  async #look() {
    const now = performance.now();
    const { watch, offer, firstFrame } = this.join;
    const decoded = (await this.#receiver.figures())?.framesDecoded ?? 0;
    // In a hidden page frames are decoded without being shown.
    if (decoded > this.#decoded) {
      this.#decoded = decoded;
      if (this.#video.srcObject !== this.#stream) this.#show(this.#stream);
      if (document.hidden || !this.#video.requestVideoFrameCallback) this.#frameCame();
    }
    if (watch !== undefined && offer === undefined && now - watch > OFFER_WITHIN) throw new Error('Its plugin does not answer');
    if (offer === undefined) return;
    const silent = now - (firstFrame === undefined ? offer : this.#lastFrame);
    const patience = Math.max(FROZEN_AFTER, 3 * (this.#gaps.length ? median(this.#gaps) : 0));
    if (firstFrame !== undefined && silent > patience) {
      this.#flows = false;
      this.#told({ frozen: true });
    }
    if (silent > patience && !this.#keyAsked) {
      this.#keyAsked = true;
      this.#handle.message({ request: 'key_required' }).catch(() => {});
    }
    if (firstFrame === undefined ? silent > FRAMES_WITHIN : silent > patience + AFRESH_AFTER - FROZEN_AFTER) {
      throw new Lost(firstFrame === undefined ? 'no-media' : null);
    }
  }
}
