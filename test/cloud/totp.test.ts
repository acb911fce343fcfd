import { generateSync } from 'otplib';
import { expect, test } from 'vitest';
import { codeAt, keyUri, matchStep, newTotpSecret, stepAt } from '../../cloud-mock/sign-in/totp.ts';
import { decodeBase32, encodeBase32 } from '../../core/pairing/base32.ts';
import { secureRandom } from '../../core/runtime/random.ts';

/** RFC 6238 appendix B: the seed is the ASCII digits 1234567890… as long as the hash. */
const seed = (bytes: number) => encodeBase32(Buffer.from('1234567890'.repeat(7).slice(0, bytes)));
const seeds = { sha1: seed(20), sha256: seed(32), sha512: seed(64) } as const;
const vectors: [number, number, string, string, string][] = [
  [59, 0x1, '94287082', '46119246', '90693936'],
  [1111111109, 0x23523ec, '07081804', '68084774', '25091201'],
  [1111111111, 0x23523ed, '14050471', '67062674', '99943326'],
  [1234567890, 0x273ef07, '89005924', '91819424', '93441116'],
  [2000000000, 0x3f940aa, '69279037', '90698825', '38618901'],
  [20000000000, 0x27bc86aa, '65353130', '77737706', '47863826'],
];

test.each(vectors)('the codes of RFC 6238 at %d seconds come out', (seconds, step, sha1, sha256, sha512) => {
  expect(stepAt(seconds * 1000)).toBe(step);
  for (const [algorithm, code] of [
    ['sha1', sha1],
    ['sha256', sha256],
    ['sha512', sha512],
  ] as const) {
    expect(generateSync({ secret: seeds[algorithm], algorithm, digits: 8, epoch: seconds })).toBe(code);
  }
  // Six digits are the last six of eight.
  expect(codeAt(seeds.sha1, seconds * 1000)).toBe(sha1.slice(2));
  expect(matchStep(seeds.sha1, sha1.slice(2), seconds * 1000)).toBe(step);
});

test('the current and the previous step are taken, older and later ones are not', () => {
  const at = 1_800_000_000_000;
  const of = (steps: number) => matchStep(seeds.sha1, codeAt(seeds.sha1, at + steps * 30_000), at);
  expect(of(0)).toBe(stepAt(at));
  expect(of(-1)).toBe(stepAt(at) - 1);
  expect([of(1), of(-2), of(2), of(-20)]).toEqual([undefined, undefined, undefined, undefined]);
  // To the last millisecond of its step and through the next.
  const code = codeAt(seeds.sha1, at);
  expect(matchStep(seeds.sha1, code, at + 59_999)).toBe(stepAt(at));
  expect(matchStep(seeds.sha1, code, at + 60_000)).toBeUndefined();
});

test('what is not six ASCII digits matches nothing and throws nothing', () => {
  const at = 59_000;
  const right = codeAt(seeds.sha1, at);
  expect(matchStep(seeds.sha1, right, at)).toBe(1);
  const fullWidth = right.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)));
  const arabic = right.replace(/\d/g, (digit) => String.fromCharCode(0x0660 + Number(digit)));
  for (const wrong of [
    '',
    ` ${right}`,
    `${right} `,
    `${right}\n`,
    `${right.slice(0, 3)} ${right.slice(3)}`,
    right.slice(1),
    `${right}0`,
    `0${right}`,
    'abcdef',
    fullWidth,
    arabic,
    Number(right),
    [right],
    [...right],
    { code: right },
    null,
    undefined,
    true,
    '9'.repeat(1_000_000),
  ]) {
    expect(matchStep(seeds.sha1, wrong, at)).toBeUndefined();
  }
});

test('a secret has 160 bits and its key URI names issuer and account as authenticator apps read them', () => {
  const secret = newTotpSecret(secureRandom);
  expect(decodeBase32(secret)).toHaveLength(20);
  const uri = new URL(keyUri(secret, 'ann+vms@example.test'));
  expect(uri.protocol).toBe('otpauth:');
  expect(uri.host).toBe('totp');
  expect(decodeURIComponent(uri.pathname)).toBe('/Vigil TP-Link ID mock:ann+vms@example.test');
  expect(uri.searchParams.get('secret')).toBe(secret);
  expect(uri.searchParams.get('issuer')).toBe('Vigil TP-Link ID mock');
  expect(uri.searchParams.get('period') ?? '30').toBe('30');
  expect(uri.searchParams.get('digits') ?? '6').toBe('6');
  expect((uri.searchParams.get('algorithm') ?? 'SHA1').toUpperCase()).toBe('SHA1');
});
