import { createHash, timingSafeEqual } from 'node:crypto';

const hash = (text: string) => createHash('sha256').update(text).digest();

/** Are these Basic credentials (RFC 7617, the part after the scheme) right? Takes as long for a user that is unknown. */
export function checkBasic(
  credentials: string,
  passwordOf: (username: string) => string | undefined,
): { username: string } | undefined {
  const text = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const username = text.slice(0, Math.max(0, colon));
  const password = passwordOf(username);
  const right = timingSafeEqual(hash(text.slice(colon + 1)), hash(password ?? ''));
  return right && colon > 0 && password !== undefined ? { username } : undefined;
}
