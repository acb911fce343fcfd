import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, manualClock, realClock } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { type CameraView, createBus, type EventView } from '../../gateway/bus.ts';
import { type CameraSide, startCameraSide } from '../../gateway/cameras/start.ts';
import { GatewayError } from '../../gateway/errors.ts';
import { type Database, openDatabase } from '../../gateway/store/database.ts';
import { type Authority, openAuthority } from '../../gateway/tls/authority.ts';

export const gatewayId = 'gw_test';

/** The camera side of a gateway by itself: real sockets, a folder of its own, a cloud that grants what it is told to. */
export interface Side extends AsyncDisposable {
  side: CameraSide & AsyncDisposable;
  db: Database;
  authority: Authority;
  deps: RuntimeDeps;
  dataDir: string;
  readonly gatewayId: string;
  /** What the bus told, in order. */
  events: EventView[];
  cameras: CameraView[];
  removed: string[];
  audit: string[];
  /** An elevation that may be spent once. */
  elevation(operator?: string): string;
  /** The cloud has revoked everything of this operator. */
  revoke(operator: string): Promise<void>;
  /** Ends everything as a stop does, and starts again on the same folder. */
  restart(): Promise<void>;
}

export interface SideOptions {
  clock?: Clock;
  /** The folder of a gateway that ran before; left as it is. */
  dataDir?: string;
  gatewayId?: string;
  mqttsPort?: number;
  pairingPort?: number;
}

export async function startSide(options: SideOptions = {}): Promise<Side> {
  const { clock = realClock, gatewayId: own = gatewayId } = options;
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'vigil-cameras-'));
  const deps: RuntimeDeps = { clock, random: secureRandom, log: silentLog };
  const elevations = new Map<string, { sub: string; email: string; elevationId: string }>();
  const events: EventView[] = [];
  const cameras: CameraView[] = [];
  const removed: string[] = [];
  const audit: string[] = [];

  async function start() {
    const db = await openDatabase(dataDir, deps);
    const authority = await openAuthority(join(dataDir, 'tls'), deps);
    for (const sub of ['owner', 'somebody'])
      await db.run(
        `INSERT INTO cloud_members (sub, email, name, role) VALUES (?, ?, ?, 'super_admin') ON CONFLICT DO NOTHING`,
        [sub, `${sub}@vigil.test`, sub],
      );
    const bus = createBus((error) => {
      throw error;
    });
    bus.subscribe('event', (event) => events.push(event));
    bus.subscribe('camera', (camera) => cameras.push(camera));
    bus.subscribe('camera-removed', ({ id }) => removed.push(id));
    const side = await startCameraSide(
      {
        gatewayId: own,
        version: '0.0.0',
        dataDir,
        host: '127.0.0.1',
        mqttPort: 0,
        mqttsPort: options.mqttsPort ?? 0,
        pairingPort: options.pairingPort ?? 0,
        db,
        bus,
        authority,
        identity: await authority.issueServer(['127.0.0.1', 'localhost']),
        redeemer: {
          async redeemElevation(elevation) {
            const granted = elevations.get(elevation);
            if (!granted) throw new GatewayError('elevation_invalid', 'not granted');
            elevations.delete(elevation);
            return granted;
          },
        },
        audit: {
          async record(action) {
            audit.push(action);
          },
          prune: async () => undefined,
        },
      },
      deps,
    );
    return { db, authority, side };
  }

  const house: Side = Object.assign(await start(), {
    deps,
    dataDir,
    gatewayId: own,
    events,
    cameras,
    removed,
    audit,
    elevation(operator = 'owner') {
      const elevation = secureRandom.bytes(32).toString('base64url');
      elevations.set(elevation, {
        sub: operator,
        email: `${operator}@vigil.test`,
        elevationId: secureRandom.uuid(),
      });
      return elevation;
    },
    async revoke(operator: string) {
      await house.db.run('INSERT INTO cloud_revocations (sub, at) VALUES (?, ?)', [operator, clock.now()]);
    },
    async restart() {
      await house.side[Symbol.asyncDispose]();
      await house.db[Symbol.asyncDispose]();
      Object.assign(house, await start());
    },
    async [Symbol.asyncDispose]() {
      await house.side[Symbol.asyncDispose]();
      await house.db[Symbol.asyncDispose]();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  });
  return house;
}

/** A manual clock that stands at the machine's time, since TLS looks at the machine's. */
export const standingClock = () => manualClock(Date.now());

/** Wait for something that real sockets bring about. */
export async function until<T>(check: () => T | Promise<T>, what = 'it'): Promise<NonNullable<T>> {
  const startedAt = performance.now();
  for (;;) {
    const value = await check();
    if (value) return value as NonNullable<T>;
    if (performance.now() - startedAt > 10_000) throw new Error(`${what} did not happen`);
    await realClock.sleep(3);
  }
}
