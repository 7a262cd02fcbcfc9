/**
 * What the package promises, in files whose changes show in a review. `UPDATE_GOLDEN=1` writes them anew.
 * The core's own names are in tests/golden/errors.json, which tests/errors.rs writes.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path) => readFileSync(join(root, path), 'utf8');
const update = process.env.UPDATE_GOLDEN === '1';

/** Fails with the lines that differ: what is gone behind `-`, what is new behind `+`. */
function compare(path, text) {
  if (update) writeFileSync(join(root, path), text);
  const [was, is] = [read(path), text].map((whole) => whole.split('\n'));
  const only = (ours, theirs, sign) => ours.filter((line) => !theirs.includes(line)).map((line) => `${sign} ${line}`);
  const diff = [...only(was, is, '-'), ...only(is, was, '+')];
  assert.ok(was.join('\n') === is.join('\n'), `${path} differs; UPDATE_GOLDEN=1 takes it over:\n${diff.join('\n') || '(only the order)'}`);
}

/** The top-level statements of a declaration file, each with the comment before it. */
function statements(text) {
  const found = [];
  let open = '';
  for (const line of text.split('\n')) {
    const starts = /^(\/\*\*|\/\/\/|export |import |declare |type )/.test(line);
    if (starts && !open.endsWith('*/\n')) {
      found.push(open);
      open = '';
    }
    open += `${line}\n`;
  }
  return [...found, open].map((each) => each.trim()).filter(Boolean);
}

const declares = (statement, name) => new RegExp(`^export declare (?:const|function|class) ${name}\\b`, 'm').test(statement);

/** An entry's declarations: its own, and those that it takes from other files, in their place. */
function declarations(file) {
  return statements(read(`dist/${file}`)).flatMap((statement) => {
    const [, names, from] = statement.match(/^export (?:type )?(?:\{ (.*) \}|\*) from '\.\/(.*)\.js';$/) ?? [];
    if (from === undefined) return [statement];
    if (names === undefined) return declarations(`${from}.d.ts`);
    const theirs = statements(read(`dist/${from}.d.ts`));
    return names.split(', ').map((name) => theirs.find((each) => declares(each, name)) ?? assert.fail(`${name} is not declared`));
  });
}

test('the declarations of every entry are those of the golden file', () => {
  const entries = Object.values(JSON.parse(read('package.json')).exports)
    .filter((target) => target.endsWith('.js'))
    .map((target) => target.replace(/^\.\/dist\/(.*)\.js$/, '$1.d.ts'));
  const text = entries.map((entry) => `// ---------------- ${entry}\n\n${declarations(entry).join('\n\n')}\n`).join('\n');
  compare('tests/golden/api.txt', text);
});

test("the types are compared with the core's own names", async () => {
  const { codes, events, ...lists } = JSON.parse(read('tests/golden/errors.json'));
  const names = {
    codes: codes.map(({ code }) => code),
    events: Object.fromEntries(events.map(({ type, fields }) => [type, fields])),
    ...lists,
  };
  const path = join(root, 'tests/types/names.ts');
  const source = `/** Written by tests/js/golden.test.mjs from the core's golden file. */\nexport const names = ${JSON.stringify(names)} as const;\n`;
  compare('tests/types/names.ts', await format(source, { ...(await resolveConfig(path)), filepath: path }));
});
