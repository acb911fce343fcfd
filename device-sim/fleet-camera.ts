import type { Socket } from 'node:net';
import type { z } from 'zod';
import { startInterval, startTimer } from '../core/runtime/clock.ts';
import type { RuntimeDeps } from '../core/runtime/deps.ts';
import type { Listening } from '../core/runtime/listen.ts';
import { seededRandom } from '../core/runtime/random.ts';
import { disposeAll, type Owned } from '../core/runtime/start-all.ts';
import { startAlarmPush } from './alarm-server/alarm-server.ts';
import { setAlarmServer } from './alarm-server/settings.ts';
import { stillOf } from './alarm-server/still.ts';
import { snapshotPath } from './behaviors/media.ts';
import type { PairingState, Received } from './camera.ts';
import type { Discovery } from './discovery/discovery.ts';
import { acceptUnderFault } from './faults/connection-faults.ts';
import { faultSpec } from './faults/fault.ts';
import { createFaultBook, type Fault, type FaultBook } from './faults/fault-book.ts';
import { httpAnswers } from './http-answers.ts';
import type { HttpDoor } from './http-door.ts';
import { deriveIdentity } from './identity.ts';
import { createLocalApi, type WebServices } from './local-api/local-api.ts';
import { Lock } from './local-api/lock.ts';
import type { SignInKey } from './local-api/sign-in-key.ts';
import { createEventBrokers, type EventBrokers } from './mqtt/event-brokers.ts';
import { type Link, startLink } from './mqtt/link.ts';
import { createNvrApi } from './nvr-api/nvr-api.ts';
import { createOnvifHandler, type OnvifHandler } from './onvif/handler.ts';
import { createPtzHead, type PtzHead } from './onvif/ptz-head.ts';
import { createSubscriptions } from './onvif/subscriptions.ts';
import { createOpenApi } from './open-api/open-api.ts';
import { openApiEnabled, setOpenApi } from './open-api/switch.ts';
import { createPairingAgent, type PairingAgent } from './pairing/agent.ts';
import type { CameraPlan, Traffic } from './plan.ts';
import { Plug } from './ports.ts';
import { createRtspServer, type RtspServer } from './rtsp/rtsp-server.ts';
import { createCamera, type SimCamera } from './sim-camera.ts';
import { newState } from './state/new-state.ts';
import type { StateStore } from './state/state-store.ts';
import type { Clip } from './video/clip/clip.ts';
import { fitEncoders, withClip } from './video/clip/clip-profile.ts';
import type { PictureLibrary } from './video/picture-library.ts';
import { createSnapshotHandler } from './video/snapshot.ts';
import type { WireText, WireTexts } from './wire/wire-text.ts';

/** How a thing before the lens comes about: for a while, or until told otherwise. */
export type TriggerHow = { durationMs?: number } | { active: boolean };

/** A camera of a running fleet, as a test or the control API handles it. */
export interface FleetCamera {
  readonly name: string;
  /** The camera as its own behaviours see it. */
  readonly camera: SimCamera;
  readonly powered: boolean;
  /** Is the network cable in? */
  readonly connected: boolean;
  /** Is the MQTT link to the gateway up? */
  readonly linked: boolean;
  /** Open TCP connections. */
  readonly connections: number;
  /** Playing RTSP sessions. */
  readonly viewers: number;
  /** Pull points and notification producers that clients hold. */
  readonly subscriptions: number;
  /** The head of a camera that turns, while it has power. */
  readonly ptz: PtzHead | undefined;
  /** How much comes by on its own; the fleet's `setTraffic` changes it. */
  traffic: Traffic;
  /** What goes wrong on purpose. */
  readonly faults: FaultBook;
  /** `fault({ at: 'onvif', operation: 'GetProfiles', do: 'delay 2s' })`; disposing it takes it away. */
  fault(spec: z.input<typeof faultSpec>): Fault & Disposable;
  readonly pairing: Pick<PairingAgent, 'status' | 'pair' | 'unpair'>;
  /** Without `how`: for five seconds. */
  trigger(kind: string, how?: TriggerHow): void;
  /** What it was asked so far, the oldest first; only entries of this name when one is given. */
  received(what?: string): Received[];
  /** What was said behind an entry of the timeline, while it is kept. Secrets are in it. */
  wireText(entry: Received): WireText | undefined;
  /** A JPEG of what it shows this instant; undefined without power. */
  picture(stream?: 'main' | 'sub'): Buffer | undefined;
  /** Connections are reset, no goodbye; settles when it is dark. It comes back by itself after `offMs`. */
  powerCut(offMs?: number): Promise<void>;
  /** As a client would ask for: with goodbyes. Settles when it is down. */
  reboot(): Promise<void>;
  network(connected: boolean): void;
  /** The camera's clock jumps, ahead or back. */
  shiftClock(byMs: number): void;
  /** From now on its clock runs fast (or slow) by so many millionths; 0 ends it. */
  drift(partsPerMillion: number): void;
  /** Pull points and notifications are gone; their clients find out when they ask. */
  loseSubscriptions(): void;
  /** Settles when the camera is up (again). */
  up(): Promise<void>;
}

