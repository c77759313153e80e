// The streamer's clock, seen from the page: how old is a frame?
//
// A frame's RTP time is its capture time, CLOCK_MONOTONIC of the streamer's machine, at 90 kHz modulo 2^32. The page's clock
// is performance.now(). What lies between the two is learnt from /state: the streamer read its clock somewhere between
// question and answer, so the quickest exchange tells it best, wrong by half its round trip at most.

/** Samples older than this no longer count: two clocks drift apart. Milliseconds. */
const SAMPLE_LIFE = 60_000;

/** Ticks of an RTP clock for video in a millisecond (RFC 6184 §8.2.1: 90 kHz). */
const TICKS = 90;

/** Difference of two 32-bit RTP times, in ticks, the short way round. */
export function rtpDifference(a, b) {
  return (a - b) | 0;
}

/** Learns the streamer's clock and dates frames with it. */
export class Clock {
  #samples = [];

  /**
   * Takes one exchange with the streamer.
   * @param {number} asked when the question left, ms of performance.now()
   * @param {number} answered when the answer was there, ms of performance.now()
   * @param {number} monotonicUs what the streamer's clock showed, µs
   */
  learn(asked, answered, monotonicUs) {
    const offset = monotonicUs / 1000 - (asked + answered) / 2;
    const newest = this.#samples.at(-1);
    // Another boot of that machine, or its sleep: what was learnt before is void.
    if (newest && Math.abs(newest.offset - offset) > 1000) this.#samples = [];
    this.#samples.push({ roundTrip: answered - asked, offset, at: answered });
    this.#samples = this.#samples.filter(({ at }) => answered - at < SAMPLE_LIFE);
  }

  /** How many exchanges count now. */
  get samples() {
    return this.#samples.length;
  }

  /** By how many milliseconds `delay` can be wrong; `null` before the first exchange. */
  get uncertainty() {
    const best = this.#best();
    return best && best.roundTrip / 2;
  }

  /** The streamer's clock at `now` (ms of performance.now()), in ms; `null` before the first exchange. */
  streamerTime(now) {
    const best = this.#best();
    return best && now + best.offset;
  }

  /**
   * How long before `now` (ms of performance.now()) a frame was captured, in ms.
   * `null` when the clock or, in this browser, the frame's RTP time is not known.
   */
  delay(now, rtpTimestamp) {
    const there = this.streamerTime(now);
    if (there === null || rtpTimestamp === undefined) return null;
    const ticks = Math.floor(there * TICKS) % 2 ** 32;
    return rtpDifference(ticks, rtpTimestamp) / TICKS;
  }

  /** How long before `now` (ms of performance.now()) the streamer's clock showed `then` (ms), in ms; `null` while it is not known. */
  since(now, then) {
    const there = this.streamerTime(now);
    return there === null ? null : there - then;
  }

  #best() {
    return this.#samples.reduce((best, one) => (best && best.roundTrip <= one.roundTrip ? best : one), null);
  }
}
