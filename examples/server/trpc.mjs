/** A tRPC context for HTTP, server-sent events and WebSockets. Public procedures refuse too: their answers are for visitors. */
import { initTRPC, TRPCError } from '@trpc/server';
import { guard } from 'tabpin/server';
import { resolve } from './clerk.mjs';

export async function createContext({ req, info: { connectionParams } }) {
  const { cookie, authorization = connectionParams?.authorization } = req.headers;
  const headers = { ...(cookie && { cookie }), ...(authorization && { authorization }) };
  const session = await resolve(new Request(new URL(req.url, 'http://localhost'), { method: req.method, headers }));
  return { verdict: guard(req, session, { connectionParams, viewerId: req.headers['x-viewer'], issuer: process.env.JWT_ISSUER }) };
}

const t = initTRPC.context().create();

export const publicProcedure = t.procedure.use(({ ctx: { verdict }, next }) => {
  if (verdict.kind !== 'refused') return next({ ctx: { userId: verdict.kind === 'signed_in' ? verdict.userId : null } });
  console.warn('refused', verdict.code, verdict.diagnosis);
  throw new TRPCError({ code: verdict.status === 403 ? 'FORBIDDEN' : 'UNAUTHORIZED', message: verdict.code });
});

export const signedInProcedure = publicProcedure.use(({ ctx, next }) => {
  if (ctx.userId === null) throw new TRPCError({ code: 'UNAUTHORIZED', message: 'signed_out' });
  return next();
});

export const { router } = t;
