// µStreamer's H.264 guide with our parts in it: its page with janus.js plays, by either form of the plugin's config.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium, open } from './lib/browser.mjs';
import { GUIDE_CONFIG, TODAYS_CONFIG, startJanus } from './lib/janus.mjs';
import { until } from './lib/process.mjs';
import { startSite } from './lib/site.mjs';
import { startStreamer } from './lib/streamer.mjs';

for (const [version, config] of [['1.1', GUIDE_CONFIG], ['1.1', TODAYS_CONFIG], ['1.4', GUIDE_CONFIG]]) {
  test(`janus.js plays through Janus ${version} with ${config.trim()}`, async (t) => {
    await startStreamer(t);
    await startJanus(t, { version, config });
    const page = await open(t, await chromium(t), `${await startSite(t)}guide.html`);
    const look = () => page.evaluate(() => window.timeCode(document.getElementById('video')));
    const first = await until('a readable picture', 15_000, look);
    const later = await until('a later picture', 5000, async () => {
      const now = await look();
      return now && now.frame >= first.frame + 30 && now;
    });
    assert.ok(later.time > first.time);
    const log = await page.evaluate(() => window.log);
    assert.deepEqual(log.filter((entry) => entry.startsWith('failed')), []);
  });
}
