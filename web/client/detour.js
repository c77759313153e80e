// The picture without WebRTC: H.264 by WebSocket where the browser decodes it for pages, JPEGs else. For the time until WebRTC plays.
//
// Keeps: one of the ways is open at a time, and none after `stop`; each end leads to the next way, after a pause when all have failed.

import { Canvas } from './canvas.js';
import { decodesH264, H264Socket } from './h264.js';
import { MotionJpeg } from './mjpeg.js';
import { Backoff, Pause } from './timing.js';

/** By name, the better ones first. */
const WAYS = { websocket: H264Socket, mjpeg: MotionJpeg };

/** A way is given up when no frame has come for this long. Milliseconds. (A source without a signal shows one picture a second.) */
const SILENT = 4000;
/** Without a picture by WebRTC for this long, these ways are gone. Milliseconds. */
const AFTER = 2500;

export class Detour {
  #server;
  #canvas;
  #onframe;
  #changed;
  #ways = [];
  #open = null;
  #running = null;
  #pause = new Pause();
  #lastFrame = 0;
  #flows = false;
  #way = null;
  #missing = performance.now(); // since when there is no picture by WebRTC

  /**
   * @param {object} o
   * @param {URL} o.server
   * @param {HTMLCanvasElement} o.canvas
   * @param {(now: number, captured: number|null, canvas: HTMLCanvasElement) => void} o.onframe a frame captured at this ms of the
   *   streamer's clock is shown
   * @param {() => void} o.changed it has begun or ceased to flow
   */
  constructor({ server, canvas, onframe, changed }) {
    canvas.hidden = true;
    this.#server = server;
    this.#canvas = new Canvas(canvas);
    this.#onframe = onframe;
    this.#changed = changed;
  }

  /** The way by which frames come, or null. */
  get way() {
    return this.#flows ? this.#way : null;
  }

  /** What is counted of the way that is open, in the client's words. */
  get figures() {
    const { width, height, fps } = this.#canvas;
    return { width, height, fps, packets: 0, packetsLost: 0, freezes: 0, ...this.#open?.counts, decoder: this.#open?.decoder ?? '' };
  }

  /**
   * Whether to go one of `ways` (names): not while there is a picture by WebRTC, at once where that is `hopeless`, else after a moment.
   * What is going on stays so.
   */
  decide({ byWebRtc, hopeless, ways }) {
    const now = performance.now();
    if (byWebRtc) {
      this.#missing = now;
      this.stop();
    } else if (hopeless || now - this.#missing > AFTER) {
      this.#ways = ways.filter((way) => way in WAYS && (way !== 'websocket' || decodesH264()));
      this.#running ??= this.#run();
    }
  }

  /** Ends what is going on; the next decision is as if all had just begun. */
  stop() {
    this.#missing = performance.now();
    this.#ways = [];
    this.#open?.close();
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
      if (this.#ways.length) await this.#pause.wait(backoff.next());
    }
    this.#running = null;
  }

  /** Goes one way to its end; whether there were frames. */
  async #take(way) {
    this.#way = way;
    this.#lastFrame = performance.now();
    let frames = 0;
    const open = this.#open = new WAYS[way]({
      server: this.#server,
      canvas: this.#canvas,
      onframe: (captured) => {
        if (open !== this.#open) return;
        frames += 1;
        this.#lastFrame = performance.now();
        this.#note(true);
        this.#onframe(this.#lastFrame, captured, this.#canvas.element);
      },
    });
    const watch = setInterval(() => { if (performance.now() - this.#lastFrame > SILENT) open.close(); }, SILENT / 8);
    await open.ended;
    clearInterval(watch);
    this.#open = null;
    this.#way = null;
    this.#note(false);
    return frames > 0;
  }

  #note(flows) {
    if (flows === this.#flows) return;
    this.#flows = flows;
    this.#canvas.element.hidden = !flows;
    this.#changed();
  }
}
