import { storedPin } from '../page.js';

/**
 * For `Clerk.load({ selectInitialSession })` and `<ClerkProvider selectInitialSession>`: after a reload the pin decides,
 * without touching the server. The pinned session, else another one of the same user, else none. Without a pin, Clerk's
 * own choice: the session that was active last in this browser.
 */
export function initialSession(
  options: { readonly namespace?: string | undefined } = {},
): <S extends { readonly id: string }>(client: {
  readonly signedInSessions: readonly S[];
  readonly lastActiveSessionId: string | null;
}) => S | null {
  return ({ signedInSessions: all, lastActiveSessionId }) => {
    const last = all.find(({ id }) => id === lastActiveSessionId);
    const pin = storedPin(options.namespace ?? 'default');
    if (!pin) return last ?? all[0] ?? null;
    const { sessionId, userId } = pin.session;
    const isUsers = (session: object) => (session as { user?: { id?: unknown } | null }).user?.id === userId;
    return all.find(({ id }) => id === sessionId) ?? (last && isUsers(last) ? last : all.find(isUsers)) ?? null;
  };
}
