/** What a page does is heard: each listener, one by one, on a window and a document of the test's own. */
import assert from 'node:assert/strict';
import { afterEach, describe, mock, test } from 'node:test';
import { ADA, BOB, deferred, idOf, jwt, next, rejection, subOf, tab } from './kit.mjs';
import { fakeSource } from 'tabpin/testing';

const KEY = 'tabpin:default:pin';

/** A page: shown, online, with session storage. */
function openPage(state = {}) {
  const kept = new Map();
  const sessionStorage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
  const page = { kept, sessionStorage, window: new EventTarget(), document: new EventTarget(), heard: [] };
  for (const target of [page.window, page.document]) {
    const { addEventListener, removeEventListener } = target;
    target.addEventListener = (...args) => (page.heard.push(args[0]), addEventListener.apply(target, args));
    target.removeEventListener = (...args) => {
      page.heard.splice(page.heard.indexOf(args[0]), 1);
      removeEventListener.apply(target, args);
    };
  }
  page.window.sessionStorage = sessionStorage;
  Object.assign(page.document, { visibilityState: 'visible', prerendering: false, ...state });
  globalThis.window = page.window;
  globalThis.document = page.document;
  setOnline(true);
  return page;
}

const setOnline = (onLine) => Object.defineProperty(globalThis, 'navigator', { value: { onLine }, configurable: true });
const event = (type, more = {}) => Object.assign(new Event(type), more);
const pin = (session) => JSON.stringify({ session, seen: Date.now() });

afterEach(() => {
  mock.timers.reset();
  delete globalThis.window;
  delete globalThis.document;
});

/** An instance on a source whose `current` the test sets, and which never calls back. */
function looking(t, options) {
  const state = { current: ADA };
  const source = Object.assign(fakeSource({ accounts: [ADA, BOB] }), { current: () => state.current, subscribe: undefined });
  return { state, ...tab(t, { source, ...options }) };
}

/** An instance whose mints the test answers, one by one, and which takes turns with nobody. */
function minting(t, more = {}) {
  const mints = [];
  const getToken = (request) => {
    const answer = deferred();
    mints.push({ ...request, ...answer });
    return answer.promise;
  };
  const source = { current: () => ADA, sessions: () => [ADA], ...more, getToken };
  return { mints, ...tab(t, { source, shareTokens: false }) };
}

describe('what is heard of a page', () => {
  test('everything is listened to, and nothing after the end', (t) => {
    const page = openPage();
    const { auth } = looking(t);
    assert.deepEqual(page.heard, [], 'creating is inert');
    auth.getSnapshot();
    const all = ['focus', 'freeze', 'offline', 'online', 'pagehide', 'pageshow', 'prerenderingchange', 'resume', 'visibilitychange'];
    assert.deepEqual([...new Set(page.heard)].sort(), all);
    auth.dispose();
    assert.deepEqual(page.heard, []);
  });

  const wakes = {
    focus: (page) => page.window.dispatchEvent(event('focus')),
    pageshow: (page) => page.window.dispatchEvent(event('pageshow', { persisted: false })),
    resume: (page) => page.document.dispatchEvent(event('resume')),
    visibilitychange: (page) => page.document.dispatchEvent(event('visibilitychange')),
    online: (page) => page.window.dispatchEvent(event('online')),
  };
  for (const [type, fire] of Object.entries(wakes)) {
    test(`on ${type} the source is looked at afresh`, (t) => {
      const page = openPage();
      const { auth, state } = looking(t);
      auth.getSnapshot();
      state.current = BOB;
      assert.equal(auth.getSnapshot().session.userId, ADA.userId);
      fire(page);
      assert.equal(auth.getSnapshot().session.userId, BOB.userId);
    });
  }

  test('a page that is hidden is not one that is shown', (t) => {
    const page = openPage();
    const { auth, state } = looking(t);
    auth.getSnapshot();
    state.current = BOB;
    page.document.visibilityState = 'hidden';
    page.document.dispatchEvent(event('visibilitychange'));
    assert.equal(auth.getSnapshot().session.userId, ADA.userId);
  });

  for (const start of ['hidden from the start', 'hidden later']) {
    test(`${start}, a page refreshes later than a visible one, and before its token is of no use`, async (t) => {
      const page = openPage({ visibilityState: start === 'hidden later' ? 'visible' : 'hidden' });
      const delays = [];
      const { setTimeout } = globalThis;
      t.after(() => (globalThis.setTimeout = setTimeout));
      globalThis.setTimeout = (callback, delay, ...rest) => (delays.push(delay), setTimeout(callback, delay, ...rest));
      const { auth } = tab(t, { source: fakeSource({ accounts: [ADA], lifetimeMs: 60_000 }), shareTokens: false });
      await auth.getToken();
      page.document.visibilityState = 'hidden';
      page.document.dispatchEvent(event('visibilitychange'));
      const hidden = delays.at(-1);
      page.document.visibilityState = 'visible';
      page.document.dispatchEvent(event('visibilitychange'));
      const visible = delays.at(-1);
      assert.ok(visible < hidden, `hidden after ${hidden} ms, visible after ${visible} ms`);
      assert.ok(hidden < 50_000);
    });
  }

  test('offline and online are told, and the mint starts within the online event', async (t) => {
    const page = openPage();
    const { auth, events, mints } = minting(t);
    auth.getSnapshot();
    setOnline(false);
    page.window.dispatchEvent(event('offline'));
    assert.equal(auth.getSnapshot().online, false);
    const token = auth.getToken();
    assert.equal(mints.length, 1);
    setOnline(true);
    page.window.dispatchEvent(event('online'));
    assert.equal(auth.getSnapshot().online, true);
    assert.deepEqual(
      mints.map(({ skipCache }) => skipCache),
      [false, true],
      'the one from before is not waited for',
    );
    const text = jwt();
    mints[1].resolve(text);
    assert.equal(idOf(await token), idOf(text));
    assert.deepEqual(
      events.filter(({ type }) => type === 'online').map(({ online }) => online),
      [false, true],
    );
  });

  for (const how of ['freeze', 'pagehide']) {
    test(`on ${how} time stops, and what was asked is asked anew after`, async (t) => {
      const page = openPage();
      const { auth, mints } = minting(t);
      auth.getSnapshot();
      const token = auth.getToken({ timeoutMs: 60_000 });
      if (how === 'freeze') page.document.dispatchEvent(event('freeze'));
      else page.window.dispatchEvent(event('pagehide', { persisted: true }));
      assert.equal(mints.length, 1);
      page.document.dispatchEvent(event('resume'));
      assert.equal(mints.length, 2);
      mints[1].resolve(jwt());
      assert.equal(subOf(await token), ADA.userId);
    });
  }

  test('a pagehide for good stops nothing that is under way', async (t) => {
    const page = openPage();
    const { auth, mints } = minting(t);
    auth.getSnapshot();
    const token = auth.getToken();
    page.window.dispatchEvent(event('pagehide', { persisted: false }));
    page.document.dispatchEvent(event('resume'));
    assert.equal(mints.length, 1);
    mints[0].resolve(jwt());
    assert.equal(subOf(await token), ADA.userId);
  });
});

