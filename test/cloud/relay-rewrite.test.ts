import { expect, test } from 'vitest';
import {
  backwardHeaders,
  forwardHeaders,
  rewriteLocation,
  rewriteSetCookie,
} from '../../cloud-mock/access/relay-rewrite.ts';

const prefix = '/gw_0123456789abcdef';
const hosts = ['relay.test:7301', 'gateway'];

test.each([
  ['/', `${prefix}/`],
  ['/a/b?c=d#e', `${prefix}/a/b?c=d#e`],
  ['http://gateway/x', `${prefix}/x`],
  ['https://relay.test:7301/x?y', `${prefix}/x?y`],
  ['https://elsewhere.test/x', 'https://elsewhere.test/x'],
  ['//elsewhere.test/x', '//elsewhere.test/x'],
  ['/\\elsewhere.test', '/\\elsewhere.test'],
  ['relative/page', 'relative/page'],
  ['?only=query', '?only=query'],
])('a redirect to %s goes to %s', (given, expected) => {
  expect(rewriteLocation(given, prefix, hosts)).toBe(expected);
});

test.each([
  ['a=1', `a=1; Path=${prefix}/`],
  ['a=1; Path=/', `a=1; Path=${prefix}/`],
  ['a=1; path=/sub; HttpOnly; SameSite=Lax', `a=1; HttpOnly; SameSite=Lax; Path=${prefix}/sub`],
  ['a=1; Domain=relay.test; Secure', `a=1; Secure; Path=${prefix}/`],
  ['a=1; Path=relative', `a=1; Path=${prefix}/`],
  ['a=b=c; Max-Age=5', `a=b=c; Max-Age=5; Path=${prefix}/`],
])('the cookie line %s becomes %s', (given, expected) => {
  expect(rewriteSetCookie(given, prefix)).toBe(expected);
});

test.each([
  'vigil_id=x',
  'VIGIL_ID=x',
  ' vigil_id =x',
  'vigil_relay=x; Path=/',
  'vigil_oidc.sig=x',
  '__Host-vigil=x',
  '__Secure-a=b',
])('a gateway cannot set %s', (line) => {
  expect(rewriteSetCookie(line, prefix)).toBeUndefined();
});

test('the gateway hears who forwards from the relay alone, and none of the cloud’s cookies', () => {
  const out = forwardHeaders(
    {
      host: 'evil.test',
      cookie: 'vigil_id=secret; vigil_relay=secret; theme=dark; vigil_interaction=x; vigil_vms=own',
      connection: 'keep-alive, X-Hop',
      'x-hop': 'dropped',
      'x-forwarded-for': '10.0.0.1',
      forwarded: 'for=10.0.0.1',
      te: 'trailers',
      'content-type': 'text/plain',
      origin: 'http://relay.test:7301',
    },
    { protocol: 'http', host: 'relay.test:7301', address: '192.0.2.1' },
  );
  expect(out).toEqual({
    'content-type': 'text/plain',
    origin: 'http://relay.test:7301',
    cookie: 'theme=dark; vigil_vms=own',
    host: 'relay.test:7301',
    'x-forwarded-host': 'relay.test:7301',
    'x-forwarded-proto': 'http',
    'x-forwarded-for': '192.0.2.1',
  });
});

test('what would count for the whole host does not come back from a gateway', () => {
  const raw = [
    'Content-Type', 'text/html',
    'Set-Cookie', 'a=1',
    'Set-Cookie', 'vigil_id=stolen',
    'Set-Cookie', 'b=2; Path=/x',
    'Clear-Site-Data', '"cookies"',
    'Service-Worker-Allowed', '/',
    'Strict-Transport-Security', 'max-age=1',
    'Transfer-Encoding', 'chunked',
    'Connection', 'close',
    'Location', '/next',
  ]; // biome-ignore format: pairs
  expect(backwardHeaders(raw, { connection: 'close' }, prefix, hosts)).toEqual([
    ['Content-Type', 'text/html'],
    ['Set-Cookie', `a=1; Path=${prefix}/`],
    ['Set-Cookie', `b=2; Path=${prefix}/x`],
    ['Location', `${prefix}/next`],
  ]);
});
