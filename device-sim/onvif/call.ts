import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { urlHost } from '../../core/runtime/listen.ts';
import type { XmlElement } from '../../core/soap/xml.ts';
import type { Call, OnvifContext } from './behavior.ts';
import type { Exchange } from './exchange.ts';

/** An IPv4 address as it is, also when the socket speaks both families. */
export const plainAddress = (address = '') =>
  address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;

const hostHeader = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]{1,255})(?::\d{1,5})?$/i;

/** One request as an operation sees it; what costs something is worked out when asked for. */
export class CallInProgress implements Call {
  private abort: AbortController | undefined;
  private reached: { base: string; host: string } | undefined;
  constructor(
    readonly user: Call['user'],
    private readonly exchange: Exchange,
    readonly header: readonly XmlElement[],
    readonly onvif: OnvifContext,
  ) {}
  get peer() {
    return this.exchange.peer;
  }
  get path() {
    return this.exchange.request.url ?? '/';
  }
  get base() {
    this.reached ??= reachedAt(this.exchange.request);
    return this.reached.base;
  }
  get host() {
    this.reached ??= reachedAt(this.exchange.request);
    return this.reached.host;
  }
  get gone(): AbortSignal {
    if (!this.abort) {
      const abort = new AbortController();
      this.abort = abort;
      const { response } = this.exchange;
      if (response.closed) abort.abort();
      else response.once('close', () => abort.abort());
    }
    return this.abort.signal;
  }
  hangUp() {
    this.exchange.request.socket.destroy();
  }
  afterwards(task: () => void) {
    this.exchange.afterwards.push(task);
  }
}

/** The address the client used, by its Host header: that is the one it can reach, also behind a port mapping. */
function reachedAt(request: IncomingMessage): { base: string; host: string } {
  const socket = request.socket as Socket & { encrypted?: boolean };
  const scheme = socket.encrypted ? 'https' : 'http';
  const given = request.headers.host ?? '';
  const match = hostHeader.exec(given);
  if (match) return { base: `${scheme}://${given}`, host: match[1]! };
  const host = urlHost(plainAddress(socket.localAddress));
  return { base: `${scheme}://${host}:${socket.localPort}`, host };
}
