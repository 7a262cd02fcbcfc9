/** The server half: its contract, its codes, and the shapes of others that it takes. */
import type { createClerkClient } from '@clerk/backend';
import type { TabAuthErrorCode } from 'tabpin';
import * as server from 'tabpin/server';
import {
  allowHeaders,
  guard,
  varyOn,
  type GuardCode,
  type GuardOptions,
  type HeaderSource,
  type ResolvedSession,
  type Verdict,
} from 'tabpin/server';
import type { Equal, Expect, Fits } from './expect.js';

type Own = 'tab_token_missing' | 'credential_substituted' | 'viewer_mismatch' | 'malformed_authorization' | 'credential_refused';
type Refused = Extract<Verdict, { kind: 'refused' }>;
type State = Awaited<ReturnType<ReturnType<typeof createClerkClient>['authenticateRequest']>>;
/** As far as `node:http` and Express go. */
type NodeRequest = { headers: { [name: string]: string | string[] | undefined; authorization?: string }; rawHeaders: string[] };

export type Contract = [
  Expect<Equal<keyof typeof server, 'guard' | 'allowHeaders' | 'varyOn'>>,
  Expect<Equal<typeof guard, (request: HeaderSource, session: ResolvedSession, options?: GuardOptions) => Verdict>>,
  Expect<Equal<keyof GuardOptions, 'viewerId' | 'connectionParams' | 'issuer' | 'authorizedParties' | 'now'>>,
  Expect<Equal<Verdict['kind'], 'signed_in' | 'visitor' | 'refused'>>,
  Expect<Equal<keyof Refused, 'kind' | 'code' | 'status' | 'wwwAuthenticate' | 'diagnosis'>>,
  Expect<Equal<Refused['status'], 401 | 403>>,
  Expect<Equal<typeof allowHeaders, readonly ['authorization', 'x-tabpin-required']>>,
  Expect<Equal<typeof varyOn, readonly ['authorization', 'cookie', 'x-tabpin-required']>>,
];

/** One truth: whatever is not the server's own is a code of the core's. */
export type Codes = [Expect<Equal<Exclude<GuardCode, TabAuthErrorCode>, Own>>, Expect<Fits<Exclude<GuardCode, Own>, TabAuthErrorCode>>];

export type Shapes = [
  Expect<Fits<Request, HeaderSource>>,
  Expect<Fits<NodeRequest, HeaderSource>>,
  Expect<Fits<{ headers: Headers }, HeaderSource>>,
  Expect<Fits<{ headers: Record<string, string> }, HeaderSource>>,
  Expect<Fits<(name: string) => string | undefined, HeaderSource>>,
  Expect<Fits<Headers['get'], HeaderSource>>,
  // What Clerk gives may be handed on as it is.
  Expect<Fits<ReturnType<State['toAuth']>, ResolvedSession>>,
  Expect<Fits<{ userId: string; reason: State['reason'] }, ResolvedSession>>,
];

/** A verdict narrows by its kind, and nobody is signed in by mistake. */
export function answer(request: Request, session: ResolvedSession, text: string | undefined, now: number | undefined): string | null {
  const options: GuardOptions = { viewerId: text, connectionParams: undefined, issuer: text, authorizedParties: undefined, now };
  const verdict = guard(request, session, options);
  // @ts-expect-error a refusal and a visitor have no user
  void verdict.userId;
  switch (verdict.kind) {
    case 'signed_in':
      return verdict.userId;
    case 'visitor':
      return null;
    case 'refused':
      verdict.code satisfies GuardCode;
      // @ts-expect-error a verdict is not to be changed
      verdict.status = 401;
      return verdict.wwwAuthenticate;
  }
}

// @ts-expect-error what was resolved must be handed over, even if it is nobody
guard({ headers: {} });
// @ts-expect-error a session names its user
guard({ headers: {} }, { sessionId: 'sess_1' });
// @ts-expect-error there is no such option
guard({ headers: {} }, null, { audience: 'x' });
// @ts-expect-error headers are text
guard({ headers: { authorization: 5 } }, null);
