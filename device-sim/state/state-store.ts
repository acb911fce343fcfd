import { chmod, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeDataFolder } from '../../core/runtime/data-folder.ts';
import { UsageError } from '../../core/runtime/settings.ts';
import type { CameraState, Identity } from '../camera.ts';

const port = z.number().int().min(0).max(65535);
const videoEncoder = z.object({
  token: z.string(),
  name: z.string(),
  encoding: z.enum(['H264', 'H265', 'JPEG']),
  profile: z.enum(['Baseline', 'Main', 'High']),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  fps: z.number().positive(),
  bitrateKbps: z.number().positive(),
  govLength: z.number().int().positive(),
  quality: z.number(),
});
const mediaProfile = z.object({
  token: z.string(),
  name: z.string(),
  fixed: z.boolean(),
  videoSourceConfiguration: z.string().optional(),
  videoEncoderConfiguration: z.string().optional(),
  audioSourceConfiguration: z.string().optional(),
  audioEncoderConfiguration: z.string().optional(),
  ptzConfiguration: z.string().optional(),
  metadataConfiguration: z.string().optional(),
  analyticsConfiguration: z.string().optional(),
});
const eventBroker = z.object({
  address: z.string(),
  topicPrefix: z.string(),
  username: z.string().optional(),
  password: z.string().optional(),
  qos: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  filter: z.string().optional(),
});
const pairing = z.object({
  gatewayId: z.string(),
  gatewayHost: z.string(),
  pairingPort: port,
  mqttPort: port,
  clientId: z.string(),
  topicPrefix: z.string(),
  privateKey: z.string(),
  certificate: z.string(),
  caCertificate: z.string(),
  issuedAt: z.number(),
  expiresAt: z.number(),
  username: z.string(),
});
const cameraState: z.ZodType<CameraState> = z.looseObject({
  initialized: z.boolean(),
  users: z.array(
    z.object({ username: z.string(), password: z.string(), level: z.enum(['Administrator', 'Operator', 'User']) }),
  ),
  bootCount: z.number().int().nonnegative(),
  metadataVersion: z.number().int().positive(),
  hostname: z.string(),
  deviceName: z.string(),
  timeZone: z.string(),
  dateTimeType: z.enum(['Manual', 'NTP']),
  clockOffsetMs: z.number(),
  discoverable: z.boolean(),
  scopes: z.array(z.string()),
  videoEncoders: z.array(videoEncoder),
  mediaProfiles: z.array(mediaProfile),
  eventBrokers: z.array(eventBroker),
  pairing: pairing.optional(),
  extra: z.record(z.string(), z.unknown()),
});
const cameraFile = z.object({
  version: z.literal(1),
  name: z.string(),
  profile: z.string(),
  identity: z.object({
    serial: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
    mac: z.string().regex(/^([0-9A-F]{2}:){5}[0-9A-F]{2}$/),
    uuid: z.string(),
    labelSecret: z.string().regex(/^[0-9a-f]{32}$/),
    hue: z.number().int().min(0).max(359),
  }),
  state: cameraState,
});
const fleetFile = z.object({ version: z.literal(1), seed: z.string().min(1) });

/** A camera as it was kept. */
export interface KeptCamera {
  name: string;
  profile: string;
  identity: Identity;
  state: CameraState;
}

export interface StateStore extends AsyncDisposable {
  /** The seed of the fleet kept here, if there is one. */
  readonly seed: string | undefined;
  readonly cameras: ReadonlyMap<string, KeptCamera>;
  keepSeed(seed: string): Promise<void>;
  /** Keep a camera soon; many changes in a row become one write. `camera` is read when it is written. */
  save(camera: KeptCamera): void;
  /** Settles once everything saved so far is on disk; throws if it could not be written. */
  flush(name?: string): Promise<void>;
}

/** Files written at once: enough to hide latency, few enough to leave descriptors for sockets. */
const writersAtOnce = 16;

