import { webcrypto, X509Certificate } from 'node:crypto';
import { connect, createServer } from 'node:tls';
import { expect, test } from 'vitest';
import { manualClock } from '../../core/runtime/clock.ts';
import { listen } from '../../core/runtime/listen.ts';
import { startAll } from '../../core/runtime/start-all.ts';
import { fleetDeps, session, startCameras } from './lab.ts';
import { createCa, startTestBroker, startTestGateway, type TestGatewayOptions } from './vms.ts';

const gatewayId = 'gw_test';

/** An activated camera and a gateway that knows the secret on its label. */
const scene = (more: Partial<TestGatewayOptions> = {}) =>
  startAll(async (own) => {
    // Certificates are checked by TLS on the machine's clock, so the fleet's stands at the same time.
    const deps = fleetDeps(manualClock(Date.now()));
    const wish = { name: 'door', profile: 'c340', initialized: true, password: 'admin password' };
    const fleet = own(await startCameras([wish], {}, deps));
    const door = fleet.camera('door');
    const ca = more.ca ?? (await createCa());
    const { labelSecret } = door.camera.identity;
    const gateway = own(await startTestGateway({ ca, gatewayId, labelSecret, ...more }));
    return { deps, door, ca, gateway, fleet };
  });
const nothingKept = (door: { camera: { state: { pairing?: unknown; users: { username: string }[] } } }) => {
  expect(door.camera.state.pairing).toBeUndefined();
  expect(door.camera.state.users.map(({ username }) => username)).toEqual(['admin']);
};

test('a camera pairs: it pins the CA, keeps a certificate in its own name and makes an account for this gateway', async () => {
  await using set = await scene();
  await set.door.pairing.pair(set.gateway.request);
  const { pairing, users } = set.door.camera.state;
  const { serial } = set.door.camera.identity;
  expect(new X509Certificate(pairing!.caCertificate).raw).toEqual(set.ca.der);
  expect(new X509Certificate(pairing!.certificate).subject).toBe(`CN=${serial}`);
  expect(pairing).toMatchObject({ gatewayId, clientId: serial, topicPrefix: `vigi/${gatewayId}/${serial}/up` });
  const account = users.find(({ username }) => username === pairing!.username);
  expect(account).toMatchObject({ level: 'Operator' });
  const hello = set.gateway.heard.find(({ type }) => type === 'hello')!;
  expect(JSON.parse(hello['device'] as string)).toMatchObject({
    model: 'C340',
    host: '127.0.0.1',
    onvifPort: set.door.camera.address.ports.http,
    username: account!.username,
    password: account!.password,
  });
});

test('a gateway that does not know the label secret is refused: nothing is pinned and no proof leaves the camera', async () => {
  await using set = await scene({ labelSecret: Buffer.alloc(16, 1) });
  await expect(set.door.pairing.pair(set.gateway.request)).rejects.toMatchObject({ code: 'gateway_proof_wrong' });
  expect(set.gateway.heard.map(({ type }) => type)).toEqual(['hello']);
  nothingKept(set.door);
});

test('a man in the middle who passes every message on is found out by the TLS exporter', async () => {
  await using set = await scene();
  const foreign = await createCa('Foreign CA');
  const relay = createServer({ ...foreign.server, minVersion: 'TLSv1.3' }, (near) => {
    const far = connect({ host: '127.0.0.1', port: set.gateway.port, rejectUnauthorized: false });
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => undefined);
  });
  await using middle = await listen(relay, 0);
  const request = { ...set.gateway.request, gatewayPort: middle.port };
  await expect(set.door.pairing.pair(request)).rejects.toMatchObject({ code: 'gateway_proof_wrong' });
  expect(set.gateway.heard.map(({ type }) => type)).toEqual(['hello']);
  nothingKept(set.door);
});

test('a CA swapped on the way spoils the proof', async () => {
  const other = await createCa('Other CA');
  await using set = await scene({
    change: (message) =>
      message['type'] === 'challenge' ? { ...message, caCertificate: other.der.toString('base64') } : message,
  });
  await expect(set.door.pairing.pair(set.gateway.request)).rejects.toMatchObject({ code: 'gateway_proof_wrong' });
  nothingKept(set.door);
});

test('another gateway than the one asked for is refused', async () => {
  await using set = await scene();
  const request = { ...set.gateway.request, gatewayId: 'gw_other' };
  await expect(set.door.pairing.pair(request)).rejects.toMatchObject({ code: 'gateway_mismatch' });
});

