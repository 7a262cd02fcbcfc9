/**
 * The provider as a tabpin `TokenSource`. Its cookie is shared by all tabs, so `perTab` stays false;
 * it has no notion of "select in this tab", so there is no `select`.
 */
import { provider } from './provider.js';

export const source = {
  getToken: (request) => provider.mint(request),
  current: () => provider.known?.current,
  sessions: () => provider.known?.sessions,
  /** The cookie is HttpOnly, so this is what the provider said last; every change of a tab's makes all tabs look again. */
  ambient: () => provider.known?.current,
  subscribe: (listener) => provider.subscribe(listener),
  signOut: ({ sessionId }) => provider.act('sign-out', { sessionId }),
};
