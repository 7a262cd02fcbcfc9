/**
 * The device that the page runs on, as far as a page can play it: a clock that somebody set, and sleep.
 * What the page itself shows goes by the true clock and by timers that do not sleep: those exported here.
 */

/** Kept for all tabs, because they share the device's clock. */
const SKEW = 'harness-skew';

const { fetch, setTimeout, setInterval, clearTimeout, clearInterval } = Object.fromEntries(
  ['fetch', 'setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'].map((name) => [name, globalThis[name].bind(globalThis)]),
);
const wall = Date.now.bind(Date);
const skew = () => Number(localStorage.getItem(SKEW) ?? 0);

let skewMs = skew();
let until = null;
let held = [];

/** Now, or when the tab wakes; a timer is held once, however often it fired meanwhile. */
function later(call, timer) {
  if (until === null) return call();
  if (timer === undefined || !held.some((one) => one.timer === timer)) held.push({ call, timer });
}

const awake = () => new Promise((resolve) => later(resolve));

function sleepers() {
  for (const [name, start] of Object.entries({ setTimeout, setInterval })) {
    globalThis[name] = (call, ms, ...rest) => {
      const timer = start(() => later(() => call(...rest), timer), ms);
      return timer;
    };
  }
  for (const [name, stop] of Object.entries({ clearTimeout, clearInterval })) {
    globalThis[name] = (timer) => {
      stop(timer);
      held = held.filter((one) => one.timer !== timer || timer === undefined);
    };
  }
  globalThis.fetch = async (...request) => {
    await awake();
    const response = await fetch(...request);
    await awake();
    return response;
  };
  for (const [{ prototype }, names] of [
    [WebSocket, ['onopen', 'onmessage', 'onclose', 'onerror']],
    [BroadcastChannel, ['onmessage']],
  ]) {
    for (const name of names) {
      const { get, set } = Object.getOwnPropertyDescriptor(prototype, name);
      const wrap = (target, listener) => listener && ((event) => later(() => listener.call(target, event)));
      Object.defineProperty(prototype, name, {
        get,
        set(listener) {
          set.call(this, wrap(this, listener));
        },
      });
    }
  }
}

sleepers();
Date.now = () => wall() + skewMs;
addEventListener('storage', () => (skewMs = skew()));

export const device = {
  /** The true time, wall-clock ms. */
  now: wall,
  setInterval,

  /** How far the device's clock is ahead, ms. */
  get skewMs() {
    return skewMs;
  },

  /** Sets the clock, for every tab. */
  setSkew(ms) {
    localStorage.setItem(SKEW, String(ms));
    skewMs = ms;
  },

  /** When this tab wakes, true time; null while it is awake. */
  get asleepUntil() {
    return until;
  },

  /** Timers, requests and messages of this tab stand still for so long, then all come at once. As with a closed lid, nobody is told. */
  async sleep(ms) {
    until = wall() + ms;
    await new Promise((resolve) => setTimeout(resolve, ms));
    until = null;
    while (held.length > 0) held.shift().call();
  },

  /** As it was before anybody pressed anything. */
  reset: () => localStorage.removeItem(SKEW),
};
