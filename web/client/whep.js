// The picture by WebRTC straight from the streamer (WHEP, draft-ietf-wish-whep): our offer by HTTP, its answer, and then by UDP or TCP.
//
// Keeps: one session; its end, whoever ends it, is told to the streamer if that can still be reached, and `ended` says why it came.

import { figuresOf, Receiver } from './receiver.js';

/** The streamer's answer must come within this: it waits some seconds for the first picture. Milliseconds. */
const ANSWER_WITHIN = 6000;
/** How often it is seen whether frames come while the page is hidden and shows none. Milliseconds. */
const HIDDEN_TICK = 500;
const NOT_THROUGH = 'the video does not get through, neither by UDP nor by TCP';

export class WhepVideo {
  #endpoint;
  #video;
  #stream = null;
  #session = null;
  #receiver;
  #abort = new AbortController();
  #ticks;
  #decoded = 0;
  #end;

  /** When it got where, ms of performance.now(): `{watch, offer, connected, firstFrame}`, as far as it came. */
  join = { watch: performance.now() };
  /** Resolves with why, in words, when it has ended. */
  ended = new Promise((resolve) => { this.#end = resolve; });

  /**
   * @param {object} o
   * @param {URL} o.server the streamer's address
   * @param {HTMLVideoElement} o.video
   * @param {(stream: MediaStream) => void} o.show puts it into the element
   * @param {() => RTCIceServer[]} o.iceServers STUN and TURN, as known now
   * @param {(now: number, metadata: VideoFrameCallbackMetadata|null, video: HTMLVideoElement) => void} o.onframe a frame is shown; without
   *   metadata: the page is hidden, but frames come. It can be set anew
   */
  constructor({ server, video, show, iceServers, onframe }) {
    this.#endpoint = new URL('whep', server);
    this.#video = video;
    this.onframe = onframe;
    this.#receiver = new Receiver({
      iceServers: iceServers(),
      ontrack: (stream) => {
        this.#stream = stream;
        show(stream);
        this.#awaitFrame();
      },
      oncandidate: () => {}, // The streamer learns where its viewer is from the first packet.
      onstate: (state) => this.#peerState(state),
    });
    addEventListener('pagehide', this.#leave);
    this.#ticks = setInterval(() => this.#look(), HIDDEN_TICK);
    this.#open().catch((error) => this.close(error.message));
  }

  async #open() {
    await this.#receiver.offer(async (sdp) => {
      const late = setTimeout(() => this.close('the streamer does not answer'), ANSWER_WITHIN);
      const answer = await fetch(this.#endpoint, {
        method: 'POST', headers: { 'content-type': 'application/sdp' }, body: sdp, signal: this.#abort.signal,
      });
      const text = await answer.text();
      clearTimeout(late);
      if (answer.status !== 201) throw new Error(text.trim() || `the streamer says ${answer.status}`);
      const name = answer.headers.get('location')?.split('/').at(-1);
      this.#session = name ? new URL(`whep/${name}`, this.#endpoint) : null;
      this.join.offer = performance.now();
      return text;
    });
  }

  /** The page is left: its place is free at once. Should it come back, the picture does, too. */
  #leave = () => this.close();

  #peerState(state) {
    if (state === 'connected') this.join.connected ??= performance.now();
    if (state === 'failed' || state === 'closed') {
      this.close(this.join.connected ? 'the connection to the streamer has ended' : NOT_THROUGH);
    }
  }

  #awaitFrame() {
    this.#video.requestVideoFrameCallback?.((now, metadata) => {
      if (this.#abort.signal.aborted || this.#video.srcObject !== this.#stream) return;
      this.join.firstFrame ??= performance.now();
      this.onframe(now, metadata, this.#video);
      this.#awaitFrame();
    });
  }

  /** In a hidden page frames are decoded without being shown. */
  async #look() {
    if (!document.hidden && this.#video.requestVideoFrameCallback) return;
    const decoded = (await this.#receiver.figures())?.framesDecoded ?? 0;
    if (decoded > this.#decoded && !this.#abort.signal.aborted) this.onframe(performance.now(), null, this.#video);
    this.#decoded = decoded;
  }

  /** What is counted, in the client's words. */
  async figures() {
    const report = await this.#receiver.figures();
    return report ? figuresOf(report, this.#video) : null;
  }

  /** `why` is known by itself when nothing has come. */
  close(why = this.join.firstFrame ? 'it was closed' : this.join.offer ? NOT_THROUGH : 'the streamer does not answer') {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    clearInterval(this.#ticks);
    removeEventListener('pagehide', this.#leave);
    this.#receiver.close();
    if (this.#session) fetch(this.#session, { method: 'DELETE', keepalive: true }).catch(() => {});
    this.#end(why);
  }
}
