import { isTopicLevel } from '../../core/mqtt/topics.ts';
import { startInterval } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { Bus, CameraView } from '../bus.ts';
import { GatewayError } from '../errors.ts';
import type { EventIntake } from '../events/intake.ts';
import type { EventRoute } from '../events/memory.ts';
import { parseDeviceAddress } from '../onvif/address.ts';
import type { Credentials, OnvifClient } from '../onvif/client.ts';
import type { OnvifError } from '../onvif/errors.ts';
import {
  type CameraRow,
  deleteCamera,
  findCamera,
  findCameraByAddress,
  insertCamera,
  listCameras,
  updateCamera,
} from '../store/cameras.ts';
import type { Database, Queries } from '../store/database.ts';
import { revokeCertificates, revokeUnusedCertificate } from '../store/device-certificates.ts';
import type { Sealer } from '../store/sealer.ts';
import { type Link, startLink } from './link.ts';
import { type PairedCamera, passwordContext, storePairedCamera } from './paired-row.ts';
import { reach } from './reach.ts';
import type { CameraSession } from './session.ts';
import { createSnapshots, type Snapshots } from './snapshot.ts';

/** What the registry needs of the broker. */
export interface CameraBroker {
  command(serial: string, name: string, payload: object): Promise<void>;
  evict(serial: string): Promise<void>;
}

export interface NewCamera extends Credentials {
  address: string;
  name?: string;
}

export interface CameraChange {
  name?: string;
  username?: string;
  password?: string;
}

/** The cameras of this gateway: what is kept of them, and the live link to each. */
export interface Cameras extends AsyncDisposable {
  start(broker: CameraBroker): Promise<void>;
  list(): CameraView[];
  get(id: string): CameraView;
  /** Adopt an ONVIF camera by address and credentials. */
  add(camera: NewCamera, addedBy: string): Promise<CameraView>;
  edit(id: string, change: CameraChange): Promise<CameraView>;
  /** Remove; a paired camera is unpaired: its certificates end, and with them everything that is live of it. */
  remove(id: string): Promise<CameraView>;
  /**
   * Take back a pairing that never arrived at the camera: its certificate was not used once. Undefined when the camera has
   * come meanwhile, or is not in the list.
   */
  abandon(serial: string): Promise<CameraView | undefined>;
  snapshot(id: string): Promise<Buffer>;
  /** A camera that answers at this moment. Throws `camera_unreachable`. */
  reachable(id: string): { client: OnvifClient; credentials: Credentials };
  /** Where a camera's own web API is. Throws `local_api_unsupported` for a camera that was not paired. */
  webApiOf(id: string): { host: string; port: number; credentials: Credentials };
  isKnown(host: string, port: number): boolean;
  /** In the transaction that issues the certificate: put the paired camera into the list; returns its id. */
  adopt(tx: Queries, camera: PairedCamera): Promise<string>;
  /** After that transaction: begin to speak with it. */
  adopted(cameraId: string, camera: PairedCamera): Promise<void>;
  /** From the broker. */
  setConnected(serial: string, connected: boolean): void;
  setStatus(serial: string, online: boolean): void;
  alive(serial: string): void;
  /** The camera of a serial, for events that came by MQTT. */
  paired(serial: string): { id: string; name: string; clockOffsetMs: number | null } | undefined;
  nameOf(id: string): string | undefined;
  /** A name for topics that a consumer reads: serial where it can be one, else the id. */
  topicLevelOf(id: string): { level: string; name: string; serial: string | null } | undefined;
  synchronize(id: string): void;
}

interface Entry {
  row: CameraRow;
  /** Resolves once events come, or the camera turns out not to give any. */
  settled: Promise<void>;
  link: Link;
  snapshots: Snapshots;
  clockOffsetMs: number | null;
}

export interface CamerasOptions {
  db: Database;
  bus: Bus;
  sealer: Sealer;
  intake(): EventIntake;
}

const persistEveryMs = 60_000;
/** How long adding a camera waits for its events, for an answer that says how it will be. */
const settleMs = 3_000;

