// One small graph: a line over the last minute, its newest value in figures, and the scale. One SVG path, so that a second costs next to nothing.

import { SECONDS } from './minute.js';

const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT] = [SECONDS - 1, 32];

/** The next round number above: where a scale ends. */
export function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((step) => step >= value);
}

/** An SVG path through the values, the newest at the right; nothing is drawn where there is none. Pure. */
export function path(values, top) {
  let pen = 'M';
  let drawn = '';
  const first = SECONDS - values.length;
  for (const [n, value] of values.entries()) {
    if (value === null) {
      pen = 'M';
      continue;
    }
    const x = first + n;
    const y = HEIGHT - (Math.min(value, top) / top) * HEIGHT;
    drawn += `${pen}${x} ${y.toFixed(1)}`;
    // A lone value is seen, too.
    if (pen === 'M') drawn += 'h.1';
    pen = 'L';
  }
  return drawn;
}

export class Graph {
  #figure;
  #value;
  #top;
  #line;
  #label;
  #write;
  #least;

  /**
   * @param {HTMLElement} into
   * @param {object} o
   * @param {string} o.name for tests and style
   * @param {string} o.label
   * @param {(value: number) => string} o.write a value in words, with its unit
   * @param {number} o.least the scale goes up to this at least
   */
  constructor(into, { name, label, write, least }) {
    [this.#label, this.#write, this.#least] = [label, write, least];
    this.#figure = document.createElement('figure');
    this.#figure.dataset.name = name;
    const caption = document.createElement('figcaption');
    this.#value = document.createElement('b');
    this.#top = document.createElement('small');
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('viewBox', `0 -1 ${WIDTH} ${HEIGHT + 2}`);
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('role', 'img');
    this.#line = document.createElementNS(SVG, 'path');
    svg.append(this.#line);
    caption.append(label, this.#value);
    this.#figure.append(caption, svg, this.#top);
    into.append(this.#figure);
  }

  /** Shows these values, the newest last. */
  show(values) {
    const known = values.filter((value) => value !== null);
    const top = roundUp(Math.max(this.#least, ...known));
    const now = values.at(-1) ?? null;
    this.#value.textContent = now === null ? '–' : this.#write(now);
    this.#top.textContent = this.#write(top);
    this.#line.setAttribute('d', path(values, top));
    const span = known.length ? `, between ${this.#write(Math.min(...known))} and ${this.#write(Math.max(...known))} in the last minute` : '';
    this.#line.parentNode.setAttribute('aria-label', `${this.#label}: ${now === null ? 'not known' : this.#write(now)}${span}`);
  }
}
