/** Express: every route behind this middleware knows its user, or a visitor. */
import express from 'express';
import { guard, varyOn } from 'tabpin/server';
import { resolve } from './jose.mjs';

export const app = express();

app.use(async (req, res, next) => {
  res.vary([...varyOn]).set('cache-control', 'private, no-store');
  const verdict = guard(req, await resolve(req.headers), { issuer: process.env.JWT_ISSUER });
  if (verdict.kind === 'refused') {
    console.warn('refused', verdict.code, verdict.diagnosis);
    res.status(verdict.status).set('www-authenticate', verdict.wwwAuthenticate).json({ code: verdict.code });
    return;
  }
  res.locals.userId = verdict.kind === 'signed_in' ? verdict.userId : null;
  next();
});
app.get('/api', (req, res) => res.json({ user: res.locals.userId }));
