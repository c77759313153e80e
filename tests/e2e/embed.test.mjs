// The client in other people's pages: the example of the documentation plays, and the types say what is so.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { chromium, open, stats, waitFrames, waitWay } from './lib/browser.mjs';
import { startJanus } from './lib/janus.mjs';
import { startSite } from './lib/site.mjs';
import { startStreamer, SERVER } from './lib/streamer.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const TYPES = here('../../web/client/ustreamer-client.d.ts');

for (const [name, janus] of [['by WebRTC', true], ['without Janus', false]]) {
  test(`the example from another origin plays, ${name}`, async (t) => {
    const site = await startSite(t);
    await startStreamer(t, { more: ['--allow-origin', new URL(site).origin] });
    if (janus) await startJanus(t);
    // Its client is its own affair; what is seen is the picture.
    const page = await open(t, await chromium(t), `${site}docs/embed.html`);
    const shown = janus ? 'video' : 'canvas:not([hidden])';
    const look = () => page.evaluate((one) => {
      const picture = document.querySelector(one);
      return picture && (picture.videoWidth ?? picture.width) === 1280 ? window.timeCode(picture) : null;
    }, shown);
    await page.waitForFunction(() => document.getElementById('words').textContent.startsWith('Playing'), { timeout: 20_000 });
    const first = await look() ?? await look();
    assert.ok(first, 'a readable picture');
    await page.waitForFunction((one, frame) => window.timeCode(document.querySelector(one))?.frame > frame + 15, { timeout: 20_000 }, shown, first.frame);
  });
}

test('the documentation shows the lines of the example', () => {
  const example = fs.readFileSync(here('../../docs/embed.html'), 'utf8');
  const [, shown] = /```html\n([\s\S]*?)```/.exec(fs.readFileSync(here('../../docs/embed.md'), 'utf8'));
  assert.ok(example.includes(shown) && shown.trimEnd().split('\n').length <= 10, 'ten lines, the same');
});

test('TypeScript takes the types, and somebody’s use of them', () => {
  const program = ts.createProgram([here('fixtures/embed.ts')], {
    strict: true, noEmit: true, target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.esnext.d.ts', 'lib.dom.d.ts'], types: [],
  });
  const faults = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file ? `${file.fileName}:${file.getLineAndCharacterOfPosition(start).line + 1}: ` : '';
    return line + ts.flattenDiagnosticMessageText(messageText, '\n');
  });
  assert.deepEqual(faults, []);
});

/** What the types declare: the names of a declaration's members, or of a type's strings. */
function declared(name) {
  const source = ts.createSourceFile(TYPES, fs.readFileSync(TYPES, 'utf8'), ts.ScriptTarget.ESNext, true);
  const one = source.statements.find((statement) => statement.name?.text === name);
  if (ts.isTypeAliasDeclaration(one)) return one.type.types.map(({ literal }) => literal.text);
  return [...new Set(one.members.map((member) => member.name?.getText()).filter(Boolean))].sort();
}

test('each state is in the types, and in the documents: of the client, and of the page with its picture', () => {
  const words = fs.readFileSync(here('../../web/client/words.js'), 'utf8');
  const there = [...new Set([...words.matchAll(/ name: '([a-z0-9-]+)'/g)].map(([, name]) => name))].sort();
  assert.ok(there.length > 15 && there.includes('playing'), `${there}`);
  assert.deepEqual(declared('StateName').sort(), there);
  const [, listed] = /^States: ([^]*?)\.$/m.exec(fs.readFileSync(here('../../docs/embed.md'), 'utf8'));
  assert.deepEqual(listed.split(/,\s+/).map((name) => name.replaceAll('`', '')).sort(), there);
  const rows = [...fs.readFileSync(here('../../docs/page.md'), 'utf8').matchAll(/^\| `([a-z0-9-]+)` \|.*\((page\/[\w.-]+)\) \|$/gm)];
  assert.deepEqual([...rows.map(([, name]) => name), 'playing'].sort(), there);
  for (const [, name, file] of rows) assert.ok(fs.existsSync(here(`../../docs/${file}`)), `${name}: ${file}`);
});

test('the types declare what the living client has, and nothing else', async (t) => {
  await startStreamer(t);
  await startJanus(t);
  const page = await open(t, await chromium(t), `${SERVER}?way=webrtc`);
  await waitWay(page, 'webrtc');
  await waitFrames(page);
  const living = await page.evaluate(async () => {
    const { ustreamer: client } = window;
    const { WAYS } = await import('/client/ustreamer-client.js');
    const own = Object.getOwnPropertyNames(Object.getPrototypeOf(client)).filter((name) => name !== 'constructor');
    return { members: [...own, ...Object.keys(client)].sort(), ways: WAYS, join: Object.keys(client.join).sort(), state: Object.keys(client.state) };
  });
  assert.deepEqual(declared('UstreamerClient'), living.members);
  assert.deepEqual(declared('Stats'), Object.keys(await stats(page)).sort());
  assert.deepEqual(declared('Join'), living.join);
  for (const name of living.state) assert.ok(declared('State').includes(name), name);
  for (const way of living.ways) assert.ok(declared('Way').includes(way), way);
  for (const way of ['websocket', 'mjpeg']) {
    await page.select('#way', way);
    await waitWay(page, way);
    assert.deepEqual(Object.keys(await stats(page)).sort(), declared('Stats'), way);
  }
});
