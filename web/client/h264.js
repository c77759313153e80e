// H.264 by WebSocket, decoded by the page itself (WebCodecs): the way where only HTTP gets through.
//
// Keeps: frames are shown in the order in which they came, each as soon as it is decoded; what cannot be decoded is skipped to the
// next key frame; a decoder that falls behind is not fed until one comes.

/** What goes before each bitstream, in bytes; its first one. */
const HEAD = 16;
const VERSION = 1;
const KEY = 1;
/** So many frames may wait in the decoder. */
const WAITING = 6;
/** A key frame is asked for no more often than this. Milliseconds. */
const KEYS_APART = 300;

/** Whether this browser can: it has WebCodecs only on pages that came by HTTPS or from this very machine. */
export function decodesH264() {
  return 'VideoDecoder' in globalThis;
}

/** A message of the streamer's: `{key, online, width, height, captured (ms of its clock), data}`; null for one of another kind. */
export function parse(buffer) {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength <= HEAD) return null;
  const head = new DataView(buffer, 0, HEAD);
  if (head.getUint8(0) !== VERSION) return null;
  const flags = head.getUint8(1);
  return {
    key: Boolean(flags & KEY), online: Boolean(flags & 2), width: head.getUint16(2), height: head.getUint16(4),
    captured: Number(head.getBigUint64(8)) / 1000, data: new Uint8Array(buffer, HEAD),
  };
}

/** What WebCodecs calls the stream: from the first sequence parameter set in it (ITU-T H.264, 7.3.2.1.1); null without one. */
export function codecOf(data) {
  for (let at = 0; at + 6 < data.length; at += 1) {
    if (data[at] === 0 && data[at + 1] === 0 && data[at + 2] === 1 && (data[at + 3] & 31) === 7) {
      const hex = [...data.subarray(at + 4, at + 7)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      return `avc1.${hex}`;
    }
  }
  return null;
}

export class H264Socket {
  #socket;
  #canvas;
  #onframe;
  #decoder = null;
  #codec = null;
  #waits = true; // for a key frame
  #asked = 0;

  counts = { framesDecoded: 0, framesDropped: 0, keyFrames: 0, bytes: 0 };
  /** Resolves with why, in words, when it has ended. */
  ended;
  #end;

  /**
   * @param {object} o
   * @param {URL} o.server the streamer's address
   * @param {import('./canvas.js').Canvas} o.canvas
   * @param {(captured: number) => void} o.onframe a frame captured at this ms of the streamer's clock is shown
   */
  constructor({ server, canvas, onframe }) {
    this.#canvas = canvas;
    this.#onframe = onframe;
    this.ended = new Promise((resolve) => { this.#end = resolve; });
    const url = new URL('h264', server);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.onmessage = ({ data }) => this.#take(parse(data));
    this.#socket.onclose = () => this.close('the connection for H.264 by WebSocket has ended, or there is none');
  }

  get decoder() {
    return `WebCodecs, ${this.#codec ?? 'nothing yet'}`;
  }

  close(why = 'it was closed') {
    this.#socket.onclose = null;
    this.#socket.onmessage = null;
    this.#socket.close();
    if (this.#decoder && this.#decoder.state !== 'closed') this.#decoder.close();
    this.#decoder = null;
    this.#end(why);
  }

  #take(unit) {
    if (!unit) return;
    this.counts.bytes += unit.data.length;
    if (unit.key) {
      const codec = codecOf(unit.data);
      if (!this.#decoder || (codec && codec !== this.#codec)) this.#prepare(codec);
      this.counts.keyFrames += 1;
      this.#waits = false;
    } else if (this.#decoder?.decodeQueueSize > WAITING) {
      this.#waits = true;
    }
    if (this.#waits || !this.#decoder) {
      this.counts.framesDropped += 1;
      this.#askForKey();
      return;
    }
    const type = unit.key ? 'key' : 'delta';
    try {
      this.#decoder.decode(new EncodedVideoChunk({ type, timestamp: Math.round(unit.captured * 1000), data: unit.data }));
    } catch (error) {
      this.#failed(error);
    }
  }

  #prepare(codec) {
    if (this.#decoder && this.#decoder.state !== 'closed') this.#decoder.close();
    const decoder = this.#decoder = new VideoDecoder({
      output: (frame) => {
        if (decoder === this.#decoder) {
          this.#canvas.show(frame, frame.displayWidth, frame.displayHeight);
          this.counts.framesDecoded += 1;
          this.#onframe(frame.timestamp / 1000);
        }
        frame.close();
      },
      error: (error) => { if (decoder === this.#decoder) this.#failed(error); },
    });
    this.#codec = codec;
    // Without a description the bitstream is in Annex B form (W3C: AVC registration of WebCodecs).
    decoder.configure({ codec: codec ?? 'avc1.42e01f', optimizeForLatency: true });
  }

  #failed(error) {
    this.#decoder = null;
    this.#waits = true;
    // It has no H.264 at all: not to be mended by another key frame.
    if (error.name === 'NotSupportedError') this.close('this browser decodes no H.264 for pages');
    else this.#askForKey();
  }

  #askForKey() {
    const now = performance.now();
    if (this.#socket.readyState !== WebSocket.OPEN || now - this.#asked < KEYS_APART) return;
    this.#asked = now;
    this.#socket.send('key');
  }
}
