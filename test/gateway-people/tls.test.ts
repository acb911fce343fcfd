import 'reflect-metadata';
import { webcrypto, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { get as httpsGet } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import * as x509 from '@peculiar/x509';
import { expect, onTestFinished, test } from 'vitest';
import { manualClock, realClock } from '../../core/runtime/clock.ts';
import { listen } from '../../core/runtime/listen.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { CertificateRequestRefused, openAuthority } from '../../gateway/tls/authority.ts';
import { connectFeed, startHouse } from './harness.ts';

const folder = () => {
  const dir = mkdtempSync(join(tmpdir(), 'vigil-ca-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};
const deps = (startAt = realClock.now()) => ({ clock: manualClock(startAt), random: secureRandom });

async function request(algorithm: EcKeyGenParams | RsaHashedKeyGenParams, name = 'CN=somebody-else') {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name,
    keys,
    signingAlgorithm: { hash: 'SHA-256', ...algorithm },
    extensions: [
      new x509.BasicConstraintsExtension(true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { csr: Buffer.from(csr.rawData), key };
}
const p256 = { name: 'ECDSA', namedCurve: 'P-256' };

test('the CA and a server certificate are kept, and only their owner may read them', async () => {
  const dir = folder();
  const first = await openAuthority(dir, deps());
  const server = await first.issueServer(['127.0.0.1', 'shop.lan']);
  const second = await openAuthority(dir, deps());
  expect(second.caPem).toBe(first.caPem);
  expect(second.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  expect(second.fingerprint).toBe(new X509Certificate(first.caPem).fingerprint256);
  expect(await second.issueServer(['shop.lan', '127.0.0.1'])).toEqual(server);
  expect((await second.issueServer(['other.lan'])).cert).not.toBe(server.cert);
  expect(statSync(join(dir, 'ca.json')).mode & 0o777).toBe(0o600);
});

test('a server certificate is made anew a month before it ends', async () => {
  const dir = folder();
  const server = await (await openAuthority(dir, deps())).issueServer(['shop.lan']);
  const later = await openAuthority(dir, deps(realClock.now() + 380 * 86_400_000));
  expect((await later.issueServer(['shop.lan'])).cert).not.toBe(server.cert);
});

test('a device certificate takes its name from us and its key from the request, for clients only', async () => {
  const authority = await openAuthority(folder(), deps());
  const { csr } = await request(p256);
  const issued = await authority.signDevice({ csr, name: 'SIM0000000001', days: 60 });
  const certificate = new X509Certificate(issued.der);
  expect(certificate.subject).toBe('CN=SIM0000000001');
  expect(certificate.subjectAltName).toBeUndefined();
  expect(certificate.ca).toBe(false);
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  expect(certificate.serialNumber).toBe(issued.serialNumber);
  expect(certificate.verify(new X509Certificate(authority.caPem).publicKey)).toBe(true);
});

test.each([
  [
    'an RSA key',
    async () =>
      (
        await request({
          name: 'RSASSA-PKCS1-v1_5',
          modulusLength: 2048,
          publicExponent: new Uint8Array([1, 0, 1]),
          hash: 'SHA-256',
        })
      ).csr,
  ],
  ['another curve', async () => (await request({ name: 'ECDSA', namedCurve: 'P-384' })).csr],
  ['rubbish', async () => Buffer.from('rubbish')],
  [
    'a wrong self-signature',
    async () => {
      const { csr } = await request(p256);
      csr[csr.length - 3]! ^= 1;
      return csr;
    },
  ],
])('a request with %s is refused', async (_what, make) => {
  const authority = await openAuthority(folder(), deps());
  await expect(authority.signDevice({ csr: await make(), name: 'x', days: 30 })).rejects.toThrow(
    CertificateRequestRefused,
  );
});

test('server and device certificates meet over TLS 1.3, also on a clock that runs apart', async () => {
  const authority = await openAuthority(folder(), deps(Date.UTC(2020, 0, 1)));
  const server = createServer(
    {
      ...(await authority.issueServer(['localhost', '127.0.0.1'])),
      ca: authority.caPem,
      requestCert: true,
      rejectUnauthorized: true,
    },
    (socket) => socket.end(String((socket as TLSSocket).getPeerCertificate().subject.CN)),
  );
  await using listening = await listen(server, 0);
  const { csr, key } = await request(p256);
  const { pem } = await authority.signDevice({ csr, name: 'SIM0000000001', days: 30 });
  let protocol: string | null = null;
  const socket = connect({
    port: listening.port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: authority.caPem,
    key,
    cert: pem,
  });
  let heard = '';
  socket.on('secureConnect', () => {
    protocol = socket.getProtocol();
  });
  for await (const part of socket) heard += String(part);
  expect(heard).toBe('SIM0000000001');
  expect(protocol).toBe('TLSv1.3');
});

test('beyond loopback the gateway speaks https by its own CA and says the fingerprint', async () => {
  await using house = await startHouse({ host: '0.0.0.0' });
  const { url, caPem, caFingerprint, setupCode } = house.gateway;
  expect(url).toMatch(/^https:/);
  const port = Number(new URL(url).port);
  const status = await new Promise<{ caFingerprint?: string }>((resolve, reject) => {
    httpsGet({ host: '127.0.0.1', port, path: '/api/v1/status', ca: caPem }, (response) => {
      let text = '';
      response.on('data', (part) => (text += String(part))).on('end', () => resolve(JSON.parse(text)));
    }).on('error', reject);
  });
  expect(status.caFingerprint).toBe(caFingerprint);

  const agent = house.agent();
  const made = await agent
    .post('/api/v1/setup')
    .disableTLSCerts()
    .send({ setupCode, username: 'admin', password: 'correct horse battery' });
  expect(made.status).toBe(201);
  expect(made.headers['set-cookie']![0]).toContain('; Secure');
  const ticket = await agent.post('/api/v1/feed/ticket').disableTLSCerts().expect(200);
  using feed = await connectFeed(url, ticket.body.ticket, { origin: new URL(url).origin });
  await feed.heard('hello');
});
