// How the picture lies on the screen: fitted or one to one, turned or not, full screen or not.
//
// What must always hold: the picture has the source's shape. One to one, each of its pixels is one of the screen's: it begins on a whole one, and
// where it does not fit, it can be moved by scrolling, arrow keys and dragging.

/** @typedef {'fit'|'exact'} Scale */

export const SCALES = ['fit', 'exact'];
export const TURNS = ['0', '90', '180', '270'];

/** Puts a picture's top left corner back to where it was before the turn, in its own width and height. */
const TURNED = {
  0: () => '',
  90: (width, height) => `translate(${height}px, 0) rotate(90deg)`,
  180: (width, height) => `translate(${width}px, ${height}px) rotate(180deg)`,
  270: (width) => `translate(0, ${width}px) rotate(270deg)`,
};

/** Width and height of the source in a <video> or <canvas>; zeros before there is a picture. */
export function sourceSize(shown) {
  return shown instanceof HTMLVideoElement
    ? { width: shown.videoWidth, height: shown.videoHeight }
    : { width: shown.width, height: shown.height };
}

/**
 * Where a picture goes. Pure.
 * @param {{width: number, height: number}} source in its own pixels
 * @param {{width: number, height: number}} room CSS pixels
 * @param {Scale} scale
 * @param {number} turn degrees
 * @param {number} dots of the screen in a CSS pixel
 * @returns the turned picture's box `{left, top, width, height}` and the picture's own `{across, down}` before the turn, CSS pixels
 */
export function place(source, room, scale, turn, dots) {
  const sideways = turn % 180 !== 0;
  const [wide, high] = sideways ? [source.height, source.width] : [source.width, source.height];
  const factor = scale === 'exact' ? 1 / dots : Math.min(room.width / wide, room.height / high);
  const [width, height] = [wide * factor, high * factor];
  const middle = (all, part) => Math.max(0, Math.floor(((all - part) / 2) * dots) / dots);
  return {
    left: middle(room.width, width), top: middle(room.height, height), width, height,
    across: source.width * factor, down: source.height * factor,
  };
}

export class View {
  #stage;
  #frame;
  #video;
  #canvas;
  #scale = 'fit';
  #turn = 0;

  /**
   * @param {object} o
   * @param {HTMLElement} o.stage the room, which scrolls
   * @param {HTMLElement} o.frame in it, the size of the turned picture
   * @param {HTMLVideoElement} o.video in that
   * @param {HTMLCanvasElement} o.canvas the same; shown instead of it unless it is hidden
   */
  constructor({ stage, frame, video, canvas }) {
    [this.#stage, this.#frame, this.#video, this.#canvas] = [stage, frame, video, canvas];
    const lay = () => this.#lay();
    new ResizeObserver(lay).observe(stage);
    video.addEventListener('resize', lay);
    new MutationObserver(lay).observe(canvas, { attributeFilter: ['width', 'height', 'hidden'] });
    this.#followDots();
    this.#letDrag();
    lay();
  }

  /** What shows the picture now. */
  get shown() {
    return this.#canvas.hidden ? this.#video : this.#canvas;
  }

  /** @type {Scale} */
  get scale() {
    return this.#scale;
  }

  set scale(scale) {
    this.#scale = scale;
    this.#lay();
    // What was in the middle is there still.
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = this.#stage;
    this.#stage.scrollTo(Math.round((scrollWidth - clientWidth) / 2), Math.round((scrollHeight - clientHeight) / 2));
  }

  /** Degrees clockwise: 0, 90, 180 or 270. */
  get turn() {
    return this.#turn;
  }

  set turn(degrees) {
    this.#turn = degrees % 360;
    this.#lay();
  }

  #lay() {
    const source = sourceSize(this.shown);
    const room = this.#stage.getBoundingClientRect();
    if (!source.width || !room.width) return;
    const box = place(source, room, this.#scale, this.#turn, devicePixelRatio);
    const sizes = { left: box.left, top: box.top, width: box.width, height: box.height };
    for (const [name, value] of Object.entries(sizes)) this.#frame.style[name] = `${value}px`;
    for (const { style } of [this.#video, this.#canvas]) {
      [style.width, style.height] = [`${box.across}px`, `${box.down}px`];
      style.transform = TURNED[this.#turn](box.across, box.down);
    }
    const wider = box.width > room.width + 0.5 || box.height > room.height + 0.5;
    this.#stage.classList.toggle('exact', this.#scale === 'exact');
    this.#stage.classList.toggle('moves', wider);
    // What can be scrolled must be reachable by keyboard, and nothing else need be.
    if (wider) this.#stage.tabIndex = 0;
    else this.#stage.removeAttribute('tabindex');
  }

  /** Another screen, or another zoom: other dots. */
  #followDots() {
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener('change', () => {
      this.#lay();
      this.#followDots();
    }, { once: true });
  }

  /** A mouse moves the picture by dragging it. (Fingers scroll by themselves.) */
  #letDrag() {
    const stage = this.#stage;
    stage.addEventListener('pointerdown', (event) => {
      if (event.pointerType !== 'mouse' || event.button !== 0 || !stage.classList.contains('moves')) return;
      const from = { x: event.clientX + stage.scrollLeft, y: event.clientY + stage.scrollTop };
      const moved = ({ clientX, clientY }) => stage.scrollTo(from.x - clientX, from.y - clientY);
      stage.setPointerCapture(event.pointerId);
      stage.classList.add('held');
      stage.addEventListener('pointermove', moved);
      stage.addEventListener('lostpointercapture', () => {
        stage.classList.remove('held');
        stage.removeEventListener('pointermove', moved);
      }, { once: true });
    });
  }
}

/** Into full screen with `element`, or out of it. */
export function toggleFullScreen(element, video) {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (element.requestFullscreen) element.requestFullscreen({ navigationUI: 'hide' }).catch(() => {});
  else video.webkitEnterFullscreen?.(); // an iPhone shows nothing but the video itself in full screen
}
