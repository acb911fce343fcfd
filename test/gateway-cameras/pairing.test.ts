import { X509Certificate } from 'node:crypto';
import { connect as connectTls, createServer } from 'node:tls';
import { expect, test } from 'vitest';
import { formatLabelSecret } from '../../core/pairing/label-secret.ts';
import { listen } from '../../core/runtime/listen.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { openAuthority } from '../../gateway/tls/authority.ts';
import { converse, mutualTls, newDevice, newKeys, newTicket, pair, pairedDevice } from './device.ts';
import { standingClock, startSide, until } from './side.ts';

const stateOf = async (
  house: Awaited<ReturnType<typeof startSide>>,
  { ticketId, ticket }: { ticketId: string; ticket: string },
) => (await house.side.tickets.find(ticketId, ticket))!;
const certificates = (house: Awaited<ReturnType<typeof startSide>>) =>
  house.db.all<{ device: string; state: string }>('SELECT device, state FROM device_certificates');

test('a camera with a ticket and its label secret gets a certificate in the name of the ticket, for clients only', async () => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const ticket = await newTicket(house, device);
  const keys = await newKeys('CN=SIM9999999999,O=somebody else');
  const { paired, gatewayProved } = await pair(house, device, ticket, { keys });
  expect(gatewayProved).toBe(true);
  const certificate = new X509Certificate(paired!.certificate);
  expect(certificate.subject).toBe('CN=SIM0000000001');
  expect(certificate.ca).toBe(false);
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  expect(certificate.verify(new X509Certificate(house.authority.caPem).publicKey)).toBe(true);
  const days = (Date.parse(certificate.validTo) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(30);
  expect(days).toBeLessThan(90);
  expect(await stateOf(house, ticket)).toMatchObject({ state: 'issued', secretSealed: null });
  const [camera] = house.side.cameras.list();
  expect(camera).toMatchObject({
    serial: 'SIM0000000001',
    adoptedBy: 'pairing',
    address: { host: '127.0.0.1', port: 9 },
  });
  expect(house.audit).toContain('camera.paired');
});

test('an elevation is spent once, also for tickets', async () => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const elevation = house.elevation();
  const wish = {
    serial: device.serial,
    labelSecret: formatLabelSecret(device.labelSecret),
    camera: { host: '127.0.0.1', httpsPort: 443 },
  };
  const both = [wish, { ...wish, serial: 'SIM0000000003' }];
  expect((await house.side.tickets.create({ elevation, devices: both })).tickets).toHaveLength(2);
  await expect(
    house.side.tickets.create({ elevation, devices: [{ ...wish, serial: 'SIM0000000002' }] }),
  ).rejects.toMatchObject({
    code: 'elevation_invalid',
  });
});

test('a mistyped label secret is told before the elevation is spent', async () => {
  await using house = await startSide();
  const elevation = house.elevation();
  const wish = { serial: 'SIM0000000001', camera: { host: '127.0.0.1', httpsPort: 443 } };
  const right = formatLabelSecret(secureRandom.bytes(16));
  const wrong = right.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
  await expect(
    house.side.tickets.create({ elevation, devices: [{ ...wish, labelSecret: wrong }] }),
  ).rejects.toMatchObject({
    code: 'label_secret_invalid',
  });
  await house.side.tickets.create({ elevation, devices: [{ ...wish, labelSecret: right }] });
});

test('one serial has one open ticket: its operator may replace it, nobody else', async () => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const first = await newTicket(house, device);
  await expect(newTicket(house, device, 'somebody')).rejects.toMatchObject({ code: 'ticket_open' });
  const second = await newTicket(house, device);
  expect(await stateOf(house, first)).toMatchObject({ state: 'burned', refusal: 'replaced' });
  expect((await pair(house, device, first)).refused).toBe('ticket_used');
  expect((await pair(house, device, second)).paired).toBeDefined();
});

test('a ticket is good once', async () => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const ticket = await newTicket(house, device);
  expect((await pair(house, device, ticket)).paired).toBeDefined();
  expect((await pair(house, device, ticket)).refused).toBe('ticket_used');
});

test('of many connections with one ticket at once, one gets a certificate', async () => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const ticket = await newTicket(house, device);
  const results = await Promise.all(Array.from({ length: 12 }, () => pair(house, device, ticket)));
  expect(results.filter(({ paired }) => paired)).toHaveLength(1);
  for (const { refused, paired } of results) if (!paired) expect(['busy', 'ticket_used']).toContain(refused);
  expect(await certificates(house)).toHaveLength(1);
});

