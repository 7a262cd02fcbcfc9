import type { TokenRequest } from '../types.js';
import type { ClerkSessionLike } from './types.js';

/** So many calls of Clerk's for one token may be under way. The second is for a first that hangs. */
const AT_ONCE = 2;
/** Clerk tries for up to 162 s, and nothing can call it off. What takes longer, ms, has been lost. */
const LOST_AFTER = 180_000;

type Refusal = { readonly status?: unknown; readonly errors?: unknown; readonly code?: unknown; readonly retryAfter?: unknown };

const statusOf = (error: unknown) => (Object(error) as Refusal).status;

/** Clerk says `retryAfter` in seconds, a source in milliseconds. */
function inMilliseconds(error: unknown): unknown {
  const { status, errors, code, retryAfter } = Object(error) as Refusal;
  if (typeof retryAfter !== 'number') return error;
  return Object.assign(new Error('Clerk asks to wait.', { cause: error }), { status, errors, code, retryAfter: 1000 * retryAfter });
}

/**
 * Asks Clerk for tokens. What is asked for cannot be called off: Clerk goes on trying, and where the API refuses even
 * its client, it asks in a loop. So what it has not settled yet counts, and beyond two nothing more is asked.
 */
export class Minter {
  readonly #running = new Map<string, number[]>();

  constructor(readonly isGone: (session: ClerkSessionLike) => void) {}

  /** undefined = enough is under way. */
  async mint(session: ClerkSessionLike, { template, skipCache }: TokenRequest): Promise<string | null | undefined> {
    const key = JSON.stringify([session.id, template]);
    const now = Date.now();
    const running = (this.#running.get(key) ?? []).filter((since) => now - since < LOST_AFTER);
    if (running.length >= AT_ONCE) return undefined;
    this.#running.set(key, [...running, now]);
    try {
      return await session.getToken({ ...(template === undefined ? {} : { template }), skipCache });
    } catch (error) {
      if (statusOf(error) !== 404 || !(await hasEnded(session))) throw inMilliseconds(error);
      this.isGone(session);
      return null;
    } finally {
      const left = this.#running.get(key) ?? [];
      left.splice(left.indexOf(now), 1);
    }
  }
}

/** A 404 means the session or the template: only of a session does a reload say the same. */
async function hasEnded(session: ClerkSessionLike): Promise<boolean> {
  try {
    await session.reload?.();
    return false;
  } catch (error) {
    return statusOf(error) === 404;
  }
}
