import { cookieSession, cookieSuffix } from './clerk/cookies.js';
import { Hub, isMadeUp } from './clerk/hub.js';
import { Minter } from './clerk/minter.js';
import type { ClerkLike, ClerkSessionLike } from './clerk/types.js';
import { attempt } from './attempt.js';
import type { SessionRef, TokenSource } from './types.js';

export { initialSession } from './clerk/initial.js';
export type * from './clerk/types.js';

type Ready = ClerkLike & { readonly client: NonNullable<ClerkLike['client']> };

const refOf = ({ id, user, createdAt }: ClerkSessionLike): SessionRef => ({
  sessionId: id,
  userId: user?.id as string,
  ...(createdAt && { startedAt: createdAt.getTime() }),
});

/** Clerk as a source. The instance, or a function for one that loads late or not at all (on a server). */
export function clerkSource(clerk: ClerkLike | (() => ClerkLike | null | undefined)): TokenSource {
  const given = typeof clerk === 'function' ? clerk : () => clerk;
  /** Objects, not ids: should the server list such a session again, Clerk makes a new object for it. */
  const gone = new WeakSet<object>();
  const suffixes = new Map<string, string | undefined>();

  const known = (): Ready | undefined => {
    hub.follow();
    const found = attempt(given);
    return found?.loaded && found.client && !isMadeUp(found.client) ? (found as Ready) : undefined;
  };
  const isAlive = (session: ClerkSessionLike) => session.user !== null && !gone.has(session);
  const list = (ready: Ready) => ready.client.signedInSessions.filter(isAlive);
  /** Session objects are replaced again and again, so they are looked up anew each time. */
  const find = (ready: Ready | undefined, { sessionId }: SessionRef): ClerkSessionLike | undefined =>
    ready &&
    [ready.session, ...list(ready)].flatMap((session) => session ?? []).find((session) => session.id === sessionId && isAlive(session));
  const listed = (session: SessionRef): [Ready, ClerkSessionLike] => {
    const ready = known();
    const found = find(ready, session);
    if (ready && found) return [ready, found];
    throw Object.assign(new Error('Clerk does not list the session.'), { code: 'session_not_listed' });
  };

  const current = (): SessionRef | null | undefined => {
    const session = known()?.session;
    if (session === null || (session && gone.has(session))) return null;
    return session?.user ? refOf(session) : undefined;
  };
  const sessions = () => {
    const ready = known();
    return ready && list(ready).map(refOf);
  };
  const ambient = () => {
    const key = attempt(given)?.publishableKey;
    if (key !== undefined && !suffixes.has(key)) {
      suffixes.set(key, undefined);
      void cookieSuffix(key).then((suffix) => (suffixes.set(key, suffix), hub.changed()));
    }
    return cookieSession(key === undefined ? undefined : suffixes.get(key));
  };
  const variant = (session: SessionRef) => {
    const { lastActiveOrganizationId: organization, user, actor } = find(known(), session) ?? {};
    const role = user?.organizationMemberships?.find((membership) => membership.organization.id === organization)?.role;
    const parts = [organization, role, actor && JSON.stringify(actor)].map((part) => part ?? '');
    return parts.some(Boolean) ? parts.join(' ') : undefined;
  };
  const select = async (session: SessionRef) => {
    const [ready, { id }] = listed(session);
    // Asked for a session that it does not list, `setActive` signs out.
    if (ready.session?.id !== id) await ready.setActive?.({ session: id });
  };

  const hub = new Hub(given, () => {
    const all = sessions();
    const variants = all?.map((session) => variant(session) ?? null);
    return JSON.stringify({ current: current(), sessions: all, variants, ambient: ambient() });
  });
  const minter = new Minter(({ id }) => {
    const ready = known();
    for (const session of [ready?.session, ...(ready?.client.signedInSessions ?? [])]) if (session?.id === id) gone.add(session);
    hub.changed();
  });

  return {
    perTab: true,
    current,
    sessions,
    ambient,
    variant,
    select,
    subscribe: (listener) => hub.subscribe(listener),
    async getToken(request) {
      const ready = known();
      if (!ready || ready.session === undefined) return undefined;
      const session = request.session ?? current();
      const found = session && find(ready, session);
      if (!found) return null;
      if (request.template !== undefined || ready.session?.id === found.id) return minter.mint(found, request);
      // Asked for the default token of a session that is not current, Clerk writes it into the shared cookie: so it is
      // made current first. If the user has switched this very moment, nobody wants the token any more.
      hub.changed();
      await undefined;
      if (request.signal.aborted) return undefined;
      await select(session);
      const now = known()?.session;
      return now?.id === found.id ? minter.mint(now, request) : undefined;
    },
    async reload(session) {
      await listed(session)[1].reload?.();
    },
    async signOut(session) {
      const [ready, { id }] = listed(session);
      await ready.signOut?.({ sessionId: id });
    },
  };
}
