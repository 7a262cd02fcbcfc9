/** A bearer is read as strictly as the core reads a token. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { explainToken } from 'tabpin';
import { guard } from 'tabpin/server';
import { ADA, word } from './kit.mjs';

const encode = (bytes) => Buffer.from(bytes).toString('base64url');
const token = (payload, header = '{"alg":"RS256"}') => `${encode(header)}.${encode(payload)}.c2ln`;
const ada = { userId: ADA.sub, sessionId: ADA.sid };
const good = JSON.stringify(ADA);
const ask = (text, session, options) => guard({ headers: { authorization: `Bearer ${text}` } }, session, options);

/** Odd in one way each. */
const texts = {
  'not JSON': token('{"sub":'),
  'an array': token('[]'),
  null: token('null'),
  text: token('"user_ada"'),
  'a header that is an array': token(good, '[]'),
  'a header that is not JSON': token(good, 'x'),
  'not UTF-8': token(Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])),
  'a user that is a number': token('{"sub":5}'),
  'a user that is null': token('{"sub":null}'),
  'a session that is an object': token('{"sub":"user_ada","sid":{}}'),
  'an issuer that is a list': token('{"iss":[]}'),
  'a party that is false': token('{"azp":false}'),
  'an expiry that is text': token('{"exp":"9999999999"}'),
  'an expiry that is null': token('{"exp":null}'),
  'a start that is text': token('{"nbf":"1"}'),
  'an issue that is true': token('{"iat":true}'),
  'two parts': token(good).split('.').slice(0, 2).join('.'),
  'four parts': `${token(good)}.x`,
  'an empty header': `.${encode(good)}.c2ln`,
  'an empty payload': `${encode('{}')}..c2ln`,
  'a length that base64 does not have': `${encode('{}')}.${encode(good)}aaa.c2ln`,
  'a byte order mark': token(`\ufeff${good}`),
  'a claim twice': token('{"sub":"user_bob","sid":"sess_ada","sub":"user_ada"}'),
  'letters of all kinds': token(JSON.stringify({ ...ADA, name: 'ÿ?>~ü¿¾' })),
  'nothing odd': token(good),
};

describe('a bearer is read as the core reads a token', () => {
  for (const [name, text] of Object.entries(texts)) {
    test(name, () => {
      const unreadable = explainToken(text).some(({ code }) => code === 'token_malformed');
      assert.equal(word(ask(text, null)), unreadable ? '401 token_malformed' : '401 credential_refused');
    });
  }

  test('some of these are readable and most are not', () => {
    const readable = Object.values(texts).filter((text) => word(ask(text, null)) === '401 credential_refused');
    assert.equal(readable.length, 5);
  });

  test('what is unreadable is nobody’s own', () => {
    assert.equal(word(ask(texts['an array'], ada)), '401 credential_substituted');
    assert.equal(word(ask(texts['a user that is null'], ada)), '401 credential_substituted');
    assert.equal(word(ask(texts['letters of all kinds'], ada)), ADA.sub);
    assert.equal(word(ask(texts['a claim twice'], ada)), ADA.sub);
  });
});

describe('a time is held against the clock', () => {
  const now = 1_800_000_000;
  const at = (claims, session, reason) =>
    word(ask(token(JSON.stringify({ ...ADA, ...claims })), session ?? { userId: null, reason }, { now: now * 1000 }));

  test('forgiving 5 s where the SDK has accepted it', () => {
    assert.deepEqual([at({ exp: now - 4 }, ada), at({ exp: now - 5 }, ada)], [ADA.sub, '401 token_expired']);
    assert.deepEqual([at({ nbf: now + 5 }, ada), at({ nbf: now + 6 }, ada)], [ADA.sub, '401 token_not_yet_valid']);
    assert.deepEqual([at({ iat: now + 5 }, ada), at({ iat: now + 6 }, ada)], [ADA.sub, '401 issued_in_future']);
  });

  test('forgiving nothing where the SDK has refused it, and does not say why', () => {
    assert.deepEqual([at({ exp: now + 1 }), at({ exp: now })], ['401 credential_refused', '401 token_expired']);
    assert.deepEqual([at({ nbf: now }), at({ nbf: now + 1 })], ['401 credential_refused', '401 token_not_yet_valid']);
    assert.deepEqual([at({ iat: now }), at({ iat: now + 1 })], ['401 credential_refused', '401 issued_in_future']);
  });

  test('the SDK’s reason comes before a time that is off by little, and after one that is off by much', () => {
    assert.equal(at({ exp: now - 1 }, null, 'token-invalid-authorized-parties'), '401 party_mismatch');
    assert.equal(at({ exp: now - 60 }, null, 'token-invalid-authorized-parties'), '401 token_expired');
  });
});
