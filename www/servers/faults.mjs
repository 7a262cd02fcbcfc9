import { FLAWS } from './keys.mjs';

/** `offline` drops the connection, `slow` takes 3 s, `same` repeats the last token, `foreign` is another account's; for the rest see `FLAWS`. */
export const FAULTS = ['offline', '500', 'hang', 'same', 'foreign', 'null', 'slow', ...FLAWS];

/** A queue of faults: each `take()` uses one up. */
export function createFaults() {
  let queue = [];
  return {
    /** The next `times` takes give `kind`; `Infinity` until cleared. */
    add(kind, times = 1) {
      if (!FAULTS.includes(kind)) throw new RangeError(`Unknown fault "${kind}". Known: ${FAULTS.join(', ')}.`);
      if (times > 0) queue.push({ kind, times });
    },
    take() {
      const fault = queue[0];
      if (!fault) return undefined;
      fault.times -= 1;
      if (fault.times <= 0) queue.shift();
      return fault.kind;
    },
    clear() {
      queue = [];
    },
  };
}

/** What a caller meets when the connection drops, or the provider answers 500. */
export function failure(kind) {
  if (kind === 'offline') return Object.assign(new TypeError('Failed to fetch'), { code: 'offline' });
  return Object.assign(new Error('The provider answered 500.'), { status: 500 });
}

/** Waits `ms`, or for ever where null, and rejects as soon as `signal` is aborted. */
export function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = ms === null ? undefined : setTimeout(settle, ms);
    function settle() {
      signal.removeEventListener('abort', settle);
      clearTimeout(timer);
      if (signal.aborted) reject(new DOMException('The mint was given up.', 'AbortError'));
      else resolve();
    }
    signal.addEventListener('abort', settle);
    if (signal.aborted) settle();
  });
}
