/**
 * What a server saw, as an array that can be waited on.
 *
 * `createLog()` returns a real array (so that it can be filtered, counted and sent as JSON) with three more methods:
 * - `add(entry)` stamps `at` (wall-clock ms), appends, and wakes whoever waits; the oldest entries go beyond `limit`;
 * - `until(predicate, { ms, from })` resolves with the first entry that matches, past ones from index `from` on included,
 *   and rejects after the hard deadline `ms`; its timer alone keeps no process alive;
 * - `on(listener)` is called with every new entry; the returned function stops that.
 *
 * Entries hold ids, claims and outcomes. Whoever adds one keeps token text out of it.
 */
export function createLog({ limit = 5000, now = Date.now } = {}) {
  const entries = [];
  const listeners = new Set();

  const on = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };

  const add = (entry) => {
    const stamped = { at: now(), ...entry };
    entries.push(stamped);
    if (entries.length > limit) entries.splice(0, entries.length - limit);
    for (const listener of [...listeners]) listener(stamped);
    return stamped;
  };

  const until = (predicate, { ms = 10_000, from = 0 } = {}) => {
    const past = entries.slice(from).find(predicate);
    if (past) return Promise.resolve(past);
    const asked = new Error(`No matching entry within ${ms} ms.`);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        off();
        reject(asked);
      }, ms);
      timer.unref();
      const off = on((entry) => {
        if (!predicate(entry)) return;
        off();
        clearTimeout(timer);
        resolve(entry);
      });
    });
  };

  for (const [name, value] of Object.entries({ add, until, on })) {
    Object.defineProperty(entries, name, { value });
  }
  return entries;
}
