/**
 * A Fetch-API handler: at the edge as it is, in Next.js `export { handle as GET, handle as POST }` from a route,
 * in SvelteKit `export const GET = ({ request }) => handle(request)`.
 */
import { guard, varyOn } from 'tabpin/server';
import { resolve } from './clerk.mjs';

const personal = { 'cache-control': 'private, no-store', vary: varyOn.join(', ') };

export async function handle(request) {
  const verdict = guard(request, await resolve(request), { issuer: process.env.JWT_ISSUER });
  if (verdict.kind === 'refused') {
    console.warn('refused', verdict.code, verdict.diagnosis);
    const { code, status, wwwAuthenticate } = verdict;
    return Response.json({ code }, { status, headers: { ...personal, 'www-authenticate': wwwAuthenticate } });
  }
  return Response.json({ user: verdict.kind === 'signed_in' ? verdict.userId : null }, { headers: personal });
}
