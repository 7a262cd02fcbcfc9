/** `fetch` against a real server, which tells what arrived: claims, never tokens. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';
import { decodeClaims, MARKER_HEADER } from 'tabpin';
import { fakeSource } from 'tabpin/testing';
import { ADA, assertError, idOf, next, rejection, tab } from './kit.mjs';

let server;
let origin;
let log;
/** What to answer with, in turn: [status, WWW-Authenticate]. */
let answers;
/** The token that is always answered 401, by its id. */
let refused;

function shown(authorization) {
  if (authorization === undefined) return 'nothing';
  const [scheme, token] = authorization.split(' ');
  return scheme === 'Bearer' && token?.split('.').length === 3 ? decodeClaims(token).jti : authorization;
}

before(async () => {
  server = createServer(async (request, response) => {
    const body = (await request.toArray()).join('');
    const { authorization, [MARKER_HEADER]: marker, 'x-trace': trace } = request.headers;
    log.push({ method: request.method, who: shown(authorization), body, ...(marker && { marker }), ...(trace && { trace }) });
    const [status, challenge] = answers.shift() ?? [shown(authorization) === refused ? 401 : 200];
    response.writeHead(status, { 'content-type': 'text/plain', ...(challenge && { 'www-authenticate': challenge }) });
    response.end(`status ${status}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${server.address().port}`;
});

beforeEach(() => {
  log = [];
  answers = [];
  refused = null;
});

after(() => server.close());

const tabFor = (t, options) => tab(t, { allowedOrigins: [origin], ...options });

describe('fetch', () => {
  test('an allowed origin gets the token, and the answer comes back', async (t) => {
    const { auth } = tabFor(t);
    const id = idOf(await auth.getToken());
    const response = await auth.fetch(`${origin}/a`, { headers: { 'X-Trace': '1' } });
    assert.equal(await response.text(), 'status 200');
    assert.deepEqual(log, [{ method: 'GET', who: id, body: '', trace: '1' }]);
  });

  test('strings, URLs and Requests are all taken, with their own method, headers and body', async (t) => {
    const { auth } = tabFor(t);
    const id = idOf(await auth.getToken());
    const init = { method: 'PUT', body: 'text', headers: [['x-trace', '1']] };
    await auth.fetch(`${origin}/a`, init);
    await auth.fetch(new URL(`${origin}/a`), init);
    await auth.fetch(new Request(`${origin}/a`, init));
    await auth.fetch(new Request(`${origin}/a`, { method: 'PUT', body: 'text' }), { headers: { 'x-trace': '1' } });
    assert.deepEqual(log, Array(4).fill({ method: 'PUT', who: id, body: 'text', trace: '1' }));
  });

  test('members given as undefined are not there', async (t) => {
    const { auth } = tabFor(t);
    await auth.fetch(`${origin}/a`, { method: undefined, headers: undefined, body: undefined, signal: undefined });
    assert.equal(log[0].method, 'GET');
  });

  test('a foreign origin gets the request untouched, and an event says so', async (t) => {
    const { auth, source, events } = tab(t);
    const refused = next(auth, 'refused');
    const response = await auth.fetch(`${origin}/a?secret`, { method: 'POST', body: 'text', headers: { 'x-trace': '1' } });
    assert.equal(response.status, 200);
    assert.deepEqual(log, [{ method: 'POST', who: 'nothing', body: 'text', trace: '1' }]);
    const { origin: from, error } = await refused;
    assert.equal(from, 'request');
    assert.equal(error.code, 'origin_not_allowed');
    assert.ok(error.message.includes(origin));
    assert.ok(!error.message.includes('secret'));
    assert.match(error.suggestion, /allowedOrigins/);
    assert.equal(source.minted, 0);
    assert.ok(events.every(({ type }) => type !== 'token'));
  });

  test('another port, scheme or host is foreign', async (t) => {
    const { auth, events } = tab(t, { allowedOrigins: ['http://127.0.0.1:1'] });
    await auth.fetch(`${origin}/a`);
    assert.equal(log[0].who, 'nothing');
    assert.equal(events.filter(({ type }) => type === 'refused').length, 1);
  });

  test('an `authorization` of its own wins and is not retried, and one without a token is refused', async (t) => {
    const { auth } = tabFor(t);
    answers = [[401], [401]];
    await auth.fetch(`${origin}/a`, { headers: { Authorization: 'Basic abc' } });
    await auth.fetch(new Request(`${origin}/a`, { headers: { authorization: 'Basic abc' } }));
    assert.deepEqual(
      log.map(({ who }) => who),
      ['Basic abc', 'Basic abc'],
    );
    assertError(await rejection(auth.fetch(`${origin}/a`, { headers: { authorization: 'Bearer null' } })), 'token_malformed');
    assert.equal(log.length, 2);
  });

  test('without a token it fails closed', async (t) => {
    const { auth } = tabFor(t, { source: { getToken: async () => null, current: () => undefined }, timeoutMs: 20 });
    await auth.fetch(`${origin}/a`);
    assert.deepEqual(log, [{ method: 'GET', who: 'Bearer tabpin.unavailable', body: '', marker: 'source_not_ready' }]);
  });

  test('a request that runs into an account change is not sent', async (t) => {
    const source = fakeSource({ accounts: [ADA] });
    source.fault('hang');
    const { auth } = tabFor(t, { source });
    const response = auth.fetch(`${origin}/a`);
    source.signIn({ sessionId: 'sess_bob', userId: 'user_bob' });
    assertError(await rejection(response), 'account_changed');
    assert.deepEqual(log, []);
  });

  test('aborted while it waits for the token it rejects, and nothing is sent', async (t) => {
    const { auth, source } = tabFor(t);
    source.fault('hang', 2);
    const controller = new AbortController();
    const { signal } = controller;
    const waits = [auth.fetch(`${origin}/a`, { signal }), auth.fetch(new Request(`${origin}/a`, { signal }))];
    controller.abort();
    for (const wait of waits) assertError(await rejection(wait), 'aborted');
    assert.equal((await rejection(auth.fetch(`${origin}/a`, { signal }))).code, 'aborted');
    assert.deepEqual(log, []);
  });

  test('a network failure is the network failure', async (t) => {
    const { auth } = tab(t, { allowedOrigins: ['http://127.0.0.1:1'] });
    assert.ok((await rejection(auth.fetch('http://127.0.0.1:1/'))) instanceof TypeError);
  });
});

describe('a 401', () => {
  test('brings one refresh and one retry', async (t) => {
    const { auth } = tabFor(t);
    const id = idOf(await auth.getToken());
    answers = [[401, 'Bearer error="invalid_token"'], [200]];
    assert.equal((await auth.fetch(`${origin}/a`)).status, 200);
    const [first, second] = log.map(({ who }) => who);
    assert.equal(first, id);
    assert.notEqual(second, id);
    assert.equal(idOf(await auth.getToken()), second);
  });

  test('is retried once only', async (t) => {
    const { auth } = tabFor(t);
    answers = [[401], [401], [200]];
    const response = await auth.fetch(`${origin}/a`);
    assert.equal(response.status, 401);
    assert.equal(await response.text(), 'status 401');
    assert.equal(log.length, 2);
  });

  test('is answered for each of many at once', async (t) => {
    const { auth } = tabFor(t);
    refused = idOf(await auth.getToken());
    const responses = await Promise.all(Array.from({ length: 5 }, () => auth.fetch(`${origin}/a`)));
    assert.deepEqual(new Set(responses.map(({ status }) => status)), new Set([200]));
    assert.equal(log.length, 10);
  });

  for (const challenge of ['Bearer error="insufficient_scope"', 'Bearer realm="a, b", error="invalid_request"']) {
    test(`that says ${challenge} is not retried`, async (t) => {
      const { auth, source } = tabFor(t);
      answers = [[401, challenge], [200]];
      assert.equal((await auth.fetch(`${origin}/a`)).status, 401);
      assert.equal(source.minted, 1);
    });
  }

  test('403 and 500 are answers', async (t) => {
    const { auth } = tabFor(t);
    answers = [[403], [500]];
    assert.equal((await auth.fetch(`${origin}/a`)).status, 403);
    assert.equal((await auth.fetch(`${origin}/a`)).status, 500);
    assert.equal(log.length, 2);
  });

  const form = () => {
    const data = new FormData();
    data.set('name', 'value');
    return data;
  };
  const bodies = {
    text: () => 'the body',
    bytes: () => new TextEncoder().encode('the body'),
    blob: () => new Blob(['the body']),
    parameters: () => new URLSearchParams({ the: 'body' }),
    form,
  };
  for (const [what, body] of Object.entries(bodies)) {
    test(`a POST of ${what} is sent again whole`, async (t) => {
      const { auth } = tabFor(t);
      answers = [[401]];
      assert.equal((await auth.fetch(`${origin}/a`, { method: 'POST', body: body() })).status, 200);
      assert.equal(log.length, 2);
      const [first, second] = log.map((entry) => entry.body.replaceAll(/-{4,}\S+/g, '-boundary'));
      assert.ok(first.length > 7);
      assert.equal(second, first);
    });
  }

  test("a Request's body is sent again whole, and the Request of the caller is used up", async (t) => {
    const { auth } = tabFor(t);
    answers = [[401]];
    const request = new Request(`${origin}/a`, { method: 'POST', body: 'the body' });
    assert.equal((await auth.fetch(request)).status, 200);
    assert.deepEqual(
      log.map(({ method, body }) => [method, body]),
      Array(2).fill(['POST', 'the body']),
    );
    assert.equal(request.bodyUsed, true);
  });

  const chunks = async function* () {
    yield new TextEncoder().encode('the body');
  };
  const streams = { 'a stream': () => new Blob(['the body']).stream(), 'an async iterable': chunks };
  for (const [what, body] of Object.entries(streams)) {
    test(`${what} can be read only once, so the answer stands`, async (t) => {
      const { auth } = tabFor(t);
      answers = [[401]];
      const response = await auth.fetch(`${origin}/a`, { method: 'POST', body: body(), duplex: 'half' });
      assert.equal(response.status, 401);
      assert.deepEqual(
        log.map((entry) => entry.body),
        ['the body'],
      );
    });
  }

  test('where no other token can be had, the answer stands and can be read', async (t) => {
    const { auth, source } = tabFor(t, { timeoutMs: 30 });
    await auth.getToken({ timeoutMs: 10_000 });
    source.fault('hang', 9);
    answers = [[401]];
    const response = await auth.fetch(`${origin}/a`);
    assert.equal(response.status, 401);
    assert.equal(await response.text(), 'status 401');
  });
});

describe('whose address it is', () => {
  /** Puts these into the global scope for one test. */
  const page = (t, globals) => {
    for (const [name, value] of Object.entries(globals)) {
      Object.defineProperty(globalThis, name, { value, configurable: true });
      t.after(() => delete globalThis[name]);
    }
  };
  const sent = (t) => {
    const calls = [];
    t.mock.method(globalThis, 'fetch', async (input, init) => {
      calls.push({ url: input.url ?? String(input), token: new Headers(init?.headers).has('authorization') });
      return new Response('');
    });
    return calls;
  };

  test("the page's own origin is allowed, relative addresses included", async (t) => {
    page(t, { location: { origin: 'https://app.example', href: 'https://app.example/page' } });
    const calls = sent(t);
    const { auth } = tab(t);
    for (const url of ['/a', 'https://app.example/b', new URL('https://app.example/c'), '//other.example/d']) await auth.fetch(url);
    assert.deepEqual(
      calls.map(({ token }) => token),
      [true, true, true, false],
    );
  });

  test('a <base> element moves relative addresses', async (t) => {
    page(t, {
      location: { origin: 'https://app.example', href: 'https://app.example/page' },
      document: { baseURI: 'https://cdn.example/', addEventListener() {} },
    });
    const calls = sent(t);
    await tab(t).auth.fetch('a');
    assert.deepEqual(calls, [{ url: 'a', token: false }]);
  });

  test('opaque origins are nobody to each other', async (t) => {
    page(t, { location: { origin: 'null', href: 'file:///page' } });
    const calls = sent(t);
    const { auth } = tab(t);
    for (const url of ['data:,x', 'other://evil/']) await auth.fetch(url);
    assert.deepEqual(
      calls.map(({ token }) => token),
      [false, false],
    );
  });

  test('a Request of another realm goes by its own address', async (t) => {
    page(t, { location: { origin: 'https://app.example', href: 'https://app.example/page' } });
    const calls = sent(t);
    const foreign = { url: 'https://evil.example/', headers: {}, clone: () => foreign };
    await tab(t).auth.fetch(foreign);
    assert.deepEqual(calls, [{ url: 'https://evil.example/', token: false }]);
  });
});
