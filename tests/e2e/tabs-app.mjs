/** What each tab of the multi-tab tests runs: instances of the built package, and a record of what they gave. */
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

/** One unforced call, judged. */
async function ask(auth, session, options) {
  const from = performance.now();
  try {
    const { sub, sid, exp } = decodeClaims(await auth.getToken(options));
    record.answers += 1;
    if (sub !== session.userId || sid !== session.sessionId || exp * 1000 <= Date.now()) record.wrong += 1;
  } catch (error) {
    record.failed.push(error.code ?? String(error));
  }
  record.slowest = Math.max(record.slowest, performance.now() - from);
}

/** Resolves with the next event of this type that `test` accepts. */
const heard = (auth, type, test = () => true) =>
  new Promise((resolve) => {
    const off = auth.on(type, (event) => {
      if (!test(event)) return;
      off();
      resolve(event);
    });
  });

/** Asks over and over, until `count` tokens have been at hand one after the other. */
async function use(auth, session, count) {
  const seen = new Set();
  await ask(auth, session);
  for (;;) {
    seen.add(auth.stats().expiresAt);
    if (seen.size > count) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
    await ask(auth, session);
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

Object.assign(globalThis, { lab: { createTabAuth, mint, make, ask, use, heard, convex, record, decodeClaims } });
document.body.dataset.ready = 'true';
