/** What each tab of the multi-tab tests and of the bench runs: instances of the built package, and a record of what they gave. */
import { ConvexClient } from 'convex/browser';
import { createTabAuth, decodeClaims } from 'tabpin';
import { connectConvex } from 'tabpin/convex';

async function mint({ session, template, skipCache, signal }) {
  const body = JSON.stringify({ sessionId: session.sessionId, template, skipCache });
  const response = await fetch('/provider/token', { method: 'POST', body, signal });
  if (!response.ok) throw Object.assign(new Error('no token'), { status: response.status });
  return (await response.json()).token;
}

/** Everything that went wrong, and how much went well; never a token. */
const record = { answers: 0, wrong: 0, failed: [], slowest: 0, events: [] };

/** An instance for one account; its source cannot tell of others. */
function make(session, options = {}) {
  const source = { current: () => session, getToken: mint };
  const auth = createTabAuth({ source, template: 'app', ...options });
  auth.on((event) => record.events.push({ ...event }));
  return auth;
}

/** One unforced call, judged: the claims of what it brought, or null. */
async function ask(auth, session, options) {
  const from = performance.now();
  let claims = null;
  try {
    const { sub, sid, exp } = (claims = decodeClaims(await auth.getToken(options)));
    record.answers += 1;
    if (sub !== session.userId || sid !== session.sessionId || exp * 1000 <= Date.now()) record.wrong += 1;
  } catch (error) {
    record.failed.push(error.code ?? String(error));
  }
  record.slowest = Math.max(record.slowest, performance.now() - from);
  return claims;
}

/**
 * Asks when a token comes to its last quarter, which is when neither tabpin nor the usual wiring uses it any more, so that whoever is late
 * with the next one is caught; until `count` have followed the first, or a call brings none.
 */
async function useUp(getClaims, count) {
  const seen = new Set();
  for (let claims; (claims = await getClaims());) {
    const { iat, exp } = claims;
    if (seen.add(exp).size > count) return;
    await new Promise((resolve) => setTimeout(resolve, exp * 1000 - (exp - iat) * 250 - Date.now()));
  }
}

/** A Convex client wired as the README says; resolves once it has had `count` tokens accepted. */
async function convex(auth, count, leewaySeconds) {
  const client = new ConvexClient(`${location.origin}`, { authRefreshTokenLeewaySeconds: leewaySeconds });
  connectConvex(client, auth, { authRefreshTokenLeewaySeconds: leewaySeconds });
  const seen = new Set();
  await new Promise((resolve) => {
    auth.on('token', ({ expiresAt }) => {
      seen.add(expiresAt);
      if (seen.size > count) resolve();
    });
  });
  await client.close();
}

/** The usual wiring: a callback of this tab's own, which keeps its token until a quarter of its life is left. */
function usual(session) {
  let held = null;
  let pending = null;
  const isUsable = ({ iat, exp }) => exp * 1000 - Date.now() > (exp - iat) * 250;
  return async ({ forceRefreshToken = false } = {}) => {
    if (held && !forceRefreshToken && isUsable(decodeClaims(held))) return held;
    pending ??= mint({ session, template: 'app', skipCache: forceRefreshToken }).finally(() => (pending = null));
    return (held = await pending);
  };
}

/** Looks over and over, as Playwright's `waitForFunction` does, for drivers that have no such thing. */
async function until(test) {
  while (!test()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A Convex client for so long, wired by `wire(client, options)`. */
async function convexFor(ms, leewaySeconds, wire) {
  const options = { authRefreshTokenLeewaySeconds: leewaySeconds };
  const client = new ConvexClient(location.origin, options);
  wire(client, options);
  await new Promise((resolve) => setTimeout(resolve, ms));
  await client.close();
}

Object.assign(globalThis, {
  lab: { usual, useUp, until, convexFor, connectConvex, createTabAuth, mint, make, ask, convex, record, decodeClaims },
});
document.body.dataset.ready = 'true';
