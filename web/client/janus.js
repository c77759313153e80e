// Janus over WebSocket: a session, its handles, their messages. Owns the socket and the keep-alive.
//
// Keeps: a session is either open or finished for ever. When it finishes, `closed` resolves with the reason in words and
// every request still waiting is rejected, so that nobody waits for an answer that cannot come. To go on, open another.
// The protocol is that of https://janus.conf.meetecho.com/docs/rest.html (WebSockets); nothing else of Janus is needed.

/** Janus ends a session after 60 s without a sign of life; asking often also shows a dead network soon. Milliseconds. */
const KEEPALIVE_EVERY = 5000;
/** How long an answer to a request may take. Milliseconds. */
const ANSWER_WITHIN = 5000;

/** Janus has no plugin of that name. */
export const PLUGIN_NOT_FOUND = 460;

/** Janus or a plugin refused something: `code` as in Janus's apierror.h or the plugin's own, `message` in words. */
export class JanusError extends Error {
  constructor(code, message) {
    super(message);
    this.name = 'JanusError';
    this.code = code;
  }
}

/** The session ended; `message` says why. */
export class JanusGone extends Error {
  name = 'JanusGone';
}

/** One session with Janus. Make it with `JanusSession.open`. */
export class JanusSession {
  #socket;
  #id = null;
  #auth;
  #waiting = new Map();
  #handles = new Map();
  #next = 1;
  #alive;
  #finish;

  /** Resolves, never rejects, with the reason why the session ended. */
  closed = new Promise((resolve) => { this.#finish = resolve; });

  constructor(socket, auth) {
    this.#socket = socket;
    this.#auth = auth;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = () => this.#end('the connection to Janus was closed');
  }

  /**
   * Connects and creates a session.
   * @param {string} url ws:// or wss://
   * @param {object} [auth] `{token}` and/or `{apisecret}`, sent with every request where Janus wants them
   * @throws {JanusGone} nobody answers at that address, or what answers is not Janus
   */
  static async open(url, auth = {}) {
    const socket = new WebSocket(url, 'janus-protocol');
    const session = new JanusSession(socket, auth);
    const opened = new Promise((resolve) => { socket.onopen = resolve; });
    const late = setTimeout(() => session.#end(`no answer from ${url}`), ANSWER_WITHIN);
    try {
      await Promise.race([opened, session.#gone()]);
      session.#id = (await session.request({ janus: 'create' })).data.id;
    } catch (error) {
      session.close();
      throw error;
    } finally {
      clearTimeout(late);
    }
    session.#alive = setInterval(() => session.request({ janus: 'keepalive' }).catch(() => {}), KEEPALIVE_EVERY);
    return session;
  }

  /**
   * Attaches to a plugin.
   * @param {string} plugin its package name
   * @param {(event: object) => void} listener gets everything Janus says of this handle, as Janus says it:
   *   `event`, `webrtcup`, `media`, `slowlink`, `trickle`, `hangup`, `detached`
   * @throws {JanusError} with code `PLUGIN_NOT_FOUND` when Janus has no such plugin
   */
  async attach(plugin, listener) {
    const { data } = await this.request({ janus: 'attach', plugin });
    this.#handles.set(data.id, listener);
    return new JanusHandle(this, data.id, () => this.#handles.delete(data.id));
  }

  /** Sends one request; resolves with Janus's answer to it (`success` or `ack`). */
  request(body) {
    const transaction = String(this.#next++);
    const id = this.#id === null ? {} : { session_id: this.#id };
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) {
        reject(new JanusGone('the connection to Janus is closed'));
        return;
      }
      const late = setTimeout(() => this.#end(`Janus did not answer for ${ANSWER_WITHIN / 1000} s`), ANSWER_WITHIN);
      this.#waiting.set(transaction, { resolve, reject, late });
      this.#socket.send(JSON.stringify({ ...body, ...id, ...this.#auth, transaction }));
    });
  }

  /** Ends the session. Janus frees what belongs to it when the socket closes. */
  close() {
    this.#end('closed by the page');
  }

  #receive(message) {
    const asked = this.#waiting.get(message.transaction);
    if (asked && ['success', 'ack', 'error'].includes(message.janus)) {
      this.#waiting.delete(message.transaction);
      clearTimeout(asked.late);
      if (message.janus === 'error') asked.reject(new JanusError(message.error.code, message.error.reason));
      else asked.resolve(message);
    } else if (message.janus === 'timeout') {
      this.#end('Janus gave up the session');
    } else {
      this.#handles.get(message.sender)?.(message);
    }
  }

  #end(reason) {
    clearInterval(this.#alive);
    this.#socket.onclose = null;
    this.#socket.close();
    for (const { reject, late } of this.#waiting.values()) {
      clearTimeout(late);
      reject(new JanusGone(reason));
    }
    this.#waiting.clear();
    this.#finish(reason);
  }

  async #gone() {
    throw new JanusGone(await this.closed);
  }
}

/** What is attached to one plugin. */
class JanusHandle {
  #session;
  #id;
  #forget;

  constructor(session, id, forget) {
    this.#session = session;
    this.#id = id;
    this.#forget = forget;
  }

  /** Sends the plugin a message, with an SDP or without; its answers come as `event`s to the listener. */
  message(body, jsep) {
    return this.#request({ janus: 'message', body, ...(jsep && { jsep }) });
  }

  /** Tells Janus a candidate of this browser's; `null`: that was all of them. */
  trickle(candidate) {
    return this.#request({ janus: 'trickle', candidate: candidate ?? { completed: true } });
  }

  /** Leaves the plugin; the picture ends. */
  detach() {
    this.#forget();
    return this.#request({ janus: 'detach' });
  }

  #request(body) {
    return this.#session.request({ ...body, handle_id: this.#id });
  }
}

/** Janus's WebSocket address: `given` (whole, or a path on the server's host), else port 8188 of that host. */
export function janusAddress(given, server) {
  const url = given ? new URL(given, server) : new URL('/', server);
  if (!given) url.port = '8188';
  url.protocol = { 'http:': 'ws:', 'https:': 'wss:' }[url.protocol] ?? url.protocol;
  return url;
}

/** Returns when something answers there by HTTP, whatever it says. @throws {JanusGone} when nothing does, or a gateway has nobody behind it */
export async function knock(url) {
  const there = new URL(url);
  there.protocol = { 'ws:': 'http:', 'wss:': 'https:' }[there.protocol];
  try {
    const { status } = await fetch(there, { mode: 'no-cors', cache: 'no-store', credentials: 'same-origin', signal: AbortSignal.timeout(2000) });
    if (status < 502 || status > 504) return;
  } catch {
    // Nobody there at all.
  }
  throw new JanusGone(`nobody answers at ${url}`);
}
