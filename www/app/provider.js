/**
 * The identity provider as this page sees it: its HTTP endpoints, and what was last known of who is signed in.
 * Shared by tabpin's source, the left side and the buttons, so that both sides stand on the same ground.
 */

const POLL_MS = 2000;

async function call(path, body, signal) {
  const response = await fetch(`/provider/${path}`, {
    method: body ? 'POST' : 'GET',
    headers: body ? { 'content-type': 'application/json' } : {},
    body: body && JSON.stringify(body),
    cache: 'no-store',
    signal,
  });
  if (!response.ok) throw Object.assign(new Error(`The provider answered ${response.status}.`), { status: response.status });
  return response.status === 204 ? null : response.json();
}

const listeners = new Set();
const tabs = new BroadcastChannel('harness-provider');

export const provider = {
  /** `{ sessions, current }`, `current` being the cookie's session; undefined until first told. */
  known: undefined,

  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  /** Asks who is signed in; keeps the old answer when the provider cannot be reached. */
  async look() {
    const { sessions, current } = await call('sessions').catch(() => provider.known ?? { sessions: [], current: null });
    const known = { sessions, current: sessions.find(({ sessionId }) => sessionId === current) ?? null };
    if (JSON.stringify(known) === JSON.stringify(provider.known)) return;
    provider.known = known;
    for (const listener of [...listeners]) listener();
  },

  /** A token's text, or null where the session is over. Throws on anything else. */
  async mint({ session, template, skipCache, signal }) {
    try {
      const { token } = await call('token', { sessionId: session?.sessionId, template, skipCache }, signal);
      return token;
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
  },

  /** sign-in, switch, sign-out, fault, clear; then this tab and the others look again. */
  async act(path, body) {
    await call(path, body ?? {});
    await provider.look();
    tabs.postMessage('look');
  },
};

tabs.addEventListener('message', provider.look);
addEventListener('focus', provider.look);
setInterval(provider.look, POLL_MS);
