/** Options that are unknown or of the wrong kind are refused by name, before anything is made. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTabAuth } from 'tabpin';
import { ADA, assertError, jwt, subOf, tab } from './kit.mjs';

const source = async () => jwt();
const make = (options) => createTabAuth({ source, runtime: 'client', ...options });

/** It is refused; whatever text was handed in is not repeated. */
function refused(options, { says, cures, secrets = [] }) {
  assert.throws(
    () => make(options),
    (error) => (assertError(error, 'invalid_option', { says, cures, secrets }), true),
  );
}

const wrong = {
  source: [null, undefined, 5, 'text', {}, { getToken: 'text' }, []],
  template: [5, '', null, {}, true],
  initialToken: [5, {}, true, ['a.b.c']],
  namespace: [5, '', null, {}],
  issuer: [5, null, {}, [5], ['https://a.example', null]],
  onMissingToken: ['close', 'AUTO', null, true, 5],
  allowedOrigins: [
    'https://a.example',
    ['https://a.example/'],
    ['https://a.example/path'],
    ['a.example'],
    ['*'],
    ['HTTPS://A.example'],
    [5],
    null,
    {},
  ],
  shareTokens: ['true', 1, null],
  autoRefresh: ['false', 0, null],
  leewayMs: ['5', -1, NaN, Infinity, null, 5n],
  timeoutMs: ['5', -1, NaN, Infinity, null],
  giveUpAfterMs: ['5', -1, NaN, Infinity, null],
  runtime: ['server', null, true, 'Client'],
  debug: ['true', 1, null, {}],
};

describe('an option of the wrong kind', () => {
  for (const [name, values] of Object.entries(wrong)) {
    test(`${name}`, () => {
      for (const value of values) refused({ [name]: value }, { says: new RegExp(`\`${name}\``), cures: /Make it / });
    });
  }

  test('is not quoted: it may be a token', () => {
    const secret = jwt();
    for (const name of Object.keys(wrong)) {
      if (name === 'template' || name === 'namespace' || name === 'issuer' || name === 'initialToken') continue;
      refused({ [name]: secret }, { says: /`/, cures: /./, secrets: [secret] });
    }
  });
});

describe('an unknown option', () => {
  for (const name of ['sauce', 'timeout', 'initialtoken', 'TEMPLATE', '', 'toString', 'constructor', 'hasOwnProperty']) {
    test(`\`${name}\` is named, and the known ones are listed`, () => {
      refused({ [name]: 1 }, { says: new RegExp(`\`${name}\``), cures: /source, template, initialToken, .*debug/ });
    });
  }

  test('also when its value is undefined', () => refused({ sauce: undefined }, { says: /`sauce`/, cures: /source/ }));
});

describe('options that are none', () => {
  for (const options of [undefined, null, 5, 'text', () => {}]) {
    test(`${typeof options} ${options === null ? 'null' : ''}`, () => {
      assert.throws(
        () => createTabAuth(options),
        (error) => (assertError(error, 'invalid_option', { cures: /source/ }), true),
      );
    });
  }
});

test('every option may be undefined, but for the source', async (t) => {
  const names = Object.keys(wrong).filter((name) => name !== 'source' && name !== 'runtime');
  const { auth } = tab(t, { source, ...Object.fromEntries(names.map((name) => [name, undefined])) });
  assert.equal(subOf(await auth.getToken()), ADA.userId);
});

test('every option at its limits works', async (t) => {
  const limits = [
    { leewayMs: 0, timeoutMs: 5000, giveUpAfterMs: 0 },
    { leewayMs: Number.MAX_VALUE, timeoutMs: Number.MAX_VALUE, giveUpAfterMs: Number.MAX_VALUE },
    { issuer: [], allowedOrigins: [], namespace: ' ', template: 'é', shareTokens: false, autoRefresh: false },
    { issuer: ['https://provider.example'], allowedOrigins: ['http://localhost:1'], onMissingToken: 'throw', initialToken: null },
  ];
  for (const options of limits) assert.equal(subOf(await tab(t, { source, ...options }).auth.getToken()), ADA.userId);
});

test('the object given is neither changed nor kept: what is changed later counts for nothing', async (t) => {
  const options = Object.freeze({ source, runtime: 'client', allowedOrigins: Object.freeze([]), issuer: Object.freeze([]) });
  const auth = createTabAuth(options);
  t.after(() => auth.dispose());
  assert.equal(subOf(await auth.getToken()), ADA.userId);
});

test('options that are inherited, or getters of a class, are read and checked like all others', () => {
  class Options {
    source = source;
    runtime = 'client';
    get leewayMs() {
      return 'ten';
    }
  }
  assert.throws(
    () => createTabAuth(new Options()),
    (error) => (assertError(error, 'invalid_option', { says: /`leewayMs`/, cures: /milliseconds/ }), true),
  );
});

test('what a script has put on all objects is no option', async (t) => {
  Object.prototype.extra = true;
  t.after(() => delete Object.prototype.extra);
  const auth = make({});
  t.after(() => auth.dispose());
  assert.equal(subOf(await auth.getToken()), ADA.userId);
});
