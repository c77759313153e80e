// What the streamer says about itself, asked over and over: its `/state`, and with each answer its clock.
//
// Keeps: one question at a time; `answers` is about the last question asked, `state` is its answer.

import { Pause } from './timing.js';

/** How long an answer may take. Milliseconds. */
const ANSWER_WITHIN = 2000;
/** Between two questions while all is well, while something is wrong, and until the clock is known well. Milliseconds. */
const CALM = 3000;
const WATCHFUL = 1000;
const SETTING_THE_CLOCK = 100;
const CLOCK_SAMPLES = 8;

export class Streamer {
  #url;
  #clock;
  #changed;
  #pause = new Pause();
  #watchful = true;
  #running = false;

  /** true: it answers; false: it does not; null: not known, for example because nobody asked yet or something else answers. */
  answers = null;
  /** `result` of the last `/state`; null while it does not answer. */
  state = null;
  /** Whoever guards the streamer wants to know first who asks: a password, or a session that is over. */
  locked = false;
  /** Where a POST signs out, as the appliance's door says; null: there is no such door. */
  signOut = null;
  /** Where the page of the device is, as the door says; null: there is none. */
  device = null;

  /**
   * @param {URL} url of `/state`
   * @param {import('./clock.js').Clock} clock learns from each answer
   * @param {() => void} changed called after each answer and each failure
   */
  constructor(url, clock, changed) {
    this.#url = url;
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Asks until `stop`; resolves after the first answer or failure. */
  async start() {
    this.#running = true;
    await this.#ask();
    this.#keepAsking();
  }

  stop() {
    this.#running = false;
    this.#pause.wake();
  }

  /** Something is wrong: ask at once and more often. Nothing is wrong any more: ask less. */
  set watchful(now) {
    if (now && !this.#watchful) this.#pause.wake();
    this.#watchful = now;
  }

  async #keepAsking() {
    while (this.#running) {
      const setClock = this.answers && this.#clock.samples < CLOCK_SAMPLES;
      await this.#pause.wait(setClock ? SETTING_THE_CLOCK : this.#watchful ? WATCHFUL : CALM);
      if (this.#running) await this.#ask();
    }
  }

  async #ask() {
    try {
      const asked = performance.now();
      const answer = await fetch(this.#url, { cache: 'no-store', signal: AbortSignal.timeout(ANSWER_WITHIN) });
      const answered = performance.now();
      const json = answer.ok ? await answer.json().catch(() => null) : null;
      this.state = json?.result ?? null;
      this.locked = answer.status === 401;
      this.signOut = answer.headers.get('x-sign-out') ?? this.signOut;
      this.device = answer.headers.get('x-device') ?? this.device;
      // A gateway in front of a streamer that is gone says 502 to 504; other refusals tell nothing about the streamer.
      this.answers = this.state ? true : answer.status >= 502 && answer.status <= 504 ? false : null;
      if (this.state?.clock) this.#clock.learn(asked, answered, this.state.clock.monotonic_us);
    } catch {
      this.state = null;
      this.answers = false;
    }
    this.#changed();
  }
}
