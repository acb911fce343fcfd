import { type ClientRequest, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Limits } from '../config.ts';
import { CloudError } from '../errors.ts';
import type { LiveConnections } from './live-connections.ts';
import { refuseUpgrade } from './relay-answers.ts';
import type { RelaySide } from './relay-origins.ts';
import { backwardHeaders, forwardHeaders, type PublicSide } from './relay-rewrite.ts';
import type { Insider, RelaySessions } from './relay-sessions.ts';
import type { Tunnels } from './tunnels.ts';

/** What one request or WebSocket is about. */
export interface Passage {
  side: RelaySide;
  from: PublicSide;
  /** What the gateway is asked for. */
  path: string;
}

type PassLimits = Pick<
  Limits,
  'relayRequestsAtOnce' | 'relayStreamsPerGateway' | 'relayRequestsPerSecond' | 'relayBodyBytes'
>;

const readsOnly = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Carries requests and WebSockets of somebody who is inside through the tunnel, within limits. */
export function createPass(deps: {
  relaySessions: RelaySessions;
  live: LiveConnections;
  tunnels: Tunnels;
  limits: PassLimits;
  answer(request: IncomingMessage, response: ServerResponse, error: unknown): void;
}) {
  const { relaySessions, live, tunnels, limits, answer } = deps;
  const requests = new RateLimiterMemory({ points: limits.relayRequestsPerSecond, duration: 1 });
  const tooLarge = () => new CloudError('body_too_large', 'The body is too large for the relay.');
  const tooMany = (words: string) => new CloudError('too_many_requests', words, { retryAfterSeconds: 1 });

  /** Let in whoever is inside and has not too much under way. */
  const admit = async (request: IncomingMessage, { side }: Passage): Promise<Insider> => {
    let insider = await relaySessions.insider(request, side.gatewayId);
    await requests.consume(insider.tokenHash).catch(() => {
      throw tooMany('Too many requests in one second.');
    });
    if (live.countOfSession(insider.session.id) >= limits.relayRequestsAtOnce) {
      throw tooMany('Too many requests at once.');
    }
    if (live.countOfGateway(side.gatewayId) >= limits.relayStreamsPerGateway) {
      throw tooMany('This VMS Local has too many connections at the moment.');
    }
    // Whatever ended while we looked: from here to the moment it is held nothing waits, so no ending is missed.
    while (insider.asOf !== relaySessions.endingsSeen()) insider = await relaySessions.insider(request, side.gatewayId);
    return insider;
  };
  const holding = ({ session }: Insider, { side }: Passage, close: () => void) =>
    live.hold({ accountId: session.accountId, sessionId: session.id, gatewayId: side.gatewayId, close });

  return {
    async forward(request: IncomingMessage, response: ServerResponse, passage: Passage): Promise<void> {
      const { side, from, path } = passage;
      const insider = await admit(request, passage);
      const { origin } = request.headers;
      // Cookies come along from pages on other ports of this host as well; only the gateway's own page may change things.
      if (origin !== undefined && origin !== side.origin && !readsOnly.has(request.method ?? '')) {
        throw new CloudError('origin_refused', 'This request does not come from a page of this VMS Local.');
      }
      const announcedBytes = Number(request.headers['content-length'] ?? 0);
      if (announcedBytes > limits.relayBodyBytes) throw tooLarge();
      // What has no body may be asked twice, so it may go over a connection that was kept; anything else gets its own.
      const hasBody = 'transfer-encoding' in request.headers || announcedBytes > 0;
      const repeatable = !hasBody && (request.method === 'GET' || request.method === 'HEAD');
      const begin = (kept: boolean): ClientRequest => {
        const outgoing = httpRequest({
          ...(kept
            ? { agent: tunnels.agentOf(side.gatewayId) }
            : { createConnection: () => tunnels.connect(side.gatewayId) as Socket }),
          method: request.method ?? 'GET',
          path,
          headers: forwardHeaders(request.headers, from, insider.cookies),
        });
        outgoing.on('error', (error) => {
          if (kept && outgoing.reusedSocket && !response.headersSent && !response.destroyed) {
            // The gateway let it go in the moment we took it.
            try {
              upstream = begin(false);
              return void upstream.end();
            } catch (offline) {
              return answer(request, response, offline);
            }
          }
          if (response.headersSent) response.destroy();
          else if (error instanceof CloudError) answer(request, response, error);
          else {
            const offline = new CloudError('gateway_offline', 'This VMS Local did not answer.', {}, { cause: error });
            answer(request, response, offline);
          }
        });
        outgoing.on('response', (incoming) => {
          const headers = backwardHeaders(
            incoming.rawHeaders,
            incoming.headers,
            `/${side.gatewayId}`,
            from,
            insider.cookies,
          );
          response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, headers.flat());
          // Headers at once: a live picture's first bytes may be long in coming. A short body that is here goes with them.
          response.cork();
          response.flushHeaders();
          setImmediate(() => response.uncork());
          // Cut short upstream, it is cut short here: nobody takes half a file for a whole one.
          incoming.on('error', () => response.destroy());
          incoming.on('close', () => incoming.complete || response.destroy());
          incoming.pipe(response);
        });
        return outgoing;
      };
      let upstream = begin(repeatable);
      const letGo = holding(insider, passage, () => {
        upstream.destroy();
        response.destroy();
      });
      response.on('close', () => {
        letGo();
        upstream.destroy();
      });
      response.on('error', () => upstream.destroy());
      request.on('error', () => upstream.destroy());
      if (!hasBody) return void upstream.end();
      let receivedBytes = 0;
      request.on('data', (part: Buffer) => {
        receivedBytes += part.length;
        if (receivedBytes > limits.relayBodyBytes) upstream.destroy(tooLarge());
      });
      request.pipe(upstream);
    },

    async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, passage: Passage): Promise<void> {
      const { side, from, path } = passage;
      const { origin } = request.headers;
      if (origin !== undefined && origin !== side.origin) {
        throw new CloudError('origin_refused', 'This WebSocket is not opened by a page of this VMS Local.');
      }
      const insider = await admit(request, passage);
      const connection = tunnels.connect(side.gatewayId) as Socket;
      const upstream = httpRequest({
        createConnection: () => connection,
        method: 'GET',
        path,
        headers: {
          ...forwardHeaders(request.headers, from, insider.cookies),
          connection: 'Upgrade',
          upgrade: request.headers.upgrade ?? 'websocket',
        },
      });
      const letGo = holding(insider, passage, () => {
        socket.destroy();
        upstream.destroy();
        connection.destroy();
      });
      socket.on('close', () => {
        letGo();
        upstream.destroy();
        connection.destroy();
      });
      const statusLine = (incoming: IncomingMessage) =>
        [
          `HTTP/1.1 ${incoming.statusCode} ${incoming.statusMessage}`,
          ...backwardHeaders(incoming.rawHeaders, incoming.headers, `/${side.gatewayId}`, from, insider.cookies).map(
            ([name, value]) => `${name}: ${value}`,
          ),
        ].join('\r\n');
      upstream.on('error', () => {
        if (!socket.destroyed) {
          refuseUpgrade(socket, new CloudError('gateway_offline', 'This VMS Local did not answer.'));
        }
      });
      upstream.on('upgrade', (incoming, tunnelled, early) => {
        socket.write(
          `${statusLine(incoming)}\r\nConnection: Upgrade\r\nUpgrade: ${incoming.headers.upgrade ?? 'websocket'}\r\n\r\n`,
        );
        if (early.length > 0) socket.write(early);
        if (head.length > 0) tunnelled.write(head);
        pipeline(socket, tunnelled, () => tunnelled.destroy());
        pipeline(tunnelled, socket, () => socket.destroy());
      });
      upstream.on('response', (incoming) => {
        // The gateway said no: its answer goes out as it is, and the connection ends.
        socket.write(`${statusLine(incoming)}\r\nConnection: close\r\n\r\n`);
        pipeline(incoming, socket, () => socket.destroy());
      });
      upstream.end();
    },
  };
}
