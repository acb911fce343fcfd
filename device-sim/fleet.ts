import { join } from 'node:path';
import type { RuntimeDeps } from '../core/runtime/deps.ts';
import { hint, UsageError } from '../core/runtime/settings.ts';
import { startAll } from '../core/runtime/start-all.ts';
import { snapshotPath } from './behaviors/media.ts';
import type { FleetConsole } from './console/console.ts';
import { type Control, startControl } from './control/control.ts';
import { createControlApi } from './control/control-api.ts';
import { createGuard } from './control/guard.ts';
import { startDiscovery } from './discovery/discovery.ts';
import { SimError } from './errors.ts';
import { createFleetCamera, type FleetCamera, type OwnedFleetCamera } from './fleet-camera.ts';
import { createHttpDoor } from './http-door.ts';
import { createSignInKey } from './local-api/sign-in-key.ts';
import { startTraffic } from './motion/traffic.ts';
import { onvifServerOptions } from './onvif/http-limits.ts';
import { type CameraPlan, type FleetConfig, planFleet, type Traffic } from './plan.ts';
import { type ReadyLine, readyCamera } from './ready.ts';
import type { Played, RunningScenario } from './scenario/run-scenario.ts';
import { createScenarioBoard, type ScenarioBoard } from './scenario/scenario-board.ts';
import type { Scenario } from './scenario/scenario-file.ts';
import { shardOf } from './shard.ts';
import { memoryStateStore, openStateStore, type StateStore } from './state/state-store.ts';
import { readClip } from './video/clip/clip.ts';
import { createPictureLibrary } from './video/picture-library.ts';
import { createWireTexts } from './wire/wire-text.ts';

export interface Fleet {
  readonly cameras: readonly FleetCamera[];
  /** Throws SimError `camera_unknown`. */
  camera(name: string): FleetCamera;
  readonly control?: Control;
  /** Where a person handles it in a browser. */
  readonly console?: FleetConsole;
  readonly scenarios: ScenarioBoard;
  /** How much comes by before a camera from now on. */
  setTraffic(name: string, level: Traffic): void;
  /** Begin a scenario now; it ends with the fleet at the latest. */
  play(scenario: Scenario, onPlayed?: (one: Played) => void): RunningScenario;
  /** What the ready line says, as things stand now. */
  ready(): ReadyLine;
}

/** Time a camera takes to boot, unless somebody says otherwise. */
const usualBootMs = 3000;
/** Cameras started at once. */
const startersAtOnce = 64;

