import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { beforeAll, expect, test } from 'vitest';
import { formatLabelSecret } from '../../core/pairing/label-secret.ts';
import { realClock } from '../../core/runtime/clock.ts';
import { startFakeCloud } from '../gateway-people/fake-cloud.ts';
import { newDevice, type Paired, pair } from './device.ts';
import { asCamera } from './mqtt-client.ts';
import { buildServer, portOf, startGatewayProcess } from './process.ts';
import { until } from './side.ts';

beforeAll(buildServer, 180_000);

test('kill -9 under load loses no acknowledged event', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-crash-'));
  await using cloud = await startFakeCloud(realClock);
  let running = await startGatewayProcess(dataDir, { cloudUrl: cloud.url });
  try {
    const { url, gatewayId, setupCode, pairingPort } = running.ready;
    const admin = request.agent(url);
    await admin
      .post('/api/v1/setup')
      .send({ setupCode, username: 'admin', password: 'correct horse battery' })
      .expect(201);
    await admin.post('/api/v1/cloud-access/bind').send({}).expect(202);
    cloud.state.approval = 'approved';
    await until(async () => (await admin.get('/api/v1/cloud-access')).body.state === 'bound', 'the binding');

    const cameras: Paired[] = [];
    for (let n = 1; n <= 4; n++) {
      const device = newDevice(`SIM000000000${n}`, { onvifPort: 20_000 + n });
      cloud.state.elevations.set(`e${n}`, { ...cloud.owner, amr: ['pwd', 'otp'] });
      const { body } = await admin
        .post('/api/v1/pairing/tickets')
        .send({
          elevation: `e${n}`,
          serial: device.serial,
          labelSecret: formatLabelSecret(device.labelSecret),
          camera: { host: '127.0.0.1', httpsPort: 443 },
        })
        .expect(201);
      const { paired } = await pair({ side: { pairingPort }, gatewayId }, device, {
        ticketId: body.ticketId,
        ticket: body.ticket,
      });
      cameras.push(paired!);
    }

    // 200 events a second from four cameras until the process is gone; each is remembered once it is acknowledged.
    const acknowledged = new Set<string>();
    let sent = 0;
    const stop = new AbortController();
    const sending = cameras.map(async (paired) => {
      using door = await asCamera(paired);
      const topic = `${paired.topicPrefix}/onvif-ej/RuleEngine/LineDetector/Crossed/&line`;
      while (!stop.signal.aborted) {
        const id = String(++sent);
        const event = { UtcTime: new Date().toISOString(), Source: { Rule: 'line' }, Data: { ObjectId: `obj-${id}` } };
        door.client.publish(topic, JSON.stringify(event), { qos: 1 }, (error) => {
          if (!error) acknowledged.add(`obj-${id}`);
        });
        await realClock.sleep(20);
      }
    });
    await until(() => acknowledged.size > 400, '400 acknowledged events');
    await running.kill();
    stop.abort();
    await Promise.all(sending);

    running = await startGatewayProcess(dataDir, { cloudUrl: cloud.url });
    console.log(`${sent} sent, ${acknowledged.size} acknowledged, ready again after ${Math.round(running.startMs)} ms`);
    const again = request.agent(running.ready.url);
    await again.post('/api/v1/auth/sign-in').send({ username: 'admin', password: 'correct horse battery' }).expect(200);
    const stored: string[] = [];
    for (let before: number | undefined; ; ) {
      const { body } = await again
        .get(`/api/v1/events?limit=500${before === undefined ? '' : `&before=${before}`}`)
        .expect(200);
      stored.push(...body.events.map(({ data }: { data: { ObjectId: string } }) => data.ObjectId));
      if (body.next === undefined) break;
      before = body.next;
    }
    expect([...acknowledged].filter((id) => !stored.includes(id))).toEqual([]);
    expect(new Set(stored).size).toBe(stored.length);

    // The cameras are let in as before, and what was not acknowledged may come again without coming twice.
    using door = await asCamera({ ...cameras[0]!, mqttPort: portOf(running.ready.mqttsUrl) });
    expect(door.client.connected).toBe(true);
  } finally {
    await running.kill();
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 60_000);
