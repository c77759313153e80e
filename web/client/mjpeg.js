// JPEG after JPEG in one answer of HTTP: the way that works everywhere, and takes most of the network.
//
// Keeps: the newest picture whose bytes are all here is shown; while one is decoded, those that come are passed over but the last.

const BOUNDARY_LINE = /^--/;

/** Splits a `multipart/x-mixed-replace` answer whose parts have a Content-Length into parts. Pure: bytes in, parts out. */
export class Parts {
  #bytes = new Uint8Array(0);

  /** Takes bytes; returns the parts that are whole now: `{headers: Map, body: Uint8Array}`. @throws {Error} on something else */
  push(more) {
    const all = new Uint8Array(this.#bytes.length + more.length);
    all.set(this.#bytes);
    all.set(more, this.#bytes.length);
    const parts = [];
    let at = 0;
    for (;;) {
      const end = headEnd(all, at);
      if (end < 0) break;
      const lines = new TextDecoder().decode(all.subarray(at, end)).split('\r\n').filter((line) => line && !BOUNDARY_LINE.test(line));
      const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
      const length = Number(headers.get('content-length'));
      if (!Number.isSafeInteger(length) || length < 0 || length > 1 << 26) throw new Error('a part without its length');
      const body = end + 4;
      if (all.length < body + length) break;
      parts.push({ headers, body: all.slice(body, body + length) });
      at = body + length;
    }
    if (all.length - at > 1 << 27) throw new Error('no end of a part');
    this.#bytes = all.slice(at);
    return parts;
  }
}

/** Where the empty line after a head is; -1 if it is not here yet. (A body ends with a line break before the next boundary.) */
function headEnd(bytes, from) {
  for (let at = from; at + 3 < bytes.length; at += 1) {
    if (bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at;
  }
  return -1;
}

export class MotionJpeg {
  #canvas;
  #onframe;
  #abort = new AbortController();
  #waiting = null;
  #decoding = false;
  decoder = 'JPEG';

  counts = { framesDecoded: 0, framesDropped: 0, keyFrames: 0, bytes: 0 };
  /** Resolves with why, in words, when it has ended. */
  ended;

  /** As for H264Socket. */
  constructor({ server, canvas, onframe }) {
    this.#canvas = canvas;
    this.#onframe = onframe;
    this.ended = this.#read(new URL('stream?extra_headers=1', server)).catch((error) => `the stream of JPEGs has ended: ${error.message}`);
  }

  close() {
    this.#abort.abort();
  }

  async #read(url) {
    const answer = await fetch(url, { cache: 'no-store', signal: this.#abort.signal });
    if (!answer.ok) throw new Error(`it says ${answer.status}`);
    const parts = new Parts();
    const reader = answer.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw new Error('no more of it');
      this.counts.bytes += value.length;
      for (const part of parts.push(value)) {
        if (this.#waiting) this.counts.framesDropped += 1;
        this.#waiting = part;
      }
      if (this.#waiting && !this.#decoding) this.#show();
    }
  }

  async #show() {
    this.#decoding = true;
    while (this.#waiting && !this.#abort.signal.aborted) {
      const { headers, body } = this.#waiting;
      this.#waiting = null;
      const picture = await createImageBitmap(new Blob([body], { type: 'image/jpeg' })).catch(() => null);
      if (!picture) continue;
      if (!this.#abort.signal.aborted) {
        this.#canvas.show(picture, picture.width, picture.height);
        this.counts.framesDecoded += 1;
        this.#onframe(Number(headers.get('x-ustreamer-grab-begin-time')) * 1000 || null);
      }
      picture.close();
    }
    this.#decoding = false;
  }
}
