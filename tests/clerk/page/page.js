/**
 * A tab of an application. Its address says how it is wired:
 * `with=tabpin` creates `kit.auth`, else Clerk is alone; `hook=no` leaves out `selectInitialSession`.
 */
import { createTabAuth, decodeClaims, findTabAuthError } from '/dist/index.js';
import { clerkSource, initialSession } from '/dist/clerk.js';

const query = new URLSearchParams(location.search);
const tab = query.get('tab');
const withTabpin = query.get('with') === 'tabpin';

const kit = (globalThis.kit = { events: [], tabpin: { createTabAuth, clerkSource, initialSession, decodeClaims, findTabAuthError } });

kit.create = (source, options = {}) => {
  kit.auth = createTabAuth({ source, debug: (event) => kit.events.push(event), ...options });
  kit.auth.getSnapshot();
  return kit.auth;
};

kit.load = async () => {
  try {
    const hook = withTabpin && query.get('hook') !== 'no';
    await Clerk.load({ telemetry: false, ...(hook && { selectInitialSession: initialSession() }) });
  } catch (error) {
    kit.failed = error.message;
  }
};

/** Who the tab means to be: its pin, or Clerk's session where there is no tabpin. */
kit.me = () => (withTabpin ? kit.auth.getSnapshot().session?.sessionId : Clerk.session?.id) ?? null;

/** A request to the application's server; who it was taken for, or the code of why it was not sent. */
kit.ask = async (path = '/api/me', init = {}) => {
  const url = `${path}?${new URLSearchParams({ tab, want: kit.me() })}`;
  try {
    const response = await (withTabpin ? kit.auth.fetch(url, init) : fetch(url, init));
    return await response.json();
  } catch (error) {
    return { error: findTabAuthError(error)?.code ?? error.name };
  }
};

/** The session that the shared cookie means. */
kit.cookie = () => clerkSource(() => Clerk).ambient()?.sessionId ?? null;

if (withTabpin) kit.create(clerkSource(() => globalThis.Clerk));
