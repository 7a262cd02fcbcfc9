/** Run in a page before the package loads: mock time, and a count of everything that could be left behind. */
export function prepareSoak() {
  const START = 1_800_000_000_000;
  let elapsed = 0;
  let last = 0;
  const timers = new Map();
  Date.now = () => START + Math.floor(elapsed);
  performance.now = () => elapsed;
  globalThis.setTimeout = (call, ms = 0) => {
    timers.set((last += 1), { call, due: elapsed + Math.max(0, ms) });
    return last;
  };
  globalThis.clearTimeout = (id) => void timers.delete(id);

  const open = { listeners: 0, channels: 0, memories: [] };
  const live = new WeakMap();
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  const keyOf = (type, options) => `${type} ${Boolean(typeof options === 'object' ? options?.capture : options)}`;
  const forget = (target, type, listener, options) => {
    if (live.get(target)?.get(keyOf(type, options))?.delete(listener)) open.listeners -= 1;
  };
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    // An abort signal goes with its request, and its listeners with it; what stays is seen in the heap.
    if (!(this instanceof AbortSignal)) {
      if (!live.has(this)) live.set(this, new Map());
      const types = live.get(this);
      const set = types.get(keyOf(type, options)) ?? new Set();
      types.set(keyOf(type, options), set);
      if (!set.has(listener)) open.listeners += 1;
      set.add(listener);
    }
    return addEventListener.call(this, type, listener, options);
  };
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    forget(this, type, listener, options);
    return removeEventListener.call(this, type, listener, options);
  };

  const { close } = BroadcastChannel.prototype;
  globalThis.BroadcastChannel = class extends BroadcastChannel {
    constructor(name) {
      super(name);
      open.channels += 1;
    }
    close() {
      open.channels -= 1;
      return close.call(this);
    }
  };
  const { Instance } = WebAssembly;
  WebAssembly.Instance = function (...parts) {
    const instance = new Instance(...parts);
    for (const part of Object.values(instance.exports)) if (part instanceof WebAssembly.Memory) open.memories.push(new WeakRef(part));
    return instance;
  };

  const channel = new MessageChannel();
  let go;
  channel.port1.onmessage = () => go();
  /** Lets everything that is ready run: promises, messages, what the browser answers. */
  const breathe = () =>
    new Promise((resolve) => {
      go = resolve;
      channel.port2.postMessage(null);
    });

  globalThis.soak = {
    timers,
    breathe,
    now: () => Date.now(),
    /** Moves the time to the next timer, and fires it. */
    step() {
      let first;
      for (const [id, timer] of timers) if (!first || timer.due < first[1].due) first = [id, timer];
      timers.delete(first[0]);
      elapsed = Math.max(elapsed, first[1].due);
      first[1].call();
    },
    async count() {
      const { held, pending } = await navigator.locks.query();
      // What nobody holds any more, after the garbage is collected, is none.
      const memory = open.memories.flatMap((memory) => memory.deref()?.buffer.byteLength ?? []);
      return { memory, listeners: open.listeners, channels: open.channels, locks: held.length + pending.length, timers: timers.size };
    },
  };
}

/**
 * Makes an instance in the page, and with `company` another one that shares tokens with it. `soak.until(count)` goes on
 * until that many tokens were minted, and tells how many were taken and failed; every fiftieth time applications ask as well.
 */
export async function startSoak({ company }) {
  const { createTabAuth } = await import('/dist/index.js');
  const session = { sessionId: 'sess_ada', userId: 'user_ada' };
  const part = (value) => btoa(JSON.stringify(value)).replace(/[+/=]/g, (c) => ({ '+': '-', '/': '_' })[c] ?? '');
  const head = part({ alg: 'RS256', typ: 'JWT' });
  const tail = 'x'.repeat(342);
  let minted = 0;
  const getToken = () => {
    minted += 1;
    const iat = Math.floor(soak.now() / 1000);
    return Promise.resolve(
      `${head}.${part({ sub: session.userId, sid: session.sessionId, iat, exp: iat + 60, jti: `${minted}` })}.${tail}`,
    );
  };
  const make = () => createTabAuth({ source: { current: () => session, getToken }, template: 'app' });
  const auths = company ? [make(), make()] : [make()];
  const seen = [0, 0];
  auths.forEach((auth, index) => auth.on('token', () => (seen[index] += 1)));
  let waiting = 0;
  const wait = (promise) => {
    const done = () => void (waiting -= 1);
    waiting += 1;
    promise.then(done, done);
  };
  const turn = async () => {
    if (soak.timers.size > 0) soak.step();
    await soak.breathe();
  };
  auths.forEach((auth) => wait(auth.getToken()));
  soak.until = async (count) => {
    while (minted < count) {
      await turn();
      if (minted % 50 > 0) continue;
      const controller = new AbortController();
      wait(auths[0].getToken({ forceRefresh: true, signal: controller.signal }));
      controller.abort();
      for (const auth of auths) for (const ask of [auth.headers, auth.fetchToken, auth.getToken]) wait(ask());
    }
    while (waiting > 0) await turn();
    // A lock is let go of once the token that it was for is there; only where tabs wait for each other that takes time.
    for (let looks = 1; (await soak.count()).locks > 0; looks += 1) if (looks % 20 === 0) await turn();
    return { seen, failed: auths.map((auth) => auth.stats().failed) };
  };
}
