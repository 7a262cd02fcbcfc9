/**
 * A tRPC server that treats credentials as Clerk's backend does, and keeps a record of what arrived.
 *
 * `createTrpcServer({ provider })` returns
 * - `handler(req, res)` → whether it answered; it serves `[/label]/trpc/…`, with the label in the log;
 * - `router`: `whoami` (query: `{ userId, sessionId, carrier }`, null for a visitor), `notes.list` (query) and
 *   `notes.add` `{ text }` (mutation); the last two answer 401 to a visitor;
 * - `notes`: what was added, each with the `author` that it ran as;
 * - `log`: one entry per request, see `classify` in `carried.mjs`, with `path`, `method`, and the identity used:
 *   `userId`, `carrier` (`bearer`, `cookie` or null), `refused` (a code, where a credential was refused).
 *
 * The bearer comes first. A `Bearer` that is no valid token is refused and no cookie is consulted; anything else in its place
 * (no header, another scheme, `bearer` in lower case, an unknown marker alone) falls back to the `provider_session` cookie.
 */
import { initTRPC, TRPCError } from '@trpc/server';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { classify } from './carried.mjs';
import { createLog } from './log.mjs';
import { cookieSession } from './provider-http.mjs';

const TRPC_PATH = /^(?:\/([\w-]+))?\/trpc\//;

export function createTrpcServer({ provider }) {
  const log = createLog();
  const notes = [];
  const t = initTRPC.context().create();

  const open = t.procedure.use(({ ctx, next }) => {
    if (ctx.refused) throw new TRPCError({ code: 'UNAUTHORIZED', message: ctx.refused });
    return next();
  });
  const signedIn = open.use(({ ctx, next }) => {
    if (!ctx.userId) throw new TRPCError({ code: 'UNAUTHORIZED', message: 'signed_out' });
    return next();
  });

  const router = t.router({
    whoami: open.query(({ ctx: { userId, sessionId, carrier } }) => (userId ? { userId, sessionId, carrier } : null)),
    notes: t.router({
      list: signedIn.query(({ ctx }) => notes.filter(({ author }) => author === ctx.userId)),
      add: signedIn.input(parseNote).mutation(({ ctx, input }) => {
        const note = { author: ctx.userId, text: input.text };
        notes.push(note);
        return note;
      }),
    }),
  });

  const createContext = async ({ req }) => {
    const { pathname } = new URL(req.url, 'http://localhost');
    const identity = await identify(provider, req);
    log.add({
      path: pathname,
      label: TRPC_PATH.exec(req.originalPath ?? '')?.[1] ?? null,
      method: req.method,
      ...classify(req),
      ...identity,
    });
    return identity;
  };
  const serve = createHTTPHandler({ router, createContext, basePath: '/trpc/' });

  return {
    router,
    notes,
    log,
    handler(req, res) {
      const match = TRPC_PATH.exec(req.url);
      if (!match) return false;
      req.originalPath = req.url;
      if (match[1]) req.url = req.url.slice(match[1].length + 1);
      res.setHeader('cache-control', 'private, no-store');
      serve(req, res);
      return true;
    },
  };
}

function parseNote(input) {
  if (typeof input?.text !== 'string') throw new Error('A note needs a text.');
  return { text: input.text };
}

/** Who the request runs as; `refused` where it carries a credential that does not hold. */
async function identify(provider, req) {
  const { authorization } = req.headers;
  if (authorization?.startsWith('Bearer ')) {
    try {
      const claims = await provider.verify(authorization.slice('Bearer '.length));
      return { userId: claims.sub, sessionId: claims.sid ?? null, carrier: 'bearer', refused: null };
    } catch (error) {
      return { userId: null, sessionId: null, carrier: 'bearer', refused: error.code ?? 'refused' };
    }
  }
  const session = cookieSession(provider, req);
  return { userId: session?.userId ?? null, sessionId: session?.sessionId ?? null, carrier: session && 'cookie', refused: null };
}
