/** A foreign script on this origin: it takes every Web Lock that tabpin uses, as soon as it sees it, and keeps it. */
import { device } from './device.js';

const LOOK_MS = 20;

export function createHog() {
  const releases = new Map();
  let timer;

  async function look() {
    const { held, pending } = await navigator.locks.query();
    for (const { name } of [...held, ...pending]) if (name.startsWith('tabpin/') && timer && !releases.has(name)) take(name);
  }

  function take(name) {
    const ender = new AbortController();
    const lock = { had: false };
    const released = new Promise((resolve) => (lock.release = () => (ender.abort(), resolve())));
    releases.set(name, lock);
    const hold = () => {
      lock.had = true;
      return released;
    };
    navigator.locks.request(name, { signal: ender.signal }, hold).catch(() => {});
  }

  return {
    /** How many locks it holds. */
    held: () => [...releases.values()].filter(({ had }) => had).length,
    start() {
      timer ??= device.setInterval(look, LOOK_MS);
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
      for (const { release } of releases.values()) release();
      releases.clear();
    },
  };
}