/** What a fleet shares among its cameras. */
export interface FleetShare {
  bootMs: number;
  httpDoor: HttpDoor;
  signInKey(): Promise<SignInKey>;
  store: StateStore;
  pictures: PictureLibrary;
  /** Absent where nobody can read them. */
  wireTexts?: WireTexts | undefined;
  /** Films by path, each read once. */
  clips(path: string): Clip;
  /** Absent when the fleet stays out of WS-Discovery. */
  discovery?: Pick<Discovery, 'hello' | 'bye' | 'drop'>;
}

/** A fleet camera with the verbs only its fleet uses. */
export interface OwnedFleetCamera extends FleetCamera, AsyncDisposable {
  start(): Promise<void>;
}

const usualTriggerMs = 5000;
/** Where a clock without power starts, and how long until the time server sets it right. */
const lostClockAt = Date.UTC(2024, 0, 1);
const timeServerMs = 60_000;
/** A drifting clock is set on so often. */
const driftStepMs = 10_000;

export function createFleetCamera(
  plan: CameraPlan,
  seed: string,
  share: FleetShare,
  deps: RuntimeDeps,
): OwnedFleetCamera {
  const { store } = share;
  const kept = store.cameras.get(plan.name);
  const identity = kept?.identity ?? deriveIdentity(seed, plan.index);
  const clip = plan.clip === undefined ? undefined : share.clips(plan.clip);
  const profile = clip ? withClip(plan.profile, clip) : plan.profile;
  const state = kept?.state ?? newState(profile, identity);
  fitEncoders(state, profile, identity, clip);
  if (plan.clockOffsetMs !== undefined) state.clockOffsetMs = plan.clockOffsetMs;
  if (plan.deviceName !== undefined && !kept) state.deviceName = plan.deviceName;
  const keptAs = { name: plan.name, profile: plan.profile.name, identity, state };

  const stop = new AbortController();
  const plug = new Plug();
  const ends = new Map<string, Disposable>();
  let powered = false;
  let poweredAt = 0;
  let running: Owned[] = [];
  let link: Link | undefined;
  let brokers: EventBrokers | undefined;
  let rtsp: RtspServer | undefined;
  let services: OnvifHandler | undefined;
  /** What the HTTP port answers, while there is power. */
  let web: WebServices | undefined;
  let drifting: Disposable | undefined;
  /** Power changes happen one after the other. */
  let change: Promise<void> = Promise.resolve();

  const camera = createCamera(
    {
      name: plan.name,
      profile,
      clip,
      identity,
      state,
      strict: plan.strict,
      quirks: plan.quirks,
      signIn: plan.signIn,
      password: plan.initialized ? plan.password : undefined,
      address: { host: plan.host, ports: { ...plan.ports } },
      host: {
        save() {
          store.save(keptAs);
          if (!powered) return;
          brokers?.follow();
          followOpenApi();
        },
        reboot: () => void reboot(),
        announce() {
          if (powered && plug.connected) share.discovery?.hello(camera);
        },
        keyFrame(encoderToken) {
          for (const { token, videoEncoderConfiguration } of state.mediaProfiles)
            if (videoEncoderConfiguration === encoderToken) rtsp?.requestKeyframe(token);
        },
        eventBrokerStatus: (address) => brokers?.status(address) ?? 'Offline',
        wireTexts: share.wireTexts,
      },
    },
    deps,
  );
  if (plan.openApi !== undefined && plan.profile.openApi) setOpenApi(camera, plan.openApi);
  const faults = createFaultBook(deps.clock, seededRandom(`${seed} faults ${plan.name}`));
  for (const spec of plan.faults) faults.add(spec);
  if (plan.alarmServer) setAlarmServer(camera, plan.alarmServer);
  const uptimeMs = () => deps.clock.now() - poweredAt;
  const agent = createPairingAgent({ camera, snapshotPath, onChange: (pairing) => relink(pairing) }, deps);
  const lock = new Lock(deps.clock);
  const localApi = createLocalApi(
    {
      camera,
      signInKey: share.signInKey,
      lock,
      faults,
      pairing: agent,
      flush: () => store.flush(plan.name),
      web: () => web,
    },
    deps,
  );

  const head = () => (plan.profile.ptz ? services?.context.get(createPtzHead) : undefined);
  const openApi = (plan.profile.channels ? createNvrApi : createOpenApi)(
    { camera, lock, faults, uptimeMs, head },
    deps,
  );

  const relink = (pairing: PairingState | undefined) => {
    if (pairing && link) return link.renew(pairing);
    void link?.leave();
    link = undefined;
    if (!pairing || !powered) return;
    link = startLink(
      {
        camera,
        pairing,
        viewers: () => rtsp?.viewerCount() ?? 0,
        uptimeMs,
        unpair: () => agent.unpair(),
        suspect: () => void agent.suspect(),
      },
      deps,
    );
    link.reachable(plug.connected);
  };

  const listenOn = async (which: keyof typeof camera.address.ports, accept: (socket: Socket) => void) => {
    const { ports } = camera.address;
    const listening = await plug.listen(ports[which], plan.host, accept);
    // A camera keeps the port it was given for as long as it lives.
    ports[which] = listening.port;
    running.push(listening);
    return listening;
  };

  /** The OpenAPI port opens and closes by a setting while the camera runs. */
  let openApiPort: Promise<Listening> | undefined;
  const followOpenApi = () => {
    const wanted = powered && openApiEnabled(camera);
    if (wanted === (openApiPort !== undefined)) return;
    const before = openApiPort;
    openApiPort = wanted ? listenOn('openApi', (socket) => openApi.accept(socket)) : undefined;
    openApiPort?.catch((error: unknown) => {
      openApiPort = undefined;
      camera.log.error({ reason: (error as Error).message }, 'the OpenAPI port did not open');
    });
    void before?.then(
      (listening) => listening[Symbol.asyncDispose](),
      () => undefined,
    );
  };

  const powerOn = async () => {
    if (stop.signal.aborted) return;
    camera.boot();
    poweredAt = deps.clock.now();
    // A door of a subscription has no other paths than the subscription's own.
    const openDoor = () =>
      plug.listen(0, plan.host, (socket) => share.httpDoor.accept(socket, { ...answers, handle: answers.serveOnvif }));
    const onvif = createOnvifHandler(camera, deps, { openDoor });
    running.push(onvif);
    services = onvif;
    const library = share.pictures;
    const snapshot = createSnapshotHandler(camera, { library, digest: onvif.digest });
    const stream = createRtspServer(camera, { library, faults });
    const answers = httpAnswers(camera, { onvif, snapshot, rtsp: stream, faults }, deps);
    rtsp = stream;
    web = answers;
    running.push(stream, startAlarmPush({ camera, still: () => stillOf(camera, library) }, deps));
    // All have settled before one that failed is told, so that nothing opens behind the clean-up.
    const opened = await Promise.allSettled([
      listenOn('http', (socket) => share.httpDoor.accept(socket, answers)),
      listenOn('https', (socket) => localApi.accept(socket)),
      listenOn('rtsp', (socket) => acceptUnderFault(camera, faults, socket, () => stream.accept(socket), deps)),
    ]);
    for (const one of opened) if (one.status === 'rejected') throw one.reason;
    powered = true;
    followOpenApi();
    await openApiPort;
    brokers = createEventBrokers(camera, deps);
    brokers.follow();
    brokers.reachable(plug.connected);
    relink(camera.state.pairing);
    if (plug.connected) share.discovery?.hello(camera);
    agent.resume();
  };

  const powerOff = async (gently: boolean) => {
    const wasUp = powered;
    powered = false;
    agent[Symbol.dispose]();
    localApi.clearSessions();
    openApi.clearSessions();
    await openApiPort?.catch(() => undefined);
    openApiPort = undefined;
    for (const end of ends.values()) end[Symbol.dispose]();
    ends.clear();
    if (wasUp && camera.recorder) {
      camera.recorder.stop();
      store.save(keptAs);
    }
    if (gently) {
      if (wasUp && plug.connected) share.discovery?.bye(camera);
      await Promise.all([link?.[Symbol.asyncDispose](), brokers?.[Symbol.asyncDispose]()]);
    } else {
      share.discovery?.drop(camera);
      link?.cut();
      brokers?.cut();
      plug.reset();
    }
    link = brokers = rtsp = services = web = undefined;
    const going = running;
    running = [];
    await disposeAll(going);
  };

  const inTurn = (work: () => Promise<void>) => {
    const done = change.then(work);
    change = done.catch((error: unknown) => {
      if (!stop.signal.aborted) camera.log.error({ reason: (error as Error).message }, 'the camera did not come up');
    });
    return done;
  };
  /** Off now, on again after a while; settles when it is off. */
  const offAndOn = async (gently: boolean, offMs: number) => {
    const off = inTurn(() => powerOff(gently));
    void inTurn(async () => {
      if (offMs > 0) await deps.clock.sleep(offMs, stop.signal);
      await powerOn();
    }).catch(() => undefined);
    await off;
  };
  const reboot = async () => {
    if (powered) await offAndOn(true, share.bootMs);
  };

  return {
    name: plan.name,
    camera,
    traffic: plan.traffic,
    get powered() {
      return powered;
    },
    get connected() {
      return plug.connected;
    },
    get linked() {
      return link?.online ?? false;
    },
    get connections() {
      return plug.connections;
    },
    get viewers() {
      return rtsp?.viewerCount() ?? 0;
    },
    get subscriptions() {
      return services?.context.peek(createSubscriptions)?.count ?? 0;
    },
    get ptz() {
      return head();
    },
    faults,
    fault(spec) {
      const fault = faults.add(faultSpec.parse(spec));
      return Object.assign(fault, { [Symbol.dispose]: () => void faults.remove(fault.id) });
    },
    pairing: agent,
    trigger(kind, how = {}) {
      ends.get(kind)?.[Symbol.dispose]();
      ends.delete(kind);
      const active = 'active' in how ? how.active : true;
      camera.trigger(kind, active);
      if (active && !('active' in how))
        ends.set(
          kind,
          startTimer(deps.clock, how.durationMs ?? usualTriggerMs, () => camera.trigger(kind, false)),
        );
    },
    received: (what) => camera.timeline.filter((entry) => what === undefined || entry.what === what),
    wireText: (entry) => share.wireTexts?.of(entry),
    picture: (stream) => (powered ? stillOf(camera, share.pictures, stream) : undefined),
    async powerCut(offMs = share.bootMs) {
      if (!powered) return;
      await offAndOn(false, offMs);
      if (camera.quirk('clock-lost-on-power-cut')) loseClock();
    },
    reboot,
    network(connected) {
      if (connected === plug.connected) return;
      plug.set(connected);
      link?.reachable(connected);
      brokers?.reachable(connected);
      if (!connected) share.discovery?.drop(camera);
      else if (powered) share.discovery?.hello(camera);
    },
    shiftClock(byMs) {
      state.clockOffsetMs += byMs;
      camera.save();
    },
    drift(partsPerMillion) {
      drifting?.[Symbol.dispose]();
      drifting = undefined;
      if (partsPerMillion === 0) return;
      drifting = startInterval(deps.clock, driftStepMs, () => {
        state.clockOffsetMs += (driftStepMs * partsPerMillion) / 1e6;
        camera.save();
      });
    },
    loseSubscriptions: () => services?.context.get(createSubscriptions).loseAll(),
    up: () => change,
    start: () => inTurn(powerOn),
    async [Symbol.asyncDispose]() {
      stop.abort();
      drifting?.[Symbol.dispose]();
      await change;
      await powerOff(true);
    },
  };

  function loseClock() {
    const offsetBefore = state.clockOffsetMs;
    state.clockOffsetMs = lostClockAt - deps.clock.now();
    camera.save();
    if (state.dateTimeType !== 'NTP') return;
    const lost = state.clockOffsetMs;
    deps.clock.sleep(timeServerMs, stop.signal).then(
      () => {
        // A client that set the clock meanwhile was first.
        if (state.clockOffsetMs !== lost) return;
        state.clockOffsetMs = offsetBefore;
        camera.save();
      },
      () => undefined,
    );
  }
}
