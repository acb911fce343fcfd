import { createHash, hash, timingSafeEqual } from 'node:crypto';
import { namespaces } from './namespaces.ts';
import { childOf, type Xml, type XmlElement, xml } from './xml.ts';

/** A wsse:UsernameToken as it came (OASIS Username Token Profile 1.0). */
export interface UsernameToken {
  username: string;
  /** What stands in wsse:Password: the digest, or the password itself. */
  password: string;
  type: 'digest' | 'text';
  nonce?: Buffer;
  /** As it stands: it is part of the digest. */
  created?: string;
}

const profile = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0';
const base64Encoding = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary';

/** Base64(SHA-1(nonce + created + password)). */
export const passwordDigest = (nonce: Buffer, created: string, password: string): string =>
  hash('sha1', Buffer.concat([nonce, Buffer.from(created + password, 'utf8')]), 'base64');

/** The wsse:Security header block of a client that signs in by digest. */
export function formatUsernameToken(given: {
  username: string;
  password: string;
  nonce: Buffer;
  created: string;
}): Xml {
  const { username, password, nonce, created } = given;
  return xml`<wsse:Security xmlns:wsse="${namespaces.wsse}" xmlns:wsu="${namespaces.wsu}" xmlns:s="${namespaces.s}" s:mustUnderstand="1"><wsse:UsernameToken><wsse:Username>${username}</wsse:Username><wsse:Password Type="${profile}#PasswordDigest">${passwordDigest(nonce, created, password)}</wsse:Password><wsse:Nonce EncodingType="${base64Encoding}">${nonce.toString('base64')}</wsse:Nonce><wsu:Created>${created}</wsu:Created></wsse:UsernameToken></wsse:Security>`;
}

/** The username token among header blocks. `malformed` when a Security header is there but says nothing usable. */
export function parseUsernameToken(header: readonly XmlElement[]): UsernameToken | 'malformed' | undefined {
  const security = header.find((block) => block.name === 'Security' && block.ns === namespaces.wsse);
  if (!security) return undefined;
  const token = childOf(security, 'UsernameToken');
  if (!token) return security.children.length > 0 ? 'malformed' : undefined;
  const username = childOf(token, 'Username')?.text.trim();
  const password = childOf(token, 'Password');
  if (username === undefined || username === '' || !password) return 'malformed';
  const kind = password.attributes['Type'] ?? '#PasswordText';
  const type = kind.endsWith('#PasswordDigest') ? 'digest' : kind.endsWith('#PasswordText') ? 'text' : undefined;
  if (!type) return 'malformed';
  const nonce = childOf(token, 'Nonce')?.text.trim();
  const created = childOf(token, 'Created')?.text.trim();
  return {
    username,
    password: type === 'digest' ? password.text.trim() : password.text,
    type,
    ...(nonce ? { nonce: Buffer.from(nonce, 'base64') } : {}),
    ...(created ? { created } : {}),
  };
}

/** Digests have one length, so comparing them tells no length of a secret. */
const sameDigest = (given: string, own: string) => {
  const [a, b] = [Buffer.from(given, 'latin1'), Buffer.from(own, 'latin1')];
  return a.length === b.length && timingSafeEqual(a, b);
};

const sameText = (a: string, b: string) => {
  const hashed = (text: string) => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(hashed(a), hashed(b));
};

/** Does a token prove knowledge of the password? Says nothing about its age or a replay. */
export function provesPassword(token: UsernameToken, password: string): boolean {
  if (token.type === 'text') return sameText(token.password, password);
  // Core §5.9.5: a token without Nonce or Created is rejected.
  if (!token.nonce || token.nonce.length === 0 || !token.created) return false;
  return sameDigest(token.password, passwordDigest(token.nonce, token.created, password));
}