/** Start a fleet of simulated cameras; it runs until it is disposed. */
export async function startFleet(config: FleetConfig, deps: RuntimeDeps): Promise<Fleet & AsyncDisposable> {
  const plans = planOwn(config);
  return startAll(async (own) => {
    const store: StateStore = own(
      config.dataDir === undefined ? memoryStateStore() : await openStateStore(config.dataDir),
    );
    const seed = await settleSeed(config, store, deps);
    checkKept(plans, store, config.dataDir);
    // One password for all that nobody named one for.
    const password = config.password ?? deps.random.bytes(12).toString('base64url');
    const share = {
      bootMs: config.bootMs ?? usualBootMs,
      httpDoor: own(createHttpDoor(onvifServerOptions)),
      signInKey: createSignInKey(),
      store,
      pictures: createPictureLibrary(),
      clips: readOnce(readClip),
      // Kept only where somebody can read them: they cost every request memory, and the collector time.
      wireTexts: config.control || config.consolePort !== undefined ? createWireTexts() : undefined,
      discovery: config.discovery
        ? own(await startDiscovery({ interfaceName: config.interfaceName }, deps))
        : undefined,
    };
    const cameras: OwnedFleetCamera[] = plans.map((plan) =>
      createFleetCamera({ ...plan, password: plan.password ?? password }, seed, share, deps),
    );
    own({ [Symbol.asyncDispose]: () => endAll(cameras) });
    await startInTurn(cameras);

    const byName = new Map(cameras.map((one) => [one.name, one]));
    const setTraffic: Fleet['setTraffic'] = (name, level) => {
      fleet.camera(name).traffic = level;
      traffic.set(name, level);
    };
    const scenarios = own(createScenarioBoard({ cameras, setTraffic }, deps));
    const fleet: Fleet = {
      cameras,
      scenarios,
      camera(name) {
        const found = byName.get(name);
        if (!found) throw new SimError('camera_unknown', `there is no camera "${name}"${hint(name, byName.keys())}`);
        return found;
      },
      setTraffic,
      play: scenarios.play,
      ready: () => ({
        type: 'ready',
        cameras: cameras.map(({ camera }) => readyCamera(camera, snapshotPath)),
        ...(control ? { control: { url: control.url, token: control.token } } : {}),
        ...(page ? { console: { url: page.url, token: page.token } } : {}),
      }),
    };
    const traffic = own(
      startTraffic(
        cameras.map((one, at) => ({
          name: one.name,
          kinds: one.camera.kinds,
          traffic: plans[at]!.traffic,
          trigger: one.trigger,
        })),
        seed,
        deps,
      ),
    );
    const token = deps.random.bytes(24).toString('base64url');
    const api = createControlApi(fleet, createGuard(token), deps);
    const control = config.control ? own(await startControl(api, token)) : undefined;
    const { consoleHost = '127.0.0.1', consolePort } = config;
    // Loaded only then: a fleet without its pages starts sooner.
    const page =
      consolePort === undefined
        ? undefined
        : own(
            await (await import('./console/console.ts')).startConsole(api, {
              host: consoleHost,
              port: consolePort,
              token,
            }),
          );
    return Object.assign(fleet, { ...(control ? { control } : {}), ...(page ? { console: page } : {}) });
  });
}

/** The cameras of this machine. */
function planOwn(config: FleetConfig): CameraPlan[] {
  const whole = planFleet(config);
  if (!config.shard) return whole;
  // Without it each machine would make identities of its own, and two starts would not be the same fleet.
  if (config.seed === undefined)
    throw new UsageError('--shard needs the seed that all machines share: give --seed, or "seed" in the fleet file');
  return shardOf(whole, config.shard);
}

/** The fleet's seed: as given, as kept, or new. Two seeds for one folder would make other cameras of the same name. */
async function settleSeed(config: FleetConfig, store: StateStore, deps: RuntimeDeps): Promise<string> {
  if (store.seed !== undefined) {
    if (config.seed !== undefined && config.seed !== store.seed)
      throw new UsageError(
        `${config.dataDir} holds the fleet of another seed: leave --seed out, or choose another --data-dir`,
      );
    return store.seed;
  }
  const seed = config.seed ?? deps.random.bytes(16).toString('hex');
  await store.keepSeed(seed);
  return seed;
}

/** A camera that was another model cannot simply become this one: its state speaks of other streams. */
function checkKept(plans: CameraPlan[], store: StateStore, dataDir = '') {
  for (const { name, profile } of plans) {
    const kept = store.cameras.get(name);
    if (kept && kept.profile !== profile.name)
      throw new UsageError(
        `${name} in ${dataDir} is a ${kept.profile}, not a ${profile.name}: choose the profiles it was made with, another --data-dir, or move ${join(dataDir, 'cameras', `${name}.json`)} away`,
      );
  }
}

async function startInTurn(cameras: OwnedFleetCamera[]) {
  const left = cameras.values();
  await Promise.all(
    Array.from({ length: Math.min(startersAtOnce, cameras.length) }, async () => {
      for (const camera of left) await camera.start();
    }),
  );
}

async function endAll(cameras: OwnedFleetCamera[]) {
  const ends = await Promise.allSettled(cameras.map((camera) => camera[Symbol.asyncDispose]()));
  const failed = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  if (failed.length > 0) throw new AggregateError(failed, 'some cameras did not end well');
}

/** The same file for many cameras is read once. */
function readOnce<V>(read: (path: string) => V): (path: string) => V {
  const known = new Map<string, V>();
  return (path) => {
    const value = known.get(path) ?? read(path);
    known.set(path, value);
    return value;
  };
}
