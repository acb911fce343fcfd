import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { has, listening, outcome } from '../lab/foreign.ts';
import { startLab } from '../lab/index.ts';

const here = has('mosquitto_sub', 'mosquitto-clients');
const soon = { timeout: 20_000, interval: 5 };

describe.skipIf(!here)('what is left of an unpaired camera, with mosquitto_sub as judge', { timeout: 90_000 }, () => {
  let lab: Awaited<ReturnType<typeof startLab>>;
  let account: string[];
  const folder = mkdtempSync(join(tmpdir(), 'vigil-unpair-'));

  beforeAll(async () => {
    lab = await startLab({ cameras: [{ name: 'door' }] });
    const { body } = await lab.adminApi.call('POST', '/broker-accounts', { name: 'judge' });
    const { hostname, port } = new URL(lab.gateway.mqttUrl);
    account = ['-h', hostname, '-p', port, '-u', 'judge', '-P', body.password];
  }, 60_000);
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const door = () => lab.camera('door');
  const serial = () => door().camera.identity.serial;
  const topic = (...path: string[]) => ['vigi', lab.gateway.gatewayId, ...path].join('/');
  const row = async () =>
    ((await lab.adminApi.call('GET', '/cameras')).body.cameras as { id: string; serial: string; state: string }[]).find(
      (one) => one.serial === serial(),
    );
  const online = () => vi.waitFor(async () => expect((await row())?.state).toBe('online'), soon);
  const stored = async () => (await lab.adminApi.call('GET', '/events?limit=100')).body.events.length as number;
  /** Flags of the mosquitto programs for whoever has these papers of the camera. */
  const asCamera = (name: string) => {
    const pairing = door().camera.state.pairing!;
    const file = (what: string, text: string) => {
      const path = join(folder, `${name}-${what}.pem`);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    };
    const { hostname, port } = new URL(lab.gateway.mqttsUrl);
    return [
      ...['-h', hostname, '-p', port, '--cafile', file('ca', pairing.caCertificate), '-i', pairing.clientId],
      ...['--cert', file('cert', pairing.certificate), '--key', file('key', pairing.privateKey)],
    ];
  };
  /** What is retained or still to come for consumers. */
  const kept = async () =>
    (await outcome('mosquitto_sub', [...account, '-v', '-t', topic('event', '#'), '-W', '1'])).stdout;

  test('online: its connection, its account and the live video end, and consumers are told', async () => {
    await online();
    await using judge = listening('mosquitto_sub', [...account, '-v', '-d', '-q', '1', '-t', topic('event', '#')]);
    await judge.line((line) => line.includes('SUBACK'));
    door().trigger('motion', { active: true });
    await judge.line((line) => line.includes(`${serial()}/motion {`));
    expect(await kept()).toContain(serial());

    const { id } = (await row())!;
    const signedIn = await fetch(`${lab.gateway.url}/api/v1/auth/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: lab.gateway.url },
      body: JSON.stringify(lab.people.admin),
    });
    const cookie = signedIn.headers.getSetCookie()[0]!.split(';')[0]!;
    const live = await fetch(`${lab.gateway.url}/api/v1/cameras/${id}/live`, { headers: { cookie } });
    const reader = live.body!.getReader();
    await reader.read();

    const startedAt = performance.now();
    const took = () => Math.round(performance.now() - startedAt);
    const measured: Record<string, number> = {};
    const note = (what: string) => () => {
      measured[what] = took();
    };
    const ends = [
      (async () => {
        for (;;) if ((await reader.read()).done) return;
      })().then(note('live video'), note('live video')),
      vi
        .waitFor(() => expect(lab.gateway.cameraSide.broker.connections().cameras).toEqual([]), soon)
        .then(note('MQTT connection')),
      vi.waitFor(() => expect(door().camera.state.pairing).toBeUndefined(), soon).then(note('camera knows')),
      vi.waitFor(() => expect(lab.gateway.cameraSide.live.viewers).toBe(0), soon).then(note('RTSP of the gateway')),
      judge.line((line) => line.trimEnd().endsWith(`${serial()}/motion (null)`)).then(note('consumers are told')),
    ];
    expect((await lab.adminApi.call('DELETE', `/cameras/${id}`)).status).toBe(204);
    note('answer')();
    await Promise.all(ends);
    console.log(`unpaired online, ms from the request: ${JSON.stringify(measured)}`);
    expect(await kept()).not.toContain(serial());
    expect(door().camera.state.users.map(({ username }) => username)).toEqual(['admin']);
  });

  test('offline, with commands and events waiting: they reach neither who had the name nor who gets it', async () => {
    await lab.adopt('door');
    await online();
    door().trigger('motion', { active: true });
    await vi.waitFor(async () => expect(await kept()).toContain(serial()), soon);
    door().network(false);
    await vi.waitFor(async () => expect((await row())?.state).not.toBe('online'), soon);

    // A session that is kept at the broker, with commands in it; retained words of the camera; events it keeps to itself.
    const old = asCamera('old');
    const durable = ['-c', '-q', '1', '-v', '-t', topic(serial(), 'down', '#')];
    await using first = listening('mosquitto_sub', [...old, ...durable, '-d']);
    await first.line((line) => line.includes('SUBACK'));
    await first[Symbol.asyncDispose]();
    await lab.gateway.cameraSide.broker.command(serial(), 'identify', { id: 'queued', arguments: {} });
    const status = JSON.stringify({ online: true, at: new Date().toISOString() });
    const said = await outcome('mosquitto_pub', [
      ...[...old, '-q', '1', '-r', '-t', topic(serial(), 'up', 'status'), '-m', status],
    ]);
    expect(said.code).toBe(0);
    door().trigger('motion', { active: false });
    const before = await stored();

    const { id } = (await row())!;
    const startedAt = performance.now();
    expect((await lab.adminApi.call('DELETE', `/cameras/${id}`)).status).toBe(204);
    console.log(`unpaired offline: answered after ${Math.round(performance.now() - startedAt)} ms`);
    expect(await kept()).not.toContain(serial());
    const refused = await outcome('mosquitto_sub', [...old, ...durable, '-W', '2']);
    expect(refused.stdout).toBe('');
    expect(refused.code).not.toBe(0);

    // The camera comes back, learns it, and drops what it kept; the next pairing of the name begins with nothing.
    door().network(true);
    await vi.waitFor(() => expect(door().camera.state.pairing).toBeUndefined(), { ...soon, timeout: 60_000 });
    await lab.adopt('door');
    await online();
    expect(await kept()).not.toContain('"active":true');
    door().network(false);
    await vi.waitFor(async () => expect((await row())?.state).not.toBe('online'), soon);
    const next = await outcome('mosquitto_sub', [...asCamera('next'), ...durable, '-W', '2']);
    expect(next.stdout).toBe('');
    expect(await stored()).toBe(before);
  });
});
