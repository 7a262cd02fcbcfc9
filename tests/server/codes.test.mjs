/** The server's codes are the core's, but for those that only a server can tell; the README has them all. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { tableRows } from '../docs/readme.mjs';

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const core = JSON.parse(read('tests/golden/errors.json')).codes.map(({ code }) => code);
const [, union] = /export type GuardCode =([^;]+);/.exec(read('dist/server/types.d.ts'));
const codes = union.match(/'\w+'/g).map((quoted) => quoted.slice(1, -1));
const own = ['tab_token_missing', 'credential_substituted', 'viewer_mismatch', 'malformed_authorization', 'credential_refused'];

test('a code that is not the server’s own is one of the core’s', () => {
  assert.deepEqual(
    codes.filter((code) => !core.includes(code)),
    own,
  );
});

test('the README’s table of refusals has every code, with its status', () => {
  assert.deepEqual(
    tableRows('guard').map(([code, status]) => [code, status]),
    codes.map((code) => [`\`${code}\``, code === 'viewer_mismatch' ? '403' : '401']),
  );
});
