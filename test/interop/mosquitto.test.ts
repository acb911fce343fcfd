import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cameraUp, eventTopic } from '../../core/mqtt/topics.ts';
import { has, listening, outcome } from '../lab/foreign.ts';
import { startLab } from '../lab/index.ts';

const here = has('mosquitto_sub', 'mosquitto-clients');

describe.skipIf(!here)('mosquitto_sub and mosquitto_pub at the gateway’s broker', () => {
  let lab: Awaited<ReturnType<typeof startLab>>;
  const folder = mkdtempSync(join(tmpdir(), 'vigil-mosquitto-'));

  beforeAll(async () => {
    lab = await startLab({ cameras: [{ name: 'door' }, { name: 'yard' }] });
  });
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const broker = (url: string) => ['-h', new URL(url).hostname, '-p', new URL(url).port];

  /** A camera's own certificate in files, while the camera itself is off the network. */
  const asCamera = (name: string) => {
    const { pairing } = lab.camera(name).camera.state;
    const file = (what: string, text: string) => {
      const path = join(folder, `${name}-${what}.pem`);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    };
    return [
      ...broker(lab.gateway.mqttsUrl),
      ...['--cafile', file('ca', pairing!.caCertificate)],
      ...['--cert', file('cert', pairing!.certificate), '--key', file('key', pairing!.privateKey)],
      ...['-i', pairing!.clientId],
    ];
  };

  test('a broker account sees the motion of a camera, and nothing a camera says to the gateway alone', async () => {
    const { status, body } = await lab.adminApi.call('POST', '/broker-accounts', { name: 'home-assistant' });
    expect(status).toBe(201);
    const account = [...broker(lab.gateway.mqttUrl), '-u', 'home-assistant', '-P', body.password];
    await using events = listening('mosquitto_sub', [
      ...account,
      '-v',
      '-t',
      `vigi/${lab.gateway.gatewayId}/event/#`,
      '-q',
      '1',
      '-d',
    ]);
    await events.line((line) => line.includes('SUBACK'));
    const { serial } = lab.camera('door').camera.identity;
    lab.camera('door').trigger('motion', { active: true });
    const topic = eventTopic(lab.gateway.gatewayId, serial, 'motion');
    const line = await events.line((one) => one.startsWith(`${topic} {`) && one.includes('"active":true'));
    expect(JSON.parse(line.slice(topic.length))).toMatchObject({ kind: 'motion', active: true, camera: { serial } });

    const spying = await outcome('mosquitto_sub', [
      ...account,
      '-t',
      cameraUp(lab.gateway.gatewayId, serial, '#'),
      '-W',
      '2',
      '-v',
    ]);
    expect(spying.stdout).toBe('');
  });

  test('a wrong password is refused, and so is nobody', async () => {
    const wrong = await outcome('mosquitto_sub', [
      ...broker(lab.gateway.mqttUrl),
      '-u',
      'home-assistant',
      '-P',
      'wrong',
      '-t',
      '#',
      '-W',
      '3',
    ]);
    expect(wrong.code).not.toBe(0);
    const nobody = await outcome('mosquitto_sub', [...broker(lab.gateway.mqttUrl), '-t', '#', '-W', '3']);
    expect(nobody.code).not.toBe(0);
  });

  test('a camera’s certificate reads and writes its own topics only', async () => {
    const { gatewayId } = lab.gateway;
    const door = lab.camera('door');
    const yard = lab.camera('yard').camera.identity.serial;
    door.network(false);
    const mine = asCamera('door');

    // Its own command topic: granted.
    const granted = await outcome('mosquitto_sub', [
      ...mine,
      '-d',
      '-t',
      `vigi/${gatewayId}/${door.camera.identity.serial}/down/#`,
      '-W',
      '2',
    ]);
    expect(granted.stdout).toMatch(/SUBACK/);
    expect(granted.stdout).toMatch(/Subscribed \(mid: \d+\): [01]/);

    // Those of others, by name and by wildcard: refused, and not one message comes.
    for (const filter of [
      `vigi/${gatewayId}/${yard}/up/#`,
      `vigi/${gatewayId}/+/up/#`,
      'vigi/#',
      '#',
      '$SYS/#',
      `$share/x/vigi/${gatewayId}/${yard}/up/#`,
    ]) {
      const { stdout } = await outcome('mosquitto_sub', [...mine, '-v', '-t', filter, '-W', '1']);
      expect(stdout.split('\n').filter((line) => line.includes(yard))).toEqual([]);
    }

    // Writing as the other camera: the connection is dropped, and the gateway believes nothing of it.
    const before = (await lab.adminApi.call('GET', '/events?limit=1')).body.events[0]?.id;
    const forged = await outcome(
      'mosquitto_pub',
      [
        ...mine,
        ...['-q', '1', '-t', `vigi/${gatewayId}/${yard}/up/onvif-ej/RuleEngine/CellMotionDetector/Motion/&x`],
        ...['-m', JSON.stringify({ UtcTime: new Date().toISOString(), Source: {}, Data: { IsMotion: true } })],
      ],
      6000,
    );
    expect(forged.code).not.toBe(0);
    expect((await lab.adminApi.call('GET', '/events?limit=1')).body.events[0]?.id).toBe(before);
    door.network(true);
  });

  test('a certificate works under its own client id only, and no certificate is no camera', async () => {
    lab.camera('door').network(false);
    const mine = asCamera('door').slice(0, -2);
    const other = await outcome('mosquitto_sub', [
      ...mine,
      '-i',
      lab.camera('yard').camera.identity.serial,
      '-t',
      'x',
      '-W',
      '2',
    ]);
    expect(other.code).not.toBe(0);
    const without = mine.slice(0, 6);
    const bare = await outcome('mosquitto_sub', [
      ...without,
      '-i',
      lab.camera('door').camera.identity.serial,
      '-t',
      'x',
      '-W',
      '2',
    ]);
    expect(bare.code).not.toBe(0);
    lab.camera('door').network(true);
  });
});
