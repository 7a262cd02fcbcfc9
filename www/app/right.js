/** The same traffic through tabpin. Everything below `startTraffic` only reports what tabpin says of itself. */
import { createTabAuth } from 'tabpin';
import { convexPerAccount } from 'tabpin/convex';
import { newConvex, newTrpc } from './clients.js';
import { device } from './device.js';
import { source } from './source.js';
import { startTraffic } from './traffic.js';

export function startRight(side, { beatMs, lifeMs }) {
  const leewaySeconds = lifeMs / 3000;
  const auth = createTabAuth({ source });
  const convex = convexPerAccount(auth, () => newConvex(side.id, { authRefreshTokenLeewaySeconds: leewaySeconds }), { leewaySeconds });
  const trpc = newTrpc(side.id, () => auth.headers());

  const expected = () => {
    const { status, session } = auth.getSnapshot();
    return status === 'unknown' ? undefined : status === 'signed_in' ? session.userId : null;
  };
  report(side, auth);
  startTraffic(side, beatMs, { convex: convex.current, trpc: () => trpc }, expected);
  return auth;
}

const STATUS = { signed_out: 'out', lost: 'lost', unknown: 'starting' };

function report(side, auth) {
  let account = null;
  const told = () => {
    const { status, accountKey } = auth.getSnapshot();
    if (accountKey !== account && account) side.left();
    account = accountKey;
    if (status !== 'signed_in') side.become(STATUS[status]);
    else if (side.status in { out: 1, lost: 1 }) side.become('starting');
  };
  auth.subscribe(told);
  auth.on((event) => {
    switch (event.type) {
      case 'token':
        return side.gotToken({
          userId: auth.getSnapshot().session?.userId ?? null,
          until: event.expiresAt - device.skewMs,
          origin: event.origin,
        });
      case 'refused':
        side.counts.refused += 1;
        return side.mark('refused', { code: event.error.code });
      case 'retry':
        return side.mark('retry', { code: event.error.code });
      case 'gave_up':
        return side.mark('refused', { code: event.error.code });
      default:
        return side.mark(event.type, { cause: event.cause });
    }
  });
  told();
}
