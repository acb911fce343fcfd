import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { beforeAll, expect, test } from 'vitest';
import { signInDevice } from '../../clients/config-tool/local-api.ts';
import { manualClock, realClock } from '../../core/runtime/clock.ts';
import { listen } from '../../core/runtime/listen.ts';
import { startFakeCloud } from '../gateway-people/fake-cloud.ts';
import { cameraPassword } from './fleet.ts';
import { buildServer, portOf, startGatewayProcess, startProcess } from './process.ts';
import { startSide, until } from './side.ts';

interface SimReady {
  cameras: { serial: string; state: string; httpsUrl: string; labelSecret: string }[];
}
/** A TLS record on its way between camera and gateway: the nth of its direction. */
interface Step {
  way: 'camera → gateway' | 'gateway → camera';
  n: number;
  sizeBytes: number;
}

/** A wire that is looked at record by record (RFC 8446 §5.1: five bytes of header, the length in the last two). */
async function startWire(to: number) {
  /** Called before a record goes on; false keeps it back, and everything after it. */
  let onRecord: (step: Step) => Promise<boolean> = async () => true;
  const pass = (from: Socket, on: Socket, way: Step['way']) => {
    let held = Buffer.alloc(0);
    let n = 0;
    let turn = Promise.resolve();
    from.on('data', (chunk: Buffer) => {
      turn = turn.then(async () => {
        held = Buffer.concat([held, chunk]);
        while (held.length >= 5 && held.length >= 5 + held.readUInt16BE(3)) {
          const record = held.subarray(0, 5 + held.readUInt16BE(3));
          held = held.subarray(record.length);
          n += 1;
          if (!(await onRecord({ way, n, sizeBytes: record.length }))) return void from.destroy();
          on.write(record);
        }
      });
    });
    from.on('close', () => void turn.then(() => on.destroy()));
    from.on('error', () => undefined);
  };
  const wire = await listen(
    createServer((near) => {
      const far = connectTcp(to, '127.0.0.1');
      pass(near, far, 'camera → gateway');
      pass(far, near, 'gateway → camera');
    }),
    0,
  );
  return Object.assign(wire, {
    watch(next: typeof onRecord) {
      onRecord = next;
    },
  });
}

beforeAll(buildServer, 180_000);

