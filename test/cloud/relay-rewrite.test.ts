import { expect, test } from 'vitest';
import { relayCookies } from '../../cloud-mock/access/relay-cookies.ts';
import { backwardHeaders, forwardHeaders, rewriteLocation } from '../../cloud-mock/access/relay-rewrite.ts';
import { createSeal } from '../../cloud-mock/sign-in/seal.ts';

const prefix = '/gw_0123456789abcdef';
const hosts = ['relay.test:7301', 'gateway'];
const side = { protocol: 'http', host: 'relay.test:7301', address: '192.0.2.1' };
const seal = createSeal(Buffer.alloc(32, 1));
const cookies = relayCookies(seal, 'gw_0123456789abcdef', 'one session');
/** A Set-Cookie line without its sealed value, and the value as the gateway gets it back. */
function travel(line: string, secure = false) {
  const out = cookies.outward(line, prefix, secure)!;
  const [pair = '', ...attributes] = out.split('; ');
  return { attributes: attributes.join('; '), back: cookies.inward(pair) };
}

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
  ['a=1', `Path=${prefix}/; HttpOnly; SameSite=Lax`],
  ['a=1; Path=/', `Path=${prefix}/; HttpOnly; SameSite=Lax`],
  ['a=1; path=/sub; HttpOnly; SameSite=Strict', `Path=${prefix}/sub; HttpOnly; SameSite=Strict`],
  ['a=1; Domain=relay.test; SameSite=None', `Path=${prefix}/; HttpOnly; SameSite=Lax`],
  ['a=1; Path=relative', `Path=${prefix}/; HttpOnly; SameSite=Lax`],
  ['a=1; Max-Age=5', `Path=${prefix}/; Max-Age=5; HttpOnly; SameSite=Lax`],
])('the cookie line %s travels with %s and comes back as it was', (given, expected) => {
  expect(travel(given)).toEqual({ attributes: expected, back: 'a=1' });
});

test('a cookie is dropped that was sealed for another gateway, another session or another name, or not at all', () => {
  const [pair = ''] = cookies.outward('a=b=c', prefix, true)!.split('; ');
  expect(cookies.inward(`x=plain; ${pair}; theme=dark`)).toBe('a=b=c');
  expect(relayCookies(seal, 'gw_fedcba9876543210', 'one session').inward(pair)).toBeUndefined();
  expect(relayCookies(seal, 'gw_0123456789abcdef', 'another').inward(pair)).toBeUndefined();
  expect(cookies.inward(pair.replace('a=', 'other='))).toBeUndefined();
  expect(cookies.outward('a=; Max-Age=0', prefix, true)).toBe(
    `a=; Path=${prefix}/; Max-Age=0; HttpOnly; SameSite=Lax; Secure`,
  );
  expect(cookies.outward(`a=${'x'.repeat(4000)}`, prefix, false)).toBeUndefined();
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
  expect(cookies.outward(line, prefix, true)).toBeUndefined();
});

test('the gateway hears who forwards from the relay alone, and only the cookies that are its own', () => {
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
    side,
    { inward: (header) => header?.replace(/^.*theme/, 'theme') },
  );
  expect(out).toEqual({
    'content-type': 'text/plain',
    origin: 'http://relay.test:7301',
    cookie: 'theme=dark; vigil_interaction=x; vigil_vms=own',
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
    'Clear-Site-Data', '"cookies"',
    'Service-Worker-Allowed', '/',
    'Strict-Transport-Security', 'max-age=1',
    'Transfer-Encoding', 'chunked',
    'Connection', 'close',
    'Location', '/next',
  ]; // biome-ignore format: pairs
  expect(backwardHeaders(raw, { connection: 'close' }, prefix, side, cookies)).toEqual([
    ['Content-Type', 'text/html'],
    ['Set-Cookie', expect.stringMatching(/^a=v1[.]/)],
    ['Location', `${prefix}/next`],
  ]);
});
