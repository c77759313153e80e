// The frame that is shown, as a file: PNG, each pixel as it was decoded, turned as it is on the screen.

import { sourceSize } from './view.js';

/**
 * The newest frame.
 * @param {HTMLVideoElement|HTMLCanvasElement} shown
 * @param {number} turn degrees clockwise: 0, 90, 180 or 270
 * @returns {Promise<Blob|null>} null: there is no picture
 */
export async function screenshot(shown, turn) {
  const { width, height } = sourceSize(shown);
  if (!width) return null;
  const canvas = document.createElement('canvas');
  const sideways = turn % 180 !== 0;
  [canvas.width, canvas.height] = sideways ? [height, width] : [width, height];
  const pen = canvas.getContext('2d', { alpha: false });
  pen.translate(canvas.width / 2, canvas.height / 2);
  pen.rotate((turn * Math.PI) / 180);
  pen.drawImage(shown, -width / 2, -height / 2, width, height);
  return new Promise((resolve) => { canvas.toBlob(resolve, 'image/png'); });
}

/** What the file is called: whose screen, and when by the viewer's own clock, in characters that any file system takes. */
export function fileName(host, when) {
  const two = (number) => String(number).padStart(2, '0');
  const day = [when.getFullYear(), two(when.getMonth() + 1), two(when.getDate())].join('-');
  const time = [when.getHours(), when.getMinutes(), when.getSeconds()].map(two).join('-');
  return `${host.replace(/[^\w.-]+/g, '_') || 'screen'}_${day}_${time}.png`;
}

/** Hands a file to the browser, to be put where downloads go. */
export function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download has its own hold on the bytes once it has begun.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
