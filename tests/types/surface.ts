/** The functions and object shapes of the contract, exactly. */
import {
  authHeaders,
  createTabAuth,
  decodeClaims,
  explainToken,
  findTabAuthError,
  MARKER_HEADER,
  TabAuthError,
  type Account,
  type Claims,
  type FetchInit,
  type Finding,
  type SessionRef,
  type Snapshot,
  type Stats,
  type TabAuth,
  type TabAuthErrorInfo,
  type TabAuthEvent,
  type TabAuthOptions,
  type TokenAccess,
  type TokenOptions,
  type TokenRequest,
} from 'tabpin';
import * as index from 'tabpin';
import * as convex from 'tabpin/convex';
import * as testing from 'tabpin/testing';
import type { Equal, Expect, Fits } from './expect.js';

export type Exports = [
  Expect<
    Equal<
      keyof typeof index,
      'createTabAuth' | 'TabAuthError' | 'findTabAuthError' | 'authHeaders' | 'decodeClaims' | 'explainToken' | 'MARKER_HEADER'
    >
  >,
  Expect<Equal<keyof typeof convex, 'connectConvex' | 'convexPerAccount'>>,
  Expect<Equal<keyof typeof testing, 'fakeSource' | 'checkSource'>>,
];

export type Functions = [
  Expect<Equal<typeof createTabAuth, (options: TabAuthOptions) => TabAuth>>,
  Expect<Equal<typeof findTabAuthError, (error: unknown) => TabAuthError | null>>,
  Expect<Equal<typeof decodeClaims, (token: string) => Claims>>,
  Expect<Equal<ReturnType<typeof authHeaders>, Record<string, string>>>,
  Expect<Equal<Parameters<typeof authHeaders>[0], string | null | undefined>>,
  Expect<Equal<ReturnType<typeof explainToken>, readonly Finding[]>>,
  Expect<Equal<Parameters<typeof explainToken>[0], string | null | undefined>>,
  Expect<Equal<typeof MARKER_HEADER, 'x-tabpin-required'>>,
  Expect<Equal<ConstructorParameters<typeof TabAuthError>[0], TabAuthErrorInfo>>,
  Expect<Equal<ConstructorParameters<typeof TabAuthError>[1], { cause?: unknown } | undefined>>,
];

type OptionNames =
  | 'source'
  | 'template'
  | 'initialToken'
  | 'namespace'
  | 'issuer'
  | 'onMissingToken'
  | 'allowedOrigins'
  | 'shareTokens'
  | 'autoRefresh'
  | 'leewayMs'
  | 'timeoutMs'
  | 'giveUpAfterMs'
  | 'runtime'
  | 'debug';
type AccessNames = 'fetchToken' | 'getToken' | 'accessToken' | 'headers' | 'peekHeaders' | 'fetch';
type Verbs =
  | 'account'
  | 'withTemplate'
  | 'ready'
  | 'seed'
  | 'getSnapshot'
  | 'getServerSnapshot'
  | 'subscribe'
  | 'on'
  | 'pin'
  | 'unpin'
  | 'signOut'
  | 'waitForClaims'
  | 'explain'
  | 'stats'
  | 'dispose';

export type Members = [
  Expect<Equal<keyof TabAuthOptions, OptionNames>>,
  Expect<Equal<keyof TokenAccess, AccessNames>>,
  Expect<Equal<keyof Account, AccessNames | 'key' | 'session' | 'signal'>>,
  Expect<Equal<keyof TabAuth, AccessNames | Verbs | typeof Symbol.dispose>>,
  Expect<Equal<keyof TokenRequest, 'session' | 'skipCache' | 'template' | 'signal'>>,
  Expect<Equal<keyof Snapshot, 'status' | 'session' | 'sessions' | 'multiSession' | 'drifted' | 'online' | 'accountKey' | 'error'>>,
  Expect<
    Equal<keyof Stats, 'asked' | 'coalesced' | 'minted' | 'adopted' | 'refused' | 'failed' | 'skewMs' | 'refreshing' | 'expiresAt' | 'tabs'>
  >,
];

export type Access = [
  Expect<Equal<TokenAccess['fetchToken'], (args?: { readonly forceRefreshToken?: boolean | undefined }) => Promise<string | null>>>,
  Expect<Equal<TokenAccess['getToken'], (options?: TokenOptions) => Promise<string>>>,
  Expect<Equal<TokenAccess['accessToken'], () => Promise<string | null>>>,
  Expect<Equal<TokenAccess['headers'], (init?: HeadersInit) => Promise<Record<string, string>>>>,
  Expect<Equal<TokenAccess['peekHeaders'], (init?: HeadersInit) => Record<string, string>>>,
  Expect<Equal<TokenAccess['fetch'], (input: RequestInfo | URL, init?: FetchInit) => Promise<Response>>>,
  Expect<Fits<TabAuth['fetch'], typeof globalThis.fetch>>,
  Expect<Fits<RequestInit, FetchInit>>,
];

/** Snapshots narrow by status. */
export function name(snapshot: Snapshot): string | null {
  switch (snapshot.status) {
    case 'signed_in':
    case 'lost':
      return snapshot.session.userId;
    case 'signed_out':
      return snapshot.session satisfies null;
    case 'unknown':
      return snapshot.session?.userId ?? null;
  }
}

/** Object shapes are aliases, so they are assignable to index signatures. */
export const loose = (session: SessionRef, stats: Stats, snapshot: Snapshot, event: TabAuthEvent): Record<string, unknown>[] => [
  session,
  stats,
  snapshot,
  event,
];

export async function uses(auth: TabAuth): Promise<void> {
  auth.on('token', (event) => {
    event.expiresAt satisfies number;
    // @ts-expect-error `token` has no error
    event.error;
  });
  auth.on((event) => event.type satisfies TabAuthEvent['type']) satisfies () => void;
  // @ts-expect-error no such event
  auth.on('tokens', () => {});

  const claims = await auth.waitForClaims<{ role: string }>(({ role, sub }) => role === sub);
  claims.role satisfies string;
  claims.exp satisfies number | undefined;
  (await auth.waitForClaims((each) => each['role'] === 1))['role'] satisfies unknown;

  // @ts-expect-error the snapshot is not to be changed
  auth.getSnapshot().drifted = true;
  // @ts-expect-error nor are the members of an instance
  auth.getToken = auth.account().getToken;
  // @ts-expect-error a template is a name or null
  auth.withTemplate(undefined);
  // @ts-expect-error `pin` wants a session
  void auth.pin('sess_1');
  // @ts-expect-error a token is text
  auth.seed(5);
  // @ts-expect-error who waits for a token gets one
  (await auth.getToken()) satisfies null;

  const { dispose } = auth;
  using disposable: Disposable = auth;
  void disposable;
  dispose();
}
