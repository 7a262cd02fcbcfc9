/**
 * Everything behind one address, so that a page needs no CORS: provider, sync server, tRPC, an application's server, static files.
 *
 * `startServers({ port = 0, lifetimeSeconds = 30, accounts, jti, expectedIssuer, sweepMs = 1000, mounts })` resolves with
 * `{ url, provider, convex, trpc, app, close() }`; it listens on the loopback interface only. `expectedIssuer` is the application's.
 * `mounts` adds folders to `/` (www), `/dist/` and `/docs/`. A port in use rejects with `EADDRINUSE`.
 *
 * Besides the parts' own paths:
 * - `GET /servers/log` → `{ provider, convex, trpc }`, the three logs;
 * - `GET /servers/events`: the same entries as they come, as server-sent events `provider`, `convex` and `trpc`;
 * - `POST /servers/convex` `{ action, times }`, where `action` is `rejectNext`, `hold`, `release`, `expire`, `sweep` or `closeAll`;
 * - `GET /servers/seed`: a token for the cookie's session as a server would render it into the page, `{ token }`.
 */
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { createApp } from './app.mjs';
import { createConvexServer } from './convex.mjs';
import { closeServer, listen, readJson, sendJson } from './http.mjs';
import { cookieSession } from './provider-http.mjs';
import { createProvider } from './provider.mjs';
import { createStatic } from './static.mjs';
import { createTrpcServer } from './trpc.mjs';

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));
const ACTIONS = ['rejectNext', 'hold', 'release', 'expire', 'sweep', 'closeAll'];

export async function startServers({ port = 0, lifetimeSeconds = 30, accounts, jti, expectedIssuer, sweepMs = 1000, mounts = {} } = {}) {
  const provider = createProvider({ lifetimeSeconds, accounts, jti });
  const convex = createConvexServer({ verify: provider.verify, sweepMs });
  const trpc = createTrpcServer({ provider });
  const app = createApp({ provider, issuer: expectedIssuer });
  const logs = { provider: provider.log, convex: convex.log, trpc: trpc.log };
  const files = createStatic({ '/': folder('..'), '/dist/': folder('../../dist'), '/docs/': folder('../../docs'), ...mounts });

  const routes = {
    'GET /servers/log': (_req, res) => sendJson(res, 200, logs),
    'GET /servers/events': (_req, res) => streamLogs(res, logs),
    'GET /servers/seed': async (req, res) => {
      const session = cookieSession(provider, req);
      sendJson(res, 200, { token: session && (await provider.mint({ session })) });
    },
    'POST /servers/convex': async (req, res) => {
      const { action, times } = await readJson(req);
      if (!ACTIONS.includes(action)) return sendJson(res, 400, { error: 'no_such_action' });
      convex[action](times);
      res.writeHead(204).end();
    },
  };

  const server = createServer((req, res) => {
    if (provider.handler(req, res) || trpc.handler(req, res) || app.handler(req, res)) return;
    const route = routes[`${req.method} ${req.url.split('?')[0]}`] ?? files;
    Promise.resolve(route(req, res)).catch((error) => {
      if (res.headersSent) res.destroy();
      else sendJson(res, error instanceof SyntaxError ? 400 : 500, { error: error.message });
    });
  });
  convex.attach(server);

  const close = async () => {
    provider.close();
    await convex.close();
    await closeServer(server);
  };
  try {
    return { url: await listen(server, port), provider, convex, trpc, app, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function streamLogs(res, logs) {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  res.write(': open\n\n');
  const off = Object.entries(logs).map(([name, log]) => log.on((entry) => res.write(`event: ${name}\ndata: ${JSON.stringify(entry)}\n\n`)));
  res.once('close', () => off.forEach((stop) => stop()));
}
