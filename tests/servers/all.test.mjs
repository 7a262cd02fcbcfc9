import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { describe, test } from 'node:test';
import { startServers } from '../../www/servers/all.mjs';
import { makeClient, within } from '../consumers/kit.mjs';

async function start(t, options) {
  const servers = await startServers(options);
  t.after(() => servers.close());
  const post = (path, body, headers = {}) =>
    fetch(servers.url + path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } });
  const get = async (path, headers = {}) => (await fetch(servers.url + path, { headers })).json();
  return { ...servers, post, get };
}

const cookieOf = (response) => response.headers.get('set-cookie').split(';')[0];

describe('all servers behind one address', { concurrency: true }, () => {
  test('the cookie follows sign-in, switch and sign-out', async (t) => {
    const { post, get } = await start(t);
    assert.equal((await get('/provider/sessions')).current, null);
    const ada = cookieOf(await post('/provider/sign-in', { userId: 'user_ada' }));
    assert.equal((await get('/provider/sessions', { cookie: ada })).current, 'sess_ada');
    const bob = cookieOf(await post('/provider/switch', { sessionId: 'sess_bob' }, { cookie: ada }));
    assert.equal((await get('/provider/sessions', { cookie: bob })).current, 'sess_bob');
    const left = cookieOf(await post('/provider/sign-out', { sessionId: 'sess_bob' }, { cookie: bob }));
    assert.equal((await get('/provider/sessions', { cookie: left })).current, 'sess_ada');
    assert.equal((await post('/provider/switch', { sessionId: 'sess_bob' })).status, 404);
  });

  test('a token is answered, refused for an ended session, and spoiled by a fault', async (t) => {
    const { post, provider } = await start(t);
    const token = await post('/provider/token', { sessionId: 'sess_ada' });
    assert.equal((await provider.verify((await token.json()).token)).sub, 'user_ada');
    provider.signOut('sess_bob');
    assert.equal((await post('/provider/token', { sessionId: 'sess_bob' })).status, 404);
    await post('/provider/fault', { kind: '500', times: null });
    assert.equal((await post('/provider/token', { sessionId: 'sess_ada' })).status, 500);
    await post('/provider/clear', {});
    await post('/provider/fault', { kind: 'offline', times: 1 });
    await assert.rejects(post('/provider/token', { sessionId: 'sess_ada' }), TypeError);
    assert.equal((await post('/provider/fault', { kind: 'typo' })).status, 400);
  });

  test('a hanging token request ends at close', async () => {
    const servers = await startServers();
    servers.provider.fault('hang');
    const asked = assert.rejects(fetch(`${servers.url}/provider/token`, { method: 'POST', body: '{"sessionId":"sess_ada"}' }));
    await servers.provider.log.until(({ outcome }) => outcome === 'hang');
    await within(5000, servers.close(), 'close');
    await asked;
  });

  test('tRPC answers for the bearer first, then for the cookie, never for both', async (t) => {
    const { provider, get, trpc } = await start(t);
    const cookie = 'provider_session=sess_bob';
    const whoami = async (headers) => (await get('/trpc/whoami', headers)).result?.data ?? null;
    const authorization = `Bearer ${await provider.mint({ session: 'sess_ada' })}`;
    assert.equal((await whoami({ authorization, cookie })).userId, 'user_ada');
    assert.equal((await whoami({ cookie })).userId, 'user_bob');
    assert.equal(await whoami({}), null);
    assert.equal(await whoami({ authorization: 'Bearer tabpin.unavailable', 'x-tabpin-required': 'offline', cookie }), null);
    assert.equal((await whoami({ authorization: authorization.toLowerCase(), cookie })).userId, 'user_bob');
    assert.deepEqual(
      trpc.log.map(({ kind }) => kind),
      ['bearer-jwt', 'none', 'none', 'fail-closed', 'other'],
    );
    assert.equal(trpc.log[3].refused, 'ERR_JWS_INVALID');
    assert.ok(!JSON.stringify(trpc.log).includes('eyJ'));
  });

  test('header names are recorded as they arrived, duplicates included', async (t) => {
    const { url, trpc } = await start(t);
    const req = request(`${url}/left/trpc/whoami`, {
      headers: { Authorization: 'Bearer null', 'X-Tabpin-Required': ['offline', 'offline'] },
    });
    const [res] = await once(req.end(), 'response');
    assert.equal(res.resume().statusCode, 401);
    const { kind, names, label } = trpc.log[0];
    assert.deepEqual(
      { kind, names, label },
      { kind: 'other', names: ['Authorization', 'X-Tabpin-Required', 'X-Tabpin-Required'], label: 'left' },
    );
  });

  test('a Convex client connects at the same address, and its log can be followed', async (t) => {
    const { url, provider, get } = await start(t);
    const stopped = new AbortController();
    const events = await fetch(`${url}/servers/events`, { signal: stopped.signal });
    const { client, me } = makeClient(`${url}/right`);
    t.after(() => client.close());
    client.setAuth(() => provider.mint({ session: 'sess_ada' }));
    await me.until(({ sub }) => sub === 'user_ada');
    let text = '';
    for await (const chunk of events.body) {
      text += Buffer.from(chunk).toString();
      if (text.includes('"accepted":true')) break;
    }
    stopped.abort();
    assert.ok(text.includes('event: convex\n') && !text.includes('eyJ'));
    assert.ok((await get('/servers/log')).convex.some(({ label, sub }) => label === 'right' && sub === 'user_ada'));
  });

  test('files come from www and the package, and from nowhere else', async (t) => {
    const { url } = await start(t);
    const status = async (path) => (await fetch(url + path)).status;
    assert.equal(await status('/servers/all.mjs'), 200);
    for (const path of [
      '/..%2fpackage.json',
      '/servers/%2e%2e%2f%2e%2e%2fpackage.json',
      '/dist/..%2fpackage.json',
      '/%00',
      '/%zz',
      '/servers',
    ]) {
      assert.equal(await status(path), 404, path);
    }
  });

  test('a port in use is refused with its code', async (t) => {
    const { url } = await start(t);
    await assert.rejects(startServers({ port: Number(new URL(url).port) }), { code: 'EADDRINUSE' });
  });
});
