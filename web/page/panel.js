// The details beside the picture: what is told and measured, with the graphs of the last minute.
//
// What must always hold: while it is closed nothing in it is touched; what is open changes in place, so that a reader's eye or screen reader
// stays where it is.

import { Graph } from './graph.js';
import { bitrateInWords, delayInWords, tell } from './told.js';

const GRAPHS = [
  { name: 'fps', label: 'Frames', least: 30, write: (value) => `${Math.round(value)}/s` },
  { name: 'bitrate', label: 'Bitrate', least: 100, write: bitrateInWords },
  { name: 'delay', label: 'Delay', least: 10, write: delayInWords },
  { name: 'lost', label: 'Losses', least: 1, write: (value) => `${Math.round(value)}/s` },
];

export class Panel {
  #lines;
  #graphs;

  /**
   * @param {HTMLDListElement} lines
   * @param {HTMLElement} graphs
   */
  constructor(lines, graphs) {
    this.#lines = lines;
    this.#graphs = GRAPHS.map((graph) => [graph.name, new Graph(graphs, graph)]);
  }

  /**
   * Shows how things stand.
   * @param {Parameters<typeof tell>[0]} known
   * @param {import('./minute.js').Minute} minute
   */
  show(known, minute) {
    const lines = tell(known);
    const names = lines.map(({ name }) => name);
    for (const row of [...this.#lines.children]) if (!names.includes(row.dataset.name)) row.remove();
    for (const [n, line] of lines.entries()) {
      const row = this.#row(line, n);
      write(row.querySelector('.text'), line.text);
      write(row.querySelector('.more'), line.more ?? '');
    }
    for (const [name, graph] of this.#graphs) graph.show(minute.line(name));
  }

  #row({ name, label }, n) {
    const there = this.#lines.querySelector(`[data-name="${name}"]`);
    if (there) return there;
    const row = document.createElement('div');
    row.dataset.name = name;
    const [term, told, text, more] = ['dt', 'dd', 'span', 'small'].map((tag) => document.createElement(tag));
    term.textContent = label;
    text.className = 'text';
    more.className = 'more';
    told.append(text, more);
    row.append(term, told);
    this.#lines.insertBefore(row, this.#lines.children[n] ?? null);
    return row;
  }
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
