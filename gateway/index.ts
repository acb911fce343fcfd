import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Express } from 'express';
import { startInterval } from '../core/runtime/clock.ts';
import type { RuntimeDeps } from '../core/runtime/deps.ts';
import { listen, urlHost } from '../core/runtime/listen.ts';
import { packageRoot } from '../core/runtime/package-root.ts';
import { startAll } from '../core/runtime/start-all.ts';
import { isLoopbackAddress, namesOf, type OwnAddresses, ownAddresses } from './addresses.ts';
import { auditRoutes } from './api/audit.ts';
import { authRoutes } from './api/auth.ts';
import { cloudAccessRoutes } from './api/cloud-access.ts';
import { feedTicketRoutes } from './api/feed-ticket.ts';
import { healthRoutes } from './api/health.ts';
import { openApiDocument, openApiRoutes } from './api/openapi.ts';
import { referencePageRoutes } from './api/reference-page.ts';
import type { Route } from './api/route.ts';
import { secondFactorRoutes } from './api/second-factor.ts';
import { identify } from './api/session-cookie.ts';
import { sessionRoutes } from './api/sessions.ts';
import { setupRoutes } from './api/setup.ts';
import { statusRoutes } from './api/status.ts';
import { userRoutes } from './api/users.ts';
import { createApp } from './app.ts';
import { type CameraView, createBus } from './bus.ts';
import { type CameraSide, startCameraSide } from './cameras/start.ts';
import { createCloudAccess } from './cloud-access/cloud-access.ts';
import { openIdentity } from './cloud-access/identity.ts';
import type { KeepAlive } from './cloud-access/tunnel.ts';
import { type Control, startControl } from './control.ts';
import type { Door } from './doors.ts';
import { feedPath, startFeed } from './feed.ts';
import { createHttpServer, type UpgradeRoute } from './http-server.ts';
import { createMetrics } from './metrics.ts';
import { createAudit } from './people/audit.ts';
import { createPasswords } from './people/passwords.ts';
import { createSecondFactors, localElevationPrefix } from './people/second-factor.ts';
import { createSessions } from './people/sessions.ts';
import { createSetupCode } from './people/setup-code.ts';
import { createLocalSignIn } from './people/sign-in.ts';
import { auditStore } from './store/audit.ts';
import { cloudStore } from './store/cloud.ts';
import { openDatabase } from './store/database.ts';
import { disownTickets } from './store/pairing-tickets.ts';
import { openSealer } from './store/sealer.ts';
import { secondFactorStore } from './store/second-factors.ts';
import { budgetStore } from './store/sign-in-budgets.ts';
import { userStore } from './store/users.ts';
import { openAuthority } from './tls/authority.ts';

export interface GatewayConfig {
  /** Loopback: http. Beyond: https by the local CA. */
  host: string;
  port: number;
  /** MQTT without TLS; loopback only. */
  mqttPort: number;
  mqttsPort: number;
  pairingPort: number;
  dataDir: string;
  /** How people reach this gateway when not by host and port: behind a name or a proxy. */
  publicUrl?: string;
  /** The cloud that Cloud Access binds to unless another is named. */
  cloudUrl?: string;
  /** What the gateway is called in the cloud's list. */
  name: string;
  /** Serve the lab's control API. */
  control?: boolean;
  /** Interface for WS-Discovery; the system chooses without it. */
  discoveryInterface?: string;
  /** How soon a half-open tunnel is noticed. */
  keepAlive?: KeepAlive;
}

export interface Gateway {
  url: string;
  apiDocs: string;
  mqttUrl: string;
  mqttsUrl: string;
  pairingPort: number;
  gatewayId: string;
  caFingerprint: string;
  /** The CA certificate, for clients that check. */
  caPem: string;
  /** While there is no administrator. */
  setupCode: string | undefined;
  app: Express;
  control: Control | undefined;
  /** What is mounted, for the reference and the test of doors. */
  routes: readonly Route[];
  upgrades: readonly UpgradeRoute[];
  listeners: readonly { door: Door; port: number }[];
  /** Lab verbs. */
  tunnel: { readonly online: boolean; cut(): void };
  feedSockets(): number;
  /** Cameras, events, broker and pairing, for the lab and for tests. */
  cameraSide: CameraSide;
}

const renewCertificateEveryMs = 24 * 3_600_000;
const mostBudgets = 10_000;
const budgetsKeptMs = 24 * 3_600_000;

