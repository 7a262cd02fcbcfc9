/**
 * A small server for Convex's sync protocol, enough for the real client: any number of connections and sessions at once.
 *
 * `createConvexServer({ verify, server, now = Date.now, sweepMs })` returns
 * - `attach(httpServer)`: answers upgrades of `[/label]/api/<version>/sync`; the label lets two clients on one page be told apart;
 *   `listen(port)` → the address of an HTTP server of its own;
 * - `queries`, `mutations`, `actions`, `messages`: what it runs and stores, see `convex-functions.mjs`;
 * - `log`: `open`, `connect`, `close`, `authenticate` (`tokenType`, `accepted`, `code`, `sub`, `sid`, `iat`, `exp`, `jti`),
 *   `auth-error` (`reason`, `updateAttempted`), `mutation-arrived` and `mutation` (with the `sub` that it ran as, null for nobody),
 *   `action`, `fatal`; each with `connection`, `label` and the client's `session`; never a token;
 * - `rejectNext(n)`: the next n tokens are refused, whatever they are; `rejected()`: every Authenticate that was refused;
 * - `hold()` / `release()`: mutations and actions that arrive in between wait before they run;
 * - `sweep()`: runs all queries again, as after a write, so that expired identities are noticed; `sweepMs` does so at an interval;
 * - `expire()`: every identity counts as expired at once, so that each signed-in client gets an AuthError;
 * - `closeAll()`: drops every socket; `connections()`: those that are open; `close()`: leaves nothing behind.
 *
 * `verify(token)` gives the claims or throws an error with a `code`.
 */
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { Connection } from './convex-connection.mjs';
import { actions, mutations, queries } from './convex-functions.mjs';
import { attempt } from './convex-wire.mjs';
import { closeServer, listen } from './http.mjs';
import { createLog } from './log.mjs';

const SYNC_PATH = /^(?:\/([\w-]+))?\/api\/[^/]+\/sync$/;

export function createConvexServer({ verify, server, now = Date.now, sweepMs } = {}) {
  const log = createLog({ now });
  const sockets = new WebSocketServer({ noServer: true });
  const connections = new Set();
  const messages = [];
  const ran = new Map();
  const attached = new Map();
  let nextId = 1;
  let clock = 1;
  let rejections = 0;
  let held = null;
  let own;

  const hub = {
    log,
    messages,
    now,
    ts: () => clock,
    gate: () => held?.promise ?? Promise.resolve(),
    /** Mutations are idempotent per client session and request: one that is sent again gets the first answer. */
    runOnce(key, run) {
      if (ran.has(key)) return ran.get(key);
      const done = attempt(run);
      if (done.success) done.ts = ++clock;
      ran.set(key, done);
      return done;
    },
    async check(token) {
      if (rejections > 0) {
        rejections -= 1;
        return { code: 'REJECTED_ON_PURPOSE' };
      }
      try {
        return { claims: await verify(token) };
      } catch (error) {
        return { code: error.code ?? error.name };
      }
    },
    refreshAll() {
      for (const connection of connections) connection.refresh();
    },
  };

  const onUpgrade = (req, socket, head) => {
    const match = SYNC_PATH.exec(new URL(req.url, 'http://localhost').pathname);
    if (!match) return void socket.destroy();
    sockets.handleUpgrade(req, socket, head, (webSocket) => {
      const connection = new Connection(hub, webSocket, { id: nextId++, label: match[1] ?? null });
      connections.add(connection);
      webSocket.on('close', () => connections.delete(connection));
    });
  };

  const attach = (httpServer) => {
    httpServer.on('upgrade', onUpgrade);
    attached.set(httpServer, () => httpServer.off('upgrade', onUpgrade));
  };

  const release = () => {
    held?.resolve();
    held = null;
  };

  const closeAll = () => {
    for (const connection of connections) connection.terminate();
  };

  const sweeper = sweepMs && setInterval(hub.refreshAll, sweepMs);
  if (server) attach(server);

  return {
    attach,
    queries,
    mutations,
    actions,
    messages,
    log,
    release,
    closeAll,
    expire() {
      for (const connection of connections) connection.expire();
    },
    sweep: hub.refreshAll,
    connections: () => [...connections].map(({ id, label }) => ({ id, label })),
    rejected: () => log.filter(({ type, accepted }) => type === 'authenticate' && !accepted),
    rejectNext(times = 1) {
      rejections = times;
    },
    hold() {
      held ??= withResolvers();
    },
    async listen(port = 0) {
      own = createServer((_req, res) => res.writeHead(404).end());
      attach(own);
      return listen(own, port);
    },
    async close() {
      clearInterval(sweeper);
      closeAll();
      release();
      for (const detach of attached.values()) detach();
      attached.clear();
      sockets.close();
      if (own) await closeServer(own);
    },
  };
}

/** `Promise.withResolvers` for Node 20. */
function withResolvers() {
  let resolve;
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
