/** Hono, for pages of another origin too. */
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { allowHeaders, guard, varyOn } from 'tabpin/server';
import { resolve } from './clerk.mjs';

export const app = new Hono();

app.use(cors({ origin: process.env.APP_ORIGIN, credentials: true, allowHeaders: [...allowHeaders], exposeHeaders: ['www-authenticate'] }));
app.use(async (c, next) => {
  c.header('cache-control', 'private, no-store');
  c.header('vary', varyOn.join(', '), { append: true });
  const verdict = guard(c.req.raw, await resolve(c.req.raw), { issuer: process.env.JWT_ISSUER });
  if (verdict.kind === 'refused') {
    console.warn('refused', verdict.code, verdict.diagnosis);
    return c.json({ code: verdict.code }, verdict.status, { 'www-authenticate': verdict.wwwAuthenticate });
  }
  c.set('userId', verdict.kind === 'signed_in' ? verdict.userId : null);
  await next();
});
app.get('/api', (c) => c.json({ user: c.get('userId') }));
