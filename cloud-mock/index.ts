import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Express } from 'express';
import { shiftedClock, startInterval } from '../core/runtime/clock.ts';
import { makeDataFolder } from '../core/runtime/data-folder.ts';
import type { RuntimeDeps } from '../core/runtime/deps.ts';
import { listen, urlHost } from '../core/runtime/listen.ts';
import { webRoot } from '../core/runtime/package-root.ts';
import { startAll } from '../core/runtime/start-all.ts';
import { createBindings } from './access/bindings.ts';
import { createGateways } from './access/gateways.ts';
import { createMachineIdentity } from './access/machine.ts';
import { createRelay } from './access/relay.ts';
import { hostOrigins, isHostPattern, portOrigins, type RelayOrigins } from './access/relay-origins.ts';
import { createTunnelDoor } from './access/tunnel-door.ts';
import { createTunnelHistory } from './access/tunnel-history.ts';
import { createTunnels } from './access/tunnels.ts';
import { createAccounts } from './accounts/accounts.ts';
import { createApp, type Registered } from './api/app.ts';
import { describeMessages } from './api/asyncapi.ts';
import { auditRoutes } from './api/audit.ts';
import { addressNoter, parseProxies } from './api/client-address.ts';
import { createCookies } from './api/cookies.ts';
import { deviceRoutes } from './api/devices.ts';
import { gatewayRoutes } from './api/gateways.ts';
import { createLimits } from './api/limits.ts';
import { mailboxRoutes } from './api/mailbox.ts';
import { oidcRoutesOf } from './api/oidc.ts';
import { refuseDoubled } from './api/one-host.ts';
import { describeApi } from './api/openapi.ts';
import { organisationRoutes } from './api/organisations.ts';
import { notFoundPage, pageMounts } from './api/pages.ts';
import { publicRoutes } from './api/public.ts';
import type { Route } from './api/route.ts';
import { sessionRoutes } from './api/sessions.ts';
import { signInRoutes } from './api/sign-in.ts';
import { twoFactorRoutes } from './api/two-factor.ts';
import { userRoutes } from './api/users.ts';
import { type CloudConfig, defaultLimits } from './config.ts';
import { createControl, type LabVerbs } from './control.ts';
import type { Entrance } from './doors.ts';
import { createFaults } from './faults.ts';
import { createMailer } from './mail/mailer.ts';
import { startSmtp } from './mail/smtp.ts';
import { createAccess } from './organisation/access.ts';
import { createInvitations } from './organisation/invitations.ts';
import { createOrganisations } from './organisation/organisations.ts';
import { createUsers } from './organisation/users.ts';
import { createEndings } from './sign-in/endings.ts';
import { createEngine } from './sign-in/engine.ts';
import { createPasswords } from './sign-in/passwords.ts';
import { createSeal, loadSealKey, parseSealKey } from './sign-in/seal.ts';
import { createSecondFactor } from './sign-in/second-factor.ts';
import { createSessions } from './sign-in/sessions.ts';
import { openStore } from './store/store.ts';
import { createAssertions } from './tokens/assertions.ts';
import { createClients } from './tokens/clients.ts';
import { createDeviceGrants } from './tokens/device.ts';
import { createElevations } from './tokens/elevations.ts';
import { openIssuerKeys } from './tokens/keys.ts';
import { createOidc } from './tokens/oidc.ts';
import { createTplinkAccount, type TplinkFaults } from './tplink-api/account.ts';
import { createTplinkDevices } from './tplink-api/devices.ts';
import { tplinkMounts } from './tplink-api/mounts.ts';
import { createVerbs } from './verbs.ts';

export type { CloudConfig } from './config.ts';

