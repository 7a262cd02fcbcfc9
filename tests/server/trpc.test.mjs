/** A real tab, a real tRPC client and server, and the example's context, which asks Clerk's backend. The cookie is Bob's. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTRPCClient, createWSClient, httpBatchLink, httpLink, wsLink } from '@trpc/client';
import { createHTTPServer } from '@trpc/server/adapters/standalone';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { createTabAuth } from 'tabpin';
import { WebSocket, WebSocketServer } from 'ws';
import { closeServer, listen } from '../../www/servers/http.mjs';
import { ADA, BOB, CLOSED, cookie, ISSUER, mint, pem, publishableKey } from './kit.mjs';

Object.assign(process.env, {
  CLERK_SECRET_KEY: 'sk_live_unused',
  CLERK_PUBLISHABLE_KEY: publishableKey,
  CLERK_JWT_KEY: pem,
  JWT_ISSUER: ISSUER,
});
const { createContext, publicProcedure, router, signedInProcedure } = await import('../../examples/server/trpc.mjs');

const ran = [];
const appRouter = router({
  whoami: publicProcedure.query(({ ctx }) => ctx.userId),
  add: signedInProcedure.mutation(({ ctx }) => {
    ran.push(ctx.userId);
    return ctx.userId;
  }),
});

const ref = ({ sub, sid }) => ({ userId: sub, sessionId: sid });

/** A tab of Ada's. `token`: what its source does when asked. */
function openTab(t, token, { sessions = [ADA, BOB], ambient = BOB } = {}) {
  const source = {
    current: () => ref(ADA),
    sessions: () => sessions.map(ref),
    ambient: () => ({ sessionId: ambient.sid }),
    getToken: async () => token(),
  };
  const auth = createTabAuth({ source, runtime: 'client', timeoutMs: 200 });
  t.after(() => auth.dispose());
  return auth;
}
const live = () => mint(ADA);
const missing = {
  null: () => null,
  thrown: () => {
    throw new Error('down');
  },
};

/** Serves the router over HTTP and WebSockets; what is refused is logged, not printed. */
async function serve(t) {
  t.mock.method(console, 'warn', () => {});
  const server = createHTTPServer({ router: appRouter, createContext });
  const wss = new WebSocketServer({ server });
  applyWSSHandler({ wss, router: appRouter, createContext });
  const url = await listen(server);
  t.after(async () => {
    for (const client of wss.clients) client.terminate();
    wss.close();
    await closeServer(server);
  });
  return url;
}

/** A client of Ada's tab in a browser whose cookie is `who`'s. */
async function open(t, auth, { who = BOB, link = httpLink, ...headers } = {}) {
  const url = await serve(t);
  const { cookie: sent } = await cookie(who);
  const client = createTRPCClient({
    links: [link({ url, headers: async () => ({ ...(await auth.headers()), ...headers, cookie: sent }) })],
  });
  return { whoami: () => told(client.whoami.query()), add: () => told(client.add.mutate()) };
}
const told = (answer) => answer.catch(({ data, message }) => `${data?.httpStatus} ${message}`);

describe('the context of a tRPC server', () => {
  test('bearer A, cookie B: user A', async (t) => {
    const { whoami, add } = await open(t, openTab(t, live));
    assert.deepEqual([await whoami(), await add()], [ADA.sub, ADA.sub]);
  });

  for (const [how, token] of Object.entries(missing)) {
    test(`no token (${how}), several sessions: 401, for queries and mutations, public or not`, async (t) => {
      ran.length = 0;
      const { whoami, add } = await open(t, openTab(t, token));
      assert.deepEqual([await whoami(), await add()], ['401 tab_token_missing', '401 tab_token_missing']);
      assert.deepEqual(ran, []);
    });
  }

  test('no token, one session: the cookie’s user', async (t) => {
    const { whoami, add } = await open(t, openTab(t, missing.thrown, { sessions: [ADA], ambient: ADA }), { who: ADA });
    assert.deepEqual([await whoami(), await add()], [ADA.sub, ADA.sub]);
  });

  test('viewer A, cookie B, no token: 403', async (t) => {
    const auth = { headers: async () => ({}) };
    const { whoami, add } = await open(t, auth, { 'x-viewer': ADA.sub });
    assert.deepEqual([await whoami(), await add()], ['403 viewer_mismatch', '403 viewer_mismatch']);
  });

  test('viewer A, bearer B: 403', async (t) => {
    const auth = { headers: async () => ({ authorization: `Bearer ${await mint(BOB)}` }) };
    const { whoami } = await open(t, auth, { 'x-viewer': ADA.sub });
    assert.equal(await whoami(), '403 viewer_mismatch');
  });

  test('a batch is refused call by call', async (t) => {
    const { whoami, add } = await open(t, openTab(t, missing.null), { link: httpBatchLink });
    assert.deepEqual(await Promise.all([whoami(), add()]), ['401 tab_token_missing', '401 tab_token_missing']);
  });
});

describe('the context of a tRPC server over a WebSocket, whose upgrade carries the cookie', () => {
  /** What the server takes the socket's owner for. */
  async function askOver(t, connectionParams) {
    const url = await serve(t);
    const { cookie: sent } = await cookie(BOB);
    class Cookied extends WebSocket {
      constructor(address) {
        super(address, { headers: { cookie: sent } });
      }
    }
    const client = createWSClient({ url: url.replace('http', 'ws'), WebSocket: Cookied, connectionParams, retryDelayMs: () => 10 });
    t.after(() => client.close());
    return told(createTRPCClient({ links: [wsLink({ client })] }).whoami.query());
  }

  test('a token in the connection parameters: its user', async (t) => {
    const auth = openTab(t, live);
    assert.equal(await askOver(t, () => auth.headers()), ADA.sub);
  });

  test('the marker in the connection parameters: 401', async (t) => {
    const auth = openTab(t, missing.null);
    assert.equal(await askOver(t, () => auth.headers()), '401 tab_token_missing');
    assert.equal(await askOver(t, CLOSED), '401 tab_token_missing');
  });

  test('no connection parameters: the cookie’s user, which is why the marker must be among them', async (t) => {
    assert.equal(await askOver(t, undefined), BOB.sub);
  });
});
