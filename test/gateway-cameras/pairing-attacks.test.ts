import { createPrivateKey, sign as signWith, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pairingVersion, proof } from '../../core/pairing/transcript.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { output } from '../lab/foreign.ts';
import {
  type Conversation,
  converse,
  type Device,
  newDevice,
  newKeys,
  newTicket,
  pair,
  type Ticket,
} from './device.ts';
import { type Side, startSide, until } from './side.ts';

// An attacker on the LAN sees every byte, has seen tickets, may say anything at any moment, and does not know the label
// secret. What is to be had is a certificate; each test counts them.

const certificates = async (house: Side) =>
  (await house.db.all<{ device: string }>('SELECT device FROM device_certificates')).map(({ device }) => device);
const stateOf = (house: Side, { ticketId, ticket }: Ticket) => house.side.tickets.find(ticketId, ticket);

const helloOf = (device: Device, ticket: Ticket, csr: Buffer) => ({
  type: 'hello',
  version: pairingVersion,
  serial: device.serial,
  ...ticket,
  nonce: secureRandom.bytes(32).toString('base64'),
  device: JSON.stringify(device.description),
  certificateRequest: csr.toString('base64'),
});
const begin = async (talk: Conversation, device: Device, ticket: Ticket) =>
  talk.send(helloOf(device, ticket, (await newKeys()).csr));

/** A certificate request made by openssl, with whatever extensions. */
async function requestFor(
  subject: string,
  extensions: string[],
  kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
) {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-request-'));
  try {
    const [key, csr] = [join(folder, 'key.pem'), join(folder, 'request.der')];
    await output('openssl', [
      ...['req', '-new', '-nodes', ...kind, '-subj', subject, '-keyout', key, '-outform', 'DER', '-out', csr],
      ...extensions.flatMap((extension) => ['-addext', extension]),
    ]);
    return { privateKey: readFileSync(key, 'utf8'), csr: readFileSync(csr) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Where the certificationRequestInfo of a request stands in its DER (RFC 2986 §4.1). */
function infoRange(der: Buffer): [number, number] {
  const contentAt = (at: number): [number, number] => {
    const first = der[at + 1]!;
    if (first < 0x80) return [at + 2, first];
    const size = first & 0x7f;
    return [at + 2 + size, der.readUIntBE(at + 2, size)];
  };
  const [info] = contentAt(0);
  const [content, length] = contentAt(info);
  return [info, content + length];
}

const parallel = 32;
const rounds = 5;

test(`${parallel} claims of one ticket at once, ${rounds} times: one certificate each time, for the camera of the ticket`, async () => {
  await using house = await startSide();
  const winners: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const device = newDevice(`SIM000000000${round}`, { onvifPort: 20_000 + round });
    const ticket = await newTicket(house, device);
    const results = await Promise.all(Array.from({ length: parallel }, () => pair(house, device, ticket)));
    winners.push(results.filter(({ paired }) => paired).length);
  }
  console.log(`${parallel} parallel claims, winners by round: ${winners.join(', ')}`);
  expect(winners).toEqual(Array.from({ length: rounds }, () => 1));
  expect((await certificates(house)).sort()).toEqual(
    Array.from({ length: rounds }, (_, index) => `SIM000000000${index + 1}`),
  );
});

test('guessing the label secret ends with the budget of the ticket, also in parallel and over restarts', async () => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const ticket = await newTicket(house, device);
  const guess = () => pair(house, device, ticket, { secret: secureRandom.bytes(16) });
  let judged = 0;
  for (let round = 0; round < 6; round++) {
    const refusals = (await Promise.all(Array.from({ length: 8 }, guess))).map(({ refused }) => refused);
    judged += refusals.filter((code) => code === 'proof_wrong').length;
    if (round === 1) await house.restart();
  }
  console.log(`48 guesses: ${judged} were judged, then the ticket was burned`);
  expect(judged).toBeLessThanOrEqual(5);
  expect(await stateOf(house, ticket)).toMatchObject({ state: 'burned', secretSealed: null });
  expect((await pair(house, device, ticket)).refused).toBe('ticket_used');
  expect(await certificates(house)).toEqual([]);
});

test('a handshake that was listened to is worth nothing when it is played again', async () => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const ticket = await newTicket(house, device);
  // Everything the camera says in a handshake that breaks off before the certificate, as an attacker inside TLS would see it.
  let hello: Record<string, unknown> = {};
  let said = '';
  await pair(house, device, ticket, {
    hello: (message) => {
      hello = message;
      return message;
    },
    onChallenge: (_challenge, transcript) => {
      said = proof('camera', device.labelSecret, transcript).toString('base64');
      return false;
    },
  });
  await until(async () => (await stateOf(house, ticket))?.state === 'open');
  using talk = await converse(house.side.pairingPort);
  talk.send(hello);
  const challenge = await talk.next();
  expect(challenge?.['type']).toBe('challenge');
  talk.send({ type: 'proof', proof: said });
  expect((await talk.next())?.['code']).toBe('proof_wrong');
  expect(await certificates(house)).toEqual([]);
});

test("the gateway's own proof, sent back to it, proves nothing", async () => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const ticket = await newTicket(house, device);
  using talk = await converse(house.side.pairingPort);
  await begin(talk, device, ticket);
  const challenge = await talk.next();
  talk.send({ type: 'proof', proof: challenge!['proof'] });
  expect((await talk.next())?.['code']).toBe('proof_wrong');
  expect(await certificates(house)).toEqual([]);
});

