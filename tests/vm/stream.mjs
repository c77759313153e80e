// A recorded stream, from where it can be decoded.
import fs from 'node:fs';

/**
 * The file's bytes from the first sequence parameter set on. ustreamer-dump asks for a key frame, but writes down what it gets until it comes.
 */
export function fromFirstKey(file) {
  const bytes = fs.readFileSync(file);
  const starts = ['0000000167', '0000000127'].map((start) => bytes.indexOf(start, 0, 'hex')).filter((at) => at >= 0);
  if (!starts.length) throw new Error(`${file} has no sequence parameter set`);
  return bytes.subarray(Math.min(...starts));
}
