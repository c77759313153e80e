// Somebody else's web server: the fixtures, the client module, janus.js and the adapter it needs. For pages that do not come from the streamer.
import fs from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { SERVER } from './streamer.mjs';

const MIME = { '.html': 'text/html', '.js': 'text/javascript' };
const FILES = {
  '/guide.html': '../fixtures/guide.html',
  '/embed.html': '../fixtures/embed.html',
  '/docs/embed.html': '../../../docs/embed.html',
  '/kvmd.html': '../fixtures/kvmd.html',
  '/tinypilot.html': '../fixtures/tinypilot.html',
  '/janus.es.js': '../node_modules/janus-gateway/npm/dist/janus.es.js',
  '/adapter.js': '../node_modules/webrtc-adapter/out/adapter.js',
};

/** What the pages in docs/ call the streamer. */
const SOMEWHERE = 'http://HOST:8080/';

/** Starts it; resolves with its address, ending in a slash. The pages of docs/ are served at their paths, with the streamer's address in them. */
export async function startSite(t) {
  const server = http.createServer(async ({ url }, answer) => {
    const { pathname } = new URL(url, 'http://site/');
    const file = FILES[pathname] ?? (/^\/client\/[\w-]+\.js$/.test(pathname) ? `../../../web${pathname}` : null);
    try {
      let content = await fs.readFile(new URL(file, import.meta.url));
      if (file.startsWith('../../../docs/')) content = content.toString().replaceAll(SOMEWHERE, SERVER);
      answer.writeHead(200, { 'content-type': `${MIME[path.extname(pathname)]}; charset=utf-8` }).end(content);
    } catch {
      answer.writeHead(404).end();
    }
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.after(() => { server.closeAllConnections(); server.close(); });
  return `http://127.0.0.1:${server.address().port}/`;
}
