// Real browsers, each with an empty profile, no sandbox (a container's root has none) and no errands of their own.
import puppeteer from 'puppeteer-core';
import { stopAll, until } from './process.mjs';
import { PAGE } from './streamer.mjs';
import { defineTimeCode } from './timecode.mjs';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr';

const CHROMIUM_ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const FIREFOX_PREFS = {
  'app.update.enabled': false,
  'browser.safebrowsing.downloads.remote.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
};

/** `args`: more of Chromium's own. `sound`: it plays sound, by PulseAudio (lib/pulse.mjs), and waits for no touch. */
export async function chromium(t, { width = 1280, height = 800, mobile = false, sound = false, args = [] } = {}) {
  const browser = await puppeteer.launch({
    executablePath: CHROMIUM, args: [...CHROMIUM_ARGS, ...(sound ? ['--autoplay-policy=no-user-gesture-required'] : []), ...args],
    ignoreDefaultArgs: sound ? ['--mute-audio'] : [],
    defaultViewport: { width, height, isMobile: mobile, hasTouch: mobile, deviceScaleFactor: mobile ? 2 : 1 },
  });
  t.after(() => browser.close());
  return browser;
}

/** `prefs`: more of its own. */
export async function firefox(t, prefs = {}) {
  const browser = await puppeteer.launch({
    browser: 'firefox', executablePath: FIREFOX, extraPrefsFirefox: { ...FIREFOX_PREFS, ...prefs }, defaultViewport: { width: 1280, height: 800 },
  });
  t.after(() => browser.close());
  return browser;
}

/**
 * Opens the streamer's page, or another one, and gives it a reader for the time code. Errors that the page's scripts throw fail the test.
 * `prepare` is run in the page before its scripts.
 */
export async function open(t, browser, url = PAGE, prepare = null) {
  const page = await browser.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  t.after(async () => {
    if (errors.length === 0) return;
    await stopAll();
    throw new Error(`errors in the page: ${errors.join('; ')}`);
  });
  if (prepare) await page.evaluateOnNewDocument(prepare);
  await page.goto(url);
  await page.evaluate(defineTimeCode);
  return page;
}

/** What the page says: the client's state, and the words on the screen. */
export function words(page) {
  return page.evaluate(() => {
    const message = document.getElementById('message');
    return { ...window.ustreamer.state, shown: message?.checkVisibility() ? message.innerText : '' };
  });
}

/** Waits until the client is in one of these states; resolves with it. */
export async function waitState(page, names, within = 20_000) {
  const wanted = [names].flat();
  return until(`state ${wanted.join(' or ')}`, within, async () => {
    const now = await words(page);
    if (wanted.includes(now.name)) return now;
    throw new Error(`${now.name}: ${now.title} ${now.text}`);
  });
}

/** Waits until the picture comes by this way. */
export function waitWay(page, wanted, within = 20_000) {
  return until(`the picture by ${wanted}`, within, async () => {
    const { way, state } = await page.evaluate(() => ({ way: window.ustreamer.way, state: window.ustreamer.state }));
    if (way === wanted) return true;
    throw new Error(`${way}: ${state.title} ${state.text}`);
  });
}

/** Waits until the page plays frames newer than this call. */
export async function waitFrames(page, within = 20_000) {
  await page.evaluate(() => { window.fresh = 0; window.ustreamer.onframe = () => { window.fresh += 1; }; });
  await until('new frames', within, async () => {
    const { fresh, name, text } = await page.evaluate(() => ({ fresh: window.fresh, name: window.ustreamer.state.name, text: window.ustreamer.state.text }));
    if (fresh > 2 && name === 'playing') return true;
    throw new Error(`${fresh} frames, ${name}: ${text}`);
  });
}

export function stats(page) {
  return page.evaluate(() => window.ustreamer.stats());
}

/** Plays for `seconds` and reports: the figures' growth, and the time codes read from every third frame, each with the frame's RTP time. */
export async function record(page, seconds) {
  return page.evaluate(async (ms) => {
    const client = window.ustreamer;
    const codes = [];
    let count = 0;
    client.onframe = (now, metadata, shown) => {
      if (count++ % 3 !== 0) return;
      const code = window.timeCode(shown);
      codes.push(code && { ...code, rtp: metadata.rtpTimestamp, captured: metadata.captured });
    };
    const before = await client.stats();
    const started = performance.now();
    await new Promise((resolve) => { setTimeout(resolve, ms); });
    const after = await client.stats();
    client.onframe = null;
    return { seconds: (performance.now() - started) / 1000, decoded: after.framesDecoded - before.framesDecoded, codes, stats: after };
  }, seconds * 1000);
}
