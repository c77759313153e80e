// What was measured in the last minute, second by second. Pure: counters in, rates out; no page.
//
// What must always hold: a second without a measurement is `null`, not zero, and what was counted by one connection is never compared with another's.

/** How many seconds are kept. */
export const SECONDS = 60;

/** @typedef {{fps: number|null, bitrate: number|null, delay: number|null, lost: number|null}} Second kbit/s; ms; packets or frames a second */

export class Minute {
  #before = null;
  /** The newest last. @type {(Second|null)[]} */
  seconds = [];

  /**
   * Takes the client's figures of this moment.
   * @param {object|null} stats as of `UstreamerClient.stats()`
   * @param {number} now ms
   */
  take(stats, now) {
    this.seconds = [...this.seconds.slice(1 - SECONDS), stats?.way ? this.#second(stats, now) : null];
    this.#before = stats?.way ? { ...stats, now } : null;
  }

  /** Frames in the newest second; null if that is not known. */
  get fps() {
    return this.seconds.at(-1)?.fps ?? null;
  }

  /** One of the rates, over the minute; the newest last. */
  line(name) {
    return this.seconds.map((second) => second && second[name]);
  }

  #second(stats, now) {
    const before = this.#before;
    const same = before && before.way === stats.way && stats.bytes >= before.bytes && stats.framesDecoded >= before.framesDecoded;
    const perSecond = (name) => ((stats[name] - before[name]) * 1000) / (now - before.now);
    return {
      // (What a browser says of frames a second is of its own choice, and wild in the first one.)
      fps: same ? perSecond('framesDecoded') : null,
      delay: stats.delay,
      bitrate: same ? (perSecond('bytes') * 8) / 1000 : null,
      // By HTTP nothing gets lost on the way; what this machine is too slow for is passed over. (A late packet is one less that is lost.)
      lost: same ? Math.max(0, perSecond(byPackets(stats.way) ? 'packetsLost' : 'framesDropped')) : null,
    };
  }
}

/** Whether the picture comes by RTP, of which packets can get lost; by HTTP there are only frames that are passed over. */
export function byPackets(way) {
  return way !== 'websocket' && way !== 'mjpeg';
}
