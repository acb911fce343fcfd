import { hint, UsageError } from '../core/runtime/settings.ts';
import type { AlarmServerSettings } from './alarm-server/settings.ts';
import type { SignInWay } from './auth/ways.ts';
import type { FaultSpec } from './faults/fault.ts';
import { type Dialect, inDialect } from './profiles/dialect.ts';
import { findProfile, usualProfiles } from './profiles/index.ts';
import type { Place } from './profiles/place.ts';
import { type Profile, type QuirkName, quirks } from './profiles/profile.ts';
import type { Shard } from './shard.ts';

/** Whether things move before the lens by chance. */
export const trafficLevels = ['off', 'calm', 'busy'] as const;
export type Traffic = (typeof trafficLevels)[number];

/** One camera as somebody wants it; what is absent follows from the fleet. */
export interface CameraWish {
  /** `[a-z0-9-]+`, unique; `cam-<n>` when absent. */
  name?: string;
  /** Name of a profile; the next of the fleet's cycle when absent. */
  profile?: string;
  initialized?: boolean;
  password?: string;
  strict?: boolean;
  /** On top of, or (`-name`) taken from, the quirks of the profile. */
  quirks?: string[];
  /** Ways to sign in over ONVIF; all of them when absent. */
  signIn?: SignInWay[];
  clockOffsetMs?: number;
  traffic?: Traffic;
  /** Name shown by clients. */
  deviceName?: string;
  /** Open the vendor's OpenAPI port (or close it). */
  openApi?: boolean;
  /** Where it pushes its alarms. */
  alarmServer?: AlarmServerSettings;
  /** How it words its events. */
  dialect?: Dialect;
  /** Faults in force from the start. */
  faults?: FaultSpec[];
  /** Path of a film to play instead of the drawn picture. */
  clip?: string;
  /** What it looks at; that of its profile when absent. */
  scene?: Place;
  /** An address of its own, with the standard ports unless the fleet has a base port. */
  address?: string;
}

export interface FleetConfig {
  host: string;
  /**
   * First port of the first camera, stride 10; 0: any free port for each. Absent: 9000, or the standard ports for
   * cameras with addresses of their own.
   */
  basePort?: number;
  /** One address a camera, in turn. */
  addresses?: string[];
  /** How many cameras, when `cameras` does not list them. */
  count: number;
  /** Models in turn; the usual four when empty. */
  profiles: string[];
  /** Cameras one by one. */
  cameras?: CameraWish[];
  /** Cameras leave the factory with an admin password set. */
  initialized: boolean;
  /** That password; made by chance when absent. */
  password?: string;
  /** Standard ONVIF behaviour: all quirks off. */
  strict: boolean;
  discovery: boolean;
  /** How cameras word their events; `vigi` when absent. */
  dialect?: Dialect;
  /** Open the OpenAPI port of cameras that have one; as it was when absent. */
  openApi?: boolean;
  /** Network interface of discovery; the system's choice when absent. */
  interfaceName?: string;
  /** What all identities derive from; made by chance and kept when absent. */
  seed?: string;
  /** How far the cameras' clocks run ahead of the machine's; as they were when absent. */
  clockOffsetMs?: number;
  /** Where state is kept; in memory only when absent. */
  dataDir?: string;
  /** Offer the control API. */
  control: boolean;
  /** Serve the fleet console on this port (0: any free one); absent: not at all. */
  consolePort?: number;
  /** The loopback address when absent. */
  consoleHost?: string;
  traffic: Traffic;
  /** Path of a film all cameras play that have none of their own. */
  clip?: string;
  /** How long a camera is away when it reboots. */
  bootMs?: number;
  /** Only this part of the fleet; names, identities, addresses and ports are those of the whole. */
  shard?: Shard;
}

