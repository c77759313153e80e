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

/**
 * Starts it; resolves when it listens and its certificate is there. Its sockets: `streamer`, `janus` and `report` are where it looks for these.
 * `updates` is where updates come, into `inbox`; who installs them is not here: the test is. `home`: the folder of one that was started before.
 */
export async function startDoor(t, { port = PORT, home = folder(t) } = {}) {
  const [state, streamer, janus, updates, report] = ['state', 'streamer', 'janus', 'updates', 'report'].map((name) => path.join(home, name));
  const inbox = path.join(updates, 'inbox');
  for (const name of [state, inbox]) fs.mkdirSync(name, { recursive: true });
  const door = new Program(BINARY, ['door', '--state', state, '--streamer', streamer, '--janus', janus, '--updates', updates, '--report', report,
    '--https', `127.0.0.1:${port}`]);
  t.after(() => door.stop());
  await door.until('it listens', 15_000, () => door.output.includes('listening on'));
  return Object.assign(door, {
    url: `https://localhost:${port}/`, streamer, janus, report, inbox,
    last: (line) => fs.writeFileSync(path.join(updates, 'last'), `${line}\n`),
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

/** Opens the details of the streamer's page, where what leads to the device's and out is. */
async function openDetails(page) {
  await page.bringToFront(); // nothing is clicked in a hidden page
  if (await page.$('#panel[hidden]')) await page.click('#toggle-panel');
}

/** From the streamer's page to that of the device. */
export async function openDevice(page) {
  await openDetails(page);
  await page.waitForSelector('#device:not([hidden])');
  await Promise.all([page.waitForNavigation(), page.click('#device')]);
  await page.waitForSelector('#upload');
}

/** Types another password into the device's page. */
export async function changePassword(page, old, password, again = password) {
  if (!await page.$('details[open]')) await page.click('summary');
  await page.type('#old', old);
  await page.type('#password', password);
  await page.type('#again', again);
  await Promise.all([page.waitForNavigation(), page.click('details button')]);
}

/** Signs out by the page's button; resolves when the login page is there. */
export async function logout(page) {
  await openDetails(page);
  await page.waitForSelector('#sign-out:not([hidden])');
  await Promise.all([page.waitForNavigation(), page.click('#sign-out button')]);
  await until('the login page', 20_000, async () => (await heading(page)) === 'Sign in');
}

/** The streamer's page is open: gives it the reader of the time code, which went with the page before. */
export async function ready(page) {
  await page.waitForFunction(() => window.ustreamer);
  await page.evaluate(defineTimeCode);
}
