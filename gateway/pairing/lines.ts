import type { Duplex } from 'node:stream';
import { maxLineBytes } from '../../core/pairing/messages.ts';
import { PairingRefused } from './tickets.ts';

/** The other side is gone. */
export class ConnectionLost extends Error {
  override name = 'ConnectionLost';
}

/** JSON objects, one a line. One line is read ahead at most, so a flood waits in the other side's socket. */
export interface JsonLines {
  send(message: object): void;
  /** The next message; rejects when the connection ends, or with the signal's reason. */
  next(signal: AbortSignal): Promise<unknown>;
}

export function createJsonLines(stream: Duplex): JsonLines {
  let buffered: Buffer = Buffer.alloc(0);
  let ended = false;
  let wake: () => void = () => undefined;
  stream.on('readable', () => wake());
  for (const event of ['end', 'close', 'error']) {
    stream.on(event, () => {
      ended = true;
      wake();
    });
  }
  return {
    send: (message) => void stream.write(`${JSON.stringify(message)}\n`),
    async next(signal) {
      for (;;) {
        signal.throwIfAborted();
        const end = buffered.indexOf(0x0a);
        if (end > maxLineBytes || (end < 0 && buffered.length > maxLineBytes))
          throw new PairingRefused('request_invalid', 'a line is too long');
        if (end >= 0) {
          const line = buffered.subarray(0, end).toString('utf8');
          buffered = buffered.subarray(end + 1);
          try {
            return JSON.parse(line) as unknown;
          } catch {
            throw new PairingRefused('request_invalid', 'a line is not JSON');
          }
        }
        const chunk = stream.read() as Buffer | null;
        if (chunk !== null) {
          buffered = Buffer.concat([buffered, chunk]);
          continue;
        }
        if (ended) throw new ConnectionLost('the camera closed the connection');
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    },
  };
}