/** A camera as it will be. */
export interface CameraPlan {
  /** 1, 2, …: its place in the fleet, from which ports and identity follow. */
  index: number;
  name: string;
  host: string;
  profile: Profile;
  initialized: boolean;
  password?: string;
  strict: boolean;
  quirks: { on: QuirkName[]; off: QuirkName[] };
  signIn?: SignInWay[];
  clockOffsetMs?: number;
  traffic: Traffic;
  deviceName?: string;
  openApi?: boolean;
  alarmServer?: AlarmServerSettings;
  faults: FaultSpec[];
  clip?: string;
  ports: { http: number; https: number; rtsp: number; openApi: number };
}

export const portStride = 10;
const usualBasePort = 9000;
const standardPorts = { http: 80, https: 443, rtsp: 554, openApi: 20443 };
const highestPort = 65_535;
const namePattern = /^[a-z0-9-]{1,40}$/;

/** Every camera of a fleet; throws UsageError for what cannot be. */
export function planFleet(config: FleetConfig): CameraPlan[] {
  const wishes: CameraWish[] = config.cameras ?? Array.from({ length: config.count }, () => ({}));
  const cycle = (config.profiles.length > 0 ? config.profiles : usualProfiles).map(findProfile);
  const names = new Set<string>();
  const { addresses } = config;
  if (addresses && addresses.length < wishes.length)
    throw new UsageError(`${wishes.length} cameras need as many addresses, and the pool has ${addresses.length}`);
  return wishes.map((wish, at) => {
    const name = wish.name ?? `cam-${at + 1}`;
    if (!namePattern.test(name)) throw new UsageError(`"${name}" is no camera name: use a-z, 0-9 and -`);
    if (names.has(name)) throw new UsageError(`two cameras are named "${name}"`);
    names.add(name);
    const own = wish.address ?? addresses?.[at];
    return {
      index: at + 1,
      name,
      host: own ?? config.host,
      profile: withScene(
        inDialect(
          wish.profile === undefined ? cycle[at % cycle.length]! : findProfile(wish.profile),
          wish.dialect ?? config.dialect ?? 'vigi',
        ),
        wish.scene,
      ),
      initialized: wish.initialized ?? config.initialized,
      password: wish.password ?? config.password,
      strict: wish.strict ?? config.strict,
      quirks: sortQuirks(wish.quirks ?? []),
      signIn: wish.signIn,
      clockOffsetMs: wish.clockOffsetMs ?? config.clockOffsetMs,
      traffic: wish.traffic ?? config.traffic,
      deviceName: wish.deviceName,
      openApi: wish.openApi ?? config.openApi,
      alarmServer: wish.alarmServer,
      faults: wish.faults ?? [],
      clip: wish.clip ?? config.clip,
      ports: portsOf(config.basePort, own, at, wishes.length),
    };
  });
}

const withScene = (profile: Profile, scene: Place | undefined): Profile => (scene ? { ...profile, scene } : profile);

function portsOf(
  basePort: number | undefined,
  own: string | undefined,
  at: number,
  count: number,
): CameraPlan['ports'] {
  if (own !== undefined) {
    if (basePort === undefined) return { ...standardPorts };
    // Each address has all ports to itself.
    const port = (offset: number) => (basePort === 0 ? 0 : basePort + offset);
    return { http: port(0), https: port(1), rtsp: port(2), openApi: port(3) };
  }
  const base = basePort ?? usualBasePort;
  if (base === 0) return { http: 0, https: 0, rtsp: 0, openApi: 0 };
  const last = base + portStride * (count - 1) + 3;
  if (last > highestPort)
    throw new UsageError(
      `${count} cameras from port ${base} on would need port ${last}, and ${highestPort} is the last: choose a lower base port or fewer cameras`,
    );
  const first = base + portStride * at;
  return { http: first, https: first + 1, rtsp: first + 2, openApi: first + 3 };
}

function sortQuirks(names: string[]): CameraPlan['quirks'] {
  const known = Object.keys(quirks);
  const sorted: CameraPlan['quirks'] = { on: [], off: [] };
  for (const given of names) {
    const name = given.replace(/^-/, '');
    if (!known.includes(name)) throw new UsageError(`there is no quirk "${name}"${hint(name, known)}`);
    sorted[given.startsWith('-') ? 'off' : 'on'].push(name as QuirkName);
  }
  return sorted;
}