test('a ticket ends after ten minutes, and with its own time a handshake under way', async () => {
  const clock = standingClock();
  await using house = await startSide({ clock });
  const device = newDevice('SIM0000000001');
  const late = await newTicket(house, device);
  clock.set(clock.now() + 10 * 60_000);
  expect((await pair(house, device, late)).refused).toBe('ticket_expired');
  expect(await stateOf(house, late)).toMatchObject({ state: 'expired', secretSealed: null });

  const slow = await newTicket(house, device);
  const { refused } = await pair(house, device, slow, {
    onChallenge: () => {
      clock.set(clock.now() + 10 * 60_000);
      return true;
    },
  });
  expect(refused).toBe('ticket_expired');
  expect(await certificates(house)).toEqual([]);
});

test('five wrong proofs burn a ticket, and the right one is then refused', async () => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const ticket = await newTicket(house, device);
  for (let tries = 1; tries <= 5; tries++) {
    expect((await pair(house, device, ticket, { secret: Buffer.alloc(16, tries) })).refused).toBe('proof_wrong');
    expect((await stateOf(house, ticket)).tries).toBe(tries);
  }
  expect(await stateOf(house, ticket)).toMatchObject({ state: 'burned', refusal: 'proof_wrong', secretSealed: null });
  expect((await pair(house, device, ticket)).refused).toBe('ticket_used');
  expect(await certificates(house)).toEqual([]);
});

test('leaving before the proof spends a try, and the ticket is open again', async () => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const ticket = await newTicket(house, device);
  await pair(house, device, ticket, { onChallenge: () => false });
  await until(async () => (await stateOf(house, ticket)).state === 'open');
  expect(await stateOf(house, ticket)).toMatchObject({ tries: 1, refusal: 'connection_lost' });
  expect((await pair(house, device, ticket)).paired).toBeDefined();
});

test.each([
  ['another serial', { serial: 'SIM0000000002' }],
  ['another ticket', { ticket: Buffer.alloc(32, 7).toString('base64') }],
  ['another ticket id', { ticketId: 'nope' }],
])('a ticket is unknown with %s, and no try is spent', async (_, change) => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const ticket = await newTicket(house, device);
  const { refused } = await pair(house, device, ticket, { hello: (message) => ({ ...message, ...change }) });
  expect(refused).toBe('ticket_unknown');
  expect(await stateOf(house, ticket)).toMatchObject({ state: 'open', tries: 0 });
});

test.each([
  ['a version of another time', { version: 'vigil-pairing-0' }, 'version_unsupported'],
  ['a short nonce', { nonce: Buffer.alloc(8).toString('base64') }, 'request_invalid'],
  ['a description that is none', { device: '{"name":"x"}' }, 'request_invalid'],
  ['no hello', { type: 'hi' }, 'request_invalid'],
])('%s is refused', async (_, change, code) => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const ticket = await newTicket(house, device);
  expect((await pair(house, device, ticket, { hello: (message) => ({ ...message, ...change }) })).refused).toBe(code);
});

test('a line that is too long, or no JSON, ends the conversation', async () => {
  await using house = await startSide();
  for (const text of ['x'.repeat(64 * 1024), '{nonsense']) {
    using talk = await converse(house.side.pairingPort);
    talk.send(text);
    expect((await talk.next())?.['code']).toBe('request_invalid');
    expect(await talk.next()).toBeUndefined();
  }
});

test('a handshake that takes too long is ended', async () => {
  const clock = standingClock();
  await using house = await startSide({ clock });
  using talk = await converse(house.side.pairingPort);
  const answer = talk.next();
  await until(() => clock.sleeping > 3);
  await clock.advance('11s');
  expect((await answer)?.['code']).toBe('request_invalid');
});

test('TLS 1.2 does not get in: its exporter binds less', async () => {
  await using house = await startSide();
  await expect(converse(house.side.pairingPort, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' })).rejects.toThrow();
});

test('somebody in between who passes everything on is found out by both sides', async () => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const ticket = await newTicket(house, device);
  const stranger = await openAuthority(`${house.dataDir}/stranger`, house.deps);
  const relay = createServer({ ...(await stranger.issueServer(['127.0.0.1'])), minVersion: 'TLSv1.3' }, (near) => {
    const far = connectTls({ host: '127.0.0.1', port: house.side.pairingPort, rejectUnauthorized: false });
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => undefined);
  });
  await using middle = await listen(relay, 0);
  const { refused, gatewayProved } = await pair(house, device, ticket, { port: middle.port });
  expect(gatewayProved).toBe(false);
  expect(refused).toBe('proof_wrong');
  expect(await certificates(house)).toEqual([]);
});

test('a key is certified once, whoever brings it', async () => {
  await using house = await startSide();
  const keys = await newKeys();
  const first = newDevice('SIM0000000001');
  expect((await pair(house, first, await newTicket(house, first), { keys })).paired).toBeDefined();
  const second = newDevice('SIM0000000002', { onvifPort: 10 });
  const ticket = await newTicket(house, second);
  expect((await pair(house, second, ticket, { keys })).refused).toBe('certificate_refused');
  expect(await stateOf(house, ticket)).toMatchObject({ state: 'open', refusal: 'certificate_refused' });
  expect(house.side.cameras.list()).toHaveLength(1);
});

