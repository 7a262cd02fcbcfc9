import { internalsOf } from './internals.js';
import type { Account, TabAuth, TabAuthErrorInfo, TokenAccess } from './types.js';

type Fetcher = (args: { forceRefreshToken: boolean }) => Promise<string | null | undefined>;
type Inflight = { readonly inflightMutations: number; readonly inflightActions: number };

/** `ConvexClient` and `ConvexReactClient` both fit; neither convex nor react is imported. */
export type ConvexLike = {
  setAuth(fetchToken: Fetcher, onChange?: (isAuthenticated: boolean) => void): void;
  clearAuth?(): void;
  readonly disabled?: boolean;
  readonly client?: { clearAuth(): void };
  /** Where present, tells whether something is in flight as the old account. */
  connectionState?(): Inflight & { readonly isWebSocketConnected: boolean };
  subscribeToConnectionState?(listener: (state: Inflight) => void): () => void;
};

export type ConnectOptions = {
  readonly template?: string | undefined;
  /** The client's `authRefreshTokenLeewaySeconds`. Default 10. */
  readonly leewaySeconds?: number | undefined;
  readonly onChange?: ((isAuthenticated: boolean) => void) | undefined;
};

/** What the core's connector can be told; the numbers are the core's. */
const enum Happening {
  account,
  recovered,
  inflight,
  asked,
  null,
  token,
  same,
  limit,
  detach,
}

/** How long an ended account's client may go on with what is in flight on it, ms. */
const CLOSE_AFTER = 10_000;

/**
 * setAuth, re-arm after giving up, un-wedge a stopped socket, sign-out without resurrection.
 * While something is in flight, null is withheld (up to `fetchToken`'s outer limit) and a switch waits.
 * The returned function only detaches: it does not clear auth (React effects run twice in development).
 */
export function connectConvex(client: ConvexLike, auth: TabAuth, options: ConnectOptions = {}): () => void {
  return connect(client, auth, options, false);
}

function connect(client: ConvexLike, auth: TabAuth, options: ConnectOptions, bound: boolean): () => void {
  const inner = internalsOf(auth);
  if (!inner || client.disabled) return () => undefined;
  const { template, leewaySeconds = 10, onChange } = options;
  const stopped = hasStopped(client);
  auth.account();
  inner.schedule(template, leewaySeconds * 1000);

  const calls = new Map<number, { readonly access: TokenAccess; readonly resolve: (token: string | null) => void; token: string | null }>();
  let last = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let told: boolean | undefined;
  let given: string | null = null;
  const changed = (isAuthenticated: boolean) => {
    // Convex says so again at every refresh.
    if (isAuthenticated !== told) onChange?.(isAuthenticated);
    told = isAuthenticated;
  };

  // What the connector orders, in the order of its numbers.
  const orders = [
    function setAuth(arm: number) {
      const access = inner.access(inner.now(), template);
      // The core answers those of the old callback no more.
      const old = [...calls.values()];
      calls.clear();
      const fetcher: Fetcher = ({ forceRefreshToken }) =>
        new Promise((resolve) => {
          const call = ++last;
          calls.set(call, { access, resolve, token: null });
          tell(Happening.asked, call, forceRefreshToken, arm);
        });
      try {
        client.setAuth(fetcher, changed);
      } catch (error) {
        // The client goes on with the old callback.
        for (const call of old) call.resolve(null);
        throw error;
      }
    },
    function fetch(id: number, forceRefreshToken: boolean) {
      const call = calls.get(id);
      void call?.access.fetchToken({ forceRefreshToken }).then((token) => {
        call.token = token;
        tell(token === null ? Happening.null : token === given ? Happening.same : Happening.token, id);
      });
    },
    function answer(id: number, token: boolean) {
      const call = calls.get(id);
      calls.delete(id);
      const answer = (token && call?.token) || null;
      given = answer ?? given;
      call?.resolve(answer);
    },
    function clear() {
      if (client.clearAuth) client.clearAuth();
      else client.client?.clearAuth();
    },
    function limit(ms: number) {
      clearTimeout(timer);
      if (ms > 0) timer = setTimeout(() => tell(Happening.limit), ms);
    },
    function gaveUp(_id: number, _flag: boolean, error: TabAuthErrorInfo) {
      inner.gaveUp(error);
    },
  ];

  const connector = inner.connector(inner.now().id, stopped, bound, (kind, id, number, _text, value) =>
    orders[kind]?.(id, number > 0, value as TabAuthErrorInfo),
  );
  const tell = (kind: Happening, number = 0, flag = false, arm = 0) => connector.take(kind, number, flag, arm);
  const count = () => tell(Happening.inflight, inflight(client.connectionState?.()));
  let account = inner.now().id;
  const ends = [
    inner.onGeneration(({ id }) => {
      count();
      tell(Happening.account, id);
      // The same account, filled in: somebody has signed in.
      if (id === account) tell(Happening.recovered);
      account = id;
    }),
    auth.on('recovered', () => tell(Happening.recovered)),
    client.subscribeToConnectionState?.((state) => tell(Happening.inflight, inflight(state))),
    () => clearTimeout(timer),
    () => inner.schedule(template, -1),
  ];
  count();
  tell(Happening.account, account);
  return () => {
    tell(Happening.detach);
    for (const end of ends.splice(0)) end?.();
  };
}

const inflight = (state: Inflight | undefined) => (state ? state.inflightMutations + state.inflightActions : 0);

/** Connected once and not any more: perhaps stopped for good by what was wired before. */
function hasStopped(client: ConvexLike): boolean {
  const state = client.connectionState?.() as { isWebSocketConnected: boolean; hasEverConnected?: boolean } | undefined;
  return state?.hasEverConnected === true && !state.isWebSocketConnected;
}

/**
 * One client per account, so that nothing queued as one account can run as another. The old one is closed once nothing
 * is in flight on it, at the latest 10 s after its account ended.
 */
export function convexPerAccount<C extends ConvexLike & { close(): Promise<void> }>(
  auth: TabAuth,
  create: (account: Account) => C,
  options: ConnectOptions = {},
): { readonly current: () => C; readonly subscribe: (listener: () => void) => () => void; readonly dispose: () => void } {
  const listeners = new Set<() => void>();
  let now: { readonly account: Account; readonly client: C; readonly end: () => void } | undefined;

  const current = (): C => {
    const account = auth.account();
    if (now?.account !== account) {
      const client = create(account);
      const detach = connect(client, auth, options, true);
      now = { account, client, end: () => closeWhenIdle(client, detach) };
      account.signal.addEventListener('abort', now.end, { once: true });
    }
    return now.client;
  };

  const stop = internalsOf(auth)?.onGeneration(() => {
    if (now && now.account !== auth.account()) for (const listener of [...listeners]) listener();
  });

  return {
    current,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    dispose: () => {
      stop?.();
      listeners.clear();
      now?.account.signal.removeEventListener('abort', now.end);
      now?.end();
      now = undefined;
    },
  };
}

function closeWhenIdle(client: ConvexLike & { close(): Promise<void> }, detach: () => void): void {
  let isClosed = false;
  const close = () => {
    if (isClosed) return;
    isClosed = true;
    clearTimeout(timer);
    stop?.();
    detach();
    void client.close();
  };
  const timer = setTimeout(close, CLOSE_AFTER);
  const stop = client.subscribeToConnectionState?.((state) => inflight(state) === 0 && close());
  if (inflight(client.connectionState?.()) === 0) close();
}
