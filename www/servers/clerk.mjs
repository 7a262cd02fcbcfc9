/**
 * A stand-in for Clerk's Frontend API, which the real `@clerk/clerk-js` takes for it. Served under `/__clerk/`, so a page
 * gives clerk-js `publishableKey` and `proxyUrl: <origin>/__clerk`. Signatures are real (RS256): the real
 * `@clerk/backend` verifies them with `jwtKey`.
 *
 * `createClerkApi({ lifetimeSeconds = 25, templates, shareTokens = 'active', keys })` returns
 * - `handler(req, res)` → whether the path was its own;
 * - `signIn`, `end`, `addOrganization`, `setMetadata`, `live` …: see `clerk-model.mjs`;
 * - `fault(kind, { on = 'tokens', sessionId, template, times = 1 })` and `clear()`: what the next matching calls meet;
 * - `log`: an entry for each call, `{ call, sessionId, template, skipCache, status, fault, tab }`, first with status null
 *   when it arrives and again when it is answered; `tab` is `?tab=` of the page that asked;
 * - `peak(call)`: how many such calls have been under way at once since `clear()`; `release()` ends every hang.
 *
 * `shareTokens`: which sessions come with a `last_active_token`; `active`, `all`, or `none`.
 */
import { createHash } from 'node:crypto';
import { createKeys } from './keys.mjs';
import { createModel } from './clerk-model.mjs';
import { environment } from './clerk-environment.mjs';
import { createLog } from './log.mjs';

/** `drop` closes the connection, `hang` never answers, `swapped` is another session's token; numbers are statuses. */
const CLERK_FAULTS = ['drop', 'hang', 'swapped', '401', '403', '404', '429', '500'];

const CODES = { 401: 'authentication_invalid', 403: 'forbidden', 404: 'resource_not_found', 429: 'too_many_requests', 500: 'internal' };
const HOST = 'clerk.app.example';
const PREFIX = '/__clerk/v1/';

