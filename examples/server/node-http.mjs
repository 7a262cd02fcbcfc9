/** Node's own server. */
import { createServer } from 'node:http';
import { guard, varyOn } from 'tabpin/server';
import { resolve } from './jose.mjs';

export const server = createServer(async (req, res) => {
  const verdict = guard(req, await resolve(req.headers), { issuer: process.env.JWT_ISSUER });
  res.setHeader('cache-control', 'private, no-store').setHeader('vary', varyOn.join(', ')).setHeader('content-type', 'application/json');
  if (verdict.kind === 'refused') {
    console.warn('refused', verdict.code, verdict.diagnosis);
    res.writeHead(verdict.status, { 'www-authenticate': verdict.wwwAuthenticate }).end(JSON.stringify({ code: verdict.code }));
    return;
  }
  res.end(JSON.stringify({ user: verdict.kind === 'signed_in' ? verdict.userId : null }));
});
