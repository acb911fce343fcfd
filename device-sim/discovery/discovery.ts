import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { setMaxListeners } from 'node:events';
import {
  appMaxDelayMs,
  discoveryGroup,
  discoveryPort,
  formatAnnouncement,
  formatMatches,
  type Matches,
  parseDiscovery,
  probeMatches,
} from '../../core/onvif/discovery.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { ListenError } from '../../core/runtime/listen.ts';
import { UsageError } from '../../core/runtime/settings.ts';
import type { Camera } from '../camera.ts';
import { addressFor, type LocalAddress, localAddresses } from './interfaces.ts';
import { endpointOf, targetOf } from './target.ts';

export interface DiscoveryConfig {
  /** Only hear and speak on this interface; on all when absent. */
  interfaceName?: string;
  /** 3702; 0 means any free port, for tests that ask by unicast. */
  port?: number;
}

/** WS-Discovery of a whole fleet on one socket (Core §7). A camera takes part from its first `hello` on. */
export interface Discovery extends AsyncDisposable {
  readonly port: number;
  /** The camera is there, or its scopes or addresses changed. */
  hello(camera: Camera): void;
  /** It goes, and says so. */
  bye(camera: Camera): void;
  /** It is gone without a word: power or network was cut. */
  drop(camera: Camera): void;
}

/** Message ids of requests answered lately: clients send each several times (SOAP over UDP §2). */
const rememberedRequests = 256;
/**
 * Answers that may be due at once: to one address, for each camera (a client asks for two types, and asks again), and in
 * all. The sender of a datagram can be forged, so whoever asks for more is met with silence.
 */
const mostDue = { perCamera: 4, perAddress: 256, inAll: 16_384 };
/** Only texts that can be a discovery message are read at all. */
const mark = 'schemas.xmlsoap.org/ws/2005/04/discovery';