export function createClerkApi({ lifetimeSeconds = 25, templates = {}, shareTokens = 'active', keys = createKeys() } = {}) {
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const issuer = `https://${HOST}`;
  const publishableKey = `pk_live_${Buffer.from(`${HOST}$`).toString('base64')}`;
  const suffix = createHash('sha1').update(publishableKey).digest('base64url').slice(0, 8);
  const model = createModel({ keys, issuer, lifetimeSeconds, templates, shareTokens, now });
  const log = createLog();
  const hanging = new Set();
  const running = new Map();
  const peaks = new Map();
  let faults = [];

  const takeFault = (call) => {
    const fits = ({ on, sessionId, template }) =>
      [on].flat().some((name) => name === call.call || name === '*') &&
      (sessionId === undefined || sessionId === call.sessionId) &&
      (template === undefined || template === call.template);
    const fault = faults.find(fits);
    if (fault && --fault.times <= 0) faults = faults.filter((other) => other !== fault);
    return fault?.kind ?? null;
  };

  const answers = {
    dev_browser: () => ({ id: 'dvb_1' }),
    environment: () => environment,
    client: async ({ azp }) => ({ response: await model.clientJson(azp), client: null }),
    removeAll: async ({ azp }) => {
      model.endAll();
      return piggyback(await model.clientJson(azp), azp);
    },
    session: ({ session, azp }) => sessionAnswer(session, azp),
    touch: ({ session, body, azp }) => {
      model.activate(session.id, body.has('active_organization_id') ? body.get('active_organization_id') : undefined);
      return sessionAnswer(session, azp);
    },
    remove: ({ session, azp }) => {
      model.end(session.id);
      return sessionAnswer(session, azp);
    },
    tokens: async ({ session, template, body, azp, fault }) => {
      const other = model.live().find(({ id }) => id !== session.id);
      const organizationId = body.get('organization_id') || (body.has('organization_id') ? null : undefined);
      const jwt = await model.mint((fault === 'swapped' && other) || session, { template, organizationId, azp });
      return jwt === null ? failure(404, 'The JWT template does not exist.') : { object: 'token', jwt };
    },
  };
  const piggyback = async (response, azp) => ({ response, client: await model.clientJson(azp) });
  const sessionAnswer = async (session, azp) => piggyback(await model.sessionJson(session, azp), azp);

  async function serve(req, res, call, url) {
    const note = (status, fault = null) => log.add({ ...call, status, fault, tab: tabOf(req) });
    const fault = takeFault(call);
    const held = fault === 'hang' && hang(res);
    note(null);
    running.set(call.call, (running.get(call.call) ?? 0) + 1);
    peaks.set(call.call, Math.max(peaks.get(call.call) ?? 0, running.get(call.call)));
    res.once('close', () => running.set(call.call, running.get(call.call) - 1));
    const body = new URLSearchParams(await text(req));
    if (fault === 'drop') {
      note(0, fault);
      return res.destroy();
    }
    await held;
    let answer;
    const session = call.sessionId === undefined ? undefined : model.session(call.sessionId);
    if (Number(fault)) answer = failure(Number(fault), 'As asked for.');
    else if (call.sessionId !== undefined && session?.status !== 'active') answer = failure(session?.answer ?? 404, 'No such session.');
    else answer = await answers[call.call]({ ...call, session, body, fault, azp: url.origin });
    const status = answer.errors ? answer.status : 200;
    note(status, fault);
    const since = model.live().length > 0 ? Math.floor(model.changed() / 1000) : 0;
    res.writeHead(status, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'set-cookie': ['__client_uat', `__client_uat_${suffix}`].map((name) => `${name}=${since}; Path=/; SameSite=Lax`),
      ...(status === 429 && { 'retry-after': '1' }),
    });
    res.end(JSON.stringify(answer));
  }

  const hang = (res) =>
    new Promise((resolve) => {
      hanging.add(resolve);
      res.once('close', resolve);
    });

  return {
    ...model,
    keys,
    issuer,
    log,
    publishableKey,
    fault(kind, { on = 'tokens', sessionId, template, times = 1 } = {}) {
      if (!CLERK_FAULTS.includes(kind)) throw new RangeError(`Unknown fault "${kind}". Known: ${CLERK_FAULTS.join(', ')}.`);
      faults.push({ kind, on, sessionId, template, times });
    },
    /** Sets the server's clock `seconds` ahead of this machine's. */
    skew(seconds) {
      ahead = 1000 * seconds;
    },
    release() {
      for (const end of hanging) end();
      hanging.clear();
    },
    clear() {
      faults = [];
      peaks.clear();
      this.release();
    },
    peak: (call) => peaks.get(call) ?? 0,
    handler(req, res) {
      const url = new URL(req.url, `http://${req.headers.host}`);
      if (!url.pathname.startsWith(PREFIX)) return false;
      const call = route(req.method, url);
      if (call) serve(req, res, call, url).catch(() => res.destroy());
      else res.writeHead(404).end();
      return true;
    },
  };
}

const failure = (status, message) => ({ status, errors: [{ code: CODES[status], message, long_message: message, meta: {} }] });

/** The call that a request is; clerk-js sends every method but GET as POST, with the method in `_method`. */
function route(sent, url) {
  const method = url.searchParams.get('_method') ?? sent;
  const [first, second, id, action = 'session', template] = url.pathname.slice(PREFIX.length).split('/').map(decodeURIComponent);
  if (first === 'dev_browser' || first === 'environment') return { call: first };
  if (first !== 'client') return null;
  if (second === undefined) return { call: 'client' };
  if (second !== 'sessions') return null;
  if (id === undefined) return method === 'DELETE' ? { call: 'removeAll' } : null;
  const call = action === 'end' ? 'remove' : action;
  if (!['session', 'touch', 'remove', 'tokens'].includes(call)) return null;
  const skipCache = url.searchParams.get('debug') === 'skip_cache';
  return { call, sessionId: id, ...(call === 'tokens' && { template, skipCache }) };
}

function tabOf(req) {
  try {
    return new URL(req.headers.referer).searchParams.get('tab');
  } catch {
    return null;
  }
}

async function text(req) {
  let body = '';
  for await (const chunk of req) body += chunk;
  return body;
}
