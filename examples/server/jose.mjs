/** The same with jose alone: the bearer, else the cookie. A token that is refused is not the same as none. */
import { importSPKI, jwtVerify } from 'jose';

const key = await importSPKI(process.env.JWT_KEY, 'RS256');

export async function resolve({ authorization = '', cookie = '' }) {
  const token = /^bearer +(.+)$/i.exec(authorization)?.[1] ?? /(?:^|; )__session=([^;]+)/.exec(cookie)?.[1];
  if (!token) return null;
  try {
    const { payload } = await jwtVerify(token, key, { issuer: process.env.JWT_ISSUER });
    return { userId: payload.sub, sessionId: payload.sid };
  } catch (error) {
    return { userId: null, reason: error.code };
  }
}
