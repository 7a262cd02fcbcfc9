/** What is measured against what. Bundled for browsers as it stands, so it uses nothing of Node's own. */
import { decodeJwt } from 'jose';
import { jwtDecode } from 'jwt-decode';
import { createTabAuth, decodeClaims } from 'tabpin';
import { makeToken } from './token.mjs';

/** To the eight claims that everybody reads. */
const eight = ({ sub, sid, iss, azp, aud, iat, nbf, exp }) =>
  sub.length + sid.length + iss.length + azp.length + aud.length + iat + nbf + exp;

/** By hand: what one writes who knows base64url and UTF-8. */
function parse(token) {
  const text = atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (character) => character.charCodeAt(0))));
}

/** The charset of RFC 6750, and the two words that come of a missing value. */
const BEARABLE = /^[A-Za-z0-9\-._~+/]+=*$/;
const isBearable = (token) => token !== 'null' && token !== 'undefined' && BEARABLE.test(token);

const sync = (body) => (n) => {
  let sum = 0;
  for (let i = 0; i < n; i += 1) sum += body();
  return sum;
};
const awaited =
  (body, read = (value) => value.length) =>
  async (n) => {
    let sum = 0;
    for (let i = 0; i < n; i += 1) sum += read(await body());
    return sum;
  };

/** The groups; in each, `run(n)` does the thing n times. The instance is signed in, its token at hand. */
export async function makeGroups() {
  const token = makeToken();
  const auth = createTabAuth({ source: () => Promise.resolve(token), runtime: 'client' });
  const { fetchToken, headers, peekHeaders } = auth;
  await auth.getToken();
  const settled = Promise.resolve(token);
  const size = ({ authorization }) => authorization.length;
  const checked = () => ({ authorization: isBearable(token) ? `Bearer ${token}` : '' });

  const groups = {
    claims: {
      tabpin: sync(() => eight(decodeClaims(token))),
      'jwt-decode': sync(() => eight(jwtDecode(token))),
      jose: sync(() => eight(decodeJwt(token))),
      'by hand': sync(() => eight(parse(token))),
    },
    header: {
      tabpin: sync(() => size(peekHeaders())),
      'by hand, checked': sync(() => size(checked())),
      'by hand, unchecked': sync(() => size({ authorization: `Bearer ${token}` })),
      'Headers().set': sync(() => {
        const made = new Headers();
        made.set('authorization', `Bearer ${token}`);
        return made.has('authorization') ? 1 : 0;
      }),
    },
    'header, awaited': {
      tabpin: awaited(headers, size),
      'by hand, checked': awaited(async () => checked(), size),
      'by hand, unchecked': awaited(async () => ({ authorization: `Bearer ${token}` }), size),
    },
    fetchToken: {
      tabpin: awaited(fetchToken),
      'by hand, async': awaited(async () => token),
      'by hand, settled promise': awaited(() => settled),
    },
  };
  return { groups, end: () => auth.dispose() };
}
