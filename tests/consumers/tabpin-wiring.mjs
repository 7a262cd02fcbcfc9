/** tabpin as the wiring of a `world.mjs` stage: what the README's quickstart does, plus a log of its events. */
import { createTabAuth } from 'tabpin';
import { connectConvex } from 'tabpin/convex';
import { createLog } from '../../www/servers/log.mjs';
import { createSource } from './source.mjs';

/** `row.auth` adds options of `createTabAuth`. Beyond a wiring's own methods it has `auth`, `source` and `events`. */
export const tabpinWiring = wiringOf({ createTabAuth, connectConvex });

/** The same with another copy of the package. */
export function wiringOf(copy) {
  return (world, row) => wire(copy, world, row);
}

function wire({ createTabAuth, connectConvex }, world, row) {
  const source = createSource(world.provider, { mint: world.mint });
  const auth = createTabAuth({ source, runtime: 'client', giveUpAfterMs: row.giveUpAfterMs, ...row.auth });
  const events = createLog();
  const stop = auth.on((event) => events.add(event));
  let detach = () => {};
  const wiring = {
    auth,
    source,
    events,
    connect() {
      detach = connectConvex(world.client, auth, { leewaySeconds: world.leewaySeconds });
    },
    reconnect() {
      detach();
      wiring.connect();
    },
    signOut: () => auth.signOut(),
    switchTo: (sessionId) => source.switchTo(sessionId),
    async failed() {
      const { error } = await events.until(({ type }) => type === 'gave_up', { ms: 30_000 });
      return `${error.message} ${error.suggestion}`;
    },
    dispose() {
      stop();
      detach();
      auth.dispose();
    },
  };
  return wiring;
}
