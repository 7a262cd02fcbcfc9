/**
 * The stage on which one row of `convex-rows.mjs` is played: a provider, a sync server, a real client, and a wiring.
 *
 * A wiring is `(world, row) => { connect(), reconnect(), signOut(), switchTo(sessionId), failed(), dispose() }`:
 * - `connect` hands the client its fetcher; `reconnect` does so again, as an effect that runs twice would;
 * - `failed` resolves when the wiring says that it cannot get a usable token; never, for the raw one.
 */
import { accepted, happens, inFlight, makeClient, makeServers, ranAs, whoRan, within } from './kit.mjs';

/** Plays `row` with `wiring`; the observation. Everything is closed at the end, whatever happened. */
export async function play(row, wiring) {
  const world = await openWorld(row, wiring);
  try {
    return await row.run(world);
  } finally {
    await world.close();
  }
}

/**
 * The stage alone, for a test that is no row. Tokens lose up to a second of their life to the whole second that they begin in,
 * so a refresh has the leeway less one second to arrive in: two seconds, which a busy machine needs.
 */
export async function openWorld(row, wiring) {
  const { lifetimeSeconds = 6, leewaySeconds = 3, jti = true, verify, nothing = null, clientOptions, accounts, frozenMints } = row;
  const servers = row.servers ?? (await makeServers({ lifetimeSeconds, jti, verify, accounts, frozenMints }));
  const { server, provider } = servers;
  const watched = makeClient(servers.url, { leewaySeconds, ...clientOptions });
  let gate = null;

  const world = {
    ...servers,
    ...watched,
    leewaySeconds,
    /** What a fetcher asks: the provider, behind the gate if there is one; an absent token is the row's kind of nothing. */
    async mint(request) {
      const waiting = gate;
      gate = null;
      await waiting?.promise;
      const token = await provider.mint(request);
      return token ?? nothing;
    },
    /** The next mint waits until the function that is returned is called. */
    gateNextMint() {
      let open;
      const promise = new Promise((resolve) => {
        open = resolve;
      });
      gate = { promise };
      return open;
    },
    /** The nth token of `sub` that the server took. */
    nth: (n, { sub = 'user_ada', ms = 15_000 } = {}) => server.log.until(() => server.log.filter(accepted(sub)).length >= n, { ms }),
    /** The next call of the fetcher that starts from now on. */
    nextCall: (ms = 10_000) => watched.calls.until(({ outcome }) => outcome === 'pending', { from: watched.calls.length, ms }),
    /** The next token that the server takes from now on, or the moment when the client counts as signed out. */
    nextTurn: (ms = 10_000) =>
      Promise.race([
        server.log.until(accepted('user_ada'), { from: server.log.length, ms }),
        watched.changes.until(({ authenticated }) => !authenticated, { from: watched.changes.length, ms }),
      ]).catch(() => null),
    ranAs: (body, ms = 7000) => ranAs(watched, server, body, { ms }),
    inFlight: (body) => inFlight(watched, server, body),
    whoRan: (body, ms = 7000) => whoRan(server, body, { ms }),
    authErrors: () => server.log.filter(({ type }) => type === 'auth-error').length,
    rejected: () => server.rejected().length,
    signedOut: () => watched.changes.some(({ authenticated }) => !authenticated),
    async close() {
      world.wiring.dispose();
      await happens(within(5000, watched.client.close()));
      await servers.close();
    },
  };
  world.wiring = wiring(world, row);
  return world;
}

/** The usual wiring: the provider's token getter as the fetcher, as it is. It signs out with `clearAuth` or, where the row says so, `setAuth`. */
export function rawWiring(world, row) {
  let session = 'sess_ada';
  const fetchToken = ({ forceRefreshToken }) => world.mint({ session, skipCache: forceRefreshToken }).catch(stayHung);
  const connect = () => world.client.setAuth(fetchToken);
  return {
    connect,
    reconnect: connect,
    signOut: () => (row.signOutWith === 'setAuth' ? world.client.setAuth(async () => null) : world.client.client.clearAuth()),
    switchTo(id) {
      session = id;
      connect();
    },
    failed: () => new Promise(() => {}),
    dispose() {},
  };
}

/** A `setAuth` while the re-auth call is under way: the wedge in which nothing rejected. */
export async function wedge(world, wiring) {
  wiring.connect();
  await world.nth(2);
  const open = world.gateNextMint();
  const call = world.nextCall();
  world.server.expire();
  await call;
  await world.server.log.until(({ type }) => type === 'close');
  wiring.reconnect();
  open();
}

/** A mint that hangs ends when the provider closes; the fetcher that waited for it goes on hanging. */
function stayHung(error) {
  if (error.name === 'AbortError') return new Promise(() => {});
  throw error;
}
