/** The error, and how it is found in others. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { findTabAuthError, TabAuthError } from 'tabpin';

const info = { code: 'offline', message: 'The network failed.', suggestion: 'Wait.', retryable: true };

describe('TabAuthError', () => {
  test('it is an Error with the members of its info', () => {
    const cause = new Error('why');
    const error = new TabAuthError(info, { cause });
    assert.ok(error instanceof Error);
    const { name, code, message, suggestion, retryable } = error;
    assert.deepEqual({ name, code, message, suggestion, retryable }, { name: 'TabAuthError', ...info });
    assert.equal(error.cause, cause);
    assert.match(error.stack, /errors\.test\.mjs/);
  });

  test('it has nothing else that it was given', () => {
    const error = new TabAuthError({ ...info, expected: 'a', actual: 'b', stack: 'c' });
    assert.deepEqual(Object.keys(error).sort(), ['code', 'name', 'retryable', 'suggestion']);
    assert.notEqual(error.stack, 'c');
  });

  test('without a cause it has none', () => assert.ok(!('cause' in new TabAuthError(info))));
});

describe('findTabAuthError', () => {
  const error = new TabAuthError(info);

  test('it finds one, however deep it is wrapped', () => {
    assert.equal(findTabAuthError(error), error);
    let wrapped = error;
    for (let depth = 0; depth < 5; depth += 1) wrapped = new Error('outer', { cause: wrapped });
    assert.equal(findTabAuthError(wrapped), error);
    assert.equal(findTabAuthError({ cause: { cause: error } }), error);
  });

  test('it finds one of another copy of the package, and of another realm', async () => {
    class Other extends Error {
      name = 'TabAuthError';
      code = 'offline';
    }
    const other = new Other();
    assert.equal(findTabAuthError(new Error('outer', { cause: other })), other);
    const foreign = runInNewContext(`Object.assign(new Error(''), { name: 'TabAuthError', code: 'offline' })`);
    assert.equal(findTabAuthError(new Error('outer', { cause: foreign })), foreign);
  });

  test('it finds none in anything else', () => {
    const loop = new Error('loop');
    loop.cause = loop;
    const named = Object.assign(new Error(''), { name: 'TabAuthError' });
    for (const other of [null, undefined, 5, 'TabAuthError', new Error(''), loop, named, {}, () => {}, Symbol('x')]) {
      assert.equal(findTabAuthError(other), null);
    }
  });
});
