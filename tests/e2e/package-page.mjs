/** Serves the built package and an empty page to Chromium, under a Content-Security-Policy of choice. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `page(csp)` is the address of an empty page with that policy. */
export async function servePackage() {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    const script = pathname.match(/^\/dist\/([\w-]+\.js)$/)?.[1];
    if (script) {
      response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8', 'access-control-allow-origin': '*' });
      return response.end(readFileSync(join(root, 'dist', script)));
    }
    const csp = searchParams.get('csp');
    response.writeHead(pathname === '/' ? 200 : 404, { 'content-type': 'text/html', ...(csp && { 'content-security-policy': csp }) });
    response.end('<!doctype html><title>A page</title>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    page: (csp) => `${origin}/${csp ? `?csp=${encodeURIComponent(csp)}` : ''}`,
    close: () => (server.closeAllConnections(), server.close()),
  };
}

export const ADA = { sessionId: 'sess_ada', userId: 'user_ada' };
export const BOB = { sessionId: 'sess_bob', userId: 'user_bob' };

/** Loads the package into the page as `tabpin`, with `make(accounts, more)`: an instance whose events are in `events`. */
export async function load(page) {
  await page.evaluate(async () => {
    const index = await import('/dist/index.js');
    const { fakeSource } = await import('/dist/testing.js');
    const make = (accounts, more = {}, options = {}) => {
      const source = Object.assign(fakeSource({ accounts }), more);
      const events = [];
      const auth = index.createTabAuth({ source, debug: (event) => events.push(event), ...options });
      return { auth, source, events };
    };
    globalThis.tabpin = { ...index, fakeSource, make };
  });
}
