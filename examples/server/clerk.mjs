/** What Clerk makes of a request, verified without network. Its reason goes along, so that a refused cookie is not taken for none. */
import { createClerkClient } from '@clerk/backend';

const { CLERK_SECRET_KEY: secretKey, CLERK_PUBLISHABLE_KEY: publishableKey, CLERK_JWT_KEY: jwtKey } = process.env;
const clerk = createClerkClient({ secretKey, publishableKey, jwtKey });

export async function resolve(request) {
  const state = await clerk.authenticateRequest(request);
  const auth = state.toAuth();
  return { userId: auth?.userId ?? null, sessionId: auth?.sessionId, reason: state.reason };
}
