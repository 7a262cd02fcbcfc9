/** The README, taken apart. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** Every TypeScript block: `{ name, extension, code }`; its name is the fence's second word, else its number. */
export const snippets = [...read('README.md').matchAll(/^```(tsx?)(?: (\w+))?\n(.*?)^```$/gms)].map(([, extension, name, code], index) => ({
  name: name ?? `${index + 1}`,
  extension,
  code,
}));

export const snippet = (name) => snippets.find((each) => each.name === name).code;

/** The rows of the table between the marks, cell by cell, without the head. */
export function tableRows(mark) {
  const [, body] = read('README.md').match(new RegExp(`<!-- ${mark} -->\n(.*?)<!-- /${mark} -->`, 's'));
  const [, , ...rows] = body.trim().split('\n');
  return rows.map((row) => row.slice(2, -2).split(' | '));
}