export async function startDiscovery(config: DiscoveryConfig, deps: RuntimeDeps): Promise<Discovery> {
  const { clock, random, log } = deps;
  const own = localAddresses(config.interfaceName);
  if (config.interfaceName !== undefined && own.length === 0) {
    const known = [...new Set(localAddresses().map((one) => one.interfaceName))].join(', ');
    throw new UsageError(`there is no interface "${config.interfaceName}" with an IPv4 address; there are ${known}`);
  }
  const stop = new AbortController();
  // One listener an answer that is due: as many as there are cameras.
  setMaxListeners(0, stop.signal);
  const present = new Set<Camera>();
  /** Messages a camera sent since its boot: MessageNumber of AppSequence. */
  const sent = new WeakMap<Camera, { bootCount: number; messages: number }>();
  const answered = new Set<string>();
  /** Answers that are due, by the address they go to. */
  const due = new Map<string, number>();
  let dueInAll = 0;
  const socket = await openSocket(config.port ?? discoveryPort);
  const speakers = config.port === undefined ? await openSpeakers(own) : [];
  for (const { address } of own) join(socket, address);
  socket.on('message', hear);
  // An ICMP refusal of an earlier answer: its client is gone, nothing is wrong here.
  socket.on('error', (error) => log.debug({ reason: error.message }, 'discovery socket'));

  function sequenceOf(camera: Camera) {
    const { bootCount } = camera.state;
    const before = sent.get(camera);
    const messages = before?.bootCount === bootCount ? before.messages + 1 : 1;
    sent.set(camera, { bootCount, messages });
    return { instanceId: bootCount, messageNumber: messages };
  }

  const messageId = () => `urn:uuid:${random.uuid()}`;

  function hear(datagram: Buffer, peer: RemoteInfo) {
    // Linux hands us what any program of this machine joined for: keep to the interfaces that were chosen.
    if (config.interfaceName !== undefined && !own.some((one) => one.reaches(peer.address))) return;
    if (!datagram.includes(mark)) return;
    const message = parseDiscovery(datagram.toString('utf8'));
    if (message?.kind !== 'Probe' && message?.kind !== 'Resolve') return;
    if (isRepeated(message.messageId)) return;
    const asked = [...present].filter((camera) => {
      if (!camera.state.discoverable) return false;
      return message.kind === 'Probe'
        ? probeMatches(
            message,
            targetOf(camera, () => ''),
          )
        : message.address === endpointOf(camera);
    });
    if (asked.length === 0 || !mayBeDue(peer.address, asked.length)) return;
    const kind = message.kind === 'Probe' ? 'ProbeMatches' : 'ResolveMatches';
    asked.forEach((camera, at) => {
      camera.received({ protocol: 'discovery', what: message.kind, peer: peer.address });
      // Spread over the allowed delay: a thousand answers in one burst would not fit a client's socket buffer.
      const waitMs = ((at + random.unit()) / asked.length) * appMaxDelayMs;
      later(waitMs, () => {
        isDone(peer.address);
        answer(kind, camera, message.messageId, peer);
      });
    });
  }

  /** Counts answers as due, unless they would be too many. */
  function mayBeDue(address: string, answers: number): boolean {
    const toAddress = (due.get(address) ?? 0) + answers;
    if (toAddress > Math.max(mostDue.perAddress, mostDue.perCamera * present.size)) return false;
    if (dueInAll + answers > Math.max(mostDue.inAll, mostDue.perCamera * present.size)) return false;
    due.set(address, toAddress);
    dueInAll += answers;
    return true;
  }

  function isDone(address: string) {
    dueInAll--;
    const left = due.get(address)! - 1;
    if (left > 0) due.set(address, left);
    else due.delete(address);
  }

  function isRepeated(id: string): boolean {
    if (answered.has(id)) return true;
    answered.add(id);
    if (answered.size > rememberedRequests) answered.delete(answered.values().next().value!);
    return false;
  }

  function answer(kind: Matches['kind'], camera: Camera, relatesTo: string, peer: RemoteInfo) {
    if (!present.has(camera)) return;
    const target = targetOf(camera, () => addressFor(peer.address, own));
    const text = formatMatches({
      kind,
      messageId: messageId(),
      relatesTo,
      appSequence: sequenceOf(camera),
      targets: [target],
    });
    socket.send(text, peer.port, peer.address, () => undefined);
  }

  function announce(kind: 'Hello' | 'Bye', camera: Camera) {
    if (!camera.state.discoverable) return;
    const appSequence = sequenceOf(camera);
    for (const { socket: speaker, address } of speakers) {
      const target = targetOf(camera, () => address);
      const text = formatAnnouncement({ kind, messageId: messageId(), appSequence, target });
      speaker.send(text, discoveryPort, discoveryGroup, () => undefined);
    }
  }

  function later(waitMs: number, task: () => void) {
    clock.sleep(waitMs, stop.signal).then(task, (error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
  }

  return {
    port: socket.address().port,
    hello(camera) {
      present.add(camera);
      later(random.unit() * appMaxDelayMs, () => {
        if (present.has(camera)) announce('Hello', camera);
      });
    },
    bye(camera) {
      if (present.delete(camera)) announce('Bye', camera);
    },
    drop: (camera) => void present.delete(camera),
    async [Symbol.asyncDispose]() {
      stop.abort();
      present.clear();
      // Byes still on their way out leave with the socket's last turn.
      await new Promise((resolve) => setImmediate(resolve));
      await Promise.all([socket, ...speakers.map((one) => one.socket)].map(close));
    },
  };
}

function openSocket(port: number): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true, recvBufferSize: 1024 * 1024 });
  return new Promise((resolve, reject) => {
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      reject(
        error.code === 'EADDRINUSE'
          ? new ListenError(
              `UDP port ${port} is taken: another program answers WS-Discovery; start without discovery`,
              {
                cause: error,
              },
            )
          : error,
      );
    });
    socket.bind(port, () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

/** One socket an interface to say Hello and Bye with: multicast leaves by the interface of its own address. */
function openSpeakers(addresses: readonly LocalAddress[]): Promise<{ socket: Socket; address: string }[]> {
  return Promise.all(
    addresses.map(async ({ address }) => {
      const socket = createSocket('udp4');
      socket.on('error', () => undefined);
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.bind(0, address, () => resolve());
      });
      socket.setMulticastInterface(address);
      socket.setMulticastTTL(4);
      return { socket, address };
    }),
  );
}

function join(socket: Socket, address: string) {
  try {
    socket.addMembership(discoveryGroup, address);
  } catch {
    // An interface without multicast: unicast probes still reach us there.
  }
}

const close = (socket: Socket) => new Promise<void>((resolve) => socket.close(() => resolve()));
