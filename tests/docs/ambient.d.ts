/** What the README's snippets take for granted: an application around them. */
import type { Clerk } from '@clerk/clerk-js';
import type { TabAuth, TokenSource } from 'tabpin';

declare global {
  const clerk: Clerk;
  const auth: TabAuth;
  const source: TokenSource;
  const keys: { readonly secretKey: string; readonly publishableKey: string; readonly jwtKey: string };
  const tokenInThePage: string | null;
  function show(client: object): void;
  interface ImportMeta {
    readonly env: { readonly VITE_CONVEX_URL: string };
  }
}
