/** The shapes of others that ours fit, and theirs that fit ours. */
import { createTRPCClient, httpBatchLink, httpLink } from '@trpc/client';
import { createClient } from '@supabase/supabase-js';
import { ConvexClient } from 'convex/browser';
import type { AuthTokenFetcher } from 'convex/browser';
import { ConvexReactClient } from 'convex/react';
import { createTabAuth, type GetToken, type TabAuth, type TokenSource } from 'tabpin';
import { connectConvex, convexPerAccount, type ConvexLike } from 'tabpin/convex';
import { fakeSource, checkSource, type FakeSource } from 'tabpin/testing';
import type { Expect, Fits } from './expect.js';

/** As `useAuth().getToken` and `session.getToken` are at Clerk. */
type ClerkGetToken = (options?: {
  template?: string;
  organizationId?: string;
  leewayInSeconds?: number;
  skipCache?: boolean;
}) => Promise<string | null>;

export type Shapes = [
  Expect<Fits<ConvexClient, ConvexLike>>,
  Expect<Fits<ConvexReactClient, ConvexLike>>,
  Expect<Fits<ClerkGetToken, GetToken>>,
  Expect<Fits<FakeSource, TokenSource>>,
  Expect<Fits<TabAuth['fetchToken'], AuthTokenFetcher>>,
  Expect<Fits<TabAuth['fetch'], typeof globalThis.fetch>>,
];

export function wire(auth: TabAuth, getToken: ClerkGetToken): void {
  createTabAuth({ source: getToken, template: 'convex' });
  connectConvex(new ConvexClient('https://a.example'), auth) satisfies () => void;
  connectConvex(new ConvexReactClient('https://a.example'), auth, { template: 'convex', leewaySeconds: 2, onChange: () => {} });
  const { current, subscribe, dispose } = convexPerAccount(auth, (account) => {
    account.key satisfies string;
    return new ConvexReactClient('https://a.example');
  });
  current() satisfies ConvexReactClient;
  subscribe(() => {}) satisfies () => void;
  dispose();
  new ConvexClient('https://a.example').setAuth(auth.fetchToken);

  createTRPCClient({
    links: [
      httpLink({ url: '/trpc', headers: () => auth.headers() }),
      httpBatchLink({ url: '/trpc', headers: () => auth.peekHeaders(), fetch: auth.fetch }),
    ],
  });
  createClient('https://a.example', 'key', { accessToken: auth.accessToken, global: { fetch: auth.fetch } });
}

export async function tests(): Promise<readonly string[]> {
  const source = fakeSource({ accounts: [{ sessionId: null, userId: 'user_1' }], lifetimeMs: 1000, now: () => 0 });
  source.fault('reject', 2);
  source.minted satisfies number;
  // @ts-expect-error there is no such fault
  source.fault('slow');
  // @ts-expect-error a client without setAuth is none
  connectConvex({}, createTabAuth({ source }));
  return checkSource(source);
}
