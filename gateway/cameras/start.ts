import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { startAll } from '../../core/runtime/start-all.ts';
import { brokerAccountRoutes } from '../api/broker-accounts.ts';
import { cameraRoutes } from '../api/cameras.ts';
import { discoveryRoutes } from '../api/discovery.ts';
import { eventRoutes } from '../api/events.ts';
import { liveRoutes } from '../api/live.ts';
import { pairingRoutes } from '../api/pairing.ts';
import { pairingOverviewRoutes } from '../api/pairing-overview.ts';
import { passthroughRoutes } from '../api/passthrough.ts';
import { ptzRoutes } from '../api/ptz.ts';
import type { Route } from '../api/route.ts';
import { type BrokerAccounts, createBrokerAccounts } from '../broker/accounts.ts';
import { type Broker, startBroker } from '../broker/broker.ts';
import { listenToCameras } from '../broker/camera-messages.ts';
import type { Bus, EventView } from '../bus.ts';
import { discover } from '../discovery/discover.ts';
import type { Door } from '../doors.ts';
import { GatewayError } from '../errors.ts';
import { announceToHomeAssistant } from '../events/home-assistant.ts';
import { createEventIntake, type EventIntake, viewOf } from '../events/intake.ts';
import { republishEvents } from '../events/republish.ts';
import { createLive, type Live } from '../live/live.ts';
import { createWebApi } from '../local-api/web-api.ts';
import { startPairingListener } from '../pairing/listener.ts';
import { addressTowards } from '../pairing/own-address.ts';
import {
  createPairingTickets,
  type ElevationRedeemer,
  operatorActor,
  type PairingTickets,
} from '../pairing/tickets.ts';
import type { Audit } from '../people/audit.ts';
import type { Database } from '../store/database.ts';
import { kindsSeen, lastEventId, propertyStates, searchEvents } from '../store/events.ts';
import { openSealer } from '../store/sealer.ts';
import type { Authority, ServerIdentity } from '../tls/authority.ts';
import { type Cameras, createCameras } from './registry.ts';

export interface CameraSideOptions {
  gatewayId: string;
  /** Of this program, for consumers. */
  version: string;
  dataDir: string;
  host: string;
  mqttPort: number;
  mqttsPort: number;
  pairingPort: number;
  discoveryInterface?: string;
  db: Database;
  bus: Bus;
  authority: Authority;
  identity: ServerIdentity;
  redeemer: ElevationRedeemer;
  audit: Audit;
}

/** Everything of the gateway that deals with cameras: list and links, events, broker, pairing. */
export interface CameraSide {
  routes: Route[];
  listeners: { door: Door; port: number }[];
  mqttPort: number;
  mqttsPort: number;
  pairingPort: number;
  cameras: Cameras;
  intake: EventIntake;
  broker: Broker;
  accounts: BrokerAccounts;
  tickets: PairingTickets;
  live: Live;
  /** Stored events, as the live feed asks for those it missed. */
  history: { lastId(): Promise<number>; after(id: number, limit: number): Promise<EventView[]> };
}

/** Tickets one address may ask for in a minute. */
const ticketsPerMinute = 60;

