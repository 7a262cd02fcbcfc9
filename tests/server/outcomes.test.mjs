/** What comes of a request, by what it carries: the same with Clerk's backend and with jose alone. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ADA, bearer, BOB, CLOSED, cookie, foreignKeys, ISSUER, judge, MARKER, mint, PARTY, word, withClerk, withJose } from './kit.mjs';

const issuer = ['https://eu.example.com', ISSUER];
const authorizedParties = [PARTY, 'https://www.example.com'];

for (const [name, verify] of Object.entries({ 'with @clerk/backend': withClerk, 'with jose': withJose })) {
  const outcome = async (headers, options) => word(await judge(verify, headers, options));

  describe(name, () => {
    test('a bearer is the user, whoever the cookie is', async () => {
      const verdict = await judge(verify, { ...(await bearer(ADA)), ...(await cookie(BOB)) });
      assert.deepEqual(verdict, { kind: 'signed_in', userId: ADA.sub, sessionId: ADA.sid, carrier: 'header' });
    });

    test('without a bearer it is the cookie’s user', async () => {
      const verdict = await judge(verify, await cookie(BOB));
      assert.deepEqual(verdict, { kind: 'signed_in', userId: BOB.sub, sessionId: BOB.sid, carrier: 'cookie' });
    });

    test('with nothing at all it is a visitor', async () => {
      assert.deepEqual(await judge(verify, {}), { kind: 'visitor' });
    });

    test('the marker is refused, whatever else is there, and on every method', async () => {
      const [ada, bob] = [await bearer(ADA), await cookie(BOB)];
      for (const method of ['GET', 'POST']) {
        for (const headers of [CLOSED, { [MARKER]: '1' }, { ...CLOSED, ...bob }, { [MARKER]: '', ...bob }, { [MARKER]: 'lost', ...ada }]) {
          assert.equal(await outcome(headers, { method }), '401 tab_token_missing');
        }
      }
    });

    test('the fail-closed bearer is refused where the marker was lost on the way', async () => {
      const { authorization } = CLOSED;
      assert.equal(await outcome({ authorization, ...(await cookie(BOB)) }), '401 token_malformed');
      assert.equal(await outcome({ authorization }), '401 token_malformed');
    });

    test('another account than the page shows is forbidden', async () => {
      const viewerId = ADA.sub;
      assert.equal(await outcome(await cookie(BOB), { viewerId }), '403 viewer_mismatch');
      assert.equal(await outcome(await bearer(BOB), { viewerId }), '403 viewer_mismatch');
      assert.equal(await outcome({ ...(await bearer(BOB)), ...(await cookie(ADA)) }, { viewerId }), '403 viewer_mismatch');
      assert.equal(await outcome({ ...(await bearer(ADA)), ...(await cookie(BOB)) }, { viewerId }), ADA.sub);
      assert.equal(await outcome(await cookie(ADA), { viewerId }), ADA.sub);
    });

    test('a page that shows somebody is no visitor', async () => {
      assert.equal(await outcome({}, { viewerId: ADA.sub }), '403 viewer_mismatch');
      assert.equal((await judge(verify, {}, { viewerId: ADA.sub })).diagnosis.carrier, null);
      for (const viewerId of [null, undefined, '']) assert.equal(await outcome({}, { viewerId }), 'visitor');
    });

    test('a page that shows nobody is not the cookie’s user’s', async () => {
      const verdict = await judge(verify, await cookie(BOB), { viewerId: '' });
      assert.deepEqual([word(verdict), verdict.diagnosis.carrier], ['403 viewer_mismatch', 'cookie']);
    });

    test('another scheme is refused, whoever the cookie is', async () => {
      const bob = await cookie(BOB);
      for (const authorization of ['Basic YTpi', 'Digest x', 'Bearer', 'Bearer null', 'Bearer undefined', 'Bearer a b', '', 'Token x']) {
        assert.equal(await outcome({ authorization, ...bob }), '401 malformed_authorization', authorization);
        assert.equal(await outcome({ authorization }), '401 malformed_authorization', authorization);
      }
      assert.equal(await outcome({ authorization: await mint(ADA), ...bob }), '401 malformed_authorization');
    });

    test('a lower-case scheme never becomes the cookie’s user', async () => {
      const authorization = `bearer ${await mint(ADA)}`;
      assert.equal(await outcome({ authorization, ...(await cookie(BOB)) }), '401 credential_substituted');
      assert.equal(await outcome({ authorization, ...(await cookie(ADA)) }), ADA.sub);
      assert.equal(await outcome({ authorization }), '401 credential_refused');
    });

    test('a second authorization header is refused, whichever of the two is good', async () => {
      const two = new Headers(await cookie(BOB));
      for (const who of [ADA, BOB]) two.append('authorization', `Bearer ${await mint(who)}`);
      assert.equal(await outcome(two), '401 malformed_authorization');
    });

    test('a doubled marker is still a marker', async () => {
      const two = new Headers({ [MARKER]: '1' });
      two.append(MARKER, '1');
      assert.equal(await outcome(two), '401 tab_token_missing');
    });

    test('an expired bearer is refused as such', async () => {
      const old = await bearer(ADA, { age: 120 });
      for (const method of ['GET', 'POST']) {
        const verdict = await judge(verify, { ...old, ...(await cookie(BOB)) }, { method });
        assert.equal(word(verdict), '401 token_expired');
        assert.ok(verdict.diagnosis.skewSeconds >= 60 && verdict.diagnosis.skewSeconds < 90);
      }
    });

    test('a bearer that is not valid yet is refused as such', async () => {
      assert.equal(await outcome({ ...(await bearer(ADA, { age: -300 })), ...(await cookie(BOB)) }), '401 token_not_yet_valid');
    });

    test('a bearer that another key has signed is refused', async () => {
      const headers = { ...(await bearer(ADA, { signer: foreignKeys })), ...(await cookie(BOB)) };
      assert.equal(await outcome(headers), '401 credential_refused');
    });

    test('a bearer that is no JWT is refused as such', async () => {
      for (const text of ['a.b.c', 'opaque-token', `${btoa('{}')}.${btoa('[]')}.x`.replaceAll('=', '')]) {
        assert.equal(await outcome({ authorization: `Bearer ${text}`, ...(await cookie(BOB)) }), '401 token_malformed', text);
      }
    });

    test('the wrong issuer is refused even with the right key', async () => {
      const other = await bearer(ADA, { iss: 'https://other.example' });
      assert.equal(await outcome(other), ADA.sub, 'where nobody looks at it');
      const verdict = await judge(verify, { ...other, ...(await cookie(BOB)) }, { issuer });
      assert.equal(word(verdict), '401 issuer_mismatch');
      assert.equal(verdict.diagnosis.expectedIssuer, issuer.join(' or '));
      assert.equal(verdict.diagnosis.actualIssuer, 'https://other.example');
      assert.equal(await outcome(await bearer(ADA), { issuer }), ADA.sub);
      assert.equal(await outcome(await bearer(ADA), { issuer: ISSUER }), ADA.sub);
      assert.equal(await outcome(await bearer(ADA, { iss: undefined }), { issuer }), '401 issuer_mismatch');
      assert.equal(await outcome(other, { verifying: { issuer }, issuer }), '401 issuer_mismatch');
    });

    test('a party that is not authorized is refused', async () => {
      const evil = await bearer(ADA, { azp: 'https://evil.example' });
      for (const verifying of [{}, { authorizedParties }]) {
        const verdict = await judge(verify, evil, { verifying, authorizedParties });
        assert.equal(word(verdict), '401 party_mismatch');
        assert.equal(verdict.diagnosis.expectedParty, authorizedParties.join(' or '));
        assert.equal(verdict.diagnosis.actualParty, 'https://evil.example');
        assert.equal(await outcome(await bearer(ADA), { verifying, authorizedParties }), ADA.sub);
        assert.equal(await outcome(await bearer(ADA, { azp: undefined }), { verifying, authorizedParties }), '401 party_mismatch');
      }
    });

    test('a bearer of which it is not told when it was issued, or from when it is valid, is the user', async () => {
      assert.equal(await outcome(await bearer(ADA, { nbf: undefined })), ADA.sub);
    });

    test('a bearer that was issued in the future is refused', async () => {
      const now = Math.floor(Date.now() / 1000);
      const verdict = await judge(verify, await bearer(ADA, { iat: now + 40, nbf: now, exp: now + 60 }));
      assert.equal(word(verdict), '401 issued_in_future');
      assert.ok(verdict.diagnosis.skewSeconds > 30 && verdict.diagnosis.skewSeconds <= 40);
      assert.equal(await outcome(await bearer(ADA, { iat: now + 3, nbf: now, exp: now + 60 })), ADA.sub, 'clocks differ by a little');
    });

    test('a token without a session is held against the user alone', async () => {
      const anonymous = { sub: ADA.sub };
      assert.equal(await outcome(await bearer(anonymous)), ADA.sub);
      assert.equal(await outcome({ authorization: `bearer ${await mint(anonymous)}`, ...(await cookie(ADA)) }), ADA.sub);
      assert.equal(
        await outcome({ authorization: `bearer ${await mint(anonymous)}`, ...(await cookie(BOB)) }),
        '401 credential_substituted',
      );
    });

    test('another session of the same user is a substitution too', async () => {
      const authorization = `bearer ${await mint({ ...ADA, sid: 'sess_before' })}`;
      const verdict = await judge(verify, { authorization, ...(await cookie(ADA)) });
      assert.equal(word(verdict), '401 credential_substituted');
      assert.deepEqual([verdict.diagnosis.sid, verdict.diagnosis.resolvedSid], ['sess_before', ADA.sid]);
    });
  });
}

describe('in which order', () => {
  /** Everything that can be wrong, and then one thing less at a time. */
  test('the first that applies is told', async () => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: 'https://other.example', azp: 'https://evil.example', nbf: now + 100, iat: now + 100, exp: now - 100 };
    const verify = async () => ({ userId: BOB.sub, sessionId: BOB.sid });
    const options = { issuer, authorizedParties, viewerId: 'user_cleo' };
    const steps = [
      [{ [MARKER]: 'lost', authorization: 'Basic x' }, '401 tab_token_missing'],
      [{ authorization: 'Basic x' }, '401 malformed_authorization'],
      [await bearer(ADA, claims), '401 credential_substituted'],
      [await bearer(BOB, claims), '401 issuer_mismatch'],
      [await bearer(BOB, { ...claims, iss: ISSUER }), '401 party_mismatch'],
      [await bearer(BOB, { ...claims, iss: ISSUER, azp: PARTY }), '401 token_expired'],
      [await bearer(BOB, { ...claims, iss: ISSUER, azp: PARTY, exp: now + 100 }), '401 token_not_yet_valid'],
      [await bearer(BOB, { ...claims, iss: ISSUER, azp: PARTY, exp: now + 100, nbf: now }), '401 issued_in_future'],
      [await bearer(BOB), '403 viewer_mismatch'],
    ];
    for (const [headers, expected] of steps) assert.equal(word(await judge(verify, headers, options)), expected);
    assert.equal(word(await judge(verify, await bearer(BOB), { ...options, viewerId: BOB.sub })), BOB.sub);
  });

  test('`now` is the time that a token is held against', async () => {
    const verify = async () => ({ userId: ADA.sub, sessionId: ADA.sid });
    const headers = await bearer(ADA);
    assert.equal(word(await judge(verify, headers, { now: Date.now() + 120_000 })), '401 token_expired');
    assert.equal(word(await judge(verify, headers, { now: Date.now() - 120_000 })), '401 token_not_yet_valid');
    assert.equal(word(await judge(verify, headers, { now: Date.now() })), ADA.sub);
  });
});
