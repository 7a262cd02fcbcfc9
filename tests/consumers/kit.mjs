/**
 * What the consumer tests share: servers on free ports, a real Convex client that is watched, and waits with hard deadlines.
 */
import { ConvexClient } from 'convex/browser';
import WebSocket from 'ws';
import { createConvexServer } from '../../www/servers/convex.mjs';
import { createKeys } from '../../www/servers/keys.mjs';
import { createLog } from '../../www/servers/log.mjs';
import { createProvider } from '../../www/servers/provider.mjs';

const keys = createKeys();

/** `promise`, or a rejection once `ms` have passed; the deadline is for a hung test, never a measure. */
export function within(ms, promise, what = 'The wait') {
  const late = new Error(`${what} did not end within ${ms} ms.`);
  let timer;
  const deadline = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(late), ms);
  });
  return Promise.race([promise, deadline]).finally(() => clearTimeout(timer));
}

/** Did it happen before its deadline? Turns a wait that may end in vain into an observation. */
export function happens(promise) {
  return promise.then(
    () => true,
    () => false,
  );
}

/**
 * A provider; its key is shared by all tests of the file, everything else is its own.
 * Its clock stands still for the first `frozenMints` mints, which therefore fall into one second.
 */
export function makeProvider({ frozenMints = 0, ...options } = {}) {
  const started = Date.now();
  let provider;
  const now = () => (!provider || provider.minted <= frozenMints ? started : Date.now());
  provider = createProvider({ keys, lifetimeSeconds: 4, ...(frozenMints > 0 && { now }), ...options });
  return provider;
}

/** A provider with a sync server that trusts it, which looks for expired identities every 100 ms. */
export async function makeServers({ verify, ...options } = {}) {
  const provider = makeProvider(options);
  const server = createConvexServer({ verify: verify ?? provider.verify, sweepMs: 100 });
  const url = await server.listen();
  return {
    provider,
    server,
    url,
    async close() {
      provider.close();
      await server.close();
    },
  };
}

/** What a fetcher answered, without what it was. */
const outcomeOf = (token) => (token ? 'token' : 'nothing');

/**
 * A real client that subscribes to `me:get`, with what can be seen from outside, all of it in logs that can be waited on:
 * - `calls`: each call of the fetcher, `{ call, force, outcome }`, and the same again once it has answered;
 *   `outcome` is `pending`, `token`, `nothing` or `threw`;
 * - `me`: each value of `me:get`, `{ sub }`;
 * - `changes`: what `onChange` was told, `{ authenticated }`;
 * - `lines`: what the client logged, `{ line }`.
 */
export function makeClient(url, { leewaySeconds = 2, ...options } = {}) {
  const [calls, me, changes, lines] = [createLog(), createLog(), createLog(), createLog()];
  const line = (...parts) => void lines.add({ line: parts.join(' ') });
  const client = new ConvexClient(url, {
    webSocketConstructor: WebSocket,
    skipConvexDeploymentUrlCheck: true,
    authRefreshTokenLeewaySeconds: leewaySeconds,
    logger: { log: line, warn: line, error: line, logVerbose() {} },
    ...options,
  });
  let count = 0;
  const setAuth = client.setAuth.bind(client);
  client.setAuth = (fetcher, onChange) => {
    const watched = async (args) => {
      const call = (count += 1);
      const note = (outcome) => calls.add({ call, force: args.forceRefreshToken, outcome });
      note('pending');
      try {
        const token = await fetcher(args);
        note(outcomeOf(token));
        return token;
      } catch (error) {
        note('threw');
        throw error;
      }
    };
    setAuth(watched, (authenticated) => {
      changes.add({ authenticated });
      onChange?.(authenticated);
    });
  };
  client.onUpdate('me:get', {}, (identity) => me.add({ sub: identity?.subject ?? null }));
  return { client, calls, me, changes, lines };
}

/** Sends a message and tells who it ran as: a user's id, `nobody`, or `never` when it did not run before the deadline. */
export async function ranAs({ client }, server, body, { ms = 2500 } = {}) {
  void client.mutation('messages:send', { body }).catch(() => {});
  return whoRan(server, body, { ms });
}

/** Sends a message that stays in flight until `server.release()`. */
export async function inFlight({ client }, server, body) {
  server.hold();
  void client.mutation('messages:send', { body });
  await server.log.until((entry) => entry.type === 'mutation-arrived' && entry.body === body);
}

/** Who the message `body` ran as, once it has. */
export async function whoRan(server, body, { ms = 2500 } = {}) {
  const ran = await server.log.until((entry) => entry.type === 'mutation' && entry.body === body, { ms }).catch(() => null);
  return ran ? (ran.sub ?? 'nobody') : 'never';
}

/** For `log.until`: a token of `sub` that the server took; `after` is a claims time in seconds that its `iat` lies beyond. */
export const accepted =
  (sub, { after = 0 } = {}) =>
  (entry) =>
    entry.type === 'authenticate' && entry.tokenType === 'User' && entry.accepted && entry.sub === sub && !(entry.iat <= after);
