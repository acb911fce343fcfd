import type { Duplex } from 'node:stream';
import { maxLineBytes } from '../../core/pairing/messages.ts';
import { PairingError } from './pairing-error.ts';

/** JSON objects, one a line, over a stream. */
export interface Lines {
  send(message: object): void;
  /** The next message; rejects when the stream ends first, when a line is too long or no JSON, or with the signal. */
  next(signal: AbortSignal): Promise<unknown>;
}

export function createLines(stream: Duplex): Lines {
  let text = '';
  let failure: Error | undefined;
  let wake = () => {};
  const fail = (error: Error) => {
    failure ??= error;
    wake();
  };
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text += chunk;
    if (!text.includes('\n') && text.length > maxLineBytes)
      fail(new PairingError('protocol_error', 'the gateway sent a line that is too long'));
    wake();
  });
  stream.on('error', (error) =>
    fail(new PairingError('gateway_unreachable', 'the connection to the gateway broke', { cause: error })),
  );
  stream.on('close', () => fail(new PairingError('gateway_unreachable', 'the gateway closed the connection')));

  return {
    send: (message) => void stream.write(`${JSON.stringify(message)}\n`),
    async next(signal) {
      for (;;) {
        signal.throwIfAborted();
        const end = text.indexOf('\n');
        if (end > maxLineBytes) throw new PairingError('protocol_error', 'the gateway sent a line that is too long');
        if (end >= 0) {
          const line = text.slice(0, end);
          text = text.slice(end + 1);
          try {
            return JSON.parse(line);
          } catch {
            throw new PairingError('protocol_error', 'the gateway sent a line that is no JSON');
          }
        }
        if (failure) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    },
  };
}
