/**
 * A tab of an application. Its address says how it is wired:
 * `with=tabpin` creates `kit.auth`, else Clerk is alone; `hook=no` leaves out `selectInitialSession`; `script=no` leaves out Clerk; `template` and
 * `timeout` are options of `createTabAuth`.
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
    // As a single-page application routes: Clerk's redirect after a sign-out reloads nothing.
    const stay = () => undefined;
    await Clerk.load({ telemetry: false, routerPush: stay, routerReplace: stay, ...(hook && { selectInitialSession: initialSession() }) });
  } catch (error) {
    kit.failed = error.message;
  }
};

/** Who the tab means to be: its pin, or Clerk's session where there is no tabpin. */
kit.me = () => (withTabpin ? kit.auth.getSnapshot().session?.sessionId : Clerk.session?.id) ?? null;

/** The code of what was rejected. */
kit.codeOf = (error) => findTabAuthError(error)?.code ?? error.name;

/** A request to the application's server; who it was taken for, or the code of why it was not sent. */
kit.ask = async (path = '/api/me', init = {}) => {
  const url = `${path}?${new URLSearchParams({ tab, want: kit.me() })}`;
  try {
    const response = await (withTabpin ? kit.auth.fetch(url, init) : fetch(url, init));
    return await response.json();
  } catch (error) {
    return { error: kit.codeOf(error) };
  }
};

/** The same with a token in the header, as it is done without tabpin too. */
kit.askWithToken = async (path) =>
  kit.ask(path, withTabpin ? {} : { headers: { authorization: `Bearer ${await Clerk.session.getToken()}` } });

/** The session that the shared cookie means. */
kit.cookie = () => clerkSource(() => Clerk).ambient()?.sessionId ?? null;

/** Asks again and again until the cookie is not this tab's any more, and once more then; gives up when hung. */
kit.askUntilFlipped = async () => {
  const end = AbortSignal.timeout(30_000);
  do await kit.ask();
  while (kit.cookie() === kit.me() && !end.aborted);
  await kit.ask();
  end.throwIfAborted();
};

/** Switches as an application does. The cookie follows at once, what Clerk remembers of its owner with the next token. */
kit.switchTo = async (session) => {
  await Clerk.setActive({ session });
  await Clerk.session.getToken();
};

const [template, timeout] = [query.get('template'), query.get('timeout')];
const options = { ...(template && { template }), ...(timeout && { timeoutMs: Number(timeout) }) };
if (withTabpin)
  kit.create(
    clerkSource(() => globalThis.Clerk),
    options,
  );
