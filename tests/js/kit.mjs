/** What the tests of the surface share: instances that are disposed, tokens that are never printed, waits for events. */
import assert from 'node:assert/strict';
import { createTabAuth, decodeClaims, TabAuthError } from 'tabpin';
import { fakeSource } from 'tabpin/testing';

/** No jitter: every retry comes as early as it may. */
Math.random = () => 0;

export const ADA = { sessionId: 'sess_ada', userId: 'user_ada' };
export const BOB = { sessionId: 'sess_bob', userId: 'user_bob' };

const base64url = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

let serial = 0;

/** An unsigned JWT of Ada's that lives for a minute; claims given as undefined are left out. */
export function jwt(claims = {}) {
  const now = Math.floor(Date.now() / 1000);
  const all = { iss: 'https://provider.example', sub: ADA.userId, sid: ADA.sessionId, iat: now, exp: now + 60, ...claims };
  return `${base64url({ alg: 'none', typ: 'JWT' })}.${base64url({ jti: `jti_${++serial}`, ...all })}.unsigned`;
}

/** What is looked at instead of the token itself. */
export const idOf = (token) => decodeClaims(token).jti;
export const subOf = (token) => decodeClaims(token).sub;

/** An instance with a recorder of its events, disposed when the test ends. */
export function tab(t, options = {}) {
  const events = [];
  const { source = fakeSource({ accounts: [ADA] }), debug = (event) => events.push(event), ...rest } = options;
  const auth = createTabAuth({ source, runtime: 'client', debug, ...rest });
  t.after(() => auth.dispose());
  return { auth, source, events };
}

/** The next event of this type. */
export const next = (auth, type) =>
  new Promise((resolve) => {
    const stop = auth.on(type, (event) => {
      stop();
      resolve(event);
    });
  });

/** The first snapshot for which this holds, now or later. */
export const until = (auth, holds) =>
  new Promise((resolve) => {
    const look = () => holds(auth.getSnapshot()) && (stop(), resolve(auth.getSnapshot()));
    const stop = auth.subscribe(() => look());
    look();
  });

/**
 * Stops both clocks until the test ends. The function that is returned waits for a promise, and only meanwhile does time
 * go by, a little whenever everything else has been done: how fast the machine is makes no difference.
 */
export async function stopClocks(t) {
  const [wall, mono] = [Date.now(), performance.now()];
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: wall });
  t.mock.method(performance, 'now', () => mono + Date.now() - wall);
  // Node warns, once, that these timers are experimental; not in the middle of the test.
  await new Promise(setImmediate);
  return async (promise) => {
    let isOpen = true;
    const close = () => void (isOpen = false);
    promise.then(close, close);
    for (const end = Date.now() + 60_000; ; t.mock.timers.tick(10)) {
      await new Promise(setImmediate);
      if (!isOpen) return promise;
      assert.ok(Date.now() < end, 'nothing came of it in a minute');
    }
  };
}

/** A promise with its handles. */
export function deferred() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

/** What the promise is rejected with; a fulfilment fails without being printed. */
export const rejection = (promise) =>
  promise.then(
    () => assert.fail('it was fulfilled'),
    (error) => error,
  );

/** A `TabAuthError` of this code, in whole sentences that match, without any of these texts. */
export function assertError(error, code, { says = /./, cures = /./, secrets = [] } = {}) {
  assert.ok(error instanceof TabAuthError, `it is ${error?.name ?? typeof error}`);
  assert.equal(error.code, code);
  assert.equal(typeof error.retryable, 'boolean');
  for (const sentence of [error.message, error.suggestion]) assert.match(sentence, /^[A-Z`'].*[.)]$/);
  assert.match(error.message, says);
  assert.match(error.suggestion, cures);
  assertSecretless(error, secrets);
}

/** No JWT, and none of these texts, wherever one looks; the texts are not printed. */
export function assertSecretless(value, secrets = []) {
  const seen = new Set();
  const walk = (item) => {
    if (typeof item === 'string') {
      assert.ok(!/eyJ[\w-]{8,}\.[\w-]+/.test(item), 'a JWT is shown');
      for (const [index, secret] of secrets.entries()) assert.ok(!item.includes(secret), `secret ${index} is shown`);
    }
    if (typeof item !== 'object' || item === null || seen.has(item)) return;
    seen.add(item);
    for (const key of Reflect.ownKeys(item)) walk(item[key]);
  };
  walk(value);
}
