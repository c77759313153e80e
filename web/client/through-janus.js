// The way through Janus: a session with it, one picture after another, and what stopped the last one.
//
// Keeps: there is at most one session and one picture at a time; every end of either leads to a new attempt, after a pause that is short at first;
// `facts` always say how far the way has been gone and what was wrong on it.

import { janusAddress, JanusGone, JanusSession, knock, PLUGIN_NOT_FOUND } from './janus.js';
import { JanusVideo, Lost } from './janus-video.js';
import { NoH264, takesH264 } from './receiver.js';
import { Backoff, Pause } from './timing.js';

/** While the picture comes by another way, this one is tried again so much later. Milliseconds. */
const AGAIN = 15_000;
/** While it is not wanted, it is seen this often whether the browser has learnt H.264: so long its state is told. Milliseconds. */
const LOOK_AGAIN = 500;

/** The way to the picture, and from which step on a trouble is over. */
const STEPS = ['janus', 'plugin', 'offer', 'media', 'frames'];
const OVER_AT = { 'no-janus': 'plugin', 'no-plugin': 'offer', 'not-yet': 'media', refused: 'media', 'no-media': 'frames' };

export class ThroughJanus {
  #server;
  #address;
  #auth;
  #means;
  #told;
  #learnt;
  #meanwhile;
  #wanted = true;
  #wishes = { audio: false, microphone: null };
  #session = null;
  #picture = null; // the newest one, which may have ended
  #running = false;
  #pause = new Pause();
  #backoff = new Backoff();

  /** Those of words.js that are about this way. */
  facts = { webrtc: 'RTCPeerConnection' in globalThis, h264: true, janusUrl: '', step: 'janus', trouble: null, detail: '', frozen: false };
  /** What the plugin has beside the picture; null while that is not known. @type {null|{audio: boolean, mic: boolean}} */
  features = null;

  /**
   * @param {object} o
   * @param {URL} o.server the streamer's address
   * @param {() => string|null|undefined} o.address Janus's, as known now: whole, or a path on the streamer's host; none: the usual place
   * @param {object} o.auth `{token, apisecret}` where Janus wants them
   * @param {() => void} o.told `facts` have changed
   * @param {() => void} o.learnt `features` have changed
   * @param {() => boolean} o.meanwhile the picture comes by another way
   * @param {...object} o.means of a `JanusVideo`: `video`, `show`, `waits`, `iceServers` and `onframe`
   */
  constructor({ server, address, auth, told, learnt, meanwhile, ...means }) {
    this.#server = server;
    this.#address = address;
    this.#auth = auth;
    this.#told = told;
    this.#learnt = learnt;
    this.#meanwhile = meanwhile;
    this.#means = means;
    this.facts.janusUrl = janusAddress(address(), server).href;
  }

  /** Whether the picture comes this way. */
  get flows() {
    return this.#wanted && this.facts.step === 'frames' && !this.facts.frozen;
  }

  /** Nothing is to be hoped for from waiting. */
  get hopeless() {
    const { webrtc, h264, trouble } = this.facts;
    return !this.#wanted || !webrtc || !h264 || (trouble !== null && trouble !== 'not-yet');
  }

  /** Whether there is a connection, or one is being made. */
  get open() {
    return this.#picture?.open ?? false;
  }

  /** When the newest attempt got where. */
  get join() {
    return this.#picture?.join ?? {};
  }

  /** What is counted, in the client's words; null without a connection. */
  async figures() {
    return await this.#picture?.figures() ?? null;
  }

  /** Whether this way is to be gone: at once. */
  set wanted(wanted) {
    this.#wanted = wanted;
    if (!wanted) this.#picture?.close();
    this.wake();
  }

  /** What is wanted beside the picture, or given. A change sets the picture up afresh. @param {Partial<import('./janus-video.js').Wishes>} wishes */
  wish(wishes) {
    if (Object.entries(wishes).every(([name, value]) => this.#wishes[name] === value)) return;
    this.#wishes = { ...this.#wishes, ...wishes };
    this.#picture?.close();
  }

  /** Does not wait any longer. */
  wake() {
    this.#pause.wake();
  }

  /** Goes on until `stop`; resolves when all has ended. */
  async run() {
    this.#running = true;
    while (this.#running) {
      if (this.#wanted) {
        this.#blame(await this.#attempt());
        if (this.#running && this.#wanted) await this.#pause.wait(this.#meanwhile() ? AGAIN : this.#backoff.next());
      } else {
        this.#note({ h264: takesH264() });
        await this.#pause.wait(LOOK_AGAIN);
      }
    }
  }

  stop() {
    this.#running = false;
    this.#session?.close();
    this.wake();
  }

  /** One attempt; resolves with what ended it. */
  async #attempt() {
    try {
      this.#needH264();
      this.#session ??= await this.#connect();
      if (!this.#running) this.#session.close();
      this.#picture = new JanusVideo({
        ...this.#means, session: this.#session, wishes: this.#wishes, told: (news) => this.#reach(news), onfeatures: (features) => this.#learn(features),
      });
      return await this.#picture.ended;
    } catch (error) {
      return error;
    }
  }

  #needH264() {
    if (!this.facts.webrtc) throw new NoH264('this browser has no WebRTC');
    const h264 = takesH264();
    this.#note({ h264 });
    if (!h264) throw new NoH264('this browser names no H.264 among what its WebRTC can receive');
  }

  async #connect() {
    const url = janusAddress(this.#address(), this.#server);
    const triedInVain = this.facts.trouble === 'no-janus' && this.facts.janusUrl === url.href;
    this.#note({ step: 'janus', janusUrl: url.href });
    // Browsers slow down WebSockets to an address that failed often; a plain request tells without that price that somebody is back.
    if (triedInVain) await knock(url);
    const session = await JanusSession.open(url.href, this.#auth);
    this.#reach({ step: 'plugin' });
    return session;
  }

  /** News of an attempt. A step ends the troubles before it. */
  #reach({ step = this.facts.step, trouble = this.facts.trouble, ...news }) {
    const over = OVER_AT[trouble];
    if (step === 'frames') this.#backoff.reset();
    this.#note({ ...news, step, trouble: over && STEPS.indexOf(step) >= STEPS.indexOf(over) ? null : trouble });
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
      this.#learn(null);
    }
  }

  #learn(features) {
    if (this.features?.audio === features?.audio && this.features?.mic === features?.mic) return;
    this.features = features;
    this.#learnt();
  }

  #note(news) {
    Object.assign(this.facts, news);
    this.#told();
  }
}
