/** A real tRPC client with `headers: () => auth.headers()`, against a real tRPC server that records what arrived. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTRPCClient, httpBatchLink, httpLink } from '@trpc/client';
import { findTabAuthError } from 'tabpin';
import { becomes, openTab } from './http-world.mjs';

const ADA = { userId: 'user_ada', sessionId: 'sess_ada' };
const BOB = { userId: 'user_bob', sessionId: 'sess_bob' };

async function open(t, { link = httpLink, ...options } = {}) {
  const tab = await openTab(t, options);
  const client = createTRPCClient({
    links: [link({ url: `${tab.url}/trpc`, headers: () => tab.auth.headers(), fetch: tab.cookied })],
  });
  return { ...tab, client };
}

/** Asks who it is, and tells what the request carried and who it ran as: a user id, `visitor` or the refusal's code. */
async function ask({ client, trpc }) {
  const before = trpc.log.length;
  const answer = await client.whoami.query().catch((error) => error);
  assert.equal(trpc.log.length, before + 1, 'one request');
  const { kind, sub, marker } = trpc.log.at(-1);
  const ranAs = answer instanceof Error ? answer.data?.code : (answer?.userId ?? 'visitor');
  return { kind, sub, marked: marker !== null, ranAs };
}

const bearer = (sub) => ({ kind: 'bearer-jwt', sub, marked: false, ranAs: sub });
const closed = { kind: 'fail-closed', sub: null, marked: true, ranAs: 'UNAUTHORIZED' };
const nothing = (ranAs) => ({ kind: 'none', sub: null, marked: false, ranAs });
/** A source whose mints fail, and the little patience that a test has with it. */
const failing = { timeoutMs: 400, source: { getToken: () => Promise.reject(new TypeError('Failed to fetch')) } };

describe('the header of a tRPC call', { concurrency: true }, () => {
  test('with a token it is the bearer, whoever the cookie is', async (t) => {
    assert.deepEqual(await ask(await open(t, { cookie: 'sess_bob' })), bearer('user_ada'));
  });

  test('after a switch in this tab it is the other account’s bearer', async (t) => {
    const tab = await open(t, { cookie: 'sess_ada' });
    assert.deepEqual(await ask(tab), bearer('user_ada'));
    tab.source.switchTo('sess_bob');
    assert.deepEqual(await ask(tab), bearer('user_bob'));
  });

  test('a batch carries it once for all its calls', async (t) => {
    const tab = await open(t, { link: httpBatchLink, cookie: 'sess_bob' });
    const [who, note] = await Promise.all([tab.client.whoami.query(), tab.client.whoami.query()]);
    assert.deepEqual([who.userId, note.userId], ['user_ada', 'user_ada']);
    assert.deepEqual(
      tab.trpc.log.map(({ kind }) => kind),
      tab.trpc.log.map(() => 'bearer-jwt'),
    );
  });

  test('a mutation runs as this tab’s account', async (t) => {
    const tab = await open(t, { cookie: 'sess_bob' });
    await tab.client.notes.add.mutate({ text: 'mine' });
    assert.deepEqual(tab.trpc.notes, [{ author: 'user_ada', text: 'mine' }]);
  });

  test('signed out, and nobody in the cookie: nothing, a visitor', async (t) => {
    const tab = await open(t, { accounts: [{ ...ADA, signedIn: false }], cookie: null });
    assert.deepEqual(await ask(tab), nothing('visitor'));
  });

  test('signed out, and the source cannot tell about the cookie: nothing, a visitor', async (t) => {
    const tab = await open(t, { accounts: [{ ...ADA, signedIn: false }] });
    assert.deepEqual(await ask(tab), nothing('visitor'));
  });

  test('signed out here while somebody is in the cookie: fails closed', async (t) => {
    const tab = await open(t, { cookie: 'sess_bob' });
    await ask(tab);
    await tab.auth.signOut();
    await becomes(tab.auth, 'signed_out');
    assert.deepEqual(await ask(tab), closed);
    await assert.rejects(tab.client.notes.add.mutate({ text: 'whose?' }));
    assert.deepEqual(tab.trpc.notes, []);
  });

  test('signed in without a token, the cookie its own and the only session: nothing, and the cookie answers', async (t) => {
    const tab = await open(t, { accounts: [ADA], cookie: 'sess_ada', ...failing });
    assert.deepEqual(await ask(tab), nothing('user_ada'));
  });

  test('signed in without a token, the cookie its own but not the only session: fails closed', async (t) => {
    const tab = await open(t, { accounts: [ADA, BOB], cookie: 'sess_ada', ...failing });
    assert.deepEqual(await ask(tab), closed);
  });

  test('signed in without a token, somebody else in the cookie: fails closed', async (t) => {
    const tab = await open(t, { accounts: [ADA, BOB], cookie: 'sess_bob', ...failing });
    assert.deepEqual(await ask(tab), closed);
    await assert.rejects(tab.client.notes.add.mutate({ text: 'whose?' }));
    assert.deepEqual(tab.trpc.notes, []);
  });

  test('signed in without a token, and nobody in the cookie: fails closed', async (t) => {
    const tab = await open(t, { accounts: [ADA], cookie: null, ...failing });
    assert.deepEqual(await ask(tab), closed);
  });

  test('signed in without a token, and the source cannot tell about the cookie: fails closed', async (t) => {
    const tab = await open(t, { accounts: [ADA], ...failing });
    assert.deepEqual(await ask(tab), closed);
  });

  test('signed in without a token, and the source cannot tell how many sessions there are: fails closed', async (t) => {
    const tab = await open(t, {
      accounts: [ADA],
      cookie: 'sess_ada',
      ...failing,
      source: { ...failing.source, sessions: () => undefined },
    });
    assert.deepEqual(await ask(tab), closed);
  });

  test('lost: fails closed, whoever is in the cookie', async (t) => {
    const tab = await open(t, { cookie: 'sess_bob' });
    assert.deepEqual(await ask(tab), bearer('user_ada'));
    tab.provider.signOut('sess_ada');
    await becomes(tab.auth, 'lost');
    assert.deepEqual(await ask(tab), closed);
  });

  test('unknown even after the wait: fails closed', async (t) => {
    const unready = { getToken: async () => undefined, current: () => undefined, sessions: () => undefined };
    const tab = await open(t, { cookie: 'sess_bob', timeoutMs: 400, source: unready });
    assert.deepEqual(await ask(tab), closed);
    assert.equal(tab.auth.getSnapshot().status, 'unknown');
  });

  test('a source that hangs costs the deadline, not the call', async (t) => {
    const tab = await open(t, { cookie: 'sess_bob', timeoutMs: 400, source: { getToken: () => new Promise(() => {}) } });
    assert.deepEqual(await ask(tab), closed);
  });

  test('the marker’s value is a reason’s code', async (t) => {
    const tab = await open(t, { cookie: 'sess_bob', ...failing });
    await ask(tab);
    assert.match(tab.trpc.log.at(-1).marker, /^(source_rejected|source_timeout|offline|gave_up|token_missing)$/);
  });
});

