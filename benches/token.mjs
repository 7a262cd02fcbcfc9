/** A token of about 1 KB, as providers give them: the eight claims that everybody reads, and what else comes along. Unsigned. */
export function makeToken(now = Date.now()) {
  const part = (value) =>
    btoa(typeof value === 'string' ? value : JSON.stringify(value)).replace(/[+/=]/g, (c) => ({ '+': '-', '/': '_' })[c] ?? '');
  const iat = Math.floor(now / 1000);
  const claims = {
    azp: 'https://app.example',
    exp: iat + 3600,
    iat,
    iss: 'https://provider.example',
    nbf: iat - 10,
    sid: 'sess_2a7Qm0Zc3VY8b1nKx5tW9dRfHjL',
    sub: 'user_2a7Qlx4Pz8Bv6mNc1sDfGhJkTyU',
    aud: ['convex', 'https://api.example'],
    sts: 'active',
    v: 2,
    fva: [12, -1],
    o: { id: 'org_2a7QnH5Jk9Lp3RsTvWxYzAbCdEf', rol: 'admin', slg: 'example', per: 'create,read,update,delete' },
    email: 'ada@example.org',
    picture: `https://img.example/${'a1B2c3D4'.repeat(12)}`,
  };
  const header = { alg: 'RS256', cat: 'cl_B7d4PD111AAA', kid: 'ins_2a7Qk3Fh6JmNpQrStUvWxYzAbCd', typ: 'JWT' };
  return [part(header), part(claims), part('\x8f'.repeat(256))].join('.');
}
