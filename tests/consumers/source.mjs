/**
 * A `TokenSource` on a test provider, as an adapter for a provider with several sessions per browser would be.
 *
 * `mint` stands in for the provider's own where a test wants to be in between; `current` is the session id to start with.
 * `switchTo(sessionId)` is the user's choice in this tab; `cookie` is what a cookie-only request would act as.
 */
export function createSource(provider, { mint = provider.mint, current = 'sess_ada', cookie } = {}) {
  const listeners = new Set();
  const live = (id) => provider.sessions().find(({ sessionId }) => sessionId === id) ?? null;
  let chosen = current;
  let ambient = cookie;

  const source = {
    perTab: true,
    getToken: ({ session, skipCache, template, signal }) => mint({ session: session ?? chosen, skipCache, template, signal }),
    current: () => live(chosen),
    sessions: () => provider.sessions(),
    subscribe(listener) {
      listeners.add(listener);
      const stop = provider.subscribe(listener);
      return () => {
        listeners.delete(listener);
        stop();
      };
    },
    async select({ sessionId }) {
      source.switchTo(sessionId);
    },
    async signOut({ sessionId }) {
      provider.signOut(sessionId);
    },
    switchTo(sessionId) {
      chosen = sessionId;
      for (const listener of [...listeners]) listener();
    },
    setCookie(sessionId) {
      ambient = sessionId;
      for (const listener of [...listeners]) listener();
    },
  };
  if (cookie !== undefined) source.ambient = () => (ambient === null ? null : { sessionId: ambient });
  return source;
}
