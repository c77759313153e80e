// The viewer's microphone: asked for when it is wanted, given back when it is not.
//
// Keeps: the device is open only while `track` is there; what was refused, or went, is not wanted any more, and `trouble` says why.

import { MICROPHONE_GONE, noMicrophone, ONLY_BY_HTTPS } from './words.js';

export class Microphone {
  #changed;
  #asked = null; // what is being asked for; null: nothing

  /** What it hears; null: it is not open. @type {MediaStreamTrack|null} */
  track = null;
  /** Why it is not open though it was wanted, in words; empty: it is, or was not wanted. */
  trouble = '';

  /** @param {() => void} changed `track` or `trouble` are others now */
  constructor(changed) {
    this.#changed = changed;
  }

  /** Whether it is open, or asked for. */
  get wanted() {
    return this.track !== null || this.#asked !== null;
  }

  /** Asks the browser for it, which asks whoever sits there; its echo cancellation is what keeps the sound from coming back. */
  async open() {
    if (this.wanted) return;
    if (!navigator.mediaDevices) {
      this.close(ONLY_BY_HTTPS);
      return;
    }
    const asked = this.#asked = navigator.mediaDevices.getUserMedia({ audio: true });
    try {
      const [track] = (await asked).getAudioTracks();
      if (asked !== this.#asked) {
        track.stop();
        return;
      }
      track.onended = () => this.close(MICROPHONE_GONE);
      [this.#asked, this.track, this.trouble] = [null, track, ''];
      this.#changed();
    } catch (error) {
      if (asked === this.#asked) this.close(noMicrophone(error));
    }
  }

  /** Gives it back. `why` it cannot be had, if it is wanted all the same. */
  close(why = '') {
    const changes = this.track || this.trouble || why;
    this.track?.stop();
    [this.#asked, this.track, this.trouble] = [null, null, why];
    if (changes) this.#changed();
  }
}
