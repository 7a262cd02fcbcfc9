import { nobody } from './access.js';
import { unknownSnapshot } from './client.js';
import { serverSide } from './errors.js';
import { failClosed, toRecord } from './headers.js';
import type { Account, TabAuth, TokenAccess } from './types.js';

/** One object for every request. */
export const serverSnapshot = unknownSnapshot(null);

const refuse = () => Promise.reject(serverSide());
const nothing = () => undefined;

const access: TokenAccess = {
  fetchToken: nobody,
  getToken: refuse,
  accessToken: refuse,
  headers: refuse,
  peekHeaders: (init) => failClosed(toRecord(init), 'server_side'),
  fetch: refuse,
};

const account: Account = Object.freeze({ ...access, key: '', session: null, signal: new AbortController().signal });

/** The name by which `using` knows `dispose`, where the engine has that name. */
export const disposal: typeof Symbol.dispose = Symbol.dispose ?? 'dispose';

/** On a server: a module-level instance must not serve one visitor's token to another, so it holds none. */
export const inert: TabAuth = Object.freeze({
  ...access,
  account: () => account,
  withTemplate: () => access,
  ready: refuse,
  seed: nothing,
  getSnapshot: () => serverSnapshot,
  getServerSnapshot: () => serverSnapshot,
  subscribe: () => nothing,
  on: () => nothing,
  pin: refuse,
  unpin: nothing,
  signOut: refuse,
  waitForClaims: refuse,
  explain: () => [],
  stats: () => ({
    asked: 0,
    coalesced: 0,
    minted: 0,
    adopted: 0,
    refused: 0,
    failed: 0,
    skewMs: 0,
    refreshing: false,
    expiresAt: null,
    tabs: 0,
  }),
  dispose: nothing,
  [disposal]: nothing,
});
