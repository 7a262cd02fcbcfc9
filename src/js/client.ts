import { attempt } from './attempt.js';
import { aborted, TabAuthError } from './errors.js';
import { decodeClaims } from './free.js';
import { guarded, Listeners } from './listeners.js';
import { load } from './load.js';
import { Input, MessageKind, Order } from './numbers.js';
import { policyNumber, type Settings } from './options.js';
import { isHidden, isOnline, isPrerendered, listen, readPin, writePin, type StoredPin } from './page.js';
import { abilities, ambientNumbers, failure, named, sessionNumbers, viewNumbers, type Numbers } from './source.js';
import { siblings, Tabs, type Message, type Sibling } from './tabs.js';
import { Tokens } from './tokens.js';
import type { Account, Claims, SessionRef, Snapshot, TabAuthErrorInfo, TabAuthEvent } from './types.js';
import { foreignName, nameOf, Tab } from './wasm/glue.js';

/** In the order of the core's numbers. */
const errands = ['select', 'signOut', 'reload'] as const;

type Waiter = {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly predicate?: ((claims: Claims) => boolean) | undefined;
  /** Those that the predicate was shown last. */
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
export type Generation = {
  readonly id: number;
  key: string;
  session: SessionRef | null;
  readonly ender: AbortController;
  /** What an application has of it, once it has asked. */
  account?: Account;
};

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

/** Joins the core to promises, listeners, the source and token text. Nothing here decides: it asks, and passes answers on. */
export class Client {
  readonly tokens = new Tokens();
  readonly changes = new Listeners<[]>();
  readonly events = new Listeners<[TabAuthEvent]>();
  readonly generations = new Listeners<[Generation]>();
  /** The generation that this tab has now. */
  now = generation(0);
  readonly #waiters = new Map<number, Waiter>();
  readonly #mints = new Map<number, AbortController>();
  readonly #ender = new AbortController();
  readonly #tabs: Tabs;
  readonly #sibling: Sibling = (kind, session) => void attempt(() => this.tell(Input.sibling, kind, ...sessionNumbers(session)));
  #stop: (() => void) | undefined;
  /** Session storage takes what it is given. */
  #keeps = true;
  #last = 0;
  #tab: Tab | undefined;
  #snapshot = unknownSnapshot(null);

  constructor(readonly settings: Settings) {
    const { debug } = settings;
    this.#tabs = new Tabs(settings.namespace);
    if (debug) this.events.add(debug === true ? (event) => console.debug('tabpin', event) : debug);
  }

  /** The core's instance; the first use makes it and wakes it. Throws `wasm_unavailable`. */
  tab(): Tab {
    return this.#tab ?? this.#start();
  }

  #start(): Tab {
    load();
    const { settings } = this;
    const { source } = settings;
    const options = [
      named(settings.template),
      policyNumber(settings.onMissingToken),
      settings.autoRefresh,
      settings.leewayMs,
      settings.timeoutMs,
      settings.giveUpAfterMs,
      abilities(source, settings.shareTokens),
      ...settings.issuers.map(nameOf),
    ];
    this.#tab = new Tab(guarded(this.#order), options as number[]);
    if (!this.#isOver()) {
      if (globalThis.document) siblings(settings.namespace).add(this.#sibling);
      if (isPrerendered()) this.tell(Input.prerendered);
      else this.#begin();
    }
    if (!this.#isOver()) this.#stop = attempt(() => source.subscribe?.(() => this.look()));
    // It was over before, or listeners have ended it all meanwhile: also what has only just begun.
    if (this.#isOver()) {
      this.dispose();
      return this.#tab;
    }
    const network = () => this.tell(Input.online, 0, isOnline());
    const wake = () => this.tell(Input.wake);
    const freeze = () => this.tell(Input.freeze);
    const left = (isCached: boolean) => {
      if (isCached) freeze();
      this.tell(Input.part);
      this.#tabs.close();
    };
    const shown = (isCached: boolean) => {
      if (!isCached) return void wake();
      this.tell(Input.restored, 0, ...this.#stored());
      this.#join();
    };
    listen(
      this.#ender.signal,
      { online: network, offline: network, focus: wake, pageshow: shown, pagehide: left },
      {
        visibilitychange: () => this.tell(Input.hidden, 0, isHidden()),
        freeze,
        resume: wake,
        prerenderingchange: () => this.#begin(),
      },
    );
    if (settings.initialToken) this.seed(settings.initialToken);
    return this.#tab;
  }

  /** The page is there, and somebody may see it. */
  #begin(): void {
    this.tell(Input.start, 0, isOnline(), ...this.#stored());
    this.#join();
    if (isHidden() && !this.#isOver()) this.tell(Input.hidden, 0, 1);
  }

  /** Whether session storage is to be relied on, and the pin in it. */
  #stored(): number[] {
    return this.#keeps ? readPin(this.settings.namespace) : [0];
  }

  #join(): void {
    if (this.#isOver()) return;
    const name = this.#tabs.open((message) => this.#hear(message));
    if (name > 0) this.tell(Input.join, 0, name);
  }

  /** Another tab's message, or anything else that came over the channel. */
  #hear(data: unknown): void {
    if (this.#isOver()) return;
    const { kind, from, key, moment, session, token } = Object(data) as Partial<Message>;
    const foreign = (text: unknown) => named(text, foreignName);
    const name = foreign(key);
    if (kind === MessageKind.token && typeof token === 'string') {
      this.tokens.offer(token, (id) => this.tab().borrow(name, id, Number(moment), token));
      return;
    }
    const isKnown = typeof kind === 'number' && typeof from === 'number' && kind >= 0;
    this.tell(Input.heard, isKnown ? kind : 0, isKnown ? from : 0, name, Number(moment), ...sessionNumbers(session, foreign));
  }

  /** Tells the core what happened. */
  tell(input: Input, id = 0, ...numbers: Numbers): void {
    this.tab().tell(input, id, numbers as number[]);
  }

  /** The number of a template's name, found out once; undefined = the provider's default token. */
  naming(template: string | undefined): () => number {
    let number: number | undefined;
    return () => {
      load();
      return (number ??= named(template));
    };
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
    let waiter = 0;
    const answer = this.wait((id) => {
      waiter = id;
      this.tell(Input.ask, id, account, template, style, forced, replaces, timeoutMs);
    }, predicate);
    if (signal && this.#waiters.has(waiter)) {
      const cancel = () => {
        this.#answered(waiter)?.reject(aborted(signal.reason));
        this.tell(Input.cancel, waiter);
      };
      const done = () => signal.removeEventListener('abort', cancel);
      signal.addEventListener('abort', cancel, { once: true });
      answer.then(done, done);
    }
    return answer;
  }

  /** A promise under a number by which the core settles it. */
  wait(start: (id: number) => void, predicate?: (claims: Claims) => boolean): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.tab();
      const id = ++this.#last;
      this.#waiters.set(id, { resolve, reject, predicate });
      try {
        start(id);
      } catch (error) {
        this.#waiters.delete(id);
        throw error;
      }
    });
  }

  /** The id of a token that may be served as it is, else 0. */
  hit(account: number, template: number, style: number): number {
    return this.tab().hit(Date.now(), account, template, style);
  }

  /** What a request carries without a token: undefined = nothing, a code = fail closed, an error = reject. */
  missing(account: number, reason: string | undefined): unknown {
    return this.tab().missing(reason ?? '', account, ...ambientNumbers(this.settings.source));
  }

  seed(token: unknown): void {
    this.#token(0, token);
  }

  dispose(): void {
    this.#ender.abort();
    if (this.#tab) this.tell(Input.dispose);
    this.#tabs.close();
    siblings(this.settings.namespace).delete(this.#sibling);
    attempt(() => this.#stop?.());
    this.#stop = undefined;
    this.now.ender.abort();
    for (const listeners of [this.changes, this.events, this.generations]) listeners.clear();
  }

  #isOver(): boolean {
    return this.#ender.signal.aborted;
  }

  #token(flight: number, token: unknown): void {
    if (typeof token === 'string') this.tokens.offer(token, (id) => this.tab().token(flight, id, token));
    else this.tell(token === null ? Input.null : token === undefined ? Input.undefined : Input.noString, flight);
  }

  /** Calls the source, and follows the promise that it returns. */
  async #call(id: number, start: () => unknown, done: (value: unknown) => void): Promise<void> {
    let value;
    try {
      value = await start();
    } catch (error) {
      this.#mints.delete(id);
      this.look();
      this.tell(Input.failed, id, ...failure(error));
      return;
    }
    this.look();
    done(value);
  }

  // ------------------------------------------------------------ ordered by the core

  readonly #order = (order: Order, id: number, number: number, text: string, value: unknown): void => {
    // Ordered before the end came.
    if (order < Order.abort && this.#isOver()) return;
    const session = value as SessionRef | null;
    const waiter = this.#waiters.get(id);
    const ender = this.#mints.get(id);
    if (order >= Order.token && order <= Order.reject) this.#waiters.delete(id);
    switch (order) {
      case Order.mint:
        return this.#mint(id, session, text, number > 0);
      case Order.errand:
        return void this.#call(
          id,
          () => this.settings.source[errands[number] as 'select']?.(session as SessionRef),
          () => this.tell(Input.done, id),
        );
      case Order.look:
        return this.look();
      case Order.store:
        this.#keeps = writePin(this.settings.namespace, value as StoredPin | null);
        return;
      case Order.share:
        for (const sibling of siblings(this.settings.namespace)) if (sibling !== this.#sibling) sibling(number, session);
        return;
      case Order.abort:
        this.#mints.delete(id);
        return ender?.abort();
      case Order.token:
        return waiter?.resolve(waiter.claims ?? this.tokens.get(number).text);
      case Order.null:
        return waiter?.resolve(null);
      case Order.done:
        return waiter?.resolve(undefined);
      case Order.reject:
        return waiter?.reject(new TabAuthError(value as TabAuthErrorInfo, waiter.claims && { cause: waiter.claims }));
      case Order.judge:
        return this.#judge(id, number);
      case Order.ended:
        if (this.now.id === id) this.now.ender.abort();
        return;
      case Order.account:
        if (this.now.id !== id) this.now = generation(id);
        Object.assign(this.now, { key: text, session: session && Object.freeze(session) });
        return this.generations.call(this.now);
      case Order.snapshot:
        this.#snapshot = Object.freeze(value as Snapshot);
        return this.changes.call();
      case Order.event:
        return this.events.call(value as TabAuthEvent);
      case Order.keep:
        return this.tokens.keep(value as number[]);
      case Order.lock:
        return this.#tabs.lock(id, text, (granted) => this.tell(granted ? Input.locked : Input.noLock, id));
      case Order.unlock:
        return this.#tabs.unlock(id);
      case Order.timer:
        return this.tell(Input.timer);
      default: {
        const message = { kind: order - Order.hello, key: text, moment: number, session };
        this.#tabs.say(id === 0 ? message : { ...message, token: this.tokens.get(id).text });
      }
    }
  };

  #mint(id: number, session: SessionRef | null, template: string, skipCache: boolean): void {
    const ender = new AbortController();
    const request = { session, skipCache, ...(template && { template }), signal: ender.signal };
    this.#mints.set(id, ender);
    void this.#call(
      id,
      () => this.settings.source.getToken(request),
      (token) => this.#mints.delete(id) && this.#token(id, token),
    );
  }

  look(): void {
    if (!this.#isOver()) this.tell(Input.view, 0, ...viewNumbers(this.settings.source));
  }

  /** Who waited under this number, and does so no more. */
  #answered(id: number): Waiter | undefined {
    const waiter = this.#waiters.get(id);
    this.#waiters.delete(id);
    return waiter;
  }

  #judge(id: number, token: number): void {
    const waiter = this.#waiters.get(id);
    try {
      const claims = decodeClaims(this.tokens.get(token).text);
      if (waiter) waiter.claims = claims;
      this.tell(Input.judged, id, waiter?.predicate?.(claims) === true);
    } catch (error) {
      // The caller's own predicate threw: that is the answer.
      this.#answered(id)?.reject(error);
      this.tell(Input.cancel, id);
    }
  }
}