/** The messages a camera sends, in every order but the right one. */
const misorders: [string, string[]][] = [
  ['the proof first', ['proof', 'hello']],
  ['the hello twice', ['hello', 'hello', 'proof']],
  ['the proof twice at once', ['proof', 'proof']],
  ['a renewal without a certificate', ['renew']],
  ['a question after a certificate it does not have', ['check']],
  ['a message of the gateway', ['challenge']],
  ['a certificate of its own', ['hello', 'issued']],
  ['a refusal of its own', ['hello', 'refused']],
];
test.each(misorders)('%s: refused, and no certificate', async (_what, order) => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const ticket = await newTicket(house, device);
  const keys = await newKeys();
  using talk = await converse(house.side.pairingPort);
  for (const type of order) {
    if (type === 'hello') await begin(talk, device, ticket);
    else
      talk.send({
        type,
        proof: secureRandom.bytes(32).toString('base64'),
        certificateRequest: keys.csr.toString('base64'),
        certificate: keys.csr.toString('base64'),
        code: 'busy',
        message: 'x',
        nonce: secureRandom.bytes(32).toString('base64'),
        gatewayId: 'x',
        caCertificate: keys.csr.toString('base64'),
      });
  }
  const answers: string[] = [];
  for (let message = await talk.next(); message; message = await talk.next())
    answers.push(message['code'] ?? message['type']!);
  expect(answers.at(-1)).toMatch(/^(request_invalid|proof_wrong)$/);
  expect(answers).not.toContain('issued');
  expect(await certificates(house)).toEqual([]);
});

test('a message that is cut off anywhere buys nothing and holds nothing up', async () => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const lengths = { hello: 24, proof: 12 };
  let cuts = 0;
  for (const [cut, pieces] of Object.entries(lengths))
    for (let piece = 0; piece < pieces; piece++) {
      const ticket = await newTicket(house, device);
      const keys = await newKeys();
      using talk = await converse(house.side.pairingPort);
      const hello = JSON.stringify(helloOf(device, ticket, keys.csr));
      if (cut === 'hello') talk.socket.write(hello.slice(0, Math.floor((hello.length * piece) / pieces)));
      else {
        talk.send(hello);
        await talk.next();
        const text = JSON.stringify({ type: 'proof', proof: secureRandom.bytes(32).toString('base64') });
        talk.socket.write(text.slice(0, Math.floor((text.length * piece) / pieces)));
      }
      talk.socket.end();
      while (await talk.next());
      // Released at once: the right camera gets in with the same ticket after a proof that never came.
      await until(async () => (await stateOf(house, ticket))?.state === 'open');
      cuts += 1;
    }
  console.log(`${cuts} messages cut off: ${(await certificates(house)).length} certificates`);
  expect(await certificates(house)).toEqual([]);
  expect((await pair(house, device, await newTicket(house, device))).paired).toBeDefined();
});

test('what a request asks for beyond its key is not granted: foreign name, CA, other uses, names', async () => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const keys = await requestFor('/CN=SIM9999999999/O=Somebody else', [
    'basicConstraints=critical,CA:TRUE',
    'keyUsage=keyCertSign,cRLSign',
    'extendedKeyUsage=serverAuth,codeSigning',
    'subjectAltName=DNS:vms.example,IP:127.0.0.1',
  ]);
  const { paired } = await pair(house, device, await newTicket(house, device), { keys });
  const certificate = new X509Certificate(paired!.certificate);
  expect(certificate.subject).toBe('CN=SIM0000000001');
  expect(certificate.ca).toBe(false);
  expect(certificate.subjectAltName).toBeUndefined();
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
});

test.each([
  ['RSA of 1024 bits', ['-newkey', 'rsa:1024']],
  ['RSA of 2048 bits', ['-newkey', 'rsa:2048']],
  ['P-384', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
  ['secp256k1', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1']],
  ['Ed25519', ['-newkey', 'ed25519']],
])('a key of another kind than was agreed is refused: %s', async (_what, kind) => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const keys = await requestFor('/CN=x', [], kind);
  expect((await pair(house, device, await newTicket(house, device), { keys })).refused).toBe('certificate_refused');
  expect(await certificates(house)).toEqual([]);
});

test("somebody else's public key in a request signed by one's own is refused", async () => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const victim = await newKeys();
  const mine = await newKeys();
  // The same request, signed anew by the wrong key: SEQUENCE { info, algorithm, BIT STRING }.
  const [start, end] = infoRange(victim.csr);
  const signature = signWith('sha256', victim.csr.subarray(start, end), createPrivateKey(mine.privateKey));
  const forged = Buffer.concat([
    victim.csr.subarray(start, end),
    Buffer.from('300a06082a8648ce3d040302', 'hex'),
    Buffer.from([3, signature.length + 1, 0]),
    signature,
  ]);
  const csr = Buffer.concat([Buffer.from([0x30, 0x81, forged.length]), forged]);
  const { refused } = await pair(house, device, await newTicket(house, device), {
    keys: { privateKey: mine.privateKey, csr },
  });
  expect(refused).toBe('certificate_refused');
});

test('five megabytes instead of a message are not read to their end', async () => {
  await using house = await startSide();
  const before = process.memoryUsage().arrayBuffers;
  for (const prefix of ['', '{"type":"hello","certificateRequest":"']) {
    using talk = await converse(house.side.pairingPort);
    talk.socket.write(prefix + 'A'.repeat(5 << 20));
    expect((await talk.next())?.['code']).toBe('request_invalid');
    while (await talk.next());
    expect(talk.socket.bytesWritten).toBeGreaterThan(0);
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 << 20);
});
