/** What the source makes of Clerk, call by call. What Clerk itself makes of it is in the other files. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerkSource } from 'tabpin/clerk';
import { FakeClerk, ref, refusal, request } from './fake.mjs';

const named = (clerk, name) => clerk.calls.filter(({ call }) => call === name);

test('who is signed in is what Clerk says, with the moment at which it began', () => {
  const source = clerkSource(new FakeClerk());
  assert.deepEqual(source.current(), ref('ada'));
  assert.deepEqual(source.sessions(), [ref('ada'), ref('bob')]);
  assert.equal(source.perTab, true);
});

test('nobody is null; loading, in transition and made up from a cookie are not known yet', () => {
  const clerk = new FakeClerk([]);
  assert.equal(clerkSource(clerk).current(), null);
  assert.deepEqual(clerkSource(clerk).sessions(), []);
  const unknown = {
    'not there': () => undefined,
    'null on a server': () => null,
    'thrown by the application': () => {
      throw new Error('not here');
    },
    'not loaded': Object.assign(new FakeClerk(), { loaded: false }),
    'without a client': Object.assign(new FakeClerk(), { client: undefined }),
    'made up from the cookie': Object.assign(new FakeClerk(), { client: { ...new FakeClerk().client, id: 'client_init' } }),
    'without a user': Object.assign(new FakeClerk(), { session: { ...new FakeClerk().session, user: null } }),
  };
  for (const [what, clerk] of Object.entries(unknown)) assert.equal(clerkSource(clerk).current(), undefined, what);
  const moving = Object.assign(new FakeClerk(), { session: undefined });
  assert.equal(clerkSource(moving).current(), undefined);
  assert.deepEqual(clerkSource(moving).sessions(), [ref('ada'), ref('bob')]);
});

test('organization, role and impersonation make the variant', () => {
  const clerk = new FakeClerk();
  const source = clerkSource(clerk);
  const seen = [source.variant(ref('ada'))];
  clerk.session.lastActiveOrganizationId = 'org_1';
  seen.push(source.variant(ref('ada')));
  clerk.session.user.organizationMemberships[0].role = 'org:member';
  seen.push(source.variant(ref('ada')));
  clerk.session.actor = { sub: 'user_support' };
  seen.push(source.variant(ref('ada')));
  assert.equal(seen[0], undefined);
  assert.equal(new Set(seen).size, 4);
  assert.equal(source.variant(ref('bob')), undefined, "another session's is its own");
});

test('listeners hear of what differs, and of nothing that is repeated', () => {
  const clerk = new FakeClerk();
  const source = clerkSource(clerk);
  let heard = 0;
  const stop = source.subscribe(() => heard++);
  clerk.emit();
  clerk.session = clerk.client.signedInSessions[0] = clerk.make('ada');
  clerk.emit();
  for (const listener of clerk.statusListeners) listener('degraded');
  assert.equal(heard, 0, 'a touch and a new token change nothing');
  clerk.session = undefined;
  clerk.emit();
  assert.equal(heard, 1);
  clerk.session = clerk.find('bob');
  clerk.emit();
  clerk.emit();
  assert.equal(heard, 2);
  stop();
  assert.equal(clerk.listeners.size + clerk.statusListeners.size, 0);
});

test('a Clerk that comes after 20 s is found, and one that takes its place is followed', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let clerk;
  const source = clerkSource(() => clerk);
  let heard = 0;
  const stop = source.subscribe(() => heard++);
  t.mock.timers.tick(20_000);
  assert.equal(heard, 0);
  clerk = Object.assign(new FakeClerk(), { loaded: false });
  t.mock.timers.tick(2_000);
  assert.equal(clerk.listeners.size, 1);
  clerk.loaded = true;
  for (const listener of clerk.statusListeners) listener('ready');
  assert.equal(heard, 1);
  assert.deepEqual(source.current(), ref('ada'));

  const first = clerk;
  clerk = new FakeClerk(['bob']);
  assert.deepEqual(source.current(), ref('bob'));
  assert.deepEqual([first.listeners.size, clerk.listeners.size], [0, 1]);
  clerk.session = null;
  clerk.emit();
  assert.equal(heard, 2);
  stop();
  assert.equal(clerk.listeners.size, 0);
});

test('a Clerk that never comes leaves no timer behind once nobody listens', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let asked = 0;
  const source = clerkSource(() => void asked++);
  const stops = [source.subscribe(() => {}), source.subscribe(() => {})];
  t.mock.timers.tick(5_000);
  stops.forEach((stop) => stop());
  const before = asked;
  assert.ok(before > 0);
  t.mock.timers.tick(60_000);
  assert.equal(asked, before);
});

test('a token comes from the session as Clerk lists it now', async () => {
  const clerk = new FakeClerk();
  const source = clerkSource(clerk);
  await source.getToken(request('ada'));
  const replaced = clerk.make('ada', { getToken: async () => 'the new one' });
  clerk.session = clerk.client.signedInSessions[0] = replaced;
  assert.equal(await source.getToken(request('ada')), 'the new one');
  assert.deepEqual(clerk.calls, [{ call: 'getToken', id: 'sess_ada', current: 'sess_ada', skipCache: false }]);
});

test('the template and the wish for a new token are passed on', async () => {
  const clerk = new FakeClerk();
  await clerkSource(clerk).getToken(request('ada', { template: 'convex', skipCache: true }));
  assert.deepEqual(clerk.calls, [{ call: 'getToken', id: 'sess_ada', current: 'sess_ada', template: 'convex', skipCache: true }]);
});

test('a session that is not current gives templates at once, and its default token only once it is made current', async () => {
  const clerk = new FakeClerk();
  const source = clerkSource(clerk);
  await source.getToken(request('bob', { template: 'convex' }));
  assert.deepEqual(named(clerk, 'setActive'), []);
  await source.getToken(request('bob'));
  assert.deepEqual(
    clerk.calls.map(({ call, id, current }) => [call, id, current]),
    [
      ['getToken', 'sess_bob', 'sess_ada'],
      ['setActive', 'sess_bob', undefined],
      ['getToken', 'sess_bob', 'sess_bob'],
    ],
  );
});

test('a switch of this very moment is not undone for a token that nobody wants any more', async () => {
  const clerk = new FakeClerk();
  const source = clerkSource(clerk);
  const ender = new AbortController();
  source.subscribe(() => ender.abort());
  clerk.session = clerk.find('bob');
  assert.equal(await source.getToken(request('ada', { signal: ender.signal })), undefined);
  assert.deepEqual(clerk.calls, []);
});

test('where Clerk does not make a session current, its default token is not asked for', async () => {
  const clerk = new FakeClerk();
  clerk.setActive = async () => {};
  assert.equal(await clerkSource(clerk).getToken(request('bob')), undefined);
  assert.deepEqual(named(clerk, 'getToken'), []);
});

test('no token: undefined while Clerk is in transition or away, null for a session that is not listed', async () => {
  const clerk = new FakeClerk();
  const source = clerkSource(() => clerk);
  assert.equal(await source.getToken(request('eve')), null);
  clerk.session = undefined;
  assert.equal(await source.getToken(request('ada')), undefined);
  clerk.loaded = false;
  assert.equal(await source.getToken(request('ada')), undefined);
  assert.deepEqual(clerk.calls, []);
});

test('a session that is not listed is neither selected nor signed out: Clerk would sign out somebody else', async () => {
  const clerk = new FakeClerk();
  const source = clerkSource(clerk);
  for (const verb of ['select', 'signOut', 'reload']) await assert.rejects(source[verb](ref('eve')), { code: 'session_not_listed' });
  assert.deepEqual(clerk.calls, []);
  await source.select(ref('ada'));
  assert.deepEqual(clerk.calls, [], 'what is current is not selected again');
  await source.select(ref('bob'));
  await source.reload(ref('ada'));
  await source.signOut(ref('ada'));
  assert.deepEqual(clerk.calls, [
    { call: 'setActive', id: 'sess_bob' },
    { call: 'reload', id: 'sess_ada' },
    { call: 'signOut', id: 'sess_ada' },
  ]);
});

test('a 404 that a reload repeats is the end of the session', async () => {
  const clerk = new FakeClerk();
  clerk.answer = clerk.answerReload = () => Promise.reject(refusal(404, 'resource_not_found'));
  const source = clerkSource(clerk);
  let heard = 0;
  source.subscribe(() => heard++);
  assert.equal(await source.getToken(request('ada', { template: 'convex' })), null);
  assert.deepEqual([source.current(), source.sessions(), heard], [null, [ref('bob')], 1]);

  clerk.session = clerk.client.signedInSessions[0] = clerk.make('ada');
  assert.deepEqual(source.current(), ref('ada'), 'what the server lists anew is there');
});

test('a 404 that a reload does not repeat is the template, and is passed on', async () => {
  const clerk = new FakeClerk();
  clerk.answer = () => Promise.reject(refusal(404, 'resource_not_found'));
  const source = clerkSource(clerk);
  await assert.rejects(source.getToken(request('ada', { template: 'typo' })), { status: 404 });
  for (const status of [401, 500, undefined]) {
    clerk.answerReload = () => Promise.reject(refusal(status));
    await assert.rejects(source.getToken(request('ada', { template: 'typo' })), { status: 404 });
  }
  assert.deepEqual(source.current(), ref('ada'));
});

for (const status of [400, 401, 403, 422, 429, 500, 503, undefined]) {
  test(`a rejection with ${status ?? 'no status'} is passed on, and nothing else is asked`, async () => {
    const clerk = new FakeClerk();
    clerk.answer = () => Promise.reject(refusal(status, 'a_code'));
    await assert.rejects(clerkSource(clerk).getToken(request('ada')), { status, errors: [{ code: 'a_code' }] });
    assert.equal(clerk.calls.length, 1);
  });
}

test("Clerk's Retry-After, in seconds, is passed on in milliseconds", async () => {
  const clerk = new FakeClerk();
  clerk.answer = () => Promise.reject(refusal(429, 'too_many_requests', { retryAfter: 7 }));
  await assert.rejects(clerkSource(clerk).getToken(request('ada')), {
    status: 429,
    retryAfter: 7000,
    errors: [{ code: 'too_many_requests' }],
  });
});

test('what Clerk has not settled is asked for once more and no further, until it is', async () => {
  const clerk = new FakeClerk();
  const open = [];
  clerk.answer = () => new Promise((resolve) => open.push(resolve));
  const source = clerkSource(clerk);
  const [first, second] = [source.getToken(request('ada')), source.getToken(request('ada', { skipCache: true }))];
  for (let again = 0; again < 5; again++) assert.equal(await source.getToken(request('ada', { skipCache: true })), undefined);
  assert.equal(clerk.calls.length, 2);
  void source.getToken(request('ada', { template: 'convex' }));
  assert.equal(clerk.calls.length, 3, 'a template is counted for itself');
  open[0]('late');
  assert.equal(await first, 'late');
  void source.getToken(request('ada', { skipCache: true }));
  assert.equal(clerk.calls.length, 4);
  open[1]('later');
  assert.equal(await second, 'later');
});
