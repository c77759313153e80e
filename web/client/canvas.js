// Where decoded pictures go that no <video> plays: a canvas, one frame after the other, and what is counted of them.

/** How many of the newest frames the figures are about. */
const NEWEST = 30;

export class Canvas {
  #element;
  #pen;
  #shown = [];

  /** @param {HTMLCanvasElement} element */
  constructor(element) {
    this.#element = element;
    // Not transparent, and shown without waiting for the page's own painting where the browser can.
    this.#pen = element.getContext('2d', { alpha: false, desynchronized: true });
  }

  get element() {
    return this.#element;
  }

  /**
   * Shows a picture.
   * @param {VideoFrame|ImageBitmap} picture
   * @param {number} width
   * @param {number} height
   */
  show(picture, width, height) {
    // (Each assignment empties it.)
    if (this.#element.width !== width) this.#element.width = width;
    if (this.#element.height !== height) this.#element.height = height;
    this.#pen.drawImage(picture, 0, 0, width, height);
    this.#shown = [...this.#shown.slice(1 - NEWEST), performance.now()];
  }

  /** Frames a second, of the newest. */
  get fps() {
    const now = performance.now();
    const recent = this.#shown.filter((at) => now - at < 2000);
    return recent.length < 2 ? 0 : ((recent.length - 1) * 1000) / (recent.at(-1) - recent[0]);
  }

  get width() {
    return this.#element.width;
  }

  get height() {
    return this.#element.height;
  }
}
