/**
 * A small identity provider: sessions, RS256 tokens, and every way in which minting can go wrong.
 *
 * `createProvider({ issuer, lifetimeSeconds = 30, accounts, now = Date.now, keys, jti = false })` returns
 * - `issuer`, `jwks`, `verify(token)` → claims, or jose's error;
 * - `mint({ session, template, skipCache, signal })` → the token's text, or null where the session has ended;
 *   `session` is a `SessionRef`, a session id, or null for the first live session;
 *   without `skipCache` the last token is handed out again while at least a quarter of its life is left;
 * - `fault(kind, times = 1)`, `clearFaults()`, `latency(ms)`: what the next mints meet, see `FAULTS` in `faults.mjs`;
 * - `minted` (how many were signed) and `log` (`{ at, sub, sid, template, outcome, iat, exp }`, never a token);
 * - `sessions()`, `signIn(userId)`, `signOut(sessionId)`, `subscribe(listener)`: who is signed in;
 * - `setClaims(userId, claims)`: more claims for that user's next tokens;
 * - `handler(req, res)` → whether it answered; the endpoints are in `provider-http.mjs`;
 * - `close()`: ends every mint that hangs.
 *
 * Tokens carry no `jti` unless asked for, as with most providers, so two mints within one second are the same text.
 */
import { createKeys, verify } from './keys.mjs';
import { createLog } from './log.mjs';
import { providerHandler } from './provider-http.mjs';
import { createMinter } from './provider-mint.mjs';

const ACCOUNTS = [
  { userId: 'user_ada', sessionId: 'sess_ada' },
  { userId: 'user_bob', sessionId: 'sess_bob' },
];

export function createProvider(options = {}) {
  const { issuer = 'https://provider.test', lifetimeSeconds = 30, accounts = ACCOUNTS, now = Date.now, jti = false } = options;
  const keys = options.keys ?? createKeys();
  const log = createLog({ now });
  const listeners = new Set();
  let live = accounts
    .filter((account) => account.signedIn !== false)
    .map(({ userId, sessionId, startedAt }) => ({ sessionId, userId, startedAt: startedAt ?? now() }));
  const used = new Set(live.map(({ sessionId }) => sessionId));

  const find = (session) => {
    if (session == null) return live[0];
    const id = typeof session === 'string' ? session : session.sessionId;
    return id == null ? live.find(({ userId }) => userId === session.userId) : live.find(({ sessionId }) => sessionId === id);
  };

  const changed = (outcome, { userId, sessionId }) => {
    log.add({ sub: userId, sid: sessionId, template: null, outcome });
    for (const listener of [...listeners]) listener();
  };

  const { count, ...minter } = createMinter({ keys, issuer, lifetimeSeconds, jti, now, log, accounts, find });

  const provider = {
    ...minter,
    issuer,
    jwks: keys.jwks,
    log,
    get minted() {
      return count();
    },
    verify: (token) => verify(keys, token, { issuer, now: now() }),
    sessions: () => live.map((session) => ({ ...session })),
    signIn(userId) {
      const known = live.find((session) => session.userId === userId);
      if (known) return { ...known };
      const first = accounts.find((account) => account.userId === userId)?.sessionId;
      const sessionId = first && !used.has(first) ? first : `sess_${userId}_${used.size}`;
      const session = { userId, sessionId, startedAt: now() };
      used.add(sessionId);
      live = [...live, session];
      changed('signed-in', session);
      return { ...session };
    },
    signOut(sessionId) {
      const session = live.find((candidate) => candidate.sessionId === sessionId);
      if (!session) return;
      live = live.filter((candidate) => candidate !== session);
      changed('signed-out', session);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  provider.handler = providerHandler(provider);
  return provider;
}
