// The page of the device, at the appliance's door: another password, and an update from the file to what came of it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { chromium } from './lib/browser.mjs';
import { PASSWORD, changePassword, claim, login, openDevice, ready, startDoor } from './lib/door.mjs';
import { folder, until } from './lib/process.mjs';
import { startStreamer } from './lib/streamer.mjs';

const OTHER = 'some other words';
const MEBIBYTE = 1024 * 1024;

const heading = (page) => page.$eval('h1', (element) => element.textContent);
const state = (page) => page.$eval('#state', (element) => element.textContent);
const says = (page, words) => until(`the page says ${words}`, 30_000, async () => {
  const said = await state(page);
  if (words.test(said)) return said;
  throw new Error(said);
});

async function device(t, browser, door) {
  const page = await browser.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  // (What the strict policy refuses is told there.)
  page.on('console', (message) => { if (/Content Security Policy/.test(message.text())) errors.push(message.text()); });
  t.after(() => assert.deepEqual(errors, []));
  await page.goto(`${door.url}door/device`);
  return page;
}

/** A file to be uploaded, with something else in each place. */
function bundle(home, mebibytes) {
  const file = path.join(home, `${mebibytes}.raucb`);
  const bytes = Buffer.alloc(mebibytes * MEBIBYTE);
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(at, at);
  fs.writeFileSync(file, bytes);
  return { file, bytes };
}

async function choose(page, file) {
  await (await page.$('#bundle')).uploadFile(file);
  await page.click('#upload button');
}

test('the owner finds the page, and changes the password', async (t) => {
  const door = await startDoor(t);
  await startStreamer(t, { unix: door.streamer, more: ['--janus-url=/janus'] });
  const browser = await chromium(t, { args: [door.trust] });
  const page = await device(t, browser, door);
  await claim(page, door.code());
  await ready(page);
  await openDevice(page);
  const elsewhere = await device(t, await browser.createBrowserContext(), door);
  await login(elsewhere);
  assert.equal(new URL(elsewhere.url()).pathname, '/door/device', 'a login leads back to where it was asked for');

  const notice = (kind) => page.$eval(`section .${kind}`, (element) => element.textContent);
  await changePassword(page, PASSWORD, OTHER, 'something else');
  assert.match(await notice('wrong'), /not the same/);
  await changePassword(page, 'a wrong one', OTHER);
  assert.match(await notice('wrong'), /not the current password/);
  await changePassword(page, PASSWORD, OTHER);
  assert.match(await notice('right'), /has been changed/);
  await elsewhere.reload();
  assert.equal(await heading(elsewhere), 'Sign in');
  await login(elsewhere, PASSWORD);
  assert.equal(await heading(elsewhere), 'Sign in', 'the old one is none any more');
  await login(elsewhere, OTHER);
  await elsewhere.waitForSelector('#upload');
  await page.reload();
  await page.waitForSelector('#upload');
});

test('an update: no room, then sent, installed, and the page is back after the restart', async (t) => {
  let inbox;
  t.after(() => { if (inbox) execFileSync('umount', ['--lazy', inbox]); });
  const home = folder(t);
  let door = await startDoor(t, { home });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', door.inbox]);
  inbox = door.inbox;
  const browser = await chromium(t, { args: [door.trust] });
  const page = await device(t, browser, door);
  await claim(page, door.code());
  await page.goto(`${door.url}door/device`);
  await says(page, /^No update/);
  await choose(page, bundle(home, 40).file);
  await says(page, /no room for it: it has 40 MiB, and 32 MiB are free/);

  const { file, bytes } = bundle(home, 20);
  await choose(page, file);
  await until('it is there', 30_000, () => fs.existsSync(path.join(door.inbox, 'bundle.raucb')));
  assert.deepEqual(fs.readdirSync(door.inbox), ['bundle.raucb']);
  assert.ok(fs.readFileSync(path.join(door.inbox, 'bundle.raucb')).equals(bytes), 'as it was sent');
  await says(page, /^The update has arrived/);
  assert.ok(await page.$eval('#upload button', (button) => button.disabled), 'one at a time');
  // As the system does, which is not here.
  door.last('installing');
  fs.rmSync(path.join(door.inbox, 'bundle.raucb'));
  await says(page, /is being checked and installed/);
  door.last('trying 9.9');
  await says(page, /tries version 9.9/);
  await door.stop();
  await says(page, /^The device restarts. This page goes on/);
  door = await startDoor(t, { home });
  await until('the page is back by itself', 30_000, async () => (await heading(page)) === 'Sign in');
  await login(page);
  await says(page, /tries version 9.9/);
  door.last('installed 9.9');
  await says(page, /^Version 9.9 has been installed/);
  assert.ok(await page.$eval('#upload button', (button) => !button.disabled), 'for the next one');
});

test('without scripts', async (t) => {
  const home = folder(t);
  const door = await startDoor(t, { home });
  const page = await device(t, await chromium(t, { args: [door.trust] }), door);
  await page.setJavaScriptEnabled(false);
  await claim(page, door.code());
  await page.goto(`${door.url}door/device`);
  const { file, bytes } = bundle(home, 5);
  const gone = page.waitForNavigation();
  await choose(page, file);
  await gone;
  assert.ok(fs.readFileSync(path.join(door.inbox, 'bundle.raucb')).equals(bytes));
  const said = async (words) => (await page.content()).includes(words);
  await until('it has arrived', 20_000, () => said('The update has arrived.'));
  fs.rmSync(path.join(door.inbox, 'bundle.raucb'));
  door.last('refused: it is not for this device');
  await until('the page looks again by itself', 30_000, () => said('The update was refused: it is not for this device.'));
});
