import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase32, encodeBase32 } from '../../core/pairing/base32.ts';
import { formatLabel, formatLabelSecret, parseLabel, parseLabelSecret } from '../../core/pairing/label-secret.ts';
import { proof, sameProof, type Transcript, transcriptHash } from '../../core/pairing/transcript.ts';

const secret = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

const transcript: Transcript = {
  serial: 'SIM0000000001',
  gatewayId: 'gw_a',
  ticketId: 't1',
  cameraNonce: Buffer.alloc(32, 1),
  gatewayNonce: Buffer.alloc(32, 2),
  caCertificate: Buffer.from('ca'),
  certificateRequest: Buffer.from('csr'),
  device: '{}',
  channel: Buffer.alloc(32, 3),
};

// RFC 4648 §10
test.each([
  ['f', 'MY'],
  ['fo', 'MZXQ'],
  ['foobar', 'MZXW6YTBOI'],
])('Base32 of %s is %s', (text, encoded) => {
  expect(encodeBase32(Buffer.from(text))).toBe(encoded);
  expect(decodeBase32(encoded)?.toString()).toBe(text);
});

test('a label secret reads back from its print, in any case and spacing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const text = formatLabelSecret(Buffer.from(bytes));
      const spoken = text.toLowerCase().replaceAll('-', ' ');
      return parseLabelSecret(spoken)?.equals(Buffer.from(bytes)) === true;
    }),
  );
});

test('one wrong character of a label secret is noticed nearly always, and never passes for the same secret', () => {
  const text = formatLabelSecret(secret).replaceAll('-', '');
  const slips = [...text].map((letter, at) => text.slice(0, at) + (letter === 'A' ? 'B' : 'A') + text.slice(at + 1));
  const passed = slips.filter((slip) => parseLabelSecret(slip));
  expect(passed.length).toBeLessThanOrEqual(1);
  expect(slips.some((slip) => parseLabelSecret(slip)?.equals(secret))).toBe(false);
});

test('a label carries serial and secret', () => {
  expect(parseLabel(formatLabel('SIM0000000001', secret))).toEqual({ serial: 'SIM0000000001', secret });
  expect(parseLabel('VIGIL1:../x:AAAA')).toBeUndefined();
});

test('the two ends prove with keys of their own, and every part of the transcript counts', () => {
  expect(sameProof(proof('gateway', secret, transcript), proof('camera', secret, transcript))).toBe(false);
  const base = transcriptHash(transcript);
  const changed: Partial<Transcript>[] = [
    { serial: 'SIM0000000002' },
    { gatewayId: 'gw_b' },
    { ticketId: 't2' },
    { cameraNonce: Buffer.alloc(32, 9) },
    { gatewayNonce: Buffer.alloc(32, 9) },
    { caCertificate: Buffer.from('other') },
    { certificateRequest: Buffer.from('other') },
    { device: '{"host":"elsewhere"}' },
    { channel: Buffer.alloc(32, 9) },
  ];
  for (const change of changed) expect(transcriptHash({ ...transcript, ...change }).equals(base)).toBe(false);
});

test('moving a byte from one field to the next gives another transcript', () => {
  const a = transcriptHash({ ...transcript, serial: 'AB', gatewayId: 'C' });
  const b = transcriptHash({ ...transcript, serial: 'A', gatewayId: 'BC' });
  expect(a.equals(b)).toBe(false);
});
