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
import { createFaults, failure, pause } from './faults.mjs';
import { createKeys, FLAWS, sign, verify } from './keys.mjs';
import { createLog } from './log.mjs';
import { providerHandler } from './provider-http.mjs';

const ACCOUNTS = [
  { userId: 'user_ada', sessionId: 'sess_ada' },
  { userId: 'user_bob', sessionId: 'sess_bob' },
];

export function createProvider(options = {}) {
  const { issuer = 'https://provider.test', lifetimeSeconds = 30, accounts = ACCOUNTS, now = Date.now, jti = false } = options;
  const keys = options.keys ?? createKeys();
  const log = createLog({ now });
  const faults = createFaults();
  const listeners = new Set();
  const extra = new Map();
  const last = new Map();
  const closed = new AbortController();
  let live = accounts
    .filter((account) => account.signedIn !== false)
    .map(({ userId, sessionId, startedAt }) => ({ sessionId, userId, startedAt: startedAt ?? now() }));
  let cleared = new AbortController();
  let latencyMs = 0;
  let minted = 0;
  let begun = 0;

  const changed = () => {
    for (const listener of [...listeners]) listener();
  };

  const find = (session) => {
    if (session == null) return live[0];
    const id = typeof session === 'string' ? session : session.sessionId;
    return id == null ? live.find(({ userId }) => userId === session.userId) : live.find(({ sessionId }) => sessionId === id);
  };

  const mintFor = async ({ userId, sessionId }, template, flaw) => {
    const claims = { iss: issuer, sub: userId, sid: sessionId, ...(template && { aud: template }), ...extra.get(userId) };
    minted += 1;
    if (jti) claims.jti = `jti_${minted}`;
    const signed = await sign(keys, claims, { now: now(), lifetimeSeconds, flaw });
    if (!flaw) last.set(keyOf({ sessionId }, template), signed);
    return signed;
  };

  const mint = async ({ session, template, skipCache = false, signal } = {}) => {
    const ref = find(session);
    const note = (outcome, entry) =>
      log.add({ sub: ref?.userId ?? null, sid: ref?.sessionId ?? null, template: template ?? null, outcome, iat: entry?.iat ?? null, exp: entry?.exp ?? null });
    const stop = AbortSignal.any([closed.signal, cleared.signal, ...(signal ? [signal] : [])]);
    if (latencyMs > 0) await pause(latencyMs, stop);
    const fault = faults.take();
    if (fault === 'slow') await pause(3000, stop);
    if (fault === 'hang') {
      note('hang');
      await pause(null, stop);
    }
    if (fault === 'offline' || fault === '500') {
      note(fault);
      throw failure(fault);
    }
    if (!ref || !live.includes(ref)) {
      note('ended');
      return null;
    }
    if (fault === 'null') {
      note('null');
      return null;
    }
    const held = last.get(keyOf(ref, template));
    const reuse = !skipCache && (!fault || fault === 'slow') && held?.exp - now() / 1000 > lifetimeSeconds / 4;
    if (held && (fault === 'same' || reuse)) {
      note(fault ?? 'cached', held);
      return held.token;
    }
    const other = accounts.find(({ userId }) => userId !== ref.userId) ?? { userId: 'user_other', sessionId: 'sess_other' };
    const signed = await mintFor(fault === 'foreign' ? other : ref, template, FLAWS.includes(fault) ? fault : undefined);
    note(fault ?? 'minted', signed);
    return signed.token;
  };

  const provider = {
    issuer,
    jwks: keys.jwks,
    log,
    get minted() {
      return minted;
    },
    mint,
    verify: (token) => verify(keys, token, { issuer, now: now() }),
    fault: faults.add,
    clearFaults() {
      faults.clear();
      cleared.abort();
      cleared = new AbortController();
    },
    latency(ms) {
      latencyMs = ms;
    },
    sessions: () => live.map((session) => ({ ...session })),
    signIn(userId) {
      const known = live.find((session) => session.userId === userId);
      if (known) return { ...known };
      begun += 1;
      const account = accounts.find((candidate) => candidate.userId === userId);
      const unused = account && !log.some((entry) => entry.outcome === 'signed-out' && entry.sid === account.sessionId);
      const session = { userId, sessionId: unused ? account.sessionId : `sess_${userId}_${begun}`, startedAt: now() };
      live = [...live, session];
      log.add({ sub: userId, sid: session.sessionId, template: null, outcome: 'signed-in' });
      changed();
      return { ...session };
    },
    signOut(sessionId) {
      const session = live.find((candidate) => candidate.sessionId === sessionId);
      if (!session) return;
      live = live.filter((candidate) => candidate !== session);
      log.add({ sub: session.userId, sid: sessionId, template: null, outcome: 'signed-out' });
      changed();
    },
    setClaims: (userId, claims) => extra.set(userId, claims),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => closed.abort(),
  };
  provider.handler = providerHandler(provider);
  return provider;
}

function keyOf({ sessionId }, template) {
  return JSON.stringify([sessionId, template ?? null]);
}
