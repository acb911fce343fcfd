import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { startInterval } from '../../core/runtime/clock.ts';
import { checkBasic } from '../auth/basic.ts';
import { createDigestAuth, type DigestAlgorithm } from '../auth/digest.ts';
import type { Camera } from '../camera.ts';
import type { FaultBook } from '../faults/fault-book.ts';
import { hashingAlgorithms } from '../onvif/hashing.ts';
import { createReplays } from '../replay/replays.ts';
import { createPictureLibrary, type PictureLibrary } from '../video/picture-library.ts';
import { createCameraStreams } from './camera-streams.ts';
import { RtspConnection } from './connection.ts';
import { locate, type ServerContext, sessionTimeoutSeconds } from './context.ts';
import { createHttpTunnels } from './http-tunnel.ts';
import { RtspError } from './message.ts';
import { isReport } from './rtcp.ts';
import { pause, type Session } from './session.ts';
import type { TalkSink } from './talk-sink.ts';
import { openUdpPorts, type UdpPorts } from './udp-ports.ts';
import { createWebSocketDoor, type WebSocketDoor } from './web-socket.ts';
import { socketWire, type Wire } from './wire.ts';

export interface RtspOptions {
  /** Shared by the cameras of a fleet. */
  library?: PictureLibrary;
  /** Fill streams up to their configured bit rate; on unless told otherwise. */
  fill?: boolean;
  /** Connections at once. */
  maxConnections?: number;
  /** Faults of pictures and packets wait here. */
  faults?: FaultBook;
}

/** The RTSP side of one camera. It listens nowhere: connections are handed in. */
export interface RtspServer extends Disposable {
  accept(socket: Socket): void;
  /** Takes a request of the camera's HTTP port that is half of an RTSP tunnel; false: it is somebody else's. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /** Takes an upgrade of the HTTP port to `rtsp.onvif.org`; false: it is somebody else's. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** The next picture of this media profile (of all when none is named) is an IDR: SetSynchronizationPoint. */
  requestKeyframe(profileToken?: string): void;
  /** Viewers by media profile token. */
  viewers(): Record<string, number>;
  viewerCount(): number;
  /** What clients said to the camera by the audio back channel. */
  readonly talk: TalkSink;
}

const sweepEveryMs = 5000;
/** A connection without a session that says nothing, and a message that does not come to its end. */
const idleMs = 30_000;
const halfMessageMs = 10_000;
/** A client that has not read its pictures for so long is not there any more. */
const stuckMs = 60_000;
/** Sessions of a camera beyond its connections: those by UDP outlive theirs for a minute. */
const sessionsPerConnection = 2;