export function createCameras(options: CamerasOptions, deps: RuntimeDeps): Cameras {
  const { db, bus, sealer } = options;
  const { clock, random, log } = deps;
  const entries = new Map<string, Entry>();
  const mqtt = new Map<string, { connected: boolean; online: boolean }>();
  /** Addresses being added at the moment: one password is asked for once, however often the button is pressed. */
  const adding = new Set<string>();
  const unsaved = new Set<string>();
  let broker: CameraBroker | undefined;
  let persisting: Disposable | undefined;

  const mqttOnline = (serial: string | null) => {
    const seen = serial === null ? undefined : mqtt.get(serial);
    return seen?.connected === true && seen.online;
  };
  const entryOf = (id: string) => {
    const entry = entries.get(id);
    if (!entry) throw new GatewayError('not_found', 'there is no such camera');
    return entry;
  };
  const pairedEntry = (serial: string) => {
    for (const entry of entries.values())
      if (entry.row.adoptedBy === 'pairing' && entry.row.serial === serial) return entry;
    return undefined;
  };
  const exists = (cameraId: string) =>
    new GatewayError('camera_exists', 'a camera of this address is in the list', { cameraId });
  const credentialsOf = (row: CameraRow): Credentials => ({
    username: row.username,
    password: sealer.open(row.passwordSealed, passwordContext(row.id)),
  });

  const viewOf = ({ row, link, clockOffsetMs }: Entry): CameraView => ({
    id: row.id,
    name: row.name,
    model: row.model,
    manufacturer: row.manufacturer,
    serial: row.serial,
    mac: row.mac,
    firmware: row.firmware,
    address: { host: row.host, port: row.port },
    ...link.standing,
    adoptedBy: row.adoptedBy,
    clockOffsetMs,
    addedAt: new Date(row.addedAt).toISOString(),
    lastSeenAt: row.lastSeenAt === null ? null : new Date(row.lastSeenAt).toISOString(),
  });
  const tell = (entry: Entry) => {
    if (entries.get(entry.row.id) === entry) bus.publish('camera', viewOf(entry));
  };

  /** Change what is kept, in memory at once and on disk soon; a failure there is logged and tried again at the next change. */
  function keep(entry: Entry, patch: Partial<CameraRow>) {
    Object.assign(entry.row, patch);
    updateCamera(db, entry.row.id, patch).catch((error: unknown) =>
      log.error({ err: error, camera: entry.row.id }, 'a camera could not be saved'),
    );
  }

  function open(row: CameraRow, session?: CameraSession): Entry {
    const credentials = credentialsOf(row);
    let settle = () => {};
    const settled = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const entry = { row, settled, clockOffsetMs: null } as unknown as Entry;
    const source = () => ({ id: row.id, name: row.name, clockOffsetMs: entry.clockOffsetMs });
    // Filled before the link begins to report: it reports at once.
    entries.set(row.id, entry);
    entry.link = { standing: { state: 'connecting', stateDetail: null, eventRoute: null } } as Link;
    entry.snapshots = createSnapshots({
      credentials,
      session: () => entry.link.session,
      snapshotPath: row.snapshotPath,
      httpPort: row.port,
      clock,
    });
    entry.link = startLink(
      {
        address: { host: row.host, port: row.port, path: row.path },
        credentials,
        paired: row.adoptedBy === 'pairing',
        refused: row.refusedAt !== null,
        mqtt: row.adoptedBy === 'pairing' && mqttOnline(row.serial),
        ...(session ? { session } : {}),
        onStanding(standing) {
          if (standing.eventRoute !== null || standing.state !== 'online') settle();
          // Not at once: the first report comes while the link is being made.
          queueMicrotask(() => tell(entry));
        },
        onSession: (opened) => void learn(entry, opened),
        onAlive() {
          row.lastSeenAt = clock.now();
          unsaved.add(row.id);
        },
        onClock(offsetMs) {
          entry.clockOffsetMs = offsetMs;
        },
        onRefused: () => keep(entry, { refusedAt: clock.now() }),
        onEvent: (event) => options.intake().take(source(), event, 'pull-point' satisfies EventRoute),
      },
      { ...deps, log: log.child({ camera: row.id }) },
    );
    return entry;
  }

  /** What a camera says of itself; nothing here is worth failing for. */
  async function learn(entry: Entry, { client, information }: CameraSession) {
    const { row } = entry;
    const known: Partial<CameraRow> = {
      manufacturer: information.manufacturer || row.manufacturer,
      model: information.model || row.model,
      firmware: information.firmware || row.firmware,
      ...(row.serial === null && information.serial ? { serial: information.serial } : {}),
    };
    try {
      if (row.mac === null) known.mac = (await client.macAddress()) ?? null;
    } catch (error) {
      log.debug({ reason: (error as Error).message, camera: row.id }, 'the camera tells no MAC address');
    }
    const news = Object.entries(known).filter(([key, value]) => value !== row[key as keyof CameraRow]);
    if (news.length === 0 || entries.get(row.id) !== entry) return;
    keep(entry, Object.fromEntries(news));
    tell(entry);
  }

  const whyNotAdded = (error: OnvifError): GatewayError => {
    const cause = { cause: error };
    if (error.failure === 'locked')
      return new GatewayError('camera_locked', 'the camera has locked this account for a while', {}, cause);
    if (error.failure === 'uninitialized')
      return new GatewayError('camera_uninitialized', 'the camera has no password yet: activate it first', {}, cause);
    return new GatewayError('camera_unreachable', `the camera cannot be reached: ${error.message}`, {}, cause);
  };

  async function addAt(given: NonNullable<ReturnType<typeof parseDeviceAddress>>, camera: NewCamera, addedBy: string) {
    const { username, password } = camera;
    const { place, session, error } = await reach(given, { username, password }, deps);
    // A wrong password keeps its place in the list, where it can be corrected; anything else leaves nothing behind.
    if (error && error.failure !== 'refused') throw whyNotAdded(error);
    const replaced = await findCameraByAddress(db, place.host, place.port);
    if (replaced && (replaced.refusedAt === null || replaced.adoptedBy === 'pairing')) throw exists(replaced.id);
    const id = replaced?.id ?? random.uuid();
    const row: CameraRow = {
      mac: null,
      snapshotPath: null,
      rtspPort: null,
      httpsPort: null,
      addedAt: clock.now(),
      lastSeenAt: null,
      ...replaced,
      ...place,
      id,
      name: camera.name ?? replaced?.name ?? (session?.information.model || place.host),
      manufacturer: session?.information.manufacturer || null,
      model: session?.information.model || null,
      serial: session?.information.serial || null,
      firmware: session?.information.firmware || null,
      username,
      passwordSealed: sealer.seal(password, passwordContext(id)),
      adoptedBy: 'onvif',
      addedBy,
      refusedAt: session ? null : clock.now(),
    };
    const stored = replaced ? await updateCamera(db, id, row) : await insertCamera(db, row);
    if (!stored) throw exists(id);
    entries.get(id)?.link[Symbol.dispose]();
    const entry = open(row, session);
    if (error)
      throw new GatewayError(
        'camera_auth_failed',
        'the camera does not accept this user name and password; it is not asked again until they are changed',
        { camera: viewOf(entry) },
        { cause: error },
      );
    await Promise.race([entry.settled, clock.sleep(settleMs)]);
    return viewOf(entry);
  }

  /** Out of the list, after the database knows: everything live of the camera ends. */
  async function leave(entry: Entry): Promise<CameraView> {
    const { id, serial, adoptedBy } = entry.row;
    const view = viewOf(entry);
    entries.delete(id);
    unsaved.delete(id);
    entry.link[Symbol.dispose]();
    if (adoptedBy === 'pairing' && serial !== null && broker) {
      // The camera is told on its way out, so that it forgets the pairing too; one that is away finds out by itself.
      if (mqtt.get(serial)?.connected) await broker.command(serial, 'unpair', { id: random.uuid(), arguments: {} });
      await broker.evict(serial);
      mqtt.delete(serial);
    }
    await options.intake().forget(id);
    bus.publish('camera-removed', { id });
    return view;
  }

  return {
    async start(given) {
      broker = given;
      for (const row of await listCameras(db)) open(row);
      persisting = startInterval(clock, persistEveryMs, async () => {
        for (const id of [...unsaved]) {
          unsaved.delete(id);
          const entry = entries.get(id);
          if (entry) keep(entry, { lastSeenAt: entry.row.lastSeenAt });
        }
      });
    },

    list: () => [...entries.values()].map(viewOf),
    get: (id) => viewOf(entryOf(id)),

    async add(camera, addedBy) {
      const given = parseDeviceAddress(camera.address);
      if (!given)
        throw new GatewayError('address_refused', 'write an address as host, host:port or http://host:port/path');
      const key = `${given.host}:${given.port ?? ''}`;
      if (adding.has(key)) throw new GatewayError('camera_exists', 'a camera of this address is being added');
      for (const { row } of entries.values())
        if (row.host === given.host && row.port === given.port && row.refusedAt === null) throw exists(row.id);
      adding.add(key);
      try {
        return await addAt(given, camera, addedBy);
      } finally {
        adding.delete(key);
      }
    },

    async edit(id, { name, username, password }) {
      const entry = entryOf(id);
      const { row } = entry;
      const credentials = username !== undefined || password !== undefined;
      const patch: Partial<CameraRow> = {
        ...(name === undefined ? {} : { name }),
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { passwordSealed: sealer.seal(password, passwordContext(id)) }),
        ...(credentials ? { refusedAt: null } : {}),
      };
      if (!(await updateCamera(db, id, patch))) throw new GatewayError('not_found', 'there is no such camera');
      Object.assign(row, patch);
      if (credentials) {
        entry.link[Symbol.dispose]();
        tell(open(row));
      } else tell(entry);
      return viewOf(entryOf(id));
    },

    async remove(id) {
      const entry = entryOf(id);
      const { serial, adoptedBy } = entry.row;
      const paired = adoptedBy === 'pairing' && serial !== null;
      const removed = await db.transaction(async (tx) => {
        if (paired) await revokeCertificates(tx, serial, clock.now());
        return deleteCamera(tx, id);
      });
      if (!removed) throw new GatewayError('not_found', 'there is no such camera');
      return leave(entry);
    },

    async abandon(serial) {
      const entry = pairedEntry(serial);
      const abandoned = await db.transaction(async (tx) => {
        if (!(await revokeUnusedCertificate(tx, serial, clock.now()))) return false;
        return entry === undefined || deleteCamera(tx, entry.row.id);
      });
      return abandoned && entry ? leave(entry) : undefined;
    },

    snapshot: async (id) => entryOf(id).snapshots.take(),
    reachable(id) {
      const { link, row } = entryOf(id);
      if (!link.session) throw new GatewayError('camera_unreachable', 'the camera cannot be reached now');
      return { client: link.session.client, credentials: credentialsOf(row) };
    },
    webApiOf(id) {
      const { row } = entryOf(id);
      if (row.httpsPort === null) throw new GatewayError('local_api_unsupported', 'this camera has no VIGI web API');
      return { host: row.host, port: row.httpsPort, credentials: credentialsOf(row) };
    },

    isKnown: (host, port) => [...entries.values()].some(({ row }) => row.host === host && row.port === port),

    adopt: (tx, camera) => storePairedCamera(tx, camera, { sealer, newId: random.uuid(), now: clock.now() }),

    async adopted(cameraId, { serial }) {
      // Whoever is in with a certificate of an earlier pairing leaves before the new one comes.
      await broker?.evict(serial);
      mqtt.delete(serial);
      const row = await findCamera(db, cameraId);
      if (!row) return;
      for (const [id, entry] of [...entries]) {
        const displaced = id !== cameraId && entry.row.host === row.host && entry.row.port === row.port;
        if (id !== cameraId && !displaced) continue;
        entry.link[Symbol.dispose]();
        entries.delete(id);
        if (displaced) bus.publish('camera-removed', { id });
      }
      tell(open(row));
    },

    setConnected(serial, connected) {
      const seen = mqtt.get(serial) ?? { connected: false, online: false };
      mqtt.set(serial, { connected, online: connected && seen.online });
      pairedEntry(serial)?.link.setMqtt(mqttOnline(serial));
      if (!connected) mqtt.delete(serial);
    },
    setStatus(serial, online) {
      const seen = mqtt.get(serial) ?? { connected: true, online };
      mqtt.set(serial, { ...seen, online });
      pairedEntry(serial)?.link.setMqtt(mqttOnline(serial));
    },
    alive(serial) {
      const entry = pairedEntry(serial);
      if (!entry) return;
      entry.row.lastSeenAt = clock.now();
      unsaved.add(entry.row.id);
    },

    paired(serial) {
      const entry = pairedEntry(serial);
      return entry && { id: entry.row.id, name: entry.row.name, clockOffsetMs: entry.clockOffsetMs };
    },
    nameOf: (id) => entries.get(id)?.row.name,
    topicLevelOf(id) {
      const row = entries.get(id)?.row;
      if (!row) return undefined;
      const level = row.serial !== null && isTopicLevel(row.serial) ? row.serial : row.id;
      return { level, name: row.name, serial: row.serial };
    },
    synchronize(id) {
      const entry = entries.get(id);
      if (!entry) return;
      const { serial, adoptedBy } = entry.row;
      if (adoptedBy === 'pairing' && mqttOnline(serial))
        broker
          ?.command(serial!, 'sync', { id: random.uuid(), arguments: {} })
          .catch((error: Error) => log.debug({ reason: error.message }, 'the camera was not asked'));
      else entry.link.synchronize();
    },

    async [Symbol.asyncDispose]() {
      persisting?.[Symbol.dispose]();
      for (const { link } of entries.values()) link[Symbol.dispose]();
      for (const id of unsaved) {
        const entry = entries.get(id);
        if (entry) await updateCamera(db, id, { lastSeenAt: entry.row.lastSeenAt });
      }
      entries.clear();
    },
  };
}
