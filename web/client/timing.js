// Waiting: pauses that can be cut short, growing pauses between attempts, and a box in which events wait their turn.

/** A pause that `wake` ends early; one at a time. */
export class Pause {
  #end = () => {};

  /** Resolves after `ms` milliseconds, or at the next `wake`. */
  async wait(ms) {
    let timer;
    await new Promise((resolve) => {
      this.#end = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
  }

  wake() {
    this.#end();
  }
}

/** How long to wait before the next attempt: fast first, then each second, for ever. Milliseconds. */
export class Backoff {
  static FIRST = 100;
  static LONGEST = 1000;
  #next = Backoff.FIRST;

  next() {
    const now = this.#next;
    this.#next = Math.min(now * 1.6, Backoff.LONGEST);
    return now;
  }

  reset() {
    this.#next = Backoff.FIRST;
  }
}

/** Events in the order in which they came, for one taker. */
export class Mailbox {
  #events = [];
  #taker = null;

  put(event) {
    if (this.#taker) this.#taker(event);
    else this.#events.push(event);
    this.#taker = null;
  }

  /** The oldest event, as soon as there is one. */
  take() {
    if (this.#events.length) return Promise.resolve(this.#events.shift());
    return new Promise((resolve) => { this.#taker = resolve; });
  }
}