test('kill -9 of gateway or camera at every message of the handshake: afterwards paired or unpaired, on both sides alike', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-pairing-crash-'));
  const at = (name: string) => join(folder, name);
  await using cloud = await startFakeCloud(realClock);
  const mqttsPort = await freePort();
  const pairingPort = await freePort();
  const gatewayFlags = { cloudUrl: cloud.url, mqttsPort, pairingPort };
  let gateway = await startGatewayProcess(at('gateway'), gatewayFlags);
  const startSim = (cameras: number) =>
    startProcess<SimReady>('sim', {
      dataDir: at('sim'),
      basePort: 0,
      cameras,
      initialized: true,
      password: cameraPassword,
      noDiscovery: true,
      seed: 'crash',
    });
  let sim: Awaited<ReturnType<typeof startSim>> | undefined;
  try {
    const admin = request.agent(gateway.ready.url);
    const account = { username: 'admin', password: 'correct horse battery' };
    await admin
      .post('/api/v1/setup')
      .send({ setupCode: gateway.ready.setupCode, ...account })
      .expect(201);
    await admin.post('/api/v1/cloud-access/bind').send({}).expect(202);
    cloud.state.approval = 'approved';
    await until(async () => (await admin.get('/api/v1/cloud-access')).body.state === 'bound', 'the binding');
    const { gatewayId } = gateway.ready;
    await using wire = await startWire(pairingPort);

    /** As the Config Tool does it, through the wire. */
    async function add(number: number) {
      const { serial, labelSecret, httpsUrl } = sim!.ready.cameras[number]!;
      const camera = { host: '127.0.0.1', httpsPort: portOf(httpsUrl) };
      const elevation = `e${Math.random()}`;
      cloud.state.elevations.set(elevation, { ...cloud.owner, amr: ['pwd', 'otp'] });
      const { body } = await request(gateway.ready.url)
        .post('/api/v1/pairing/tickets')
        .send({ elevation, serial, labelSecret, camera })
        .expect(201);
      const { ticketId, ticket } = body;
      const session = await signInDevice(camera, cameraPassword);
      await session.pair({ gatewayId, host: '127.0.0.1', port: wire.port, ticketId, ticket });
    }

    // One undisturbed pairing tells which records there are.
    sim = await startSim(1);
    const steps: Step[] = [];
    wire.watch(async (step) => steps.push(step) > 0);
    await add(0);
    await sim.kill();

    // The first record of TLS, and every one from the hello on, which is the first of the camera's that is long: hello,
    // challenge, proof, issued, goodbyes. Each dies on the way, or arrives and its sender or receiver dies after it.
    const hello = steps.findIndex(({ way, n, sizeBytes }) => way === 'camera → gateway' && n > 1 && sizeBytes > 900);
    expect(steps.length - hello).toBeGreaterThanOrEqual(4);
    const issued = steps.slice(hello).find(({ way }, index) => way === 'gateway → camera' && index > 2);
    const cases = [steps[0]!, ...steps.slice(hello)].flatMap((step, index) =>
      (['gateway', 'camera'] as const).flatMap((victim) =>
        // Whether the certificate itself arrives decides most, so both are tried with it.
        (step === issued ? [false, true] : [index % 2 === 0]).map((arrives) => ({ step, victim, arrives })),
      ),
    );
    sim = await startSim(1 + cases.length);
    for (const [index, { step, victim, arrives }] of cases.entries()) {
      let dead: Promise<void> | undefined;
      wire.watch(async ({ way, n }) => {
        if (dead) return false;
        if (way !== step.way || n !== step.n) return true;
        dead = (victim === 'gateway' ? gateway : sim!).kill();
        await dead;
        return arrives;
      });
      await add(index + 1).catch(() => undefined);
      if (!dead) continue; // one record less than last time: nothing was killed
      await dead;
      if (victim === 'gateway') gateway = await startGatewayProcess(at('gateway'), gatewayFlags);
      else sim = await startSim(1 + cases.length);
    }

    // The same folder, on a clock that can be moved: what did not arrive is taken back, what did comes and stays.
    await gateway.kill();
    const clock = manualClock(Date.now());
    await using house = await startSide({ clock, dataDir: at('gateway'), gatewayId, mqttsPort, pairingPort });
    await until(() => house.side.broker.connections().cameras.length > 0, 'the first camera');
    // Retries of the cameras wait at most a minute; each is let in or told that it was removed.
    for (let minutes = 0; minutes < 21; minutes += 1) await clock.advance('1m');
    const paired = async () => {
      const rows = await house.db.all<{ device: string }>(
        `SELECT device FROM device_certificates WHERE state = 'current'`,
      );
      return rows.map(({ device }) => device).sort();
    };
    await sim.kill();
    sim = await startSim(1 + cases.length);
    await until(async () => house.side.broker.connections().cameras.length === (await paired()).length, 'all of them');
    await sim.kill();
    sim = await startSim(1 + cases.length);
    const stateAtCamera = sim.ready.cameras.filter(({ state }) => state === 'paired').map(({ serial }) => serial);
    const listed = house.side.cameras.list().map(({ serial }) => serial);
    console.log(
      `${cases.length} kills at ${1 + steps.length - hello} records: ${stateAtCamera.length - 1} paired, ` +
        `${cases.length + 1 - stateAtCamera.length} not, none in between`,
    );
    expect(stateAtCamera.sort()).toEqual(await paired());
    expect(listed.sort()).toEqual(await paired());
    expect(stateAtCamera.length).toBeGreaterThan(1);
    expect(stateAtCamera.length).toBeLessThan(cases.length);
  } finally {
    await sim?.kill();
    await gateway.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}, 240_000);

async function freePort() {
  await using listening = await listen(createServer(), 0);
  return listening.port;
}
