// JPEG after JPEG in an <img>, as pages without WebRTC show it: in both browsers, from a page of the user's own.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { chromium, firefox, open } from './lib/browser.mjs';
import { until } from './lib/process.mjs';
import { startStreamer, state } from './lib/streamer.mjs';

for (const [name, browser] of [['Chromium', chromium], ['Firefox', firefox]]) {
  for (const query of ['', '?advance_headers=1', '?dual_final_frames=1&key=page']) {
    test(`${name} shows /stream${query}`, async (t) => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'page-'));
      t.after(() => fs.rmSync(folder, { recursive: true }));
      fs.writeFileSync(path.join(folder, 'index.html'), `<!doctype html><title>page</title><img id="picture" src="/stream${query}">`);
      await startStreamer(t, { sink: null, more: ['--static', folder] });
      const page = await open(t, await browser(t), 'about:blank');
      // A page whose picture never ends is never loaded.
      await page.goto('http://127.0.0.1:8080/', { waitUntil: 'domcontentloaded' });
      const { defineTimeCode } = await import('./lib/timecode.mjs');
      await page.evaluate(defineTimeCode);
      const frame = () => page.evaluate(() => {
        const picture = document.getElementById('picture');
        picture.videoWidth = picture.naturalWidth;
        return picture.naturalWidth === 1280 && picture.naturalHeight === 720 ? window.timeCode(picture)?.frame ?? null : null;
      });
      let last = -1;
      await until('a picture', 20_000, async () => await frame() !== null);
      for (let n = 0; n < 5; n += 1) {
        // Firefox draws an image on a canvas once and keeps that; on its screen the picture moves.
        last = await until('a newer picture', 20_000, async () => {
          const now = browser === firefox ? await page.screenshot({ encoding: 'base64' }) : await frame();
          if (now === null || now === last || now < last && browser === chromium) throw new Error('it stands still');
          return now;
        });
      }
      const { stream } = await state();
      assert.equal(stream.clients, 1);
      await page.close();
      await until('the client has left', 20_000, async () => {
        const { clients } = (await state()).stream;
        if (clients) throw new Error(`${clients} clients`);
        return true;
      });
    });
  }
}