describe('back from the back/forward cache', () => {
  const comeBack = (page) => {
    page.window.dispatchEvent(event('pagehide', { persisted: true }));
    return () => page.window.dispatchEvent(event('pageshow', { persisted: true }));
  };

  test('the pin that another page of the tab has stored wins before anything is answered', async (t) => {
    const page = openPage();
    const { auth } = looking(t, {});
    assert.equal(subOf(await auth.getToken()), ADA.userId);
    const { fetchToken } = auth;
    const show = comeBack(page);
    page.kept.set(KEY, pin(BOB));
    show();
    assert.equal(auth.getSnapshot().session.userId, BOB.userId);
    assert.equal(subOf(await auth.getToken()), BOB.userId);
    assert.equal(await fetchToken(), null, 'the account from before has ended');
  });

  test('a tab that signed out meanwhile is signed out', async (t) => {
    const page = openPage();
    const { auth } = looking(t);
    await auth.getToken();
    const show = comeBack(page);
    page.kept.clear();
    show();
    assert.equal(auth.getSnapshot().status, 'signed_out');
  });

  test('storage that does not take what it is given says nothing', async (t) => {
    const page = openPage();
    page.sessionStorage.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    const { auth } = looking(t);
    await auth.getToken();
    comeBack(page)();
    assert.equal(auth.getSnapshot().session.userId, ADA.userId);
  });
});

describe('a prerendered page', () => {
  test('neither pins nor mints until it is shown; then it reads what is stored', async (t) => {
    const page = openPage({ prerendering: true, visibilityState: 'hidden' });
    const { auth, source } = tab(t, { source: fakeSource({ accounts: [ADA, BOB] }) });
    const token = auth.getToken();
    assert.equal(auth.getSnapshot().status, 'unknown');
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(source.minted, 0);
    assert.equal(page.kept.size, 0);
    page.kept.set(KEY, pin(BOB));
    Object.assign(page.document, { prerendering: false, visibilityState: 'visible' });
    page.document.dispatchEvent(event('prerenderingchange'));
    assert.equal(subOf(await token), BOB.userId);
    assert.equal(auth.getSnapshot().session.userId, BOB.userId);
  });

  test('that is disposed unseen answers whoever asked', async (t) => {
    openPage({ prerendering: true });
    const { auth } = tab(t);
    const token = auth.getToken();
    const fetched = auth.fetchToken();
    auth.dispose();
    assert.equal((await rejection(token)).code, 'disposed');
    assert.equal(await fetched, null);
  });
});

describe('what a provider asks for', () => {
  const thrown = {
    'an error with retryAfter': () => Object.assign(new Error('slow down'), { status: 429, retryAfter: 7 }),
    'a Response with Retry-After': () => new Response('<html>', { status: 503, headers: { 'retry-after': '7' } }),
  };
  for (const [what, make] of Object.entries(thrown)) {
    test(`${what} is left alone for as long as it says`, async (t) => {
      const { auth, mints } = minting(t);
      auth.getSnapshot();
      auth.getToken().catch(() => undefined);
      const retry = next(auth, 'retry');
      mints[0].reject(make());
      assert.equal((await retry).delayMs, 7_000);
      assert.deepEqual([auth.getSnapshot().status, auth.getSnapshot().error.code, mints.length], ['signed_in', 'source_rejected', 1]);
    });
  }

  test('a 404 is believed once the source has read the session again', async (t) => {
    const reloaded = deferred();
    let sessions = [ADA];
    const reload = async () => {
      sessions = [];
      reloaded.resolve();
    };
    const { auth, mints } = minting(t, { current: () => sessions[0] ?? null, sessions: () => sessions, reload });
    auth.getSnapshot();
    const token = rejection(auth.getToken());
    mints[0].reject(Object.assign(new Error('not found'), { status: 404 }));
    await reloaded.promise;
    assert.equal((await token).code, 'account_changed');
    assert.equal(auth.getSnapshot().status, 'signed_out');
  });
});