/** Kept in memory only: a fleet of tests, or one that need not come back. */
export const memoryStateStore = (): StateStore => ({
  seed: undefined,
  cameras: new Map(),
  keepSeed: async () => undefined,
  save: () => undefined,
  flush: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
});

/**
 * State of a fleet: `fleet.json` with its seed and `cameras/<name>.json`, one a camera, readable by the owner only
 * (they hold passwords and keys). A file is replaced by renaming a complete one over it; one that cannot be read stops
 * the start and stays as it is.
 */
export async function openStateStore(folder: string): Promise<StateStore> {
  const camerasFolder = join(folder, 'cameras');
  makeDataFolder(camerasFolder);
  await chmod(folder, 0o700).catch(() => undefined);
  const seedPath = join(folder, 'fleet.json');
  let seed = (await readJson(seedPath, fleetFile))?.seed;
  const kept = new Map<string, KeptCamera>();
  const names = (await readdir(camerasFolder)).filter((name) => name.endsWith('.json'));
  await inParallel(names, async (name) => {
    const path = join(camerasFolder, name);
    const file = await readJson(path, cameraFile);
    if (!file) return;
    if (`${file.name}.json` !== name) throw unreadable(path, `it holds the camera "${file.name}"`);
    const identity = { ...file.identity, labelSecret: Buffer.from(file.identity.labelSecret, 'hex') };
    kept.set(file.name, { name: file.name, profile: file.profile, identity, state: file.state });
  });

  const waiting = new Map<string, KeptCamera>();
  const running = new Map<string, Promise<void>>();
  const failed = new Map<string, unknown>();

  const write = async (camera: KeptCamera) => {
    const identity = { ...camera.identity, labelSecret: camera.identity.labelSecret.toString('hex') };
    const text = JSON.stringify(
      { version: 1, name: camera.name, profile: camera.profile, identity, state: camera.state },
      null,
      1,
    );
    await writeWhole(join(camerasFolder, `${camera.name}.json`), text);
  };
  /** Takes the next camera that waits and that nobody is writing, until none is left. */
  const drain = () => {
    for (const [name, camera] of waiting) {
      if (running.size >= writersAtOnce) return;
      if (running.has(name)) continue;
      waiting.delete(name);
      const job = write(camera)
        .then(
          () => void failed.delete(name),
          (error: unknown) => void failed.set(name, error),
        )
        .finally(() => {
          running.delete(name);
          drain();
        });
      running.set(name, job);
    }
  };
  const flush = async (name?: string) => {
    const busy = () => (name === undefined ? waiting.size + running.size > 0 : waiting.has(name) || running.has(name));
    while (busy()) {
      drain();
      await Promise.race(running.values());
    }
    const error = name === undefined ? [...failed.values()][0] : failed.get(name);
    if (error) throw error;
  };

  return {
    get seed() {
      return seed;
    },
    cameras: kept,
    async keepSeed(given) {
      seed = given;
      await writeWhole(seedPath, JSON.stringify({ version: 1, seed: given }));
    },
    save(camera) {
      const first = waiting.size === 0;
      waiting.set(camera.name, camera);
      if (first) queueMicrotask(drain);
    },
    flush,
    [Symbol.asyncDispose]: () => flush(),
  };
}

const unreadable = (path: string, why: string) =>
  new UsageError(`state file ${path} cannot be used: ${why}; mend it, or move it away to begin anew`);

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(path, (error as Error).message);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unreadable(path, 'it is not whole JSON');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw unreadable(path, `${issue?.path.join('.') || 'the whole'}: ${issue?.message}`);
}

/** Either the old file or the new one, never a part. */
async function writeWhole(path: string, text: string) {
  const temporary = `${path}.new`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, path);
}

async function inParallel<T>(items: T[], work: (item: T) => Promise<void>) {
  const left = items.values();
  await Promise.all(
    Array.from({ length: Math.min(writersAtOnce, items.length) }, async () => {
      for (const item of left) await work(item);
    }),
  );
}
