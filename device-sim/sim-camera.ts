import { type Clock, shiftedClock } from '../core/runtime/clock.ts';
import type { RuntimeDeps } from '../core/runtime/deps.ts';
import { LateChild } from '../core/runtime/log.ts';
import { hint } from '../core/runtime/settings.ts';
import type { SignInWay } from './auth/ways.ts';
import type { Camera, CameraAddress, CameraState, EventBrokerStatus, Identity, Received, Scene } from './camera.ts';
import { channelOfKind } from './channel-kind.ts';
import { detectionOf } from './detection.ts';
import { SimError } from './errors.ts';
import { createEventHub } from './event-hub.ts';
import { figureByChance, figureOfKind } from './motion/figure.ts';
import { takenAtItsWord } from './onvif/rule-engine.ts';
import { places } from './profiles/place.ts';
import type { EventTopicFacts, Profile, QuirkName } from './profiles/profile.ts';
import { createRecorder } from './recording/recorder.ts';
import { createScene } from './scene.ts';
import { newState } from './state/new-state.ts';
import type { Clip } from './video/clip/clip.ts';
import type { WireTexts } from './wire/wire-text.ts';

/** What a camera asks of the fleet that holds it; each may be absent in a test. */
export interface CameraHost {
  /** The state changed: keep it. */
  save?(): void;
  reboot?(): void;
  announce?(): void;
  /** A client wants a key frame of this video encoder. */
  keyFrame?(encoderToken: string): void;
  eventBrokerStatus?(address: string): EventBrokerStatus;
  /** Keeps what was said on the wire, for a while; without it the timeline has its lines only. */
  wireTexts?: WireTexts | undefined;
}

export interface CameraOptions {
  name: string;
  profile: Profile;
  identity: Identity;
  /** State from before; a factory-new one when absent. */
  state?: CameraState;
  /** Activate with this admin password unless the state is activated already. */
  password?: string;
  /** Standard behaviour: no quirks. */
  strict?: boolean;
  /** Quirks beside those of the profile, or taken from it. */
  quirks?: { on: QuirkName[]; off: QuirkName[] };
  /** Ways to sign in over ONVIF; all of them when absent. */
  signIn?: readonly SignInWay[];
  address?: CameraAddress;
  /** A film that is played instead of the drawn picture; the profile's streams are what it is. */
  clip?: Clip;
  host?: CameraHost;
}

/** Name of the account that activation sets up. */
export const adminName = 'admin';
/** How many entries a camera's wire timeline keeps. */
const timelineLength = 500;
/** Kinds that show as something moving in the picture. */
const movingKinds = new Set(['motion', 'people', 'vehicle', 'pet', 'intrusion', 'line-cross', 'smart']);