export interface Cloud {
  url: string;
  issuer: string;
  /** The relay's shared listener. Where one VMS Local is, says `POST /api/v1/gateways/:id/open`. */
  relayUrl: string;
  /** Where that listener really is, whatever its public address. */
  relayPort: number;
  mailUrl: string;
  apiDocs: string;
  /** Opens the mailbox from other machines. */
  mailboxPassword: string;
  control?: { url: string; token: string };
  /** Only when it was made just now. */
  firstAccount?: { email: string; password: string };
  app: Express;
  /** Every route express knows and every listener and upgrade, with their doors. */
  registered: readonly Registered[];
  entrances: readonly Entrance[];
  verbs: LabVerbs;
  codeNow(email: string): Promise<string>;
  mail: LabVerbs['mail'];
  cutTunnel: LabVerbs['cutTunnel'];
}

const purgeEveryMs = 3_600_000;

/** The address others reach us by when we listen on all of them. */
function reachable(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host;
  const found = Object.values(networkInterfaces())
    .flat()
    .find((one) => one && !one.internal && one.family === 'IPv4');
  return found?.address ?? '127.0.0.1';
}

/** Start the TP-Link ID mock: portal, API, token issuer, Cloud Access and relay. */
export function startCloud(config: CloudConfig, runtime: RuntimeDeps): Promise<Cloud & AsyncDisposable> {
  return startAll(async (own) => {
    makeDataFolder(config.dataDir);
    let offsetMs = 0;
    const clock = shiftedClock(runtime.clock, () => offsetMs);
    const { random, log } = runtime;
    const seal = createSeal(config.sealKey ? parseSealKey(config.sealKey) : loadSealKey(config.dataDir));
    const store = own(await openStore(join(config.dataDir, 'cloud.sqlite')));

    const noteAddress = addressNoter(parseProxies(config.trustedProxies ?? []));
    const faults = createFaults({ random, clock });
    // Addresses first: with port 0 the links that everything else makes are known only now.
    const entrances: Entrance[] = [];
    const open = async (name: string, port: number, host: string, doors: Entrance['doors']) => {
      let handler: RequestListener | undefined;
      const serve: RequestListener = (request, response) => {
        noteAddress(request);
        if (refuseDoubled(request, response)) return;
        if (!handler) return void response.writeHead(503, { 'Retry-After': '1' }).end();
        if (!faults.any) return handler(request, response);
        faults.meet(request, response).then(
          (met) => met || handler?.(request, response),
          (error: unknown) => log.error({ err: error }, 'a fault failed'),
        );
      };
      const server: Server = config.tls ? createTlsServer(config.tls, serve) : createServer(serve);
      const listening = own(await listen(server, port, host));
      entrances.push({ kind: 'listener', name, doors });
      const attach = (one: RequestListener) => {
        handler = one;
      };
      return { server, port: listening.port, attach };
    };
    const { host } = config;
    const portal = await open('portal', config.port, host, [
      'web-portal',
      'vms-local-oidc',
      'tplink-v2',
      'device-grant',
      'elevation',
      'tplink-v1',
      'machine',
      'mail-link',
      'invitation',
      'sign-up',
      'mailbox',
      'public',
    ]);
    const relayServer = await open('relay', config.relayPort, host, ['relay']);
    const scheme = config.tls ? 'https' : 'http';
    const publicHost = urlHost(reachable(host));
    const url = config.publicUrl?.replace(/\/+$/, '') ?? `${scheme}://${publicHost}:${portal.port}`;
    const relayUrl = config.publicRelayUrl?.replace(/\/+$/, '') ?? `${scheme}://${publicHost}:${relayServer.port}`;
    const hostsOfTheirOwn = isHostPattern(relayUrl);
    const issuer = `${url}/oidc`;

    const deps = { clock, random, log, store, seal };
    const passwords = createPasswords();
    const mailer = createMailer({ ...deps, smtp: config.smtpUrl !== undefined });
    if (config.smtpUrl) own(startSmtp(config.smtpUrl, { ...deps, mailer }));
    const endings = createEndings();
    const sessions = createSessions({ ...deps, endings });
    const engine = createEngine({ ...deps, passwords, mailer, sessions });
    const accounts = createAccounts({ ...deps, passwords, mailer, sessions });
    const secondFactor = createSecondFactor({ ...deps, passwords, mailer, sessions, engine, publicUrl: url });
    const access = createAccess({ clock, endings });
    const organisations = createOrganisations({ ...deps, access });
    const users = createUsers({ ...deps, access, mailer });
    const invitations = createInvitations({ ...deps, access, mailer, publicUrl: url });
    const elevations = createElevations({ ...deps, access, engine, mailer });
    const settings = { ...defaultLimits, ...config.limits };
    const limits = createLimits(settings);
    const cookies = createCookies(url.startsWith('https:'));

    const keys = await openIssuerKeys(deps);
    const assertions = createAssertions({ ...deps, issuer, signingKey: () => keys.jwks()[0]! });
    const oidc = await createOidc({
      ...deps,
      sessions,
      keys,
      clients: createClients(store),
      publicUrl: url,
      mayPoll: limits.poll,
    });
    const devices = createDeviceGrants({ ...deps, engine, sessions, oidc });

    const history = own(createTunnelHistory(deps));
    const tunnels = own(
      createTunnels({
        log,
        history,
        bytesPerSecond: settings.relayBytesPerSecond,
        ...(config.tunnelPing ? { ping: config.tunnelPing } : {}),
      }),
    );
    const relay = createRelay({
      ...deps,
      sessions,
      endings,
      tunnels,
      assertions,
      portalUrl: url,
      limits: settings,
      mayEnter: (accountId, gatewayId) => gateways.mayEnter(accountId, gatewayId),
    });
    own(relay.watch());
    const origins: RelayOrigins = own(
      hostsOfTheirOwn
        ? hostOrigins(relayUrl)
        : portOrigins({
            store,
            log,
            host,
            base: `${new URL(relayUrl).protocol}//${new URL(relayUrl).hostname}`,
            firstPort: config.relayPorts ?? 0,
            serverFor(side) {
              const serve: RequestListener = (request, response) => {
                noteAddress(request);
                if (!refuseDoubled(request, response)) relay.onRequest(request, response, side);
              };
              const server = config.tls ? createTlsServer(config.tls, serve) : createServer(serve);
              server.on('upgrade', (request, socket, head) => relay.onUpgrade(request, socket, head, side));
              entrances.push(
                { kind: 'listener', name: `relay of ${side.gatewayId}`, doors: ['relay'] },
                { kind: 'upgrade', name: `relay of ${side.gatewayId}`, doors: ['relay'] },
              );
              return server;
            },
          }),
    );
    const gateways = createGateways({
      ...deps,
      access,
      tunnels,
      assertions,
      endings,
      originOf: origins.of,
      closeRelay(gatewayId) {
        relay.closeGateway(gatewayId);
        origins.close(gatewayId).catch((error: unknown) => log.warn({ err: error }, 'a relay port was not closed'));
      },
    });
    own(gateways.listen());
    const bindings = createBindings({
      ...deps,
      access,
      mailer,
      publicUrl: url,
      issuer,
      onRebound(gatewayId) {
        relay.closeGateway(gatewayId);
        tunnels.cut(gatewayId);
      },
    });
    const machine = createMachineIdentity({ store, clock, issuer });
    const tunnelDoor = createTunnelDoor({
      log,
      tunnels,
      identify: machine,
      isBound: async (id) => (await store.gateways.byId(id)) !== undefined,
    });

    const tplinkFaults: TplinkFaults = { mfaForm: 'top' };
    const tplink = {
      account: createTplinkAccount({ ...deps, engine, sessions, limits, publicUrl: url, faults: tplinkFaults }),
      devices: createTplinkDevices({ gateways, tunnels, assertions, publicUrl: url, log }),
    };

    const people = { ...deps, engine, sessions, accounts, secondFactor, elevations, mailer, cookies, limits };
    const mailboxPassword = random.bytes(15).toString('base64url');
    const routes: Route[] = [
      ...signInRoutes(people),
      ...twoFactorRoutes(people),
      ...sessionRoutes(people),
      ...organisationRoutes({ organisations }),
      ...auditRoutes({ store, access }),
      ...deviceRoutes({ store, clock, online: tunnels.online }),
      ...userRoutes({ clock, users, invitations, limits }),
      ...gatewayRoutes({ ...people, bindings, gateways }),
      ...oidcRoutesOf({ oidc, devices, gateways, limits }),
      ...mailboxRoutes({ mailer, mailboxPassword }),
      ...publicRoutes(
        () => describeApi(routes, url),
        () => describeMessages(url),
      ),
    ];
    const { app, registered } = createApp({
      log,
      now: clock.now,
      publicUrl: url,
      relaySource: origins.cspSource,
      routes,
      mounts: [
        { door: 'vms-local-oidc', method: 'use', path: '/oidc', handler: oidc.handlerWithin(limits.tokenRequest) },
        ...oidc.metadataMounts,
        ...tplinkMounts({ ...tplink, publicUrl: url, log }),
      ],
      pages: pageMounts(webRoot('cloud'), url),
      notFoundPage: notFoundPage(webRoot('cloud')),
      identify: { session: sessions.find, accessToken: oidc.sessionOfAccessToken, gateway: machine },
    });
    portal.attach(app);
    portal.server.on('upgrade', tunnelDoor.onUpgrade);
    entrances.push({ kind: 'upgrade', name: 'tunnel', doors: ['machine'] });
    relayServer.attach((request, response) => relay.onRequest(request, response, origins.byHost(request.headers.host)));
    relayServer.server.on('upgrade', (request, socket, head) =>
      relay.onUpgrade(request, socket, head, origins.byHost(request.headers.host)),
    );
    entrances.push({ kind: 'upgrade', name: 'relay', doors: ['relay'] });
    // What browsers have open or remember works again after a restart.
    await Promise.all(
      (await store.gateways.all()).map(({ id }) =>
        origins.of(id).catch((error: unknown) => log.warn({ gatewayId: id, err: error }, 'no relay port is open')),
      ),
    );

    const verbs = createVerbs({
      ...deps,
      mailer,
      sessions,
      tunnels,
      keys,
      faults,
      tplinkFaults,
      offset: {
        get: () => offsetMs,
        set(ms) {
          offsetMs = ms;
        },
      },
    });
    let control: Cloud['control'];
    if (config.control) {
      const token = random.bytes(24).toString('base64url');
      const server = createServer(createControl({ verbs, token, log }));
      const listening = own(await listen(server, 0, '127.0.0.1'));
      entrances.push({ kind: 'listener', name: 'control', doors: ['control'] });
      control = { url: `http://127.0.0.1:${listening.port}`, token };
    }

    let firstAccount: Cloud['firstAccount'];
    if (config.firstAccount && (await store.accounts.count()) === 0) {
      const password = config.firstAccount.password ?? random.bytes(12).toString('base64url');
      const visit = { door: 'sign-up', address: 'this machine', userAgent: '' } as const;
      await accounts.register(visit, { ...config.firstAccount, password });
      firstAccount = { email: config.firstAccount.email.toLowerCase(), password };
    }

    await store.purge(clock.now());
    own(
      startInterval(clock, purgeEveryMs, () =>
        Promise.all([store.purge(clock.now()), keys.rotateWhenDue()]).catch((error: unknown) =>
          log.warn({ err: error }, 'old records were not dropped'),
        ),
      ),
    );

    return {
      url,
      issuer,
      relayUrl,
      relayPort: relayServer.port,
      mailUrl: `${url}/mailbox`,
      apiDocs: `${url}/api/v1/docs`,
      mailboxPassword,
      ...(control ? { control } : {}),
      ...(firstAccount ? { firstAccount } : {}),
      app,
      registered,
      entrances,
      verbs,
      codeNow: async (email: string) => (await verbs.code(email)).code,
      mail: verbs.mail,
      cutTunnel: verbs.cutTunnel,
    };
  });
}
