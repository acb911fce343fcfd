import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAuthority } from '../../gateway/tls/authority.ts';
import { newKeys, type Paired, pairedDevice } from '../gateway-cameras/device.ts';
import { type Side, startSide } from '../gateway-cameras/side.ts';
import { has, outcome } from '../lab/foreign.ts';

const here = has('openssl', 'openssl') && has('mosquitto_pub', 'mosquitto-clients');

/** What a program needs to come as somebody: files, and the MQTT client id it claims. */
interface Comer {
  clientId: string;
  cert?: string;
  key?: string;
}

/** MQTT 3.1.1 CONNECT with a clean session (§3.1). */
function connectPacket(clientId: string): Buffer {
  const id = Buffer.from(clientId);
  const body = Buffer.concat([Buffer.from([0, 4, ...Buffer.from('MQTT'), 4, 2, 0, 60, 0, id.length]), id]);
  return Buffer.concat([Buffer.from([0x10, body.length]), body]);
}

/** The first four bytes, hex, that come back through `openssl s_client`; fewer when the other side hangs up. */
function firstAnswer(args: string[], question: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'ignore'], timeout: 10_000 });
    let heard = Buffer.alloc(0);
    child.stdin.on('error', () => undefined);
    child.stdin.write(question);
    child.stdout.on('data', (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk]);
      if (heard.length >= 4) child.kill();
    });
    child.on('error', reject);
    child.on('close', () => resolve(heard.subarray(0, 4).toString('hex')));
  });
}

describe.skipIf(!here)('who comes in at the MQTT port over TLS, by openssl and mosquitto_pub', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-certificates-'));
  let house: Side;
  let camera: Paired;
  const comers: Record<string, Comer> = {};
  let files = 0;
  const file = (text: string) => {
    const path = join(folder, `${++files}.pem`);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };

  beforeAll(async () => {
    house = await startSide();
    camera = await pairedDevice(house, 'SIM0000000001');
    const other = await pairedDevice(house, 'SIM0000000002');
    const removed = await pairedDevice(house, 'SIM0000000003');
    await house.side.cameras.remove(house.side.cameras.list().find(({ serial }) => serial === removed.clientId)!.id);
    const clientId = camera.clientId;
    const as = (id: string, cert: string, key: string): Comer => ({ clientId: id, cert: file(cert), key: file(key) });

    comers['the right certificate'] = as(clientId, camera.certificate, camera.privateKey);
    comers['none'] = { clientId };
    comers['a revoked one'] = as(removed.clientId, removed.certificate, removed.privateKey);
    comers["another camera's"] = as(clientId, other.certificate, other.privateKey);

    const keys = await newKeys();
    const expired = await house.authority.signDevice({ csr: keys.csr, name: clientId, days: -1 });
    comers['an expired one'] = as(clientId, expired.pem, keys.privateKey);
    // In the list of good ones, so that only its age speaks against it.
    await house.db.run(
      `INSERT INTO device_certificates (serial_number, key_hash, device, state, issued_at, not_after)
       VALUES (?, ?, ?, 'pending', 0, ?)`,
      [expired.serialNumber, expired.keyHash, clientId, Date.now() + 60_000],
    );
    const stranger = await openAuthority(join(folder, 'stranger'), house.deps);
    const foreign = await stranger.signDevice({ csr: keys.csr, name: clientId, days: 30 });
    comers['one of a foreign CA'] = as(clientId, foreign.pem, keys.privateKey);
    const server = await house.authority.issueServer([clientId]);
    comers['one for servers only'] = as(clientId, server.cert, server.key);
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'],
        ...['-subj', `/CN=${clientId}`, '-keyout', join(folder, 'self.key'), '-out', join(folder, 'self.pem')],
      ],
      { stdio: 'ignore' },
    );
    comers['a self-made one'] = { clientId, cert: join(folder, 'self.pem'), key: join(folder, 'self.key') };
  }, 60_000);
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  test.each([
    ['the right certificate', true],
    ['none', false],
    ['an expired one', false],
    ['a revoked one', false],
    ['one of a foreign CA', false],
    ['one for servers only', false],
    ["another camera's", false],
    ['a self-made one', false],
  ])('%s', async (name, comesIn) => {
    const { clientId, cert, key } = comers[name]!;
    const ca = file(camera.caCertificate);
    const connack = await firstAnswer(
      [
        ...['s_client', '-quiet', '-connect', `127.0.0.1:${house.side.mqttsPort}`],
        ...['-CAfile', ca, '-verify_return_error'],
        ...(cert ? ['-cert', cert, '-key', key!] : []),
      ],
      connectPacket(clientId),
    );
    if (comesIn) expect(connack).toBe('20020000');
    else expect(connack).not.toMatch(/^20020[01]00/);

    const published = await outcome('mosquitto_pub', [
      ...['-h', '127.0.0.1', '-p', String(house.side.mqttsPort), '--cafile', ca, '-i', clientId, '-q', '1'],
      ...['-t', `${camera.topicPrefix}/status`, '-m', JSON.stringify({ online: true, at: new Date().toISOString() })],
      ...(cert ? ['--cert', cert, '--key', key!] : []),
    ]);
    expect(published.code === 0).toBe(comesIn);
  });
});
