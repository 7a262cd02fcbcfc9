// The claims reader next to jose: 1,000 tokens spelled by hand from a seeded generator, a fifth of them with a
// byte changed. Both must refuse the same ones and see the same claims in the rest.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { decodeJwt, decodeProtectedHeader } from 'jose';

const TEXTS = ['sub', 'sid', 'iss', 'azp', 'aud'];
const TIMES = ['iat', 'nbf', 'exp'];
const OTHERS = ['o', 'org_id', 'act', 'id', 'rol', '__proto__', 'constructor', '', 'é', '🦀'];
const SPACES = ['', '', '', ' ', '\n', '\t\r '];
const CHARACTERS = ['a', 'Z', '0', '.', ' ', '{', '"', '\\', '/', '\n', '\u0000', '\u007f', 'é', '€', '🦀', '\u2028', '\ud83e', '\udd80'];
const SHORT = { '"': '\\"', '\\': '\\\\', '/': '\\/', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Mulberry32: small, and the same everywhere. */
function generator(seed) {
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(random() * limit);
  const pick = (list) => list[below(list.length)];
  const repeat = (limit, make) => Array.from({ length: below(limit) }, make);
  const space = () => pick(SPACES);
  const digits = (limit) => repeat(limit, () => below(10)).join('');

  function unit(character) {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${below(2) ? code : code.toUpperCase()}`;
  }
  function spell(text) {
    // By UTF-16 unit, so that halves of a pair are escaped too; raw only where JSON and UTF-8 allow it.
    const pieces = Array.from(text, (character) => {
      const raw = character >= ' ' && character !== '"' && character !== '\\' && character.isWellFormed();
      if (raw && below(4)) return character;
      return below(2) && SHORT[character] ? SHORT[character] : character.split('').map(unit).join('');
    });
    return `"${pieces.join('')}"`;
  }
  const string = () => spell(repeat(8, () => pick(CHARACTERS)).join(''));
  function number() {
    const whole = pick(['0', '17', '1700000000', '9007199254740993', '17000000', `1${digits(25)}`]);
    const fraction = below(2) ? '' : `.${below(10)}${digits(40)}`;
    const power = below(3) ? '' : pick(['e', 'E']) + pick(['', '+', '-']) + pick(['0', '2', '00', '7', '22', '400', below(30)]);
    return pick(['', '', '', '-']) + whole + fraction + power;
  }
  const list = (open, items, close) => open + space() + items.join(`${space()},${space()}`) + space() + close;
  const member = (name, text) => spell(name) + space() + ':' + space() + text;
  function any(depth) {
    const kind = below(depth > 4 ? 4 : 7);
    if (kind === 0) return pick(['null', 'true', 'false']);
    if (kind === 1) return number();
    if (kind < 4) return string();
    if (kind === 4)
      return list(
        '[',
        repeat(4, () => any(depth + 1)),
        ']',
      );
    return list(
      '{',
      repeat(4, () => member(pick([...TEXTS, ...OTHERS]), any(depth + 1))),
      '}',
    );
  }
  function claim() {
    const kind = below(40);
    if (kind === 0) return member(pick([...TEXTS, ...TIMES]), any(0));
    if (kind === 1) return member(pick(TEXTS), 'null');
    if (kind < 15) return member(pick(TEXTS), string());
    if (kind < 29) return member(pick(TIMES), number());
    if (kind < 33) return member('aud', list('[', repeat(4, string), ']'));
    if (kind < 36)
      return member(
        pick(['o', 'act']),
        list(
          '{',
          repeat(3, () => member(pick(['id', 'sub']), string())),
          '}',
        ),
      );
    return member(pick(OTHERS), any(0));
  }
  function change(text) {
    const at = below(text.length);
    const put = pick(['', '', '"', ',', '}', '{', ']', ':', '\\', '0', '.', '-', 'e', 'n', '\n', '\u0001', '\ufeff', '\u00a0']);
    return text.slice(0, at) + put + text.slice(at + below(2));
  }
  const encode = (text) => Buffer.from(text, 'utf8').toString('base64url');

  function token() {
    const header = [member('alg', '"RS256"'), member('kid', below(9) ? string() : any(0)), member('oiat', below(9) ? number() : any(0))];
    let texts = [list('{', header.slice(below(2)), '}'), space() + list('{', repeat(12, claim), '}') + space()];
    const fate = below(20);
    if (fate === 0) texts = [texts[0], change(texts[1])];
    if (fate === 1) texts = [change(texts[0]), texts[1]];
    if (fate === 2) texts = [texts[0], any(0)];
    if (fate === 3) texts = [texts[0], `\ufeff${texts[1]}`];
    const compact = [...texts.map(encode), encode('signature')].join('.');
    if (fate > 4) return compact;
    // No white space and no padding: there jose is more lenient than RFC 7515.
    const at = below(compact.length);
    return below(4) ? compact : compact.slice(0, at) + pick(['', '.', '+', '/', '-', 'A', '*', 'é']) + compact.slice(at + 1);
  }
  return token;
}

const LIMIT = 2n ** 63n;
function millis(value) {
  const time = Math.trunc(value * 1000);
  if (!Number.isFinite(time)) return String(time > 0 ? LIMIT - 1n : -LIMIT);
  const exact = BigInt(time);
  return String(exact >= LIMIT ? LIMIT - 1n : exact < -LIMIT ? -LIMIT : exact);
}

const text = (value) => (typeof value === 'string' ? value.toWellFormed() : null);
const time = (value) => (typeof value === 'number' ? millis(value) : null);
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What jose sees, in the reader's terms; null if one of the two calls refuses the token. */
function expected(token) {
  let header, payload;
  try {
    header = decodeProtectedHeader(token);
    payload = decodeJwt(token);
  } catch {
    return null;
  }
  const wrong = [
    ...['sub', 'sid', 'iss', 'azp'].filter((name) => !['string', 'undefined'].includes(typeof (payload[name] ?? undefined))),
    ...TIMES.filter((name) => !['number', 'undefined'].includes(typeof payload[name])),
  ];
  const audience = Array.isArray(payload.aud) ? payload.aud : [payload.aud ?? []].flat();
  if (audience.some((one) => typeof one !== 'string')) wrong.push('aud');
  if (wrong.length) return { wrong };
  const organization = isObject(payload.o) && Object.hasOwn(payload.o, 'id') ? text(payload.o.id) : null;
  return {
    claims: {
      ...Object.fromEntries(['sub', 'sid', 'iss', 'azp'].map((name) => [name, text(payload[name])])),
      ...Object.fromEntries(TIMES.map((name) => [name, time(payload[name])])),
      aud: audience.map(text),
      org: organization ?? text(payload.org_id),
      act: isObject(payload.act),
      oiat: time(header.oiat),
      kid: text(header.kid),
    },
    payload,
  };
}

let cases;

before(() => {
  const tokens = Array.from({ length: 1000 }, generator(20260101));
  const run = spawnSync('cargo', ['run', '--quiet', '--example', 'claims'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    input: tokens.join('\n'),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  assert.equal(run.status, 0, 'the example program ends well');
  const lines = run.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(lines.length, tokens.length);
  cases = tokens.map((token, index) => ({ index, token, ours: lines[index], theirs: expected(token) }));
});

test('the reader refuses what jose refuses, and of the rest only claims of a wrong type', () => {
  for (const { index, ours, theirs } of cases) {
    const reason = ours.malformed ?? 'read';
    if (theirs === null) assert.match(reason, /header|payload|parts/, `token ${index}`);
    else if (theirs.wrong)
      assert.ok(
        theirs.wrong.some((name) => reason.includes(`\`${name}\``)),
        `token ${index}: ${reason}`,
      );
    else assert.equal(reason, 'read', `token ${index}`);
  }
});

