/** Consumers that take a token or a header and nothing else: Supabase’s `accessToken`, and `authHeaders` used alone. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createClient } from '@supabase/supabase-js';
import { authHeaders } from 'tabpin';
import WebSocket from 'ws';
import { ANON_KEY, becomes, openTab } from './http-world.mjs';

async function openSupabase(t, options) {
  const tab = await openTab(t, options);
  const supabase = createClient(tab.url, ANON_KEY, { accessToken: tab.auth.accessToken, realtime: { transport: WebSocket } });
  return { ...tab, supabase };
}

/** Did one query, without Supabase's own retries, come back with an error? */
async function fails(supabase) {
  const answer = await supabase
    .from('notes')
    .select()
    .retry(false)
    .then(
      (settled) => settled,
      (error) => ({ error }),
    );
  return answer.error !== null;
}

describe('Supabase with accessToken', { concurrency: true }, () => {
  test('a query carries this tab’s token', async (t) => {
    const { supabase, others, source } = await openSupabase(t);
    assert.equal((await supabase.from('notes').select()).error, null);
    source.switchTo('sess_bob');
    await supabase.from('notes').select();
    assert.deepEqual(
      others.map(({ kind, sub }) => ({ kind, sub })),
      [
        { kind: 'bearer-jwt', sub: 'user_ada' },
        { kind: 'bearer-jwt', sub: 'user_bob' },
      ],
    );
  });

  test('a visitor’s query carries the anonymous key', async (t) => {
    const { supabase, others, auth } = await openSupabase(t, {
      accounts: [{ userId: 'user_ada', sessionId: 'sess_ada', signedIn: false }],
    });
    await supabase.from('notes').select();
    assert.equal(auth.getSnapshot().status, 'signed_out');
    assert.deepEqual(
      others.map(({ kind, sub }) => ({ kind, sub })),
      [{ kind: 'bearer-jwt', sub: null }],
    );
  });

  test('without a token in time nothing is sent: the anonymous key is for visitors only', async (t) => {
    const { supabase, others } = await openSupabase(t, {
      timeoutMs: 400,
      source: { getToken: () => Promise.reject(new TypeError('Failed to fetch')) },
    });
    assert.ok(await fails(supabase));
    assert.deepEqual(others, []);
  });

  test('a lost tab sends nothing', async (t) => {
    const { supabase, others, auth, provider } = await openSupabase(t);
    await supabase.from('notes').select();
    provider.signOut('sess_ada');
    await becomes(auth, 'lost');
    assert.ok(await fails(supabase));
    assert.equal(others.length, 1);
  });
});

describe('authHeaders alone', { concurrency: true }, () => {
  /** What arrives when these headers are sent, with somebody in the cookie. */
  async function sent(t, headers) {
    const { url, cookied, trpc } = await openTab(t, { cookie: 'sess_bob' });
    const response = await cookied(`${url}/trpc/whoami`, { headers });
    const { kind, userId } = trpc.log[0];
    return { kind, status: response.status, ranAs: userId };
  }

  test('a token becomes the bearer', async (t) => {
    const { provider, url, trpc } = await openTab(t);
    await fetch(`${url}/trpc/whoami`, { headers: authHeaders(await provider.mint()) });
    assert.deepEqual([trpc.log[0].kind, trpc.log[0].userId], ['bearer-jwt', 'user_ada']);
  });

  for (const token of [null, undefined, '', 'null', 'undefined', ' ', 'two words', 'no-jwt', 'a.b\n.c', 'é.é.é']) {
    test(`${JSON.stringify(token) ?? 'undefined'} fails closed, and the cookie is not consulted`, async (t) => {
      assert.deepEqual(await sent(t, authHeaders(token)), { kind: 'fail-closed', status: 401, ranAs: null });
    });
  }

  test('no token with one session for certain sends nothing', async (t) => {
    assert.deepEqual(await sent(t, authHeaders(null, { multiSession: false })), { kind: 'none', status: 200, ranAs: 'user_bob' });
  });

  test('no token with several sessions fails closed', async (t) => {
    assert.equal((await sent(t, authHeaders(null, { multiSession: true }))).kind, 'fail-closed');
  });

  test('the policy can be given: "closed", "omit", "throw"', () => {
    assert.deepEqual(Object.keys(authHeaders(null, { multiSession: false, onMissingToken: 'closed' })).sort(), [
      'authorization',
      'x-tabpin-required',
    ]);
    assert.deepEqual(authHeaders(null, { multiSession: true, onMissingToken: 'omit' }), {});
    assert.throws(() => authHeaders(null, { onMissingToken: 'throw' }), { code: 'token_missing' });
  });
});