/** A camera with the verbs of its fleet. */
export interface SimCamera extends Camera {
  readonly timeline: readonly Received[];
  /** Kinds `trigger` takes. */
  readonly kinds: readonly string[];
  /** Set once, while the camera begins to listen. */
  address: CameraAddress;
  /** Hear of kinds that begin and end, whatever topics they have; alarms are made of these. */
  watch(watcher: (kind: string, active: boolean) => void): Disposable;
  /** First start-up: sets the admin password. False when the camera was activated before; nothing changes then. */
  activate(password: string): boolean;
  /** Power came (back): boot count + 1, properties as at boot, nothing before the lens. */
  boot(): void;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A camera in memory: it opens nothing. */
export function createCamera(options: CameraOptions, deps: RuntimeDeps): SimCamera {
  const { name, profile, identity, strict = false, host = {} } = options;
  const state = options.state ?? newState(profile, identity);
  const clock: Clock = shiftedClock(deps.clock, () => state.clockOffsetMs);
  const quirks = new Set<QuirkName>([...(strict ? [] : profile.quirks), ...(options.quirks?.on ?? [])]);
  for (const name of options.quirks?.off ?? []) quirks.delete(name);
  const timeline: Received[] = [];
  let noted = 0;
  const active = new Set<string>();
  const watchers = new Set<(kind: string, active: boolean) => void>();
  const sceneWatchers = new Set<(moving: boolean) => void>();
  const channels: Camera[] = [];
  const scene = createScene(profile.ptz ? () => camera.recorder?.looked() : undefined);
  const channelScenes = Array.from({ length: profile.channels ?? 0 }, () => createScene());
  const hub = createEventHub(clock, bootProperties(profile, quirks.has('undeclared-items')));
  let objects = 0;

  /** Catch-all topics are shared: the property ends when the last of the kinds that hold it has ended. */
  const heldByAnother = ({ topic, item }: EventTopicFacts) =>
    profile.topics.some(
      (one) => one.topic === topic && one.item === item && active.has(one.kind) && detectionOf(state, one.kind).enabled,
    );

  const raise = (facts: EventTopicFacts, on: boolean) => {
    if (!on && (!facts.property || heldByAnother(facts))) return;
    const value = facts.itemType === 'integer' ? String(++objects) : String(on);
    hub.raise({
      topic: facts.topic,
      ...(facts.property ? { operation: 'Changed' as const } : {}),
      source: facts.source,
      data: { [facts.item]: value },
      ...(quirks.has('stale-utc-time') ? { utcTime: camera.bootedAt } : {}),
    });
  };

  /** Whoever was named last comes before the lens; unnamed motion stays who it is. */
  function showMotion(channel: number, here: Scene) {
    const going = [...active].filter((kind) => channelOfKind(kind).channel === channel);
    const moving = going.some((kind) => movingKinds.has(channelOfKind(kind).kind));
    const named = going.map(figureOfKind).findLast((figure) => figure !== undefined);
    const seen = here.figure ?? figureByChance(here.motionSince);
    if (moving === here.motion && (!moving || named === undefined || named === seen)) return;
    here.motion = moving;
    if (moving) {
      here.motionSince = deps.clock.now();
      here.figure = named;
    }
    camera.recorder?.moved(moving ? (named ?? figureByChance(here.motionSince)) : undefined, channel);
    if (channel === 0) for (const watcher of [...sceneWatchers]) watcher(moving);
  }

  // Plain properties: accessors made anew for each camera would turn it into a dictionary of kilobytes.
  const camera: Writable<SimCamera> = {
    name,
    profile,
    identity,
    address: options.address ?? { host: '127.0.0.1', ports: { http: 0, https: 0, rtsp: 0, openApi: 0 } },
    clock,
    random: deps.random,
    log: new LateChild(deps.log, { camera: name }),
    state,
    events: hub,
    scene,
    clip: options.clip,
    channels,
    recorder: undefined,
    timeline,
    active,
    kinds: [...new Set(profile.topics.map(({ kind }) => kind))],
    takes: (way) => options.signIn?.includes(way) ?? true,
    quirk: (quirk) => quirks.has(quirk),
    bootedAt: clock.now(),
    revision: 0,
    save() {
      camera.revision += 1;
      camera.recorder?.follow();
      host.save?.();
    },
    eventBrokerStatus: (address) => host.eventBrokerStatus?.(address) ?? 'Offline',
    received(given, text) {
      if (timeline.length >= timelineLength) timeline.shift();
      const entry: Received = { id: ++noted, at: deps.clock.now(), ...given };
      timeline.push(entry);
      if (text) host.wireTexts?.keep(entry, text());
    },
    reboot: () => host.reboot?.(),
    announce: () => host.announce?.(),
    keyFrame: (encoderToken) => host.keyFrame?.(encoderToken),
    trigger(kind, on) {
      const facts = profile.topics.filter((topic) => topic.kind === kind);
      if (facts.length === 0)
        throw new SimError('kind_unknown', `${name} sees no "${kind}"${hint(kind, camera.kinds)}`, {
          kinds: camera.kinds,
        });
      const before = active.delete(kind);
      // The one that came last is the one that is seen.
      if (on) active.add(kind);
      for (const [channel, here] of [scene, ...channelScenes].entries()) showMotion(channel, here);
      // What is switched off may end but not begin.
      if (on && !detectionOf(state, kind).enabled) return;
      for (const one of facts) if (takenAtItsWord(camera, one)) raise(one, on);
      if (on !== before) for (const watcher of [...watchers]) watcher(kind, on);
    },
    watchScene(watcher) {
      const own: typeof watcher = (moving) => watcher(moving);
      sceneWatchers.add(own);
      return { [Symbol.dispose]: () => void sceneWatchers.delete(own) };
    },
    watch(watcher) {
      const own: typeof watcher = (kind, on) => watcher(kind, on);
      watchers.add(own);
      return { [Symbol.dispose]: () => void watchers.delete(own) };
    },
    activate(password) {
      if (state.initialized) return false;
      state.initialized = true;
      state.users = [{ username: adminName, password, level: 'Administrator' }];
      camera.save();
      return true;
    },
    boot() {
      state.bootCount += 1;
      camera.bootedAt = clock.now();
      for (const kind of [...active]) camera.trigger(kind, false);
      camera.recorder?.start();
      camera.save();
    },
  };
  for (const [at, own] of channelScenes.entries())
    channels.push(
      Object.create(camera, {
        name: { value: `${name}-ch${at + 1}` },
        identity: { value: { ...identity, hue: (identity.hue + 75 * at) % 360 } },
        profile: { value: { ...profile, scene: places[(places.indexOf(profile.scene) + at) % places.length]! } },
        scene: { value: own },
      }),
    );
  if (profile.storage) camera.recorder = createRecorder(camera, profile.storage);
  if (options.password !== undefined) camera.activate(options.password);
  return camera;
}

/** Properties that exist from the start: everything at rest. */
const bootProperties = (profile: Profile, undeclaredOff: boolean) =>
  profile.topics
    .filter(({ property, undeclared }) => property && !(undeclared && undeclaredOff))
    .map((facts) => ({ topic: facts.topic, source: facts.source, data: { [facts.item]: 'false' } }));