const version = () =>
  (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version;

/** Start a gateway: everything it opens ends when the result is disposed. */
export const startGateway = (config: GatewayConfig, deps: RuntimeDeps): Promise<Gateway & AsyncDisposable> =>
  startAll(async (own) => {
    const { clock, random, log } = deps;
    const db = own(await openDatabase(config.dataDir, deps));
    const identity = await openIdentity(config.dataDir, deps);
    const { gatewayId } = identity;
    const authority = await openAuthority(join(config.dataDir, 'tls'), deps);
    const names = [...namesOf(config.host), ...(config.publicUrl ? [new URL(config.publicUrl).hostname] : [])];
    const serverIdentity = await authority.issueServer(names);
    const tls = !isLoopbackAddress(config.host);
    const bus = createBus((err, topic) => log.error({ err, topic }, 'a listener failed'));
    const metrics = createMetrics();

    // People
    const users = userStore(db);
    const cloud = cloudStore(db);
    const budgets = budgetStore(db);
    const auditLog = auditStore(db);
    const passwords = createPasswords();
    const audit = createAudit({ store: auditLog, clock, log });
    const sessions = createSessions({ db, bus, clock, random });
    const sealer = openSealer(config.dataDir, deps);
    const secondFactors = createSecondFactors(
      {
        store: secondFactorStore(db),
        sealer,
        disown: (operatorSub) => disownTickets(db, { operatorSub, now: clock.now() }),
      },
      deps,
    );
    const localSignIn = createLocalSignIn({ users, budgets, passwords, secondFactors, clock });
    const setupCode = (await users.anybody()) ? undefined : createSetupCode(random);

    // Cloud Access; its addresses are known once we listen, and nothing asks before.
    let addresses: OwnAddresses | undefined;
    const redirectUris = () => addresses?.redirectUris ?? [];
    const cloudAccess = own(
      createCloudAccess({
        clock,
        random,
        log,
        store: cloud,
        sessions,
        identity,
        name: config.name,
        version: version(),
        defaultCloudUrl: config.cloudUrl,
        redirectUris,
        onConnection: (socket) => http.accept(socket),
        bus,
        cameras: (): CameraView[] => cameraSide.cameras.list(),
        audit: (action, details) => audit.record(action, { actor: 'gateway', details }),
        keepAlive: config.keepAlive,
      }),
    );

    const cameraSide = own(
      await startCameraSide(
        {
          gatewayId,
          version: version(),
          dataDir: config.dataDir,
          host: config.host,
          mqttPort: config.mqttPort,
          mqttsPort: config.mqttsPort,
          pairingPort: config.pairingPort,
          discoveryInterface: config.discoveryInterface,
          db,
          bus,
          authority,
          identity: serverIdentity,
          redeemer: {
            redeemElevation: (elevation) =>
              (elevation.startsWith(localElevationPrefix) ? secondFactors : cloudAccess).redeemElevation(elevation),
          },
          audit,
        },
        deps,
      ),
    );
    const feed = own(startFeed({ bus, history: cameraSide.history, clock, random, log }));

    const document = () => openApiDocument(version(), routes, rootRoutes);
    const routes: Route[] = [
      ...statusRoutes({
        name: config.name,
        version: version(),
        gatewayId,
        caFingerprint: tls ? authority.fingerprint : undefined,
        users,
        cloudAccess,
      }),
      ...setupRoutes({ setupCode, users, passwords, sessions, audit, clock, random }),
      ...authRoutes({ localSignIn, sessions, cloudAccess, audit, log, redirectUris }),
      ...sessionRoutes({ sessions, audit }),
      ...secondFactorRoutes({
        passwordPairing: async () => (await cloudAccess.view()).passwordPairing === true,
        ...{ users, secondFactors, localSignIn, sessions, audit },
      }),
      ...userRoutes({ users, cloud, passwords, localSignIn, sessions, audit, clock, random }),
      ...auditRoutes({ audit: auditLog, users, cloud }),
      ...cloudAccessRoutes({ cloudAccess, audit }),
      ...feedTicketRoutes({ feed }),
      ...cameraSide.routes,
      ...openApiRoutes(document),
    ];
    const rootRoutes: Route[] = [...healthRoutes({ db, metrics }), ...referencePageRoutes(document)];
    const upgrades: UpgradeRoute[] = [{ path: feedPath, door: 'feed', handle: feed.upgrade }];
    const app = createApp({ log, routes, rootRoutes, identify: identify(sessions), observe: metrics.observe });
    const http = createHttpServer(app, upgrades, tls ? serverIdentity : undefined);

    metrics.gauge('vigil_feed_sockets', 'Open live feeds', () => feed.open);
    metrics.gauge('vigil_tunnel_online', 'Is the tunnel to the cloud up', () => Number(cloudAccess.online));
    metrics.gauge('vigil_cameras', 'Cameras in the list', () => cameraSide.cameras.list().length);
    metrics.gauge(
      'vigil_cameras_online',
      'Cameras that are online',
      () => cameraSide.cameras.list().filter(({ state }) => state === 'online').length,
    );
    const events = metrics.counter('vigil_events_total', 'Events stored since start');
    own(bus.subscribe('event', () => events.increase()));
    metrics.gauge('vigil_sessions', 'Sessions that are alive', async () => (await sessions.list()).length);

    const listening = own(await listen(http.server, config.port, config.host));
    addresses = ownAddresses({ host: config.host, port: listening.port, tls }, config.publicUrl);
    own(
      sessions.startSweeping(async () => {
        const now = clock.now();
        await budgets.prune(now - budgetsKeptMs, mostBudgets);
        await cloud.pruneTokens(now);
        await audit.prune();
      }, log),
    );
    own(startInterval(clock, renewCertificateEveryMs, async () => http.renew(await authority.issueServer(names))));
    const control = config.control ? own(await startControl({ cloudAccess, random, log })) : undefined;
    await cloudAccess.start();

    return {
      url: addresses.url,
      apiDocs: `${addresses.url}/api/docs`,
      mqttUrl: `mqtt://127.0.0.1:${cameraSide.mqttPort}`,
      mqttsUrl: `mqtts://${urlHost(names[0]!)}:${cameraSide.mqttsPort}`,
      pairingPort: cameraSide.pairingPort,
      gatewayId,
      caFingerprint: authority.fingerprint,
      caPem: authority.caPem,
      setupCode: setupCode?.text,
      app,
      control,
      routes: [...routes, ...rootRoutes],
      upgrades,
      listeners: [
        { door: 'http' as const, port: listening.port },
        ...cameraSide.listeners,
        ...(control ? [{ door: 'control' as const, port: control.port }] : []),
      ],
      tunnel: {
        get online() {
          return cloudAccess.online;
        },
        cut: cloudAccess.cutTunnel,
      },
      feedSockets: () => feed.open,
      cameraSide,
    };
  });
