// The appliance's door in front of a streamer and a Janus that are on UNIX sockets only, as in the image; and what its owner does in a browser.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { defineTimeCode } from './timecode.mjs';
import { Program, folder, until } from './process.mjs';

const BINARY = process.env.APPLIANCE ?? fileURLToPath(new URL('../../../target/release/appliance', import.meta.url));
const PORT = 8443;

export const PASSWORD = 'a few words';

/** Starts it; resolves when it listens and its certificate is there. Its sockets: `streamer` and `janus` are where it looks for these two. */
export async function startDoor(t, { port = PORT } = {}) {
  const made = folder(t);
  const [state, streamer, janus] = ['state', 'streamer', 'janus'].map((name) => path.join(made, name));
  fs.mkdirSync(state);
  const door = new Program(BINARY, ['door', '--state', state, '--streamer', streamer, '--janus', janus, '--https', `127.0.0.1:${port}`]);
  t.after(() => door.stop());
  await door.until('it listens', 15_000, () => door.output.includes('listening on'));
  return Object.assign(door, {
    url: `https://localhost:${port}/`, streamer, janus,
    code: () => fs.readFileSync(path.join(state, 'claim-code'), 'utf8').trim(),
    trust: trust(await certificate('127.0.0.1', port)),
  });
}

/** The certificate of the door there, as its owner looks at it when the browser warns. */
export function certificate(host, port = 443) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host, port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate());
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

/** What makes Chromium trust this certificate's key and no other. */
export function trust({ publicKey }) {
  const key = publicKey.export({ type: 'spki', format: 'der' });
  return `--ignore-certificate-errors-spki-list=${crypto.createHash('sha256').update(key).digest('base64')}`;
}

const heading = (page) => page.$eval('h1', (element) => element.textContent);
const submit = (page) => Promise.all([page.waitForNavigation(), page.click('button[type=submit]')]);

/** Types a claim into the page that is open. */
export async function claim(page, code, password = PASSWORD) {
  await page.waitForSelector('#code');
  await page.type('#code', code);
  await page.type('#password', password);
  await page.type('#again', password);
  await submit(page);
}

/** Types the password into the page that is open. */
export async function login(page, password = PASSWORD) {
  await until('the login page', 20_000, async () => (await heading(page)) === 'Sign in');
  await page.type('#password', password);
  await submit(page);
}

/** Signs out by the page's button; resolves when the login page is there. */
export async function logout(page) {
  await page.bringToFront(); // nothing is clicked in a hidden page
  await page.waitForSelector('#sign-out:not([hidden])');
  await Promise.all([page.waitForNavigation(), page.click('#sign-out button')]);
  await until('the login page', 20_000, async () => (await heading(page)) === 'Sign in');
}

/** The streamer's page is open: gives it the reader of the time code, which went with the page before. */
export async function ready(page) {
  await page.waitForFunction(() => window.ustreamer);
  await page.evaluate(defineTimeCode);
}
