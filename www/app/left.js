/** The usual wiring, as it is written in most projects: one server-rendered token, used until it is refused. */
import { newConvex, newTrpc } from './clients.js';
import { lifeOf } from './life.js';
import { provider } from './provider.js';
import { startTraffic } from './traffic.js';

/** Starts the left side with what the server rendered; null means that nobody was signed in then. */
export function startLeft(side, rendered, { beatMs }) {
  if (!rendered) return side.become('out');
  const { token, account } = rendered;

  const convex = newConvex(side.id);
  convex.setAuth(async () => token);
  const trpc = newTrpc(side.id, { authorization: `Bearer ${token}` });
  const byCookie = newTrpc(side.id);

  side.gotToken({ userId: account.userId, until: lifeOf(token).until, origin: 'initial' });
  startTraffic(side, beatMs, { convex: () => convex, trpc: () => trpc, cookie: () => byCookie }, () => account.userId);
}

/** What a server would have put into the page for the cookie's account; a fault of the provider's is waited out. */
export async function render() {
  const account = provider.known.current;
  while (account) {
    const token = await provider.mint({ session: account, skipCache: true }).catch(() => null);
    if (token) return { account, token };
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return null;
}
