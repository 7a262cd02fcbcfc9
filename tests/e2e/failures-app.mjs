/** What a tab of the failures' tests runs: the clients, and a page wired in the usual way where that takes more than a line. */
import { createTRPCClient, httpLink } from '@trpc/client';
import { ConvexClient } from 'convex/browser';
import { makeFunctionReference } from 'convex/server';
import { createTabAuth, findTabAuthError } from 'tabpin';
import { connectConvex } from 'tabpin/convex';
import { heard } from '../../www/app/heard.js';

const post = (path, body, more) => fetch(path, { method: 'POST', body: JSON.stringify(body), ...more });
const json = async (response) => (await response).json();

/** The provider as a source; `look` asks it who is signed in, as a provider's SDK does by itself. */
const listeners = new Set();
let known;
const source = {
  async getToken({ session, template, skipCache, signal }) {
    const response = await post('/provider/token', { sessionId: session.sessionId, template, skipCache }, { signal });
    if (!response.ok) throw Object.assign(new Error('no token'), { status: response.status });
    return (await response.json()).token;
  },
  current: () => known?.current,
  sessions: () => known?.sessions,
  ambient: () => known?.current,
  subscribe: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
};

async function look() {
  const { sessions, current } = await json(fetch('/provider/sessions'));
  known = { sessions, current: sessions.find(({ sessionId }) => sessionId === current) ?? null };
  listeners.forEach((listener) => listener());
}

/** Moves the cookie that all tabs share. */
async function become(userId) {
  await post('/provider/sign-in', { userId });
  await look();
}

/** An instance, what it told, and every status that it has had. */
function make(options = {}) {
  const auth = createTabAuth({ source, ...options });
  const seen = { events: [], statuses: new Set() };
  const note = () => seen.statuses.add(auth.getSnapshot().status);
  auth.on((event) => seen.events.push({ ...event }));
  auth.subscribe(note);
  note();
  return { auth, seen: () => ({ codes: codes(seen.events), events: seen.events, statuses: [...seen.statuses] }) };
}

const codes = (events) => [...new Set(events.map(({ error }) => error?.code).filter(Boolean))];
const codeOf = (error) => findTabAuthError(error)?.code ?? error.name;
const show = (text) => (document.body.textContent = text);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The usual page: it waits so long for a token, takes whatever is no answer for "not yet", and looks a few times. */
async function usualPage({ waitMs, times }) {
  show('Session still loading');
  const mint = source.getToken({ session: known.current }).catch(() => null);
  for (; times > 0; times -= 1) {
    const token = await Promise.race([mint, pause(waitMs)]);
    const response = token && (await fetch('/app/me', { headers: { authorization: `Bearer ${token}` } }));
    if (response?.ok) return show(`Hello ${(await response.json()).userId}`);
  }
}

/** The same page with tabpin: what it shows follows from what `fetch` brings, whenever there is news. */
function page(auth) {
  const render = async () => {
    try {
      const response = await auth.fetch('/app/me');
      show(response.ok ? `Hello ${(await response.json()).userId}` : 'Refused');
    } catch (error) {
      show(`Session still loading: ${codeOf(error)}`);
    }
  };
  auth.subscribe(render);
  return render();
}

/** Longer than any mutation takes; Convex has no limit of its own, and a test that waits for ever says nothing. */
const HANG_MS = 30_000;

const within = (promise) => Promise.race([promise, pause(HANG_MS).then(() => Promise.reject(new Error('Convex did not answer.')))]);

const [me, send] = ['me:get', 'messages:send'].map(makeFunctionReference);

/** A Convex client with a subscription; `users` is whom the server has answered, one after the other. */
function convex(leewaySeconds = 1) {
  const client = new ConvexClient(location.origin, { authRefreshTokenLeewaySeconds: leewaySeconds, logger: false });
  const users = [];
  client.onUpdate(me, {}, (user) => users.push(user?.subject ?? null));
  return { client, users, send: () => within(client.mutation(send, { body: 'hello' })).then(({ author }) => author) };
}

const trpc = (headers) => createTRPCClient({ links: [httpLink({ url: '/trpc', headers })] });

Object.assign(globalThis, {
  lab: { source, look, become, make, codeOf, heard, usualPage, page, convex, connectConvex, trpc, json },
});
await look();
document.body.dataset.ready = 'true';
