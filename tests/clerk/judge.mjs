/** What the application's server saw, counted. */

/** Requests that ran as somebody other than whom their tab meant to be. */
export const wrong = ({ app }) => app.log.filter(({ status, want, sessionId }) => status === 200 && sessionId !== want);

/** Requests that ran as whom their tab meant to be. */
export const right = ({ app }) => app.log.filter(({ status, want, sessionId }) => status === 200 && sessionId === want);

/** What Clerk's stand-in has answered, as `call status`, oldest first. */
export const calls = ({ api }, from = 0) =>
  api.log
    .slice(from)
    .filter(({ status }) => status !== null)
    .map(({ call, status }) => `${call} ${status}`);

/** What a tab says of itself. */
export const state = (page) =>
  page.evaluate(() => {
    const { status, session, drifted, error } = kit.auth.getSnapshot();
    return { status, user: session?.userId ?? null, drifted, error: error?.code ?? null };
  });

/** The moment at which a tab has told an event of this type; past ones count. */
export const told = (page, type) => page.waitForFunction((wanted) => kit.events.some((event) => event.type === wanted), type);

/** Waits until a tab is in this status. */
export const becomes = (page, status) => page.waitForFunction((wanted) => kit.auth.getSnapshot().status === wanted, status);
