/** Wherever headers come from, they are read alike. */
import assert from 'node:assert/strict';
import { createServer as createHttp2Server, connect as connectHttp2 } from 'node:http2';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { guard } from 'tabpin/server';
import { closeServer, listen } from '../../www/servers/http.mjs';
import { ADA, BOB, MARKER, mint, word } from './kit.mjs';

const session = { userId: ADA.sub, sessionId: ADA.sid };
const token = await mint(ADA);
const verdictOf = (source, options) => word(guard(source, session, options));

/** The same headers in every form in which a framework hands them over. */
const forms = {
  'a Request': (headers) => new Request('https://app.example.com', { headers }),
  Headers: (headers) => ({ headers: new Headers(headers) }),
  'a record': (headers) => ({ headers }),
  'a record with lists': (headers) => ({ headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])) }),
  'a record in other letters': (headers) => ({
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value])),
  }),
  'a function': (headers) => (name) => headers[name],
  'a function that answers null': (headers) => (name) => headers[name] ?? null,
};

for (const [form, from] of Object.entries(forms)) {
  test(`${form} is read`, () => {
    assert.deepEqual(guard(from({ authorization: `Bearer ${token}` }), session), {
      kind: 'signed_in',
      userId: ADA.sub,
      sessionId: ADA.sid,
      carrier: 'header',
    });
    assert.equal(verdictOf(from({ authorization: 'Basic x' })), '401 malformed_authorization');
    assert.equal(verdictOf(from({ authorization: '' })), '401 malformed_authorization');
    assert.equal(verdictOf(from({ [MARKER]: '' })), '401 tab_token_missing');
    assert.equal(guard(from({}), session).carrier, 'cookie');
    assert.deepEqual(guard(from({}), null), { kind: 'visitor' });
  });
}

test('a name that is in a record twice, in other letters, counts twice', () => {
  const headers = { authorization: `Bearer ${token}`, Authorization: `Bearer ${token}` };
  assert.equal(verdictOf({ headers }), '401 malformed_authorization');
  assert.equal(verdictOf({ headers: { authorization: [`Bearer ${token}`, `Bearer ${token}`] } }), '401 malformed_authorization');
  assert.equal(verdictOf({ headers: { authorization: [] } }), '401 malformed_authorization', 'an empty list is there');
  assert.equal(verdictOf({ headers: { authorization: undefined, Authorization: `Bearer ${token}` } }), ADA.sub);
});

test('white space between scheme and token is as RFC 9110 has it', () => {
  const read = (authorization) => verdictOf((name) => (name === 'authorization' ? authorization : null));
  for (const good of [`Bearer ${token}`, `Bearer   ${token}`, `BEARER ${token}`]) assert.equal(read(good), ADA.sub);
  for (const bad of [
    `Bearer\t${token}`,
    `Bearer${token}`,
    ` Bearer ${token}`,
    `Bearer ${token} x`,
    `Bearer ${token},`,
    `Bearer "${token}"`,
    'Bearer é',
  ]) {
    assert.equal(read(bad), '401 malformed_authorization');
  }
});

test('a session without a user is nobody', () => {
  const ask = (resolved) => word(guard({ headers: {} }, resolved));
  for (const nobody of [null, undefined, { userId: null }, { userId: '' }, { userId: null, sessionId: 'sess_1' }]) {
    assert.equal(ask(nobody), 'visitor');
  }
});

test('a resolved session is taken whatever reason stands beside it', () => {
  assert.equal(word(guard({ headers: {} }, { ...session, reason: 'x' })), ADA.sub);
});

describe('a repeated header that Node drops', () => {
  const lines = (second) =>
    ['GET / HTTP/1.1', 'host: localhost', 'connection: close', `authorization: Bearer ${token}`, second, '', ''].join('\r\n');

  test('is seen in node:http', async (t) => {
    const seen = [];
    const server = createServer((req, res) => {
      seen.push([req.headers.authorization === `Bearer ${token}`, verdictOf(req)]);
      res.end();
    });
    const { port } = new URL(await listen(server));
    t.after(() => closeServer(server));
    for (const second of ['accept: */*', `Authorization: Bearer ${await mint(BOB)}`]) {
      await new Promise((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => socket.end(lines(second)));
        socket.on('error', reject).on('close', resolve).resume();
      });
    }
    assert.deepEqual(seen, [
      [true, ADA.sub],
      [true, '401 malformed_authorization'],
    ]);
  });

  test('is read alike in node:http2', async (t) => {
    const seen = [];
    const server = createHttp2Server((req, res) => {
      seen.push(verdictOf(req));
      res.end();
    });
    const url = await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`)));
    const client = connectHttp2(url);
    t.after(() => new Promise((resolve) => client.close(() => server.close(resolve))));
    for (const headers of [{ authorization: `Bearer ${token}` }, { authorization: 'Basic x' }, { [MARKER]: 'lost' }, {}]) {
      await new Promise((resolve, reject) => client.request(headers).on('error', reject).on('close', resolve).resume());
    }
    assert.deepEqual(seen, [ADA.sub, '401 malformed_authorization', '401 tab_token_missing', ADA.sub]);
  });
});
