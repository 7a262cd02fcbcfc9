/** Clerk as it types itself fits what the source takes. */
import type { Clerk as ClerkJs } from '@clerk/clerk-js';
import { ClerkProvider, useClerk } from '@clerk/react';
import type { Clerk, LoadedClerk } from '@clerk/react/types';
import { createTabAuth, type TokenSource } from 'tabpin';
import { clerkSource, initialSession, type ClerkLike, type ClerkSessionLike } from 'tabpin/clerk';
import type { Expect, Fits } from './expect.js';

type Session = NonNullable<LoadedClerk['session']>;
type Provider = Parameters<typeof ClerkProvider>[0];

export type Shapes = [
  Expect<Fits<ClerkJs, ClerkLike>>,
  Expect<Fits<Clerk, ClerkLike>>,
  Expect<Fits<LoadedClerk, ClerkLike>>,
  Expect<Fits<ReturnType<typeof useClerk>, ClerkLike>>,
  Expect<Fits<Session, ClerkSessionLike>>,
  Expect<Fits<ReturnType<typeof clerkSource>, TokenSource>>,
  Expect<Fits<ReturnType<typeof initialSession>, NonNullable<Provider['selectInitialSession']>>>,
];

export async function wire(clerk: ClerkJs, loaded: LoadedClerk, late: () => ClerkJs | undefined): Promise<void> {
  createTabAuth({ source: clerkSource(clerk) });
  createTabAuth({ source: clerkSource(loaded), template: 'convex' });
  createTabAuth({ source: clerkSource(late) });
  createTabAuth({ source: clerkSource(() => null) });
  createTabAuth({ source: clerkSource(useClerk()) });
  await clerk.load({ selectInitialSession: initialSession() });
  await clerk.load({ selectInitialSession: initialSession({ namespace: undefined }) });
  // @ts-expect-error Clerk's `useAuth()` tells of no other session
  clerkSource({ getToken: async () => null });
  // @ts-expect-error the namespace is text
  initialSession({ namespace: 5 });
}
