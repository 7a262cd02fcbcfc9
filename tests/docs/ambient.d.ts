/** What the README's snippets take for granted: an application around them. */
import type { TabAuth, TokenSource } from 'tabpin';

type ClerkSession = {
  readonly id: string;
  readonly user: { readonly id: string } | null;
  readonly createdAt: Date;
  readonly lastActiveOrganizationId: string | null;
  getToken(options?: { template?: string; organizationId?: string; skipCache?: boolean }): Promise<string | null>;
};

declare global {
  /** As `@clerk/clerk-js` types it, as far as the snippets go. */
  const clerk: {
    readonly session: ClerkSession | null | undefined;
    readonly client: { readonly signedInSessions: ClerkSession[] } | undefined;
    addListener(callback: (resources: object) => void): () => void;
    setActive(params: { session: string | null }): Promise<void>;
    signOut(options: { sessionId: string }): Promise<void>;
  };
  const auth: TabAuth;
  const source: TokenSource;
  const tokenInThePage: string | null;
  function show(client: object): void;
  interface ImportMeta {
    readonly env: { readonly VITE_CONVEX_URL: string };
  }
}
