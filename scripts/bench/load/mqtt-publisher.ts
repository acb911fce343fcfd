import { once } from 'node:events';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';

/** One MQTT 3.1.1 client that only publishes with QoS 1: as little as possible between a load and the wire. */
export interface MqttPublisher extends Disposable {
  /** `acknowledged` is called when the broker's PUBACK is here; never when the connection broke before. */
  publish(topic: string, payload: string | Buffer, acknowledged: () => void): void;
  /** Called when the connection ends, at once when it has. Only the latest listener counts. */
  onClose(listener: () => void): void;
  readonly inFlight: number;
  readonly closed: boolean;
}

const text = (value: string) => {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** Fixed header (MQTT 3.1.1 §2.2) and what follows it. */
function packet(type: number, body: Buffer): Buffer {
  const head = [type];
  for (let left = body.length; ; ) {
    const byte = left % 128;
    left = Math.floor(left / 128);
    head.push(left > 0 ? byte | 0x80 : byte);
    if (left === 0) break;
  }
  return Buffer.concat([Buffer.from(head), body]);
}

export async function openPublisher(tls: ConnectionOptions, clientId: string): Promise<MqttPublisher> {
  const socket: TLSSocket = connect({ host: '127.0.0.1', checkServerIdentity: () => undefined, ...tls });
  await once(socket, 'secureConnect');
  socket.setNoDelay(true);
  const connectPacket = packet(0x10, Buffer.concat([text('MQTT'), Buffer.from([4, 0x02, 0, 60]), text(clientId)]));
  socket.write(connectPacket);
  const [connack] = (await once(socket, 'data')) as [Buffer];
  if (connack[0] !== 0x20 || connack[3] !== 0)
    throw new Error(`the broker refused ${clientId}: ${connack.toString('hex')}`);

  const waiting = new Map<number, () => void>();
  let id = 0;
  let closed = false;
  let rest: Buffer = Buffer.alloc(0);
  socket.on('error', () => undefined);
  let onClose = () => {};
  socket.on('close', () => {
    closed = true;
    onClose();
  });
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    // Only PUBACKs come: four bytes each (§3.4).
    for (; at + 4 <= bytes.length; at += 4) {
      const acknowledged = bytes.readUInt16BE(at + 2);
      const done = waiting.get(acknowledged);
      waiting.delete(acknowledged);
      done?.();
    }
    rest = bytes.subarray(at);
  });

  let queued: Buffer[] = [];
  const flush = () => {
    const batch = queued;
    queued = [];
    if (!closed) socket.write(batch.length === 1 ? batch[0]! : Buffer.concat(batch));
  };
  return {
    publish(topic, payload, acknowledged) {
      do id = (id % 0xffff) + 1;
      while (waiting.has(id));
      waiting.set(id, acknowledged);
      const number = Buffer.alloc(2);
      number.writeUInt16BE(id);
      if (queued.length === 0) queueMicrotask(flush);
      queued.push(
        packet(
          0x32,
          Buffer.concat([text(topic), number, typeof payload === 'string' ? Buffer.from(payload) : payload]),
        ),
      );
    },
    onClose(listener) {
      onClose = listener;
      if (closed) listener();
    },
    get inFlight() {
      return waiting.size;
    },
    get closed() {
      return closed;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

export interface Saturation {
  publishers: readonly MqttPublisher[];
  total: number;
  /** Unacknowledged messages of one client at most. */
  window: number;
  message(client: number, n: number): { topic: string; payload: string };
}

/** Publish `total` messages as fast as they are acknowledged; settles with the last acknowledgement. */
export function saturate({ publishers, total, window, message }: Saturation): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let acknowledged = 0;
    const fill = (client: number) => {
      const publisher = publishers[client]!;
      if (publisher.closed) return reject(new Error('the broker closed a connection'));
      while (publisher.inFlight < window && sent < total) {
        const { topic, payload } = message(client, sent++);
        publisher.publish(topic, payload, () => {
          if (++acknowledged === total) resolve();
          else fill(client);
        });
      }
    };
    for (let client = 0; client < publishers.length; client++) fill(client);
  });
}
