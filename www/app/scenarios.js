/**
 * The five failures of `docs/failures.md`, in its order. `run({ auth, me, leewaySeconds })` breaks something, tries the usual wiring and
 * tabpin's on it, and puts it right again; it resolves with `[left, right]`, each `{ broken, says }`. `me` is the tab's own session.
 */
import { createTabAuth } from 'tabpin';
import { connectConvex } from 'tabpin/convex';
import { USERS } from './accounts.js';
import { newConvex, newTrpc, write } from './clients.js';
import { heard } from './heard.js';
import { who } from './names.js';
import { provider } from './provider.js';
import { source } from './source.js';

/** What a page waits for a token, and what the provider takes then. */
const WAIT_MS = 600;
const LATE_MS = 2_500;

/** Longer than any step takes, for one that hangs. */
const PATIENCE_MS = 30_000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const within = (promise) =>
  Promise.race([promise, pause(PATIENCE_MS).then(() => Promise.reject(Object.assign(new Error('late'), { code: 'took too long' })))]);

const post = (path, body, send = fetch, headers = {}) => send(path, { method: 'POST', body: JSON.stringify(body), headers });
const expire = () => post('/servers/convex', { action: 'expire' });
const ranAs = (userIds) => `Ran as ${[...new Set(userIds)].map(who).join(' and ')}.`;

/** A Convex client of its own: `fetchToken` as an application gives it, and a promise for when it is taken for signed out. */
async function usualConvex(fetchToken) {
  const client = newConvex('usual');
  let out;
  const signedOut = new Promise((resolve) => (out = resolve));
  await within(new Promise((resolve) => client.setAuth(fetchToken, (is) => (is ? resolve() : out()))));
  return { client, signedOut };
}

/** The author of a last message, and the end of the client. */
async function lastWrite(client) {
  const author = await within(write.convex(client));
  await client.close();
  return author;
}

/** The server expects the issuer from before the provider moved, and then the client does. */
async function mismatch({ me }) {
  const old = 'https://old.provider.test';
  const asked = async (send, issuer) => (await send(`/app/me?issuer=${encodeURIComponent(issuer)}`)).json();
  const authorization = `Bearer ${await provider.mint({ session: me })}`;
  const usual = await asked((url) => fetch(url, { headers: { authorization } }), old);

  const make = (issuer) => {
    const options = { namespace: 'issuer', shareTokens: false, timeoutMs: WAIT_MS };
    return createTabAuth({ source: { ...source, current: () => me }, issuer, ...options });
  };
  const client = make(old);
  const code = await client.getToken().catch((error) => error.code);
  const [{ expected, actual }] = client.explain();
  client.dispose();
  const auth = make(actual);
  const { code: answer, diagnosis } = await asked(auth.fetch, old);
  const { userId } = await asked(auth.fetch, actual);
  auth.dispose();
  const agree = code === answer && diagnosis.expectedIssuer === expected && diagnosis.actualIssuer === actual;
  const told = `Named ${code} by client and server, which expect ${expected} and get ${actual}`;
  return [
    { broken: !usual.userId, says: 'The server answers 401: session still loading, for ever.' },
    { broken: !agree || userId !== me.userId, says: `${told}; with the same issuer on all sides the page is there.` },
  ];
}

async function late({ me }) {
  const mint = (request) => pause(LATE_MS).then(() => provider.mint(request));
  const token = await Promise.race([mint({ session: me }).catch(() => null), pause(WAIT_MS)]);
  const left = {
    broken: !token,
    says: token ? 'A token came in time.' : 'A token comes late: session still loading, and nobody looks again.',
  };

  const auth = createTabAuth({
    source: { ...source, current: () => me, getToken: mint },
    namespace: 'late',
    shareTokens: false,
    timeoutMs: WAIT_MS,
  });
  const came = heard(auth, 'token');
  const code = await auth.getToken().catch((error) => error.code);
  await within(came);
  const alive = await auth.getToken().then(Boolean, () => false);
  auth.dispose();
  return [left, { broken: !alive, says: `Named ${code}; then the token came, and the page goes on.` }];
}

