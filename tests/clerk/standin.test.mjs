/** The stand-in for Clerk's Frontend API and the application's server behind it, without a browser. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { createClerkApp } from '../../www/servers/clerk-app.mjs';
import { createClerkApi } from '../../www/servers/clerk.mjs';
import { closeServer, listen } from '../../www/servers/http.mjs';

async function start(t, options) {
  const api = createClerkApi({ templates: { convex: (user) => ({ aud: 'convex', plan: user.metadata.plan }) }, ...options });
  const app = createClerkApp({ api });
  const server = createServer((req, res) => api.handler(req, res) || app.handler(req, res) || res.writeHead(404).end());
  const url = await listen(server);
  t.after(() => (api.clear(), closeServer(server)));
  const call = async (method, path, body) => {
    const response = await fetch(`${url}/__clerk/v1/${path}`, { method, ...(body && { body: new URLSearchParams(body) }) });
    return { status: response.status, headers: response.headers, ...(await response.json()) };
  };
  return { api, app, url, call };
}

test('several sessions, one of them active last; a touch makes another one so', async (t) => {
  const { api, call } = await start(t);
  const [ada] = ['ada', 'bob'].map((user) => api.signIn(user).sessionId);
  const { response } = await call('GET', 'client');
  assert.deepEqual(
    response.sessions.map(({ user, last_active_token }) => [user.id, last_active_token !== null]),
    [
      ['ada', false],
      ['bob', true],
    ],
  );
  const touched = await call('POST', `client/sessions/${ada}/touch`, { active_organization_id: '' });
  assert.deepEqual([touched.response.id, touched.client.last_active_session_id], [ada, ada]);
});

test("the real backend takes a session's token, and refuses a template's", async (t) => {
  const { api, app, url, call } = await start(t);
  const { sessionId } = api.signIn('ada');
  api.setMetadata('ada', { plan: 'pro' });
  api.addOrganization('ada', 'org_1', 'org:admin');
  const { jwt } = await call('POST', `client/sessions/${sessionId}/tokens`, { organization_id: 'org_1' });
  const ask = (token) => fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${token}` } }).then((response) => response.status);
  assert.equal(await ask(jwt), 200);
  const { userId, organizationId, metadata, carrier } = app.log[0];
  assert.deepEqual([userId, organizationId, metadata, carrier], ['ada', 'org_1', { plan: 'pro' }, 'bearer']);

  const made = await call('POST', `client/sessions/${sessionId}/tokens/convex`);
  const { sub, sid, aud, plan } = decodeJwt(made.jwt);
  assert.deepEqual([sub, sid, aud, plan], ['ada', undefined, 'convex', 'pro']);
  assert.equal(await ask(made.jwt), 401);
  assert.equal(app.log[1].reason, 'token-type-mismatch');
  assert.deepEqual(Object.keys(decodeProtectedHeader(jwt)).sort(), ['alg', 'cat', 'kid', 'oiat', 'typ']);
});

test('what is not there answers 404, and a revoked session as it was told to', async (t) => {
  const { api, call } = await start(t);
  const { sessionId } = api.signIn('ada');
  const other = api.signIn('bob').sessionId;
  const code = async (path) => {
    const { status, errors } = await call('POST', path);
    return [status, errors[0].code];
  };
  assert.deepEqual(await code(`client/sessions/${sessionId}/tokens/typo`), [404, 'resource_not_found']);
  assert.deepEqual(await code('client/sessions/sess_none/tokens'), [404, 'resource_not_found']);
  api.end(sessionId, 401);
  assert.deepEqual(await code(`client/sessions/${sessionId}/tokens`), [401, 'authentication_invalid']);
  const ended = await call('POST', `client/sessions/${other}/remove`);
  assert.deepEqual(ended.client.sessions, []);
  assert.match(ended.headers.getSetCookie()[0], /^__client_uat=0;/);
});

test('faults meet the calls that they are for, as often as asked, until cleared', async (t) => {
  const { api, call } = await start(t);
  const ada = api.signIn('ada').sessionId;
  const bob = api.signIn('bob').sessionId;
  const tokens = (session) => call('POST', `client/sessions/${session}/tokens`);
  api.fault('500', { sessionId: ada });
  assert.deepEqual([(await tokens(bob)).status, (await tokens(ada)).status, (await tokens(ada)).status], [200, 500, 200]);
  api.fault('429', { times: Infinity });
  const refused = await tokens(ada);
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '1']);
  api.clear();
  api.fault('swapped');
  assert.equal(decodeJwt((await tokens(ada)).jwt).sub, 'bob');
  api.fault('drop');
  await assert.rejects(tokens(ada));
  api.fault('hang');
  const late = tokens(ada);
  await api.log.until(({ call: name, status, sessionId }) => name === 'tokens' && status === null && sessionId === ada, {
    from: api.log.length,
  });
  api.release();
  assert.equal((await late).status, 200);
  assert.throws(() => api.fault('fire'), RangeError);
});

test('no token is in the logs', async (t) => {
  const { api, app, url, call } = await start(t);
  const { sessionId } = api.signIn('ada');
  const { jwt } = await call('POST', `client/sessions/${sessionId}/tokens`);
  await fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${jwt}`, cookie: `__session=${jwt}` } });
  const text = JSON.stringify([api.log, app.log]);
  assert.ok(api.log.length > 0 && app.log.length > 0);
  assert.equal(
    jwt.split('.').some((part) => text.includes(part)),
    false,
  );
});