test('the reader sees the claims that jose sees', () => {
  for (const { index, ours, theirs } of cases.filter(({ theirs }) => theirs?.claims)) {
    const { compact, payload, ...claims } = ours;
    assert.deepEqual(claims, { ...theirs.claims }, `token ${index}`);
  }
});

test('the payload that the reader hands out parses to what jose returns', () => {
  for (const { index, ours, theirs } of cases.filter(({ theirs }) => theirs?.payload)) {
    assert.deepEqual(JSON.parse(ours.payload), theirs.payload, `token ${index}`);
  }
});

test('the generated tokens reach every outcome', () => {
  const count = (kind) => cases.filter(kind).length;
  assert.ok(count(({ theirs }) => theirs?.claims) > 700);
  assert.ok(count(({ theirs }) => theirs?.wrong) > 50);
  assert.ok(count(({ theirs }) => theirs === null) > 50);
  for (const name of [...TEXTS, ...TIMES, 'org', 'act', 'oiat', 'kid']) {
    assert.ok(count(({ ours }) => ours[name]?.length !== 0 && Boolean(ours[name])) > 10, name);
  }
  assert.ok(count(({ ours }) => ours.sub?.includes('\ufffd')) > 10, 'lone surrogates');
  assert.ok(count(({ ours }) => TIMES.some((name) => ours[name]?.endsWith('775807'))) > 10, 'saturated times');
});