export function createRtspServer(camera: Camera, options: RtspOptions = {}): RtspServer {
  const { library = createPictureLibrary(), fill, maxConnections = 1024, faults } = options;
  const streams = createCameraStreams({ camera, library, fill, faults });
  const fleetClock = {
    now: () => camera.clock.now() - camera.state.clockOffsetMs,
    sleep: (ms: number, signal?: AbortSignal) => camera.clock.sleep(ms, signal),
  };
  const replays = createReplays(camera, library, fleetClock, fill ?? true);
  const connections = new Set<RtspConnection>();
  const sessions = new Map<string, Session>();
  const endings = new Map<Session, () => void>();
  let udp: Promise<UdpPorts> | undefined;
  let sweeper: Disposable | undefined;
  const signIn = createSignIn(camera, fleetClock);

  const context: ServerContext = {
    camera,
    streams,
    replays,
    sessions,
    sdpId: camera.random.int(2 ** 31),
    now: fleetClock.now,
    date: () => new Date(camera.clock.now()).toUTCString(),
    received: (entry, text) => camera.received({ protocol: 'rtsp', ...entry }, text),
    signIn,
    locate,
    roomForSessions: () => sessions.size < maxConnections * sessionsPerConnection,
    openSession(path) {
      const id = camera.random.bytes(8).toString('hex').toUpperCase();
      const session: Session = { id, path, tracks: new Map(), seenAt: fleetClock.now(), playing: false };
      sessions.set(id, session);
      return session;
    },
    endSession(session) {
      if (!sessions.delete(session.id)) return;
      pause(session);
      if (session.replay) replays?.close(session.replay);
      endings.get(session)?.();
      endings.delete(session);
      rest();
    },
    whenEnded: (session, then) => void endings.set(session, then),
    udpAllowed: (wire) => wire.peerHost !== '',
    udpPorts() {
      udp ??= openUdpPorts(camera.address.host, (packet, host, port) => {
        const from = `${host} ${port}`;
        for (const session of sessions.values())
          for (const { reportsFrom, packetsFrom, track } of session.tracks.values()) {
            const sink = packetsFrom === from ? track.sink : undefined;
            if (sink || (reportsFrom === from && isReport(packet))) session.seenAt = fleetClock.now();
            sink?.packet(packet);
          }
      });
      return udp;
    },
  };

  function sweep(): void {
    const now = fleetClock.now();
    for (const session of sessions.values()) {
      const timeoutMs = session.replay ? replays?.timeoutMs : undefined;
      if (now - session.seenAt > (timeoutMs ?? sessionTimeoutSeconds * 1000)) context.endSession(session);
    }
    for (const connection of connections) {
      for (const session of connection.sessions) if (!sessions.has(session.id)) connection.sessions.delete(session);
      connection.watchBacklog(now);
      if (connection.stuckSince !== undefined && now - connection.stuckSince >= stuckMs) connection.destroy();
      else if (connection.halfSince !== undefined && now - connection.halfSince > halfMessageMs) connection.giveUp();
      else if (connection.sessions.size === 0 && now - connection.seenAt > idleMs) connection.destroy();
    }
  }

  /** Nothing ticks while nobody is there. */
  function rest(): void {
    if (connections.size + sessions.size > 0) return;
    sweeper?.[Symbol.dispose]();
    sweeper = undefined;
    void udp?.then((ports) => ports[Symbol.dispose]());
    udp = undefined;
  }

  function connect(wire: Wire): RtspConnection {
    const connection = new RtspConnection(wire, context);
    connections.add(connection);
    sweeper ??= startInterval(fleetClock, sweepEveryMs, sweep);
    return connection;
  }

  function disconnect(connection: RtspConnection): void {
    connection.close();
    connections.delete(connection);
    rest();
  }

  const tunnels = createHttpTunnels({ connect, disconnect });
  let webSockets: WebSocketDoor | undefined;

  return {
    accept(socket) {
      socket.on('error', () => socket.destroy());
      if (connections.size >= maxConnections) {
        socket.destroy();
        return;
      }
      socket.setNoDelay(true);
      const connection = connect(socketWire(socket));
      const onClose = () => disconnect(connection);
      socket.on('close', onClose);
      const onData = (chunk: Buffer) => connection.feed(chunk);
      socket.once('data', (first: Buffer) => {
        // A tunnel may come to this port too; its halves are no RTSP connections.
        if (/^(GET|POST) /.test(first.toString('latin1', 0, 5))) {
          // Until its head is whole it counts as a connection that says nothing, and is let go like one.
          tunnels.accept(socket, first, () => {
            socket.off('close', onClose);
            disconnect(connection);
          });
          return;
        }
        socket.on('data', onData);
        onData(first);
      });
    },
    handle(request, response) {
      if (!tunnels.takes(request)) return false;
      tunnels.handle(request, response);
      return true;
    },
    upgrade(request, socket, head) {
      webSockets ??= createWebSocketDoor(connect, disconnect);
      if (!webSockets.takes(request)) return false;
      webSockets.upgrade(request, socket, head);
      return true;
    },
    requestKeyframe: streams.requestKeyframe,
    viewers: streams.viewers,
    talk: streams.talk,
    viewerCount: () => [...sessions.values()].filter(({ playing }) => playing).length,
    [Symbol.dispose]() {
      for (const session of [...sessions.values()]) context.endSession(session);
      for (const connection of [...connections]) {
        connection.destroy();
        disconnect(connection);
      }
      webSockets?.[Symbol.dispose]();
      rest();
    },
  };
}

/** Who may watch: every user the camera knows (READ_MEDIA), by Digest or Basic. */
function createSignIn(camera: Camera, clock: Camera['clock']): ServerContext['signIn'] {
  const { realm } = camera.profile;
  // One challenge, MD5 where it is allowed, and no qop: what RTSP clients of all ages understand (some read the last
  // challenge only, and know no other algorithm).
  const algorithms = (): DigestAlgorithm[] => {
    const allowed = hashingAlgorithms(camera);
    return allowed.includes('MD5') ? ['MD5'] : allowed;
  };
  const digest = createDigestAuth({ realm, algorithms, clock, random: camera.random });
  const passwordOf = (username: string) => camera.state.users.find((user) => user.username === username)?.password;
  return ({ method, url, authorization, body }) => {
    if (!camera.state.initialized) throw new RtspError(403);
    const refuse = (stale: boolean) =>
      new RtspError(401, {
        'WWW-Authenticate': [
          ...digest.challenge({ qop: false, plain: true, stale }),
          `Basic realm="${realm.replace(/["\\]/g, '\\$&')}"`,
        ],
      });
    if (authorization === undefined) throw refuse(false);
    const basic = /^\s*Basic\s+([A-Za-z0-9+/=]+)\s*$/i.exec(authorization);
    if (basic) {
      if (!checkBasic(basic[1]!, passwordOf)) throw refuse(false);
      return;
    }
    const verdict = digest.verify({ header: authorization, method, uri: url, body }, passwordOf);
    if (!verdict || !('username' in verdict)) throw refuse(verdict !== undefined);
  };
}
