/**
 * Every combination of what a request may carry. Each is taken for its own user, refused, or carried nothing at all:
 * a refusal and a visitor are never confused, and nobody runs as somebody else.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { guard } from 'tabpin/server';
import { ADA, BOB, createClerk, foreignKeys, MARKER, mint, requestOf, startRefresher, suffixed, withClerk, withJose } from './kit.mjs';

/** `says`: whose it claims to be; `holds`: is it valid? */
const claim = (text, { sub } = {}, holds = false) => ({ text, says: sub ?? null, holds });

const [ada, bob, expired, forged, early] = await Promise.all([
  mint(ADA),
  mint(BOB),
  mint(ADA, { age: 120 }),
  mint(ADA, { signer: foreignKeys }),
  mint(ADA, { age: -300 }),
]);
const authorizations = [
  null,
  claim(`Bearer ${ada}`, ADA, true),
  claim(`Bearer ${bob}`, BOB, true),
  claim(`bearer ${ada}`, ADA, true),
  claim(`bearer ${forged}`, ADA),
  claim(`Bearer ${expired}`, ADA),
  claim(`Bearer ${forged}`, ADA),
  claim(`Bearer ${early}`, ADA),
  claim(`Bearer ${ada}, Bearer ${bob}`),
  claim('Bearer tabpin.unavailable'),
  claim('Bearer null'),
  claim('Bearer'),
  claim(''),
  claim('Basic YTpi'),
  claim(ada),
];
const cookies = [
  null,
  claim(`__session=${ada}; __client_uat=1`, ADA, true),
  claim(`__session=${bob}; __client_uat=1`, BOB, true),
  { ...claim(`__session=${expired}; __client_uat=1`, ADA), renewable: true },
  claim(`__session=${forged}; __client_uat=1`, ADA),
  claim('__session=a.b.c; __client_uat=1'),
];
const markers = [null, 'session_lost', ''];
const refresh = `${await suffixed('__refresh')}=refresh`;

/** Every way to choose one of each. */
function* combinations([first, ...rest]) {
  if (first === undefined) return yield [];
  for (const one of first) for (const others of combinations(rest)) yield [one, ...others];
}

/** What breaks the rule; null = nothing. `renewed`: the SDK may have renewed the cookie's session, which is valid then. */
function complaint({ authorization, cookie, marker, params, renewed = false }, verdict) {
  const bearers = [authorization, params?.authorization].filter(Boolean);
  const marked = marker !== null || params?.marker !== undefined;
  const nothing = bearers.length === 0 && !cookie && !marked;
  if ((verdict.kind === 'visitor') !== nothing) return `${nothing ? 'nothing' : 'something'} was presented`;
  const sole = bearers.length === 0 ? cookie : bearers[0];
  const plain = bearers.length === 0 || (bearers.length === 1 && sole.text.startsWith('Bearer '));
  if (!marked && plain && sole?.holds && verdict.userId !== sole.says) return 'a valid credential was not taken';
  if (verdict.kind !== 'signed_in') return null;
  if (marked) return 'it is marked';
  if (bearers.length > 1) return 'there are two tokens';
  if (bearers.some(({ says }) => says !== verdict.userId)) return 'the token is not the user’s';
  const own = [...bearers, cookie].filter((each) => (each?.holds || (each === cookie && renewed)) && each.says === verdict.userId);
  return own.length === 0 ? 'no credential of the user holds' : null;
}

async function judgeAll(verify) {
  const count = { signed_in: 0, visitor: 0, refused: 0 };
  const complaints = [];
  const resolved = new Map();
  const secrets = [ada, bob, expired, forged, early].map((token) => token.split('.')[2]);
  const paramsOf = [null, {}, { marker: 'lost' }, ...authorizations.slice(1, 4).map((each) => ({ authorization: each }))];
  for (const [method, authorization, cookie, refreshing, marker, params] of combinations([
    ['GET', 'POST'],
    authorizations,
    cookies,
    [false, true],
    markers,
    paramsOf,
  ])) {
    const headers = {
      ...(authorization && { authorization: authorization.text }),
      ...(cookie && { cookie: refreshing ? `${cookie.text}; ${refresh}` : cookie.text }),
      ...(marker !== null && { [MARKER]: marker }),
    };
    const connectionParams = params && {
      ...(params.authorization && { authorization: params.authorization.text }),
      ...(params.marker && { [MARKER]: params.marker }),
    };
    // The marker means nothing to an SDK.
    const shown = { ...headers, ...connectionParams };
    delete shown[MARKER];
    const seen = JSON.stringify([method, shown]);
    if (!resolved.has(seen)) resolved.set(seen, await verify(requestOf(shown, method)));
    const session = resolved.get(seen);
    const verdict = guard(requestOf(headers, method), session, { connectionParams });
    count[verdict.kind]++;
    const written = JSON.stringify(verdict);
    const renewed = cookie?.renewable && refreshing && method === 'GET';
    const wrong =
      complaint({ authorization, cookie, marker, params, renewed }, verdict) ??
      (secrets.some((each) => written.includes(each)) && 'a token is told');
    if (wrong)
      complaints.push(`${method} ${authorizations.indexOf(authorization)} ${cookies.indexOf(cookie)} ${refreshing} ${marker}: ${wrong}`);
  }
  return { count, complaints };
}

describe('a refusal and a visitor are never confused', () => {
  test('with Clerk, which may refresh a cookie’s session on the way', async (t) => {
    const { apiUrl, asked } = await startRefresher(t);
    const client = createClerk({ apiUrl });
    const { count, complaints } = await judgeAll((request) => withClerk(request, {}, client));
    assert.deepEqual(complaints.slice(0, 10), []);
    assert.ok(asked.length > 5, 'sessions were refreshed');
    assert.ok(count.signed_in > 100 && count.visitor > 1 && count.refused > 2000, JSON.stringify(count));
  });

  test('with jose', async () => {
    const { count, complaints } = await judgeAll(withJose);
    assert.deepEqual(complaints.slice(0, 10), []);
    assert.ok(count.signed_in > 100 && count.visitor > 1 && count.refused > 2000, JSON.stringify(count));
  });

  test('the check itself notices a verdict that is wrong', async () => {
    const [, own, other] = authorizations;
    const plain = { authorization: null, cookie: null, marker: null, params: null };
    const asAda = { kind: 'signed_in', userId: ADA.sub };
    assert.ok(complaint(plain, { kind: 'refused' }));
    assert.ok(complaint({ ...plain, marker: '' }, { kind: 'visitor' }));
    assert.ok(complaint({ ...plain, marker: '', authorization: own }, asAda));
    assert.ok(complaint({ ...plain, authorization: other, cookie: cookies[1] }, asAda));
    assert.ok(complaint({ ...plain, cookie: cookies[3] }, asAda));
    assert.ok(complaint({ ...plain, authorization: own }, { kind: 'refused' }));
    assert.equal(complaint({ ...plain, authorization: own, cookie: cookies[2] }, asAda), null);
  });
});
