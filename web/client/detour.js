// The picture without Janus: WebRTC from the streamer itself, H.264 by WebSocket where the browser decodes it for pages, JPEGs else. For the time
// until it comes through Janus.
//
// Keeps: one of the ways is open at a time, and none after `stop`; each end leads to the next way, after a pause when all have failed.

import { Canvas } from './canvas.js';
import { decodesH264, H264Socket } from './h264.js';
import { MotionJpeg } from './mjpeg.js';
import { takesH264 } from './receiver.js';
import { Backoff, Pause } from './timing.js';
import { WhepVideo } from './whep.js';

/** By name, the better ones first. */
const WAYS = { whep: WhepVideo, websocket: H264Socket, mjpeg: MotionJpeg };

/** A way is given up when no frame has come for this long. Milliseconds. (A source without a signal shows one picture a second.) */
const SILENT = 4000;
/** Without a picture through Janus for this long, these ways are gone. Milliseconds. */
const AFTER = 2500;
/** While a worse way is good, WebRTC is tried again this much later, for so long. Milliseconds. */
const BETTER_AGAIN = 15_000;
const BETTER_WITHIN = 6000;

export class Detour {
  #means;
  #canvas;
  #onframe;
  #changed;
  #ways = [];
  #open = null;
  #running = null;
  #pause = new Pause();
  #better = null; // WebRTC that was tried beside a worse way, and is good
  #lastFrame = 0;
  #flows = false;
  #way = null;
  #missing = performance.now(); // since when there is no picture through Janus

  /** Why the way that was tried last has ended without a picture, in words; empty when there was one. */
  ended = '';

  /**
   * @param {object} o
   * @param {URL} o.server
   * @param {HTMLCanvasElement|null} o.canvas without one, only WebRTC
   * @param {HTMLVideoElement} o.video
   * @param {(stream: MediaStream) => void} o.show puts it into the video
   * @param {() => RTCIceServer[]} o.iceServers
   * @param {(now: number, metadata: object, shown: HTMLVideoElement|HTMLCanvasElement) => void} o.onframe a frame is shown, with what
   *   `delayOf` of the client needs
   * @param {() => void} o.changed it has begun or ceased to flow
   */
  constructor({ server, canvas, video, show, iceServers, onframe, changed }) {
    this.#canvas = canvas && new Canvas(canvas);
    if (canvas) canvas.hidden = true;
    this.#means = { server, canvas: this.#canvas, video, show, iceServers };
    this.#onframe = onframe;
    this.#changed = changed;
  }

  /** The way by which frames come, or null. */
  get way() {
    return this.#flows ? this.#way : null;
  }

  /** What is counted of the way that is open, in the client's words. */
  async figures() {
    if (this.#open?.figures) return this.#open.figures();
    const { width, height, fps } = this.#canvas;
    return { width, height, fps, packets: 0, packetsLost: 0, freezes: 0, ...this.#open?.counts, decoder: this.#open?.decoder ?? '' };
  }

  /** When it got where, by WebRTC; null by another way. */
  get join() {
    return this.#open?.join ?? null;
  }

  /**
   * Whether to go one of `ways` (names): not while there is a picture through Janus, at once where that is `hopeless`, else after a moment.
   * What is going on stays so.
   */
  decide({ byWebRtc, hopeless, ways }) {
    const now = performance.now();
    if (byWebRtc) {
      this.#missing = now;
      this.stop();
    } else if (hopeless || now - this.#missing > AFTER) {
      this.#ways = ways.filter((way) => way in WAYS && this.#can(way));
      this.#running ??= this.#run();
    }
  }

  #can(way) {
    if (way === 'whep') return takesH264();
    return this.#canvas !== null && (way === 'mjpeg' || decodesH264());
  }

  /** Ends what is going on; the next decision is as if all had just begun. */
  stop() {
    this.#missing = performance.now();
    this.#ways = [];
    this.#open?.close();
    this.#better?.close();
    this.#better = null;
    this.#pause.wake();
  }

  async #run() {
    const backoff = new Backoff();
    while (this.#ways.length) {
      for (const way of [...this.#ways]) {
        if (this.#ways.includes(way) && await this.#take(way)) {
          backoff.reset();
          break; // It was good: the best one is tried first again.
        }
      }
      if (this.#ways.length && !this.#better) await this.#pause.wait(backoff.next());
    }
    this.#running = null;
  }

  /** Goes one way to its end; whether there were frames. */
  async #take(way) {
    this.#way = way;
    this.#lastFrame = performance.now();
    let frames = 0;
    const onframe = (...frame) => {
      if (open !== this.#open) return;
      frames += 1;
      this.#lastFrame = performance.now();
      this.#note(true);
      this.#tell(...frame);
    };
    const open = this.#open = this.#better ?? new WAYS[way]({ ...this.#means, onframe });
    if (this.#better) {
      open.onframe = onframe;
      this.#note(true);
    }
    this.#better = null;
    const watch = setInterval(() => { if (performance.now() - this.#lastFrame > SILENT) open.close(); }, SILENT / 8);
    const again = way === 'whep' ? 0 : setInterval(() => this.#tryBetter(open), BETTER_AGAIN);
    const why = await open.ended;
    clearInterval(watch);
    clearInterval(again);
    this.ended = frames ? '' : why;
    this.#open = null;
    this.#note(false);
    this.#way = null;
    this.#changed();
    return frames > 0;
  }

  /** WebRTC beside a worse way, whose canvas covers the video: with its first frame it takes the other's place. */
  async #tryBetter(worse) {
    if (!this.#ways.includes('whep')) return;
    const tried = new WhepVideo({
      ...this.#means,
      onframe: () => {
        if (worse !== this.#open || this.#better) return;
        this.#better = tried;
        worse.close();
      },
    });
    const late = setTimeout(() => { if (tried !== this.#better && tried !== this.#open) tried.close(); }, BETTER_WITHIN);
    worse.ended.then(() => { if (tried !== this.#better && tried !== this.#open) tried.close(); });
    await tried.ended;
    clearTimeout(late);
  }

  /** A frame on the canvas is told by its capture time, one in the video by what the browser says of it: nothing in a hidden page. */
  #tell(first, metadata, video) {
    if (video === undefined) {
      const { width, height } = this.#canvas;
      this.#onframe(this.#lastFrame, { presentationTime: this.#lastFrame, width, height, captured: first }, this.#canvas.element);
    } else if (metadata) this.#onframe(first, metadata, video);
  }

  #note(flows) {
    if (flows === this.#flows) return;
    this.#flows = flows;
    if (this.#way !== 'whep' && this.#canvas) this.#canvas.element.hidden = !flows;
    this.#changed();
  }
}