export const startCameraSide = (options: CameraSideOptions, deps: RuntimeDeps): Promise<CameraSide & AsyncDisposable> =>
  startAll(async (own) => {
    const { gatewayId, db, bus, authority, identity, redeemer, audit, host } = options;
    const { log, clock } = deps;
    const sealer = openSealer(options.dataDir, deps);

    const cameras: Cameras = createCameras({ db, bus, sealer, intake: () => intake }, deps);
    const intake = own(createEventIntake({ db, bus, nameOf: cameras.nameOf, askAgain: cameras.synchronize }, deps));
    await intake.start();

    const accounts = createBrokerAccounts(db, deps);
    const broker = own(
      await startBroker(
        {
          gatewayId,
          host,
          mqttPort: options.mqttPort,
          mqttsPort: options.mqttsPort,
          identity,
          caPem: authority.caPem,
          db,
          accounts,
          listener: listenToCameras({
            cameras,
            intake,
            homeAssistant: { started: () => homeAssistant.started() },
            log,
          }),
        },
        deps,
      ),
    );
    const states = async () => (await propertyStates(db)).flatMap(({ last }) => (last ? [viewOf(last)] : []));
    const republished = own(republishEvents({ bus, gatewayId, cameras, publish: broker.publish, states, log }));
    const homeAssistant = own(
      announceToHomeAssistant(
        { bus, gatewayId, version: options.version, cameras, kindsSeen: () => kindsSeen(db), broker },
        deps,
      ),
    );
    own(cameras);
    await cameras.start(broker);
    await republished.start();
    await homeAssistant.start();
    const live = own(createLive({ reachable: cameras.reachable, bus }, deps));

    const abandon = async (serial: string) => {
      const camera = await cameras.abandon(serial);
      if (!camera) return;
      log.warn({ serial }, 'a pairing was taken back: the camera never came with its certificate');
      await audit.record('pairing.abandoned', { actor: 'gateway', details: { camera: camera.id, serial } });
    };
    const tickets = own(createPairingTickets({ gatewayId, db, sealer, redeemer, abandon }, deps));
    await tickets.start();
    const pairing = own(
      await startPairingListener(
        {
          gatewayId,
          db,
          authority,
          tickets,
          host,
          port: options.pairingPort,
          identity,
          caPem: authority.caPem,
          mqttsPort: () => broker.mqttsPort,
          adopt: cameras.adopt,
          async adopted(cameraId, device) {
            await cameras.adopted(cameraId, device);
            await audit.record('camera.paired', {
              actor: operatorActor(device.operator.sub),
              details: { camera: cameraId, serial: device.serial, host: device.host },
            });
          },
        },
        deps,
      ),
    );

    return {
      cameras,
      intake,
      broker,
      accounts,
      tickets,
      live,
      mqttPort: broker.mqttPort,
      mqttsPort: broker.mqttsPort,
      pairingPort: pairing.port,
      listeners: [
        { door: 'mqtt' as const, port: broker.mqttPort },
        { door: 'mqtts' as const, port: broker.mqttsPort },
        { door: 'pairing' as const, port: pairing.port },
      ],
      history: {
        lastId: () => lastEventId(db),
        after: async (id: number, limit: number) => (await searchEvents(db, { after: id, limit })).map(viewOf),
      },
      routes: [
        ...cameraRoutes({ cameras, redeemer, audit }),
        ...discoveryRoutes({
          cameras,
          discover: (seconds) =>
            discover(
              {
                seconds,
                ...(options.discoveryInterface === undefined ? {} : { interfaceName: options.discoveryInterface }),
              },
              deps,
            ),
        }),
        ...liveRoutes({ live }),
        ...ptzRoutes({ reachable: cameras.reachable }),
        ...passthroughRoutes({ webApiOf: cameras.webApiOf, webApi: createWebApi(deps) }),
        ...eventRoutes({ db }),
        ...brokerAccountRoutes({ accounts, evictAccount: broker.evictAccount, gatewayId, audit }),
        ...pairingOverviewRoutes({ db, cameraOf: cameras.paired, audit, clock }),
        ...pairingRoutes({
          tickets,
          cameraState: (id) => cameras.list().find((camera) => camera.id === id)?.state,
          gatewayId,
          pairingPort: () => pairing.port,
          addressTowards: async (camera, port) => (await addressTowards(camera, port)) ?? host,
          allow: perMinute(ticketsPerMinute, clock),
          audit,
        }),
      ],
    };
  });

/** So many calls a minute for each key; throws beyond. */
function perMinute(most: number, clock: { now(): number }): (key: string) => void {
  let minute = 0;
  let counts = new Map<string, number>();
  return (key) => {
    const now = Math.floor(clock.now() / 60_000);
    if (now !== minute) [minute, counts] = [now, new Map()];
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count > most)
      throw new GatewayError('too_many_requests', 'too many tickets were asked for', { retryAfterSeconds: 60 });
  };
}