test.each([
  ['of another curve', () => newKeys('CN=x', 'P-384')],
  [
    'whose self-signature is broken',
    async () => {
      const keys = await newKeys();
      keys.csr[keys.csr.length - 1]! ^= 1;
      return keys;
    },
  ],
  ['that is none', async () => ({ ...(await newKeys()), csr: Buffer.from('not a request') })],
])('a certificate request %s is refused', async (_, make) => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const ticket = await newTicket(house, device);
  expect((await pair(house, device, ticket, { keys: await make() })).refused).toBe('certificate_refused');
  expect(await certificates(house)).toEqual([]);
  expect(house.side.cameras.list()).toEqual([]);
});

test('a crash in the middle leaves no certificate, and the ticket can be tried again', async () => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const ticket = await newTicket(house, device);
  // As a crash leaves it: somebody holds the ticket and will never give it back.
  await house.db.run(`UPDATE pairing_tickets SET state = 'proving', claim = 'dead', tries = 1 WHERE id = ?`, [
    ticket.ticketId,
  ]);
  expect((await pair(house, device, ticket)).refused).toBe('busy');
  await house.restart();
  expect(await stateOf(house, ticket)).toMatchObject({ state: 'open', tries: 1, refusal: 'interrupted' });
  expect(await certificates(house)).toEqual([]);
  expect((await pair(house, device, ticket)).paired).toBeDefined();
});

test('an operator who is revoked while the camera proves itself adds nothing', async () => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const ticket = await newTicket(house, device);
  const { refused } = await pair(house, device, ticket, {
    async onChallenge() {
      await house.revoke('owner');
      return true;
    },
  });
  expect(refused).toBe('ticket_expired');
  expect(await certificates(house)).toEqual([]);
  expect(house.side.cameras.list()).toEqual([]);
});

test('tickets of an operator end with the operator', async () => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const ticket = await newTicket(house, device);
  await house.revoke('owner');
  expect((await pair(house, device, ticket)).refused).toBe('ticket_used');
  expect(await stateOf(house, ticket)).toMatchObject({
    state: 'burned',
    refusal: 'operator_revoked',
    secretSealed: null,
  });
});

test('the label secret is unreadable in the store, and so is the ticket', async () => {
  await using house = await startSide();
  const device = newDevice('SIM0000000001');
  const { ticket } = await newTicket(house, device);
  const row = JSON.stringify(await house.db.get('SELECT * FROM pairing_tickets'));
  for (const secret of [ticket, device.labelSecret.toString('base64'), formatLabelSecret(device.labelSecret)])
    expect(row).not.toContain(secret);
});

test('a paired camera renews its certificate by the one it has; both are good until the new one is used', async () => {
  await using house = await startSide();
  const paired = await pairedDevice(house, 'SIM0000000001');
  const renew = async (as: typeof paired) => {
    const keys = await newKeys();
    using talk = await converse(house.side.pairingPort, mutualTls(as));
    talk.send({ type: 'renew', certificateRequest: keys.csr.toString('base64') });
    const answer = await talk.next();
    return { answer, keys };
  };
  const { answer, keys } = await renew(paired);
  expect(answer?.['type']).toBe('issued');
  expect((await certificates(house)).map(({ state }) => state).sort()).toEqual(['current', 'pending']);
  const renewed = {
    ...paired,
    privateKey: keys.privateKey,
    certificate: `-----BEGIN CERTIFICATE-----\n${answer!['certificate']}\n-----END CERTIFICATE-----\n`,
  };
  // Lost on the way: the old one renews again.
  expect((await renew(paired)).answer?.['type']).toBe('issued');
  // The one that was overtaken is good for nothing.
  expect((await renew(renewed)).answer?.['code']).toBe('certificate_refused');
});

test('a certificate is for renewal only, and a foreign one for nothing', async () => {
  await using house = await startSide();
  const paired = await pairedDevice(house, 'SIM0000000001');
  const device = newDevice('SIM0000000002');
  const ticket = await newTicket(house, device);
  expect((await pair(house, device, ticket, { connection: mutualTls(paired) })).refused).toBe('request_invalid');
  const stranger = await openAuthority(`${house.dataDir}/stranger`, house.deps);
  const keys = await newKeys();
  const { pem } = await stranger.signDevice({ csr: keys.csr, name: 'SIM0000000001', days: 60 });
  using talk = await converse(house.side.pairingPort, { key: keys.privateKey, cert: pem });
  talk.send({ type: 'renew', certificateRequest: keys.csr.toString('base64') });
  expect((await talk.next())?.['code']).toBe('certificate_refused');
});
