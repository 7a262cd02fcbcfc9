/** What the shared cookie stands for, and which session Clerk is to start with. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { clerkSource, initialSession } from 'tabpin/clerk';
import { FakeClerk } from './fake.mjs';

const token = (claims) => ['{"alg":"none"}', JSON.stringify(claims), 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.');
const [ada, bob] = ['sess_ada', 'sess_bob'].map((sid) => token({ sid, name: 'Zoë' }));
const key = 'pk_test_Y2xlcmsuYXBwLmV4YW1wbGUk';
const suffix = createHash('sha1').update(key).digest('base64url').slice(0, 8);

function cookies(t, text) {
  globalThis.document = { cookie: text };
  t.after(() => delete globalThis.document);
}

/** What the source says of the cookie once it knows the suffix. */
async function ambient(t, text, publishableKey) {
  cookies(t, text);
  const source = clerkSource(Object.assign(new FakeClerk(), { publishableKey }));
  // Settled within this turn, so that there is no waiting for it.
  t.mock.method(crypto.subtle, 'digest', async (_name, data) => Uint8Array.from(createHash('sha1').update(data).digest()).buffer);
  source.ambient();
  await setImmediate();
  return source.ambient();
}

const rows = [
  ['nothing', '', null],
  ['other cookies', 'theme=dark; x__session=1; __session_uat=1', null],
  ['an empty cookie', '__session=; __client_uat=0', null],
  ['one', `theme=dark; __session=${ada}`, { sessionId: 'sess_ada' }],
  ['the same twice', `__session=${ada}; __session_${suffix}=${ada}`, { sessionId: 'sess_ada' }],
  ['only the suffixed one', `__session_${suffix}=${bob}`, { sessionId: 'sess_bob' }],
  ['two that disagree', `__session=${ada}; __session_${suffix}=${bob}`, { sessionId: null }],
  ['one that cannot be read', '__session=garbage', { sessionId: null }],
  ['one that names no session', `__session=${token({ sub: 'ada' })}`, { sessionId: null }],
];
for (const [what, text, expected] of rows) {
  test(`the cookie stands for: ${what}`, async (t) => {
    assert.deepEqual(await ambient(t, text, key), expected);
    assert.deepEqual(await ambient(t, text, undefined), expected, 'without a key any suffix counts');
  });
}

test("another application's suffix is not ours, once ours is known", async (t) => {
  const text = '__session_AAAAAAAA=' + bob;
  assert.deepEqual(await ambient(t, text, undefined), { sessionId: 'sess_bob' });
  assert.equal(await ambient(t, text, key), null);
});

test('whoever listens hears once the suffix is known and makes a difference', async (t) => {
  cookies(t, `__session_AAAAAAAA=${bob}`);
  const source = clerkSource(Object.assign(new FakeClerk(), { publishableKey: key }));
  const heard = new EventTarget();
  const told = once(heard, 'told', { signal: AbortSignal.timeout(10_000) });
  const stop = source.subscribe(() => heard.dispatchEvent(new Event('told')));
  await told;
  stop();
  assert.equal(source.ambient(), null);
});

test('cookies that must not be read cannot be told', (t) => {
  globalThis.document = {
    get cookie() {
      throw new DOMException('denied', 'SecurityError');
    },
  };
  t.after(() => delete globalThis.document);
  assert.equal(clerkSource(new FakeClerk()).ambient(), undefined);
});

// ------------------------------------------------------------ initialSession

const client = (last, ...users) => ({
  lastActiveSessionId: last && `sess_${last}`,
  signedInSessions: users.map((user) => ({ id: `sess_${user}`, user: { id: user.slice(0, 3) } })),
});

/** Session storage as a tab of before has left it; a function throws. */
function stored(t, text, namespace = 'default') {
  const getItem = (name) => (typeof text === 'function' ? text() : name === `tabpin:${namespace}:pin` ? text : null);
  globalThis.window = { sessionStorage: { getItem } };
  t.after(() => delete globalThis.window);
}
const pin = (user) => JSON.stringify({ session: { sessionId: `sess_${user}`, userId: user.slice(0, 3) }, seen: 1 });
const denied = () => {
  throw new DOMException('denied', 'SecurityError');
};

const starts = [
  ['the pinned session', pin('ada'), client('bob', 'ada', 'bob'), 'sess_ada'],
  ['another session of the pinned user', pin('ada'), client('bob', 'ada2', 'bob'), 'sess_ada2'],
  ["the pinned user's that was active last", pin('ada'), client('ada3', 'ada2', 'ada3', 'bob'), 'sess_ada3'],
  ['nobody, where only others are signed in', pin('ada'), client('bob', 'bob'), undefined],
  ["Clerk's choice without a pin", null, client('bob', 'ada', 'bob'), 'sess_bob'],
  ['the first, where none was active last', null, client(null, 'ada', 'bob'), 'sess_ada'],
  ['nobody, where nobody is signed in', null, client(null), undefined],
  ["Clerk's choice where the pin cannot be read", '{"session":', client('bob', 'ada', 'bob'), 'sess_bob'],
  ["Clerk's choice where storage is forbidden", denied, client('bob', 'ada', 'bob'), 'sess_bob'],
];
for (const [what, text, given, expected] of starts) {
  test(`a tab starts as ${what}`, (t) => {
    stored(t, text);
    assert.equal(initialSession()(given)?.id, expected);
  });
}

test('the pin of its own namespace decides', (t) => {
  stored(t, pin('ada'), 'other');
  assert.equal(initialSession({ namespace: 'other' })(client('bob', 'ada', 'bob')).id, 'sess_ada');
  assert.equal(initialSession({ namespace: undefined })(client('bob', 'ada', 'bob')).id, 'sess_bob');
});

test('without a window a tab starts as Clerk chooses', () => {
  assert.equal(initialSession()(client('bob', 'ada', 'bob')).id, 'sess_bob');
});
