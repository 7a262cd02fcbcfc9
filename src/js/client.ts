import { aborted, TabAuthError } from './errors.js';
import { decodeClaims } from './free.js';
import { Listeners } from './listeners.js';
import { load, type Core } from './load.js';
import type { Settings } from './options.js';
import { Tokens } from './tokens.js';
import type { Claims, SessionRef, Snapshot, TabAuthErrorInfo, TabAuthEvent } from './types.js';

type Tab = InstanceType<Core['Tab']>;

/** Who asks; the numbers are the core's. */
export const Style = { token: 0, access: 1, fetch: 2, ready: 3, claims: 4 } as const;

type Waiter = {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly predicate?: ((claims: Claims) => boolean) | undefined;
  claims?: Claims;
};

export type AskOptions = {
  readonly forced?: boolean | undefined;
  readonly replaces?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | null | undefined;
  readonly predicate?: ((claims: Claims) => boolean) | undefined;
};

/** One generation of the pin, as far as JavaScript keeps it. */
export type Generation = { id: number; key: string; session: SessionRef | null; readonly ender: AbortController };

export const unknownSnapshot = (error: TabAuthErrorInfo | null): Snapshot =>
  Object.freeze({
    status: 'unknown',
    session: null,
    sessions: null,
    multiSession: null,
    drifted: false,
    online: true,
    accountKey: null,
    error,
  });

const generation = (id: number): Generation => ({ id, key: '', session: null, ender: new AbortController() });

/** Joins the core to promises, listeners and token text. Nothing here decides: it asks, and passes answers on. */
export class Client {
  readonly tokens = new Tokens();
  readonly changes = new Listeners<[]>();
  readonly events = new Listeners<[TabAuthEvent]>();
  readonly generations = new Listeners<[Generation]>();
  readonly #waiters = new Map<number, Waiter>();
  #last = 0;
  #tab: Tab | undefined;
  #snapshot = unknownSnapshot(null);
  #now = generation(0);
  #disposed = false;

  constructor(readonly settings: Settings) {
    const { debug } = settings;
    if (debug) this.events.add(debug === true ? (event) => console.debug('tabpin', event) : debug);
  }

  /** The core's instance; the first use makes it and wakes it. Throws `wasm_unavailable`. */
  tab(): Tab {
    if (this.#tab) return this.#tab;
    const core = load();
    const tab = new core.Tab(this.settings, this.settings.source, this);
    this.#tab = tab;
    if (this.#disposed) {
      tab.dispose();
      return tab;
    }
    tab.start();
    if (this.settings.initialToken) tab.seed(this.settings.initialToken);
    return tab;
  }

  /** The generation that this tab has now. */
  now(): Generation {
    return this.#now;
  }

  getSnapshot(): Snapshot {
    try {
      this.tab();
    } catch (error) {
      const { code, message, suggestion, retryable } = error as TabAuthError;
      if (!this.#snapshot.error) this.#snapshot = unknownSnapshot({ code, message, suggestion, retryable });
    }
    return this.#snapshot;
  }

  /** Asks the core; the promise settles when the core says so. */
  ask(account: number, template: number, style: number, options: AskOptions = {}): Promise<unknown> {
    const { forced = false, replaces = 0, timeoutMs = -1, signal, predicate } = options;
    if (signal?.aborted) return Promise.reject(aborted(signal.reason));
    return this.wait((id, tab) => {
      tab.ask(id, account, template, style, forced, replaces, timeoutMs);
      if (!signal || !this.#waiters.has(id)) return;
      const cancel = () => {
        this.#waiters.get(id)?.reject(aborted(signal.reason));
        this.#waiters.delete(id);
        tab.cancel(id);
      };
      signal.addEventListener('abort', cancel, { once: true });
      return () => signal.removeEventListener('abort', cancel);
    }, predicate);
  }

  /** A promise under a number by which the core settles it. */
  wait(start: (id: number, tab: Tab) => (() => void) | undefined | void, predicate?: (claims: Claims) => boolean): Promise<unknown> {
    const id = ++this.#last;
    let done: (() => void) | undefined;
    const promise = new Promise((resolve, reject) => {
      const tab = this.tab();
      this.#waiters.set(id, { resolve, reject, predicate });
      try {
        done = start(id, tab) ?? undefined;
      } catch (error) {
        this.#waiters.delete(id);
        throw error;
      }
    });
    if (done) promise.then(done, done);
    return promise;
  }

  dispose(): void {
    this.#disposed = true;
    this.#tab?.dispose();
    this.#now.ender.abort();
    for (const listeners of [this.changes, this.events, this.generations]) listeners.clear();
  }

  // ------------------------------------------------------------ called by the core

  settle(id: number, kind: number, value: unknown): void {
    const waiter = this.#waiters.get(id);
    this.#waiters.delete(id);
    if (kind === 3) waiter?.reject(new TabAuthError(value as TabAuthErrorInfo));
    else if (kind === 0) waiter?.resolve(waiter.claims ?? this.tokens.get(value as number).text);
    else waiter?.resolve(kind === 1 ? null : undefined);
  }

  judge(id: number, token: number): boolean {
    const waiter = this.#waiters.get(id);
    try {
      const claims = decodeClaims(this.tokens.get(token).text);
      const satisfied = waiter?.predicate?.(claims) === true;
      if (waiter && satisfied) waiter.claims = claims;
      return satisfied;
    } catch (error) {
      // The caller's own predicate threw: that is the answer.
      waiter?.reject(error);
      this.#waiters.delete(id);
      queueMicrotask(() => this.#tab?.cancel(id));
      return false;
    }
  }

  ended(id: number): void {
    if (this.#now.id === id) this.#now.ender.abort();
  }

  account(id: number, key: string, session: SessionRef | null): void {
    if (this.#now.id !== id) this.#now = generation(id);
    Object.assign(this.#now, { key, session: session && Object.freeze(session) });
    this.generations.call(this.#now);
  }

  snapshot(snapshot: Snapshot): void {
    this.#snapshot = Object.freeze(snapshot);
    this.changes.call();
  }

  event(event: TabAuthEvent): void {
    this.events.call(event);
  }

  intern(text: string): number {
    return this.tokens.intern(text);
  }

  keep(ids: Uint32Array): void {
    this.tokens.keep(ids);
  }

  follow(id: number, promise: unknown): void {
    const tab = this.tab();
    Promise.resolve(promise).then(
      (value) => tab.fulfilled(id, value),
      (error) => tab.rejected(id, error),
    );
  }
}