/** Two causes of one failure: the usual wiring shows each, and tabpin none. */
async function loading(given) {
  const [[left, right], [otherLeft, otherRight]] = [await mismatch(given), await late(given)];
  return [
    { broken: left.broken && otherLeft.broken, says: `${left.says} ${otherLeft.says}` },
    { broken: right.broken || otherRight.broken, says: `${right.says} ${otherRight.says}` },
  ];
}

async function claims({ auth, me }) {
  const dashboard = async (wanted) => {
    const { organization } = await (await fetch('/app/dashboard')).json();
    const broken = organization !== wanted;
    return { broken, says: broken ? 'Created, and sent back to where one creates it.' : 'Created, and at its dashboard.' };
  };
  const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
  const authorization = `Bearer ${await provider.mint({ session: me })}`;
  await post('/app/organizations', { organization: first }, fetch, { authorization });
  const left = await dashboard(first);

  await post('/app/organizations', { organization: second }, auth.fetch);
  await auth.waitForClaims(({ organization }) => organization === second);
  return [left, await dashboard(second)];
}

async function convex({ auth, me, leewaySeconds }) {
  const token = await provider.mint({ session: me, skipCache: true });
  const { client, signedOut } = await usualConvex(async () => token);
  await expire();
  await within(signedOut);
  const author = await lastWrite(client);

  const other = newConvex('tabpin', { authRefreshTokenLeewaySeconds: leewaySeconds });
  const detach = connectConvex(other, auth, { leewaySeconds });
  await within(write.convex(other));
  await expire();
  const own = await lastWrite(other);
  detach();
  return [author, own].map((userId) => ({ broken: userId !== me.userId, says: `The token expired. ${ranAs([userId])}` }));
}

async function background({ auth, me }) {
  const before = provider.known.current;
  const userId = USERS.find((candidate) => candidate !== me.userId);
  const wasThere = provider.known.sessions.some((session) => session.userId === userId);
  try {
    await provider.act('sign-in', { userId });
    const clients = [newTrpc('usual'), newTrpc('tabpin', () => auth.headers())];
    const acted = await Promise.all(clients.map(async (client) => [(await client.whoami.query())?.userId, await write.trpc(client)]));
    return acted.map((userIds) => ({
      broken: userIds.some((id) => id !== me.userId),
      says: `The cookie is ${who(userId)}’s. ${ranAs(userIds)}`,
    }));
  } finally {
    const there = provider.known.sessions.find((session) => session.userId === userId);
    if (there && !wasThere) await provider.act('sign-out', there);
    if (before) await provider.act('switch', before);
  }
}

async function offline({ auth, me }) {
  const mint = ({ forceRefreshToken }) => provider.mint({ session: me, skipCache: forceRefreshToken }).catch(() => null);
  const { client, signedOut } = await usualConvex(mint);
  try {
    await provider.act('fault', { kind: 'offline', times: null });
    const retry = heard(auth, 'retry', ({ error }) => error.code === 'offline');
    const refreshed = auth.getToken({ forceRefresh: true, timeoutMs: PATIENCE_MS });
    await expire();
    await within(Promise.all([signedOut, retry]));
    const { status } = auth.getSnapshot();
    await provider.act('clear');
    await refreshed;
    const author = await lastWrite(client);
    return [
      { broken: author !== me.userId, says: `Signed out by a lost connection. ${ranAs([author])}` },
      { broken: status !== 'signed_in', says: 'Named offline; still signed in, and refreshed once the network was back.' },
    ];
  } finally {
    await provider.act('clear');
  }
}

export const FAILURES = [
  { name: '"Session still loading"', run: loading },
  { name: 'Claims one step behind', run: claims },
  { name: 'The page that dies after an hour', run: convex },
  { name: 'The background tab that acts as somebody else', run: background },
  { name: 'Offline, and signed out', run: offline },
];
