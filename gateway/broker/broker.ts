import { constants, X509Certificate } from 'node:crypto';
import { createServer as createNetServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import {
  Aedes,
  type AuthenticateError,
  type Client,
  type ConnectPacket,
  type PublishPacket,
  type Subscription,
} from 'aedes';
import { cameraDown } from '../../core/mqtt/topics.ts';
import { startInterval, startTimer } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { listen } from '../../core/runtime/listen.ts';
import { startAll } from '../../core/runtime/start-all.ts';
import type { Database } from '../store/database.ts';
import { noteCertificateUse } from '../store/device-certificates.ts';
import type { ServerIdentity } from '../tls/authority.ts';
import type { BrokerAccounts } from './accounts.ts';
import { boundQueues, forgetClient, type Persistence } from './bounded-queues.ts';
import { claimedSerial, type DeviceIdentity, identifyDevice } from './device-identity.ts';
import { createPacketGuard, type PacketGuard } from './packet-guard.ts';
import {
  homeAssistantStatus,
  mayHear,
  maySubscribe,
  type Principal,
  parseUplink,
  spokenBy,
  type Uplink,
} from './rights.ts';

/** What a paired camera says and does, as the broker hands it on. */
export interface BrokerListener {
  /** Returns or resolves when the message may be acknowledged. An error cuts the connection without an acknowledgement. */
  uplink(serial: string, uplink: Uplink, payload: Buffer): Promise<void> | void;
  /** Its connection came, or went. */
  connected(serial: string, connected: boolean): void;
  /** Home Assistant says that it has started. */
  homeAssistantStarted?(): void;
}

export interface Broker {
  readonly mqttPort: number;
  readonly mqttsPort: number;
  /** For consumers and cameras; undefined topics of cameras are the caller's to get right. */
  publish(topic: string, payload: object | '', options?: { retain?: boolean }): Promise<void>;
  command(serial: string, name: string, payload: object): Promise<void>;
  /**
   * A camera may no longer come in (its certificates are revoked already): its live connections end now, without a will,
   * and nothing retained or queued of it stays.
   */
  evict(serial: string): Promise<void>;
  /** The same for an account that was removed. */
  evictAccount(name: string): Promise<void>;
  /** Nothing retained stays below a filter, and those who listen are told. */
  clearRetained(filter: string): Promise<void>;
  connections(): { cameras: string[]; accounts: string[] };
}

export interface BrokerOptions {
  gatewayId: string;
  host: string;
  /** Without TLS, loopback only, accounts only. */
  mqttPort: number;
  mqttsPort: number;
  identity: ServerIdentity;
  caPem: string;
  db: Database;
  accounts: BrokerAccounts;
  listener: BrokerListener;
}

/** Bounds on what a client can cost. */
const limits = {
  /** A CONNECT with its will; nobody has signed in before it. */
  connectBytes: 8 * 1024,
  packetBytes: 64 * 1024,
  /** "online" or "offline" of Home Assistant. */
  statusBytes: 64,
  /** Connections that have not signed in; the longest waiting goes first. */
  pendingConnections: 256,
  connections: 4096,
  connectTimeoutMs: 10_000,
  keepaliveSeconds: 1200,
  subscriptions: 32,
  queuedMessages: 1000,
  durableSessions: 16,
  retainedTopics: 64,
  topicLevels: 32,
  /** How long a connection that is being ended may take to swallow what was written. */
  flushMs: 300,
} as const;
const expirySweepMs = 60_000;

interface Session {
  socket: Socket;
  guard: PacketGuard;
  device?: DeviceIdentity;
  principal?: Principal;
  revoked: boolean;
  /** Topics on which a camera has left retained messages. */
  retained: Set<string>;
}

/**
 * What a camera says is for us alone, and no right lets anybody hear it: nobody is looked for. What is retained goes its
 * way, so that it is kept. (aedes calls this with the client; its types leave that form out.)
 */
function skipNobody(aedes: Aedes, isCamera: (client: Client) => boolean): void {
  type Publish = (packet: PublishPacket, client: Client, done: () => void) => void;
  const handOn = aedes.publish.bind(aedes) as unknown as Publish;
  const publish: Publish = (packet, client, done) =>
    isCamera(client) && !packet.retain ? queueMicrotask(done) : handOn(packet, client, done);
  Object.assign(aedes, { publish });
}

/** CONNACK "not authorized", whatever the reason. */
const refusal = (message: string): AuthenticateError => Object.assign(new Error(message), { returnCode: 5 });

export const startBroker = (options: BrokerOptions, deps: RuntimeDeps): Promise<Broker & AsyncDisposable> =>
  startAll(async (own) => {
    const { gatewayId, host, identity, caPem, db, accounts, listener } = options;
    const { clock, log, random } = deps;
    const ca = new X509Certificate(caPem);
    const sessions = new WeakMap<Client, Session>();
    const live = new Set<Client>();
    /** Sockets by the serial their certificate claims, from before it is looked up: an eviction misses none. */
    const socketsOf = new Map<string, Set<Socket>>();
    const pending = new Set<Socket>();
    const durableOf = new Map<string, Set<string>>();

    const aedes = await Aedes.createBroker({
      id: gatewayId,
      connectTimeout: limits.connectTimeoutMs,
      keepaliveLimit: limits.keepaliveSeconds,
      maxTopicLevels: limits.topicLevels,
      maxInflightInbound: 100,
      drainTimeout: 15_000,
      queueLimit: 32,
      preConnect,
      authenticate,
      authorizePublish,
      authorizeSubscribe,
      authorizeForward,
    });
    own({ [Symbol.asyncDispose]: () => new Promise<void>((done) => aedes.close(() => done())) });
    const persistence = (aedes as unknown as { persistence: Persistence }).persistence;
    boundQueues(persistence, limits.queuedMessages);
    skipNobody(aedes, (client) => sessions.get(client)?.device !== undefined);
    aedes.on('clientError', (client, error) =>
      log.debug({ client: client.id, reason: error.message }, 'an MQTT connection ended'),
    );
    aedes.on('connectionError', (_client, error) =>
      log.debug({ reason: error.message }, 'an MQTT connection was refused'),
    );

    // --- coming in ---------------------------------------------------------------------------------------------

    function admit(socket: Socket, device?: DeviceIdentity) {
      if (socket.destroyed) return;
      const guard = createPacketGuard(limits.connectBytes);
      // The broker reads by `read()`; nothing that is too big gets into its parser's buffers.
      const read = socket.read.bind(socket);
      socket.read = (size?: number) => {
        const chunk = read(size) as Buffer | null;
        if (chunk === null || guard.accepts(chunk)) return chunk;
        socket.destroy(new Error('an MQTT packet is too large'));
        return null;
      };
      const client = aedes.handle(socket);
      sessions.set(client, { socket, guard, ...(device ? { device } : {}), revoked: false, retained: new Set() });
      live.add(client);
      socket.once('close', () => live.delete(client));
    }

    function track(socket: Socket) {
      socket.setKeepAlive(true, 30_000);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      pending.add(socket);
      socket.once('close', () => pending.delete(socket));
      if (pending.size <= limits.pendingConnections) return;
      const [oldest] = pending;
      oldest?.destroy();
    }

    const tls = createTlsServer(
      {
        ...identity,
        ca: caPem,
        requestCert: true,
        rejectUnauthorized: false,
        minVersion: 'TLSv1.2',
        handshakeTimeout: limits.connectTimeoutMs,
        // No resumption: each connection shows its certificate anew.
        secureOptions: constants.SSL_OP_NO_TICKET,
      },
      (socket: TLSSocket) => {
        track(socket);
        const serial = claimedSerial(socket);
        if (serial !== undefined) {
          const sockets = socketsOf.get(serial) ?? new Set();
          socketsOf.set(serial, sockets.add(socket));
          socket.once('close', () => {
            sockets.delete(socket);
            if (sockets.size === 0 && socketsOf.get(serial) === sockets) socketsOf.delete(serial);
          });
        }
        identifyDevice(socket, { db, ca, now: clock.now() }).then(
          (device) => {
            if (typeof device === 'string') {
              log.info({ device: serial }, 'an MQTT connection with a certificate that is not good was refused');
              socket.destroy();
            } else admit(socket, device);
          },
          (error: unknown) => {
            log.error({ err: error }, 'a certificate could not be looked up');
            socket.destroy();
          },
        );
      },
    );
    tls.maxConnections = limits.connections;
    // A TLS handshake that fails never becomes a connection of ours.
    tls.on('tlsClientError', (_error, socket) => socket.destroy());

    const plain = createNetServer((socket) => {
      track(socket);
      admit(socket);
    });
    plain.maxConnections = limits.connections;

    function preConnect(client: Client, packet: ConnectPacket, done: (error: Error | null, success: boolean) => void) {
      const session = sessions.get(client);
      if (!session) return done(new Error('the connection is gone'), false);
      const { device } = session;
      if (device) {
        if (packet.clientId !== device.serial)
          return done(new Error('the client id is not the name in the certificate'), false);
        if (packet.will && parseUplink(gatewayId, device.serial, packet.will.topic)?.type !== 'status')
          return done(new Error('the will is on a topic that is not the status of this camera'), false);
      } else {
        // Home Assistant leaves one by default.
        if (
          packet.will &&
          (packet.will.topic !== homeAssistantStatus || packet.will.payload.length > limits.statusBytes)
        )
          return done(new Error('an account leaves no will but that of Home Assistant'), false);
        const name = packet.username ?? '';
        // Sessions live under names of their own, so nobody takes over or evicts the client id of another.
        const prefix = `account:${name}:`;
        const id = prefix + (packet.clientId || random.uuid());
        if (id.length > 256) return done(new Error('the client id is too long'), false);
        const durable = durableOf.get(name);
        if (!packet.clean && (durable?.size ?? 0) >= limits.durableSessions && !durable?.has(id)) packet.clean = true;
        packet.clientId = id;
      }
      done(null, true);
    }

    function authenticate(
      client: Client,
      username: string | undefined,
      password: Readonly<Buffer> | undefined,
      done: (error: AuthenticateError | null, success: boolean | null) => void,
    ) {
      signIn(client, username, password).then(
        () => done(null, true),
        (error: unknown) => {
          if (!(error instanceof Error && 'returnCode' in error)) log.error({ err: error }, 'an MQTT sign-in failed');
          done(refusal('not authorized'), null);
        },
      );
    }

    async function signIn(client: Client, username: string | undefined, password: Readonly<Buffer> | undefined) {
      const session = sessions.get(client);
      if (!session || session.revoked) throw refusal('gone');
      const { device } = session;
      if (device) {
        // Again, and as late as possible: it may have been revoked since the TLS handshake.
        const still = await identifyDevice(session.socket as TLSSocket, { db, ca, now: clock.now() });
        if (!still || typeof still === 'string') throw refusal('revoked');
        if (still.firstUse)
          await db.transaction((tx) => noteCertificateUse(tx, still.serialNumber, still.serial, clock.now()));
        session.principal = { kind: 'camera', serial: device.serial };
      } else {
        if (!username || !password || !(await accounts.check(username, password as Buffer))) throw refusal('wrong');
        session.principal = { kind: 'account', name: username };
        const durable = durableOf.get(username) ?? new Set();
        durableOf.set(username, durable);
        if (client.clean) durable.delete(client.id);
        else durable.add(client.id);
      }
      if (session.revoked) throw refusal('revoked');
      pending.delete(session.socket);
      session.guard.limitBytes = limits.packetBytes;
    }

    aedes.on('client', (client) => {
      const session = sessions.get(client);
      if (!session || session.revoked) client.close();
    });
    aedes.on('clientReady', (client) => {
      const principal = sessions.get(client)?.principal;
      if (principal?.kind === 'camera') listener.connected(principal.serial, true);
    });
    aedes.on('clientDisconnect', (client) => {
      const principal = sessions.get(client)?.principal;
      if (principal?.kind === 'camera') listener.connected(principal.serial, false);
    });

    // --- rights, denied unless granted ---------------------------------------------------------------------------

    function authorizePublish(client: Client | null, packet: PublishPacket, done: (error?: Error | null) => void) {
      // aedes itself publishes the will of a client that is gone; it passed at CONNECT.
      if (!client && packet.topic === homeAssistantStatus) return done(null);
      const session = client && sessions.get(client);
      const principal = session?.revoked === false ? session.principal : undefined;
      const spoken = principal && spokenBy(gatewayId, principal, packet.topic);
      if (!session || !spoken) return done(new Error('publishing on this topic is not allowed'));
      if (principal.kind === 'account' || spoken.type === 'alive') {
        if (packet.payload.length > limits.statusBytes) return done(new Error('this is no status'));
        if (packet.payload.toString() === 'online') listener.homeAssistantStarted?.();
        return done(null);
      }
      if (packet.retain && !keepsRetained(session, spoken, packet.topic)) packet.retain = false;
      const refuse = (error: unknown) => {
        log.error({ err: error, camera: principal.serial }, 'a message could not be taken and is not acknowledged');
        done(new Error('not taken'));
      };
      // aedes acknowledges QoS 1 and 2 after this callback and not before: so only once the message is safe.
      let taken: Promise<void> | void;
      try {
        taken = listener.uplink(principal.serial, spoken, packet.payload as Buffer);
      } catch (error) {
        return refuse(error);
      }
      if (taken) taken.then(() => done(null), refuse);
      else done(null);
    }

    /** Retained messages are for status and properties, and only so many topics of them. */
    function keepsRetained(session: Session, uplink: Uplink, topic: string) {
      if (uplink.type !== 'status' && uplink.type !== 'event') return false;
      if (!session.retained.has(topic) && session.retained.size >= limits.retainedTopics) return false;
      session.retained.add(topic);
      return true;
    }

    function authorizeSubscribe(
      client: Client,
      subscription: Subscription,
      done: (error: Error | null, subscription?: Subscription | null) => void,
    ) {
      const session = sessions.get(client);
      const held = Object.keys((client as unknown as { subscriptions: object }).subscriptions).length;
      const granted =
        session?.principal &&
        !session.revoked &&
        held < limits.subscriptions &&
        maySubscribe(gatewayId, session.principal, subscription.topic);
      done(null, granted ? subscription : null);
    }

    function authorizeForward<P extends PublishPacket>(client: Client, packet: P): P | null {
      const session = sessions.get(client);
      return session?.principal && !session.revoked && mayHear(gatewayId, session.principal, packet.topic)
        ? packet
        : null;
    }

    // --- going out -----------------------------------------------------------------------------------------------

    /** What was written has left, or there is no waiting for it any longer. */
    const flushed = (socket: Socket) =>
      new Promise<void>((resolve) => {
        if (socket.destroyed || socket.writableLength === 0) return resolve();
        const late = startTimer(clock, limits.flushMs, resolve);
        const end = () => {
          late[Symbol.dispose]();
          resolve();
        };
        socket.once('close', end);
        socket.write('', end);
      });

    async function closeAll(which: (session: Session) => boolean) {
      const closing: Promise<void>[] = [];
      for (const client of [...live]) {
        const session = sessions.get(client)!;
        if (!which(session)) continue;
        // From here on it can publish, hear and bequeath nothing; a last command still leaves.
        session.revoked = true;
        closing.push(
          flushed(session.socket).then(async () => {
            await new Promise<void>((done) => client.close(() => done()));
            session.socket.destroy();
          }),
        );
      }
      await Promise.all(closing);
    }

    const publish: Broker['publish'] = (topic, payload, { retain = false } = {}) =>
      new Promise((resolve, reject) => {
        const body = payload === '' ? Buffer.alloc(0) : Buffer.from(JSON.stringify(payload));
        aedes.publish({ cmd: 'publish', topic, payload: body, qos: 1, retain, dup: false }, (error) =>
          error ? reject(error) : resolve(),
        );
      });

    async function clearRetained(filter: string) {
      for await (const { topic } of persistence.createRetainedStream(filter))
        await publish(topic, '', { retain: true });
    }

    own(
      startInterval(clock, expirySweepMs, () =>
        closeAll(({ device }) => device !== undefined && device.notAfter <= clock.now()),
      ),
    );

    const mqtts = own(await listen(tls, options.mqttsPort, host));
    const mqtt = own(await listen(plain, options.mqttPort, '127.0.0.1'));

    return {
      mqttPort: mqtt.port,
      mqttsPort: mqtts.port,
      publish,
      command: (serial, name, payload) => publish(cameraDown(gatewayId, serial, 'command', name), payload),
      async evict(serial) {
        await closeAll(({ device }) => device?.serial === serial);
        // Those whose certificate is being looked up at this moment, too.
        for (const socket of socketsOf.get(serial) ?? []) socket.destroy();
        await forgetClient(persistence, serial);
        for await (const { topic } of persistence.createRetainedStream(`vigi/${gatewayId}/${serial}/#`))
          await persistence.storeRetained({ topic, payload: Buffer.alloc(0) });
        // Consumers are told that the properties of this camera are gone.
        await clearRetained(`vigi/${gatewayId}/event/${serial}/#`);
      },
      clearRetained,
      async evictAccount(name) {
        await closeAll(({ principal }) => principal?.kind === 'account' && principal.name === name);
        for (const id of durableOf.get(name) ?? []) await forgetClient(persistence, id);
        durableOf.delete(name);
      },
      connections() {
        const principals = [...live].flatMap((client) => {
          const { principal, revoked } = sessions.get(client)!;
          return principal && !revoked ? [principal] : [];
        });
        return {
          cameras: principals.flatMap((one) => (one.kind === 'camera' ? [one.serial] : [])),
          accounts: principals.flatMap((one) => (one.kind === 'account' ? [one.name] : [])),
        };
      },
    };
  });
