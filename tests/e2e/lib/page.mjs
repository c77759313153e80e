// What the tests of the page share: a page that plays, and what is to be seen of it.
import { chromium, open, waitFrames } from './browser.mjs';
import { SERVER, startStreamer } from './streamer.mjs';

/** No Janus is needed for what is tested with it. */
export const BY_WEBSOCKET = `${SERVER}?way=websocket`;

/** A streamer, and its page with a picture. */
export async function playing(t, { device, url = BY_WEBSOCKET, screen, more } = {}) {
  await startStreamer(t, { ...(device && { device }), ...(more && { more }) });
  const page = await open(t, await chromium(t, screen), url);
  await waitFrames(page);
  return page;
}

/** Where the picture by WebSocket is, CSS pixels. */
export const shownBox = (page) => page.$eval('#canvas:not([hidden])', (canvas) => {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  return { left, top, width, height };
});

export const text = (page, selector) => page.$eval(selector, (element) => element.textContent);

/** A line of the details. */
export const line = (page, name) => page.$eval(`#lines [data-name="${name}"]`, (row) => ({
  text: row.querySelector('.text').textContent, more: row.querySelector('.more').textContent,
}));

/** Opens the details; resolves when they show something. */
export async function openDetails(page) {
  await page.click('#toggle-panel');
  await page.waitForSelector('#settings[data-known] .setting');
  await page.waitForSelector('#lines [data-name="way"]');
}