describe('onMissingToken', { concurrency: true }, () => {
  const lone = { accounts: [ADA], cookie: 'sess_ada', ...failing };

  test('"closed" fails closed even where the cookie could be trusted', async (t) => {
    assert.deepEqual(await ask(await open(t, { ...lone, onMissingToken: 'closed' })), closed);
  });

  test('"omit" sends nothing, and the cookie answers', async (t) => {
    assert.deepEqual(await ask(await open(t, { ...lone, onMissingToken: 'omit' })), nothing('user_ada'));
  });

  test('"throw" sends no request, and the error is found inside tRPC’s own', async (t) => {
    const { client, trpc } = await open(t, { ...lone, onMissingToken: 'throw' });
    const error = await client.whoami.query().catch((thrown) => thrown);
    assert.match(findTabAuthError(error)?.code ?? 'none', /^[a-z_]+$/);
    assert.notEqual(findTabAuthError(error), null);
    assert.deepEqual(trpc.log, []);
  });
});

describe('the caller’s own headers', { concurrency: true }, () => {
  test('an authorization of their own wins, in whatever case, and arrives once', async (t) => {
    const { auth, provider } = await openTab(t);
    const authorization = `Bearer ${await provider.mint({ session: 'sess_bob' })}`;
    for (const init of [{ Authorization: authorization }, [['AUTHORIZATION', authorization]], new Headers({ authorization })]) {
      const headers = await auth.headers(init);
      assert.deepEqual(Object.keys(headers), ['authorization']);
      assert.ok(headers.authorization === authorization, 'the caller’s own');
    }
  });

  test('other headers stay, with lower-case names', async (t) => {
    const { auth } = await openTab(t);
    const headers = await auth.headers({ 'X-Request-Id': '7' });
    assert.deepEqual(Object.keys(headers).sort(), ['authorization', 'x-request-id']);
    assert.equal(headers['x-request-id'], '7');
  });

  for (const bad of ['Bearer null', 'Bearer undefined', 'Bearer ', 'bearer null']) {
    test(`${JSON.stringify(bad)} of their own rejects`, async (t) => {
      const { auth } = await openTab(t);
      const error = await auth.headers({ Authorization: bad }).catch((thrown) => thrown);
      assert.notEqual(findTabAuthError(error), null);
    });
  }
});
