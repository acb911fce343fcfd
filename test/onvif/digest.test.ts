import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { manualClock } from '../../core/runtime/clock.ts';
import { seededRandom } from '../../core/runtime/random.ts';
import { createDigestAuth, parseDigestHeader } from '../../device-sim/auth/digest.ts';

const passwordOf = (username: string) => (username === 'admin' ? 'pass word' : undefined);
const auth = (clock = manualClock(), maxNonces?: number) =>
  createDigestAuth({
    realm: 'TP-LINK IP-Camera',
    algorithms: ['SHA-256', 'MD5'],
    clock,
    random: seededRandom('digest'),
    maxNonces,
  });

interface Signing {
  method?: string;
  uri?: string;
  username?: string;
  password?: string;
  nc?: string;
  qop?: string | null;
  body?: string;
}

function sign(challenge: string, signing: Signing = {}) {
  const { method = 'POST', uri = '/onvif/device_service', username = 'admin', password = 'pass word' } = signing;
  const { nc = '00000001', qop = 'auth', body = '' } = signing;
  const { realm, nonce, algorithm = 'MD5' } = parseDigestHeader(challenge)!;
  const hash = (text: string) =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  const a1 = hash(`${username}:${realm}:${password}`);
  const a2 = hash(qop === 'auth-int' ? `${method}:${uri}:${hash(body)}` : `${method}:${uri}`);
  const response = hash(qop === null ? `${a1}:${nonce}:${a2}` : `${a1}:${nonce}:${nc}:abcdef:${qop}:${a2}`);
  return (
    `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=${algorithm}` +
    (qop === null ? '' : `, qop=${qop}, nc=${nc}, cnonce="abcdef"`)
  );
}

const request = (header: string) => ({ header, method: 'POST', uri: '/onvif/device_service' });

describe('HTTP digest', () => {
  test('offers one challenge an algorithm, the preferred one first', () => {
    const challenges = auth().challenge();
    expect(challenges.map((one) => parseDigestHeader(one)?.['algorithm'])).toEqual(['SHA-256', 'MD5']);
  });

  test('lets the right password in under both algorithms', () => {
    const digest = auth();
    for (const choice of [0, 1]) {
      expect(digest.verify(request(sign(digest.challenge()[choice]!)), passwordOf)).toEqual({ username: 'admin' });
    }
  });

  test('agrees with the example of RFC 7616 section 3.9.1', () => {
    const header = parseDigestHeader(
      'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="8ca523f5e9506fed4657c9700eebdbec"',
    )!;
    const md5 = (text: string) => createHash('md5').update(text).digest('hex');
    const expected = md5(
      `${md5('Mufasa:http-auth@example.org:Circle of Life')}:${header['nonce']}:00000001:${header['cnonce']}:auth:${md5('GET:/dir/index.html')}`,
    );
    expect(header['response']).toBe(expected);
  });

  test.each([
    ['a wrong password', { password: 'no' }],
    ['an unknown user', { username: 'nobody' }],
    ['another method', { method: 'GET' }],
    ['another target', { uri: '/onvif/media_service' }],
  ])('refuses %s', (_, signing) => {
    const digest = auth();
    expect(digest.verify(request(sign(digest.challenge()[0]!, signing)), passwordOf)).toBeUndefined();
  });

  test.each([
    '',
    'Basic YWRtaW46YQ==',
    'Digest',
    'Digest username="a',
    'Digest a=1, a=2',
    'Digest ,,,',
    `Digest ${'x'.repeat(9000)}`,
  ])('refuses the header %#', (header) => {
    expect(auth().verify(request(header), passwordOf)).toBeUndefined();
  });

  test('takes each nonce count once, in any order within the window', () => {
    const digest = auth();
    const [challenge] = digest.challenge();
    const send = (nc: string) => digest.verify(request(sign(challenge!, { nc })), passwordOf);
    expect(send('00000001')).toEqual({ username: 'admin' });
    expect(send('00000001')).toEqual({ stale: true });
    expect(send('00000003')).toEqual({ username: 'admin' });
    expect(send('00000002')).toEqual({ username: 'admin' });
    expect(send('00000002')).toEqual({ stale: true });
    expect(send('00000003')).toEqual({ stale: true });
    expect(send('00000040')).toEqual({ username: 'admin' });
    expect(send('00000004')).toEqual({ stale: true });
  });

  test('calls an old nonce stale, but only for one who knows the password', async () => {
    const clock = manualClock();
    const digest = auth(clock);
    const [challenge] = digest.challenge();
    await clock.advance('6m');
    expect(digest.verify(request(sign(challenge!)), passwordOf)).toEqual({ stale: true });
    expect(digest.verify(request(sign(challenge!, { password: 'no' })), passwordOf)).toBeUndefined();
    expect(digest.challenge({ stale: true })[0]).toContain('stale=true');
  });

  test('a nonce offered with qop serves a client without qop once', () => {
    const digest = auth();
    const header = sign(digest.challenge()[0]!, { qop: null });
    expect(digest.verify(request(header), passwordOf)).toEqual({ username: 'admin' });
    expect(digest.verify(request(header), passwordOf)).toEqual({ stale: true });
  });

  test('a nonce offered without qop serves many requests', () => {
    const digest = auth();
    const [challenge] = digest.challenge({ qop: false, plain: true });
    const header = sign(challenge!, { qop: null });
    for (let n = 0; n < 3; n++) expect(digest.verify(request(header), passwordOf)).toEqual({ username: 'admin' });
  });

  test('auth-int covers the body', () => {
    const digest = auth();
    const [challenge] = digest.challenge();
    const header = sign(challenge!, { qop: 'auth-int', body: '<a/>' });
    expect(digest.verify({ ...request(header), body: '<b/>' }, passwordOf)).toBeUndefined();
    expect(digest.verify({ ...request(header), body: '<a/>' }, passwordOf)).toEqual({ username: 'admin' });
  });

  test('a forgotten nonce is stale, so a bounded memory opens no replay', () => {
    const digest = auth(manualClock(), 4);
    const first = sign(digest.challenge()[0]!);
    expect(digest.verify(request(first), passwordOf)).toEqual({ username: 'admin' });
    for (let n = 0; n < 5; n++) digest.verify(request(sign(digest.challenge()[0]!)), passwordOf);
    expect(digest.verify(request(first), passwordOf)).toEqual({ stale: true });
  });
});
