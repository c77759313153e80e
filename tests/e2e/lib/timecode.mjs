// The test picture's time code, read back from the pixels of a <video> or <canvas>.
//
// Two rows of 40 square blocks at the top left, side b = width/40 rounded down to a multiple of 4, from 4 to 16 pixels; white is 1.
// Row 0: capture time, CLOCK_MONOTONIC in units of 100 µs modulo 2^32, then a checksum of 8 bits. Row 1: the frame number, likewise.

/** Defines `timeCode(shown)` in a page: `{time, frame}`, or null when a checksum does not fit. Complete in itself, to be sent there. */
export function defineTimeCode() {
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  window.timeCode = (shown) => {
    const block = Math.min(16, Math.max(4, Math.floor((shown.videoWidth ?? shown.width) / 40 / 4) * 4));
    [canvas.width, canvas.height] = [40 * block, 2 * block];
    pen.drawImage(shown, 0, 0, canvas.width, canvas.height, 0, 0, canvas.width, canvas.height);
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    const [time, frame] = [0, 1].map((row) => {
      const bytes = [0, 0, 0, 0, 0];
      for (let n = 0; n < 40; n++) {
        const at = ((row * block + block / 2) * canvas.width + n * block + block / 2) * 4;
        bytes[n >> 3] = (bytes[n >> 3] << 1) | (data[at + 1] > 127 ? 1 : 0);
      }
      const sum = bytes.slice(0, 4).reduce((a, byte) => (((a << 1) | (a >> 7)) & 255) ^ byte, 0x5a);
      return sum === bytes[4] ? bytes.slice(0, 4).reduce((value, byte) => value * 256 + byte, 0) : null;
    });
    return time === null || frame === null ? null : { time, frame };
  };
}
