// browser.mjs claim|watch NAME ADDRESS PASSWORD [CODE]: Chromium at the device NAME, which has this address, as its owner is there: `claim` claims it
// with CODE and sees that nobody gets in without the password; `watch` signs in and sees that the picture moves.
import assert from 'node:assert/strict';
import { chromium, stats, waitFrames, waitWay } from '../e2e/lib/browser.mjs';
import { certificate, claim, login, logout, ready, trust } from '../e2e/lib/door.mjs';
import { until } from '../e2e/lib/process.mjs';
import { scope } from '../e2e/lib/scope.mjs';

const [what, name, address, password, code] = process.argv.slice(2);
/** As a URL and Chromium's rules write an address. */
const literal = address.includes(':') ? `[${address}]` : address;
/** An emulated processor on a busy machine. Milliseconds. */
const PATIENCE = 240_000;

/** Whether the picture shows something else than a moment before. */
function moves(page) {
  return page.evaluate(async () => {
    const video = document.getElementById('video');
    const canvas = document.createElement('canvas');
    const pen = canvas.getContext('2d', { willReadFrequently: true });
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    const look = () => { pen.drawImage(video, 0, 0); return pen.getImageData(0, 0, canvas.width, canvas.height).data.join(); };
    const before = look();
    await new Promise((resolve) => { setTimeout(resolve, 2000); });
    return look() !== before;
  });
}

await scope(async (t) => {
  const shown = await certificate(address);
  // (Of addresses it names those that it had when somebody first came.)
  assert.ok(shown.checkHost(name) && (what !== 'claim' || shown.checkIP(address)), `the certificate is for ${shown.subjectAltName}`);
  const browser = await chromium(t, { args: [trust(shown), `--host-resolver-rules=MAP ${name} ${literal}`] });
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.goto(`https://${name}/`);
  if (what === 'claim') {
    assert.equal(await page.title(), 'Claim this device');
    await claim(page, code, password);
    await ready(page);
    await logout(page);
    await login(page, 'another password');
    assert.equal(await page.title(), 'Sign in');
    await login(page, password);
    await ready(page);
    return;
  }
  await login(page, password);
  await ready(page);
  await waitWay(page, 'webrtc', PATIENCE);
  await waitFrames(page, PATIENCE);
  await until('the picture moves', PATIENCE, () => moves(page));
  const before = await stats(page);
  await until('fifty frames more', PATIENCE, async () => (await stats(page))?.framesDecoded >= before.framesDecoded + 50);
  const { width, height, fps, framesDecoded, packetsLost, delay } = await stats(page);
  assert.equal(`${width}x${height}`, '640x480');
  console.log(`${width}x${height}, ${framesDecoded} frames decoded, ${Math.round(fps)} a second, ${packetsLost} packets lost, ${Math.round(delay)} ms old`);
});