test.each([
  [
    'in another name',
    (ca: Awaited<ReturnType<typeof createCa>>) => (request: { publicKey: never }) =>
      ca.client('SIM0000000000', request.publicKey),
  ],
  [
    'for another key',
    (ca: Awaited<ReturnType<typeof createCa>>) => async (_request: unknown, subject: string) => {
      const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
      return ca.client(subject, keys.publicKey);
    },
  ],
  [
    'by another CA',
    () => async (request: { publicKey: never }, subject: string) =>
      (await createCa()).client(subject, request.publicKey),
  ],
])('a certificate issued %s is not kept, nor is anything else', async (_, make) => {
  const ca = await createCa();
  await using set = await scene({ ca, certificateFor: make(ca) as never });
  await expect(set.door.pairing.pair(set.gateway.request)).rejects.toMatchObject({ code: 'certificate_invalid' });
  nothingKept(set.door);
});

test('a refusal of the gateway reaches the person who asked, by its code', async () => {
  await using set = await scene({
    change: (message) =>
      message['type'] === 'challenge' ? { type: 'refused', code: 'ticket_expired', message: 'too late' } : message,
  });
  const { serial } = set.door.camera.identity;
  const call = await session(set.door.camera.address.ports.https, 'admin password');
  const { gatewayHost, gatewayPort, ticketId, ticket } = set.gateway.request;
  const pair = {
    gateway_id: gatewayId,
    gateway_host: gatewayHost,
    gateway_port: gatewayPort,
    ticket_id: ticketId,
    ticket,
  };
  expect(await call({ method: 'do', vms_pairing: { pair } })).toEqual({
    error_code: -60001,
    vms_pairing: { state: 'failed', code: 'ticket_expired', message: 'too late' },
  });
  expect(await call({ method: 'get', vms_pairing: { status: null } })).toMatchObject({
    vms_pairing: { state: 'failed', code: 'ticket_expired' },
  });
  expect(serial).toMatch(/^SIM/);
});

test('pairing through the local API: paired once, a second time refused, unpaired on request', async () => {
  await using set = await scene();
  const call = await session(set.door.camera.address.ports.https, 'admin password');
  const { gatewayHost, gatewayPort, ticketId, ticket } = set.gateway.request;
  const pair = {
    gateway_id: gatewayId,
    gateway_host: gatewayHost,
    gateway_port: gatewayPort,
    ticket_id: ticketId,
    ticket,
  };
  expect(await call({ method: 'do', vms_pairing: { pair } })).toMatchObject({
    error_code: 0,
    vms_pairing: { state: 'paired', gateway_id: gatewayId },
  });
  expect(await call({ method: 'do', vms_pairing: { pair } })).toMatchObject({
    error_code: -60002,
    vms_pairing: { code: 'already_paired' },
  });
  expect(await call({ method: 'do', vms_pairing: { unpair: null } })).toMatchObject({
    error_code: 0,
    vms_pairing: { state: 'unpaired' },
  });
  nothingKept(set.door);
});

test('a gateway that is not there, and one that falls silent, end in a refusal with a reason', async () => {
  await using set = await scene();
  const nobody = { ...set.gateway.request, gatewayPort: 1 };
  await expect(set.door.pairing.pair(nobody)).rejects.toMatchObject({ code: 'gateway_unreachable' });
  const silent = createServer({ ...set.ca.server, minVersion: 'TLSv1.3' }, () => undefined);
  await using listening = await listen(silent, 0);
  const waiting = set.door.pairing.pair({ ...set.gateway.request, gatewayPort: listening.port });
  const refused = expect(waiting).rejects.toMatchObject({ code: 'timed_out' });
  expect(set.door.pairing.status().state).toBe('pairing');
  await set.deps.clock.advance('11s');
  await refused;
});

test('a certificate is renewed over mutual TLS at two thirds of its life, and the link uses the new one', async () => {
  const ca = await createCa();
  await using broker = await startTestBroker(ca);
  await using set = await scene({ ca, mqttPort: broker.port });
  await set.door.pairing.pair(set.gateway.request);
  const first = set.door.camera.state.pairing!;
  await broker.first(({ topic }) => topic.endsWith('/up/status'));
  const { validFrom, validTo } = new X509Certificate(first.certificate);
  const dueAt = first.issuedAt + ((Date.parse(validTo) - Date.parse(validFrom)) * 2) / 3;
  await set.deps.clock.advance(dueAt - 1000 - set.deps.clock.now());
  expect(set.door.camera.state.pairing).toBe(first);
  await set.deps.clock.advance('1s');
  await set.gateway.answered('renew');
  await broker.connectedTimes(2);
  const second = set.door.camera.state.pairing!;
  expect(second.certificate).not.toBe(first.certificate);
  expect(new X509Certificate(second.certificate).subject).toBe(`CN=${set.door.camera.identity.serial}`);
  expect(set.gateway.heard.map(({ type }) => type)).toEqual(['hello', 'proof', 'renew']);
});

test('an uninitialised camera pairs with nobody', async () => {
  await using fleet = await startCameras([{ name: 'door' }]);
  const request = { gatewayId, gatewayHost: '127.0.0.1', gatewayPort: 1, ticketId: 't', ticket: '' };
  await expect(fleet.camera('door').pairing.pair(request)).rejects.toMatchObject({ code: 'not_initialized' });
});
