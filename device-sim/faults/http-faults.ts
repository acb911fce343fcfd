import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { startTimer } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { formatFault, SoapFault } from '../../core/soap/fault.ts';
import type { SimCamera } from '../sim-camera.ts';
import { httpMessageOf } from '../wire/http-message.ts';
import type { Effect, FaultDoor } from './fault.ts';
import { formatEffect } from './fault.ts';
import type { FaultBook } from './fault-book.ts';

export interface HttpFaultOptions {
  camera: SimCamera;
  book: FaultBook;
  door: Exclude<FaultDoor, 'rtsp' | 'video' | 'rtp'>;
  /** Challenges of a 401 at this door. */
  challenges?(): string[];
}

/**
 * Faults around a request: `go` is what would answer it. The operation's name is known by now; whatever the fault does,
 * the timeline says so.
 */
export function underFault(
  { camera, book, door, challenges }: HttpFaultOptions,
  operation: string,
  request: IncomingMessage,
  response: ServerResponse,
  go: () => void,
  deps: Pick<RuntimeDeps, 'clock'>,
): void {
  const effect = book.strike(door, operation);
  if (!effect) {
    go();
    return;
  }
  const peer = request.socket.remoteAddress ?? '';
  camera.received(
    { protocol: door === 'snapshot' ? 'http' : door, what: operation, peer, outcome: `fault ${formatEffect(effect)}` },
    () => ({ request: httpMessageOf(request) }),
  );
  apply(effect, request, response, go, deps, challenges);
}

/** The same around an answer that takes its time; settles when it is given, at once when a fault took its place. */
export function underFaultAsync(
  options: HttpFaultOptions,
  operation: string,
  request: IncomingMessage,
  response: ServerResponse,
  go: () => Promise<void>,
  deps: Pick<RuntimeDeps, 'clock'>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    response.once('close', resolve);
    underFault(options, operation, request, response, () => void go().then(resolve, reject), deps);
  });
}

function apply(
  effect: Effect,
  request: IncomingMessage,
  response: ServerResponse,
  go: () => void,
  { clock }: Pick<RuntimeDeps, 'clock'>,
  challenges: () => string[] = () => [],
) {
  const answer = (status: number, headers: [string, string][], body = '') => {
    // What was sent is read to its end, so that the answer is not lost in a reset.
    request.resume();
    response.writeHead(status, [...headers, ['content-length', String(Buffer.byteLength(body))]].flat());
    response.end(body);
  };
  switch (effect.do) {
    case 'delay': {
      const timer = startTimer(clock, effect.ms, go);
      response.once('close', () => timer[Symbol.dispose]());
      return;
    }
    case 'drop':
      request.resume();
      return;
    case 'reset':
      // Only a plain TCP socket can send a reset; under TLS the connection just breaks.
      if (request.socket instanceof TLSSocket) request.socket.destroy();
      else request.socket.resetAndDestroy();
      return;
    case 'refuse':
      return answer(
        401,
        challenges().map((one): [string, string] => ['www-authenticate', one]),
      );
    case 'status':
      return answer(effect.status, []);
    case 'fault': {
      const fault = new SoapFault(effect.subcodes, 'a fault that was asked for');
      return answer(fault.status, [['content-type', 'application/soap+xml; charset=utf-8']], formatFault(fault));
    }
    case 'truncate':
      spoil(response, (body) => body.subarray(0, effect.bytes));
      return go();
    case 'garble':
      spoil(response, garbled);
      return go();
  }
}

/** Change the body of an answer that comes in one piece; its head, with the length it would have had, stays. */
function spoil(response: ServerResponse, change: (body: Buffer) => Buffer) {
  const end = response.end.bind(response);
  response.end = ((body?: string | Buffer) => {
    const whole = Buffer.from(body ?? '');
    const spoilt = change(whole);
    if (spoilt.length === whole.length) return end(spoilt);
    response.write(spoilt, () => response.socket?.destroySoon());
    return response;
  }) as typeof response.end;
}

/** As long as before, but its last bracket closes something else. */
function garbled(body: Buffer): Buffer {
  const text = body.toString('latin1');
  const at = Math.max(text.lastIndexOf('</'), text.lastIndexOf('}'));
  const copy = Buffer.from(body);
  if (at >= 0) copy[text[at] === '}' ? at : at + 1] = 0x3f; // ?
  return copy;
}

/** The name of the operation in a SOAP request, without taking a byte of it away. */
export function peekOperation(request: IncomingMessage, then: (operation: string) => void): void {
  const onReadable = () => {
    const chunk = request.read() as Buffer | null;
    request.off('readable', onReadable);
    if (chunk) request.unshift(chunk);
    then(bodyElement.exec(chunk?.toString('latin1') ?? '')?.[1] ?? 'unreadable');
  };
  request.on('readable', onReadable);
}

const bodyElement = /<(?:[\w.-]+:)?Body\b[^>]*>\s*<(?:[\w.-]+:)?([\w.-]+)/;
