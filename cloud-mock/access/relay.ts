import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { parseCookie, stringifySetCookie } from 'cookie';
import { formatProblem, problemType } from '../../core/http/problem.ts';
import { realClock, startInterval } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { toCloudError } from '../api/answer-errors.ts';
import { CloudError, errorStatus } from '../errors.ts';
import { audit } from '../sign-in/audit.ts';
import type { Endings } from '../sign-in/endings.ts';
import { hashSecret, newSecret } from '../sign-in/secret-token.ts';
import type { LiveSession, Sessions } from '../sign-in/sessions.ts';
import type { Store } from '../store/store.ts';
import type { Assertions } from '../tokens/assertions.ts';
import { createLiveConnections } from './live-connections.ts';
import { backwardHeaders, forwardHeaders, type PublicSide, rewriteSetCookie } from './relay-rewrite.ts';
import { refuseUpgrade } from './tunnel-door.ts';
import type { Tunnels } from './tunnels.ts';

const relayCookie = 'vigil_relay';
const assertionPath = '/api/v1/auth/assertion';
const longestTicketBodyBytes = 4096;
/** Sessions also end by running out, which nobody announces: what is open is looked at so often. */
const sweepEveryMs = 15_000;
/** How long a looked-up session is taken for live, should nobody announce its end. */
const rememberMs = 2_000;
const mostRemembered = 10_000;

interface Target {
  gatewayId: string;
  prefix: string;
  /** What the gateway is asked for. */
  path: string;
}

/** `/<gatewayId>/…` */
function parseTarget(url: string | undefined): Target | undefined {
  const match = /^\/(gw_[A-Za-z0-9_-]{16})(\/.*)$/s.exec(url ?? '');
  return match ? { gatewayId: match[1]!, prefix: `/${match[1]}`, path: match[2]! } : undefined;
}

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/**
 * The relay: browsers and apps reach a bound VMS Local below `/<gatewayId>/`, through its tunnel. A ticket made by a live
 * session opens it; a cookie of this gateway alone keeps it open while that session lives.
 */
export function createRelay(
  deps: RuntimeDeps & {
    store: Store;
    sessions: Sessions;
    endings: Endings;
    tunnels: Tunnels;
    assertions: Assertions;
    publicUrl: string;
    relayUrl: string;
    requestsAtOnce: number;
    bodyBytes: number;
  },
) {
  const { store, sessions, tunnels, assertions, clock, random, log, publicUrl, relayUrl } = deps;
  const live = createLiveConnections();
  const relay = new URL(relayUrl);
  const ownOrigins = [relay.origin, new URL(publicUrl).origin];
  const sideOf = (request: IncomingMessage): PublicSide => ({
    protocol: relay.protocol.slice(0, -1),
    host: relay.host,
    address: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
  });
  const ownHosts = [relay.host, 'gateway'];

  const answer = (request: IncomingMessage, response: ServerResponse, error: unknown) => {
    const known = toCloudError(error);
    if (!known) log.error({ err: error, method: request.method }, 'relay failed');
    if (response.headersSent) return void response.destroy();
    const status = known ? errorStatus[known.code] : 500;
    const problem = formatProblem(
      status,
      known?.code ?? 'internal',
      known?.message ?? 'Something went wrong here.',
      known?.details,
    );
    // A page for whoever navigates here, a problem for programs.
    if (request.method === 'GET' || request.headers['content-type']?.includes('form')) {
      if (/\btext\/html\b/.test(request.headers.accept ?? '')) {
        response.writeHead(status, {
          'Content-Type': 'text/html; charset=utf-8',
          'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
          'Cache-Control': 'no-store',
        });
        return void response.end(
          `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(problem.title)}</title></head><body style="font-family:system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem;line-height:1.5"><h1>${escapeHtml(problem.title)}</h1><p>${escapeHtml(problem.detail)}</p><p><a href="${escapeHtml(publicUrl)}/">Open it from the portal</a></p></body></html>`,
        );
      }
    }
    response.writeHead(status, { 'Content-Type': problemType, 'Cache-Control': 'no-store' });
    response.end(JSON.stringify(problem));
  };

  /**
   * Sessions looked up a moment ago: a page asks for dozens of things at once. Any ending empties it, and a look-up that
   * an ending overtook is not remembered.
   */
  const remembered = new Map<string, { session: LiveSession; until: number }>();
  let endingsSeen = 0;
  const forget = () => {
    endingsSeen++;
    remembered.clear();
  };
  const lookUp = async (tokenHash: string, gatewayId: string): Promise<LiveSession | undefined> => {
    const key = `${gatewayId} ${tokenHash}`;
    const found = remembered.get(key);
    if (found && clock.now() < found.until) return found.session;
    const before = endingsSeen;
    const row = await store.relay.sessionOf(tokenHash, gatewayId);
    const session = row && (await sessions.byId(row.sessionId));
    if (!session) return undefined;
    await sessions.noteUse(session);
    if (before === endingsSeen) {
      if (remembered.size >= mostRemembered) remembered.clear();
      remembered.set(key, { session, until: clock.now() + rememberMs });
    }
    return session;
  };

  /** The live session behind the relay cookie of this gateway. */
  const sessionOf = async (request: IncomingMessage, target: Target): Promise<LiveSession> => {
    const token = parseCookie(request.headers.cookie ?? '')[relayCookie];
    const session = token ? await lookUp(hashSecret(token), target.gatewayId) : undefined;
    if (!session)
      throw new CloudError('relay_session_required', 'Open this VMS Local from the portal first.', {
        portal: publicUrl,
      });
    return session;
  };

  const readBody = async (request: IncomingMessage): Promise<string> => {
    let text = '';
    for await (const part of request.setEncoding('utf8')) {
      text += part as string;
      if (text.length > longestTicketBodyBytes) throw new CloudError('body_too_large', 'The body is too large.');
    }
    return text;
  };
  const ticketOf = async (request: IncomingMessage): Promise<string> => {
    const body = await readBody(request);
    const type = request.headers['content-type'] ?? '';
    let ticket: unknown;
    if (type.startsWith('application/x-www-form-urlencoded')) ticket = new URLSearchParams(body).get('ticket');
    else if (type.startsWith('application/json')) {
      try {
        ticket = (JSON.parse(body) as { ticket?: unknown } | null)?.ticket;
      } catch {
        throw new CloudError('body_invalid', 'The body is not valid JSON.');
      }
    } else throw new CloudError('content_type_unsupported', 'Send the ticket as a form or as JSON.');
    if (typeof ticket !== 'string') throw new CloudError('body_invalid', 'ticket: is missing', { field: 'ticket' });
    return ticket;
  };

  /** Nobody else's page may put a browser into a VMS Local of its choice. */
  const refuseForeignForm = (request: IncomingMessage) => {
    const { origin } = request.headers;
    const named = origin !== undefined && origin !== 'null';
    if (named ? !ownOrigins.includes(origin) : request.headers['sec-fetch-site'] === 'cross-site') {
      throw new CloudError('origin_refused', 'This request does not come from the portal.');
    }
  };

  /** `POST /<gatewayId>/_open`: redeem the ticket, sign in at the gateway by assertion, hand both cookies out. */
  const open = async (request: IncomingMessage, response: ServerResponse, target: Target) => {
    if (request.method !== 'POST') throw new CloudError('not_found', 'There is nothing at this address.');
    refuseForeignForm(request);
    const invalid = () =>
      new CloudError(
        'ticket_invalid',
        'This ticket was used or has run out. Open the VMS Local from the portal again.',
      );
    const ticket = await ticketOf(request);
    const sessionId = await store.transaction((tx) =>
      tx.relay.spendTicket(hashSecret(ticket), target.gatewayId, clock.now()),
    );
    const session = sessionId ? await sessions.byId(sessionId) : undefined;
    const gateway = session ? await store.gateways.byId(target.gatewayId) : undefined;
    if (!session || gateway?.accountId !== session.accountId) throw invalid();

    const side = sideOf(request);
    const taken = await tunnels.ask(target.gatewayId, {
      method: 'POST',
      path: assertionPath,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'user-agent': request.headers['user-agent'] ?? '',
        'x-forwarded-host': side.host,
        'x-forwarded-proto': side.protocol,
        'x-forwarded-for': side.address,
      },
      body: JSON.stringify({ assertion: await assertions.signIn(session, target.gatewayId) }),
    });
    if (taken.status >= 300) throw gatewayRefusal(taken.body);

    const token = newSecret(random);
    await store.relay.insertSession({
      tokenHash: hashSecret(token),
      sessionId: session.id,
      gatewayId: target.gatewayId,
      createdAt: clock.now(),
    });
    // The session may have ended meanwhile, and its relay sessions with it, before this one was written.
    if (!(await sessions.byId(session.id))) {
      await store.relay.endBySession(session.id);
      throw invalid();
    }
    const visit = {
      door: 'relay' as const,
      address: side.address,
      userAgent: (request.headers['user-agent'] ?? '').slice(0, 200),
    };
    await audit(store, clock, 'gateway.opened', visit, {
      accountId: session.accountId,
      sessionId: session.id,
      detail: { gatewayId: target.gatewayId },
    });
    const setCookie = taken.headers['set-cookie'];
    response.setHeader('Set-Cookie', [
      stringifySetCookie({
        name: relayCookie,
        value: token,
        path: `${target.prefix}/`,
        httpOnly: true,
        sameSite: 'lax',
        secure: relay.protocol === 'https:',
      }),
      ...(Array.isArray(setCookie) ? setCookie : []).flatMap((line) => rewriteSetCookie(line, target.prefix) ?? []),
    ]);
    response.setHeader('Cache-Control', 'no-store');
    if (/\bapplication\/json\b/.test(request.headers.accept ?? '')) {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ status: 'opened', url: `${relayUrl}${target.prefix}/` }));
    } else response.writeHead(303, { Location: `${target.prefix}/` }).end();
  };

  const forward = async (request: IncomingMessage, response: ServerResponse, target: Target) => {
    const session = await sessionOf(request, target);
    if (live.countOf(session.id) >= deps.requestsAtOnce) {
      throw new CloudError('too_many_requests', 'Too many requests at once.', { retryAfterSeconds: 1 });
    }
    const tooLarge = new CloudError('body_too_large', 'The body is too large for the relay.');
    if (Number(request.headers['content-length'] ?? 0) > deps.bodyBytes) throw tooLarge;
    const connection = tunnels.connect(target.gatewayId) as Socket;
    const letGo = live.hold({
      accountId: session.accountId,
      sessionId: session.id,
      gatewayId: target.gatewayId,
      close: () => {
        upstream.destroy();
        response.destroy();
      },
    });
    const upstream = httpRequest({
      createConnection: () => connection,
      method: request.method ?? 'GET',
      path: target.path,
      headers: forwardHeaders(request.headers, sideOf(request)),
    });
    response.on('close', () => {
      letGo();
      upstream.destroy();
    });
    upstream.on('error', (error) => {
      if (response.headersSent) response.destroy();
      else if (error === tooLarge) answer(request, response, error);
      else
        answer(
          request,
          response,
          new CloudError('gateway_offline', 'This VMS Local did not answer.', {}, { cause: error }),
        );
    });
    upstream.on('response', (incoming) => {
      for (const [name, value] of backwardHeaders(incoming.rawHeaders, incoming.headers, target.prefix, ownHosts)) {
        response.appendHeader(name, value);
      }
      response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage);
      // Headers at once: a live picture's first bytes may be long in coming.
      response.flushHeaders();
      pipeline(incoming, response, () => undefined);
    });
    request.on('error', () => upstream.destroy());
    let receivedBytes = 0;
    request.on('data', (part: Buffer) => {
      receivedBytes += part.length;
      if (receivedBytes > deps.bodyBytes) upstream.destroy(tooLarge);
    });
    request.pipe(upstream);
  };

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    (async () => {
      const bare = /^\/(gw_[A-Za-z0-9_-]{16})$/.exec(request.url ?? '');
      if (bare) return void response.writeHead(308, { Location: `/${bare[1]}/` }).end();
      const target = parseTarget(request.url);
      if (!target)
        throw new CloudError('not_found', 'There is nothing at this address. Open a VMS Local from the portal.');
      if (target.path === '/_open') return open(request, response, target);
      return forward(request, response, target);
    })().catch((error: unknown) => answer(request, response, error));
  };

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const target = parseTarget(request.url);
    if (!target) throw new CloudError('not_found', 'There is no WebSocket at this address.');
    const { origin } = request.headers;
    if (origin !== undefined && origin !== relay.origin) {
      throw new CloudError('origin_refused', 'This WebSocket is not opened by a page of the relay.');
    }
    const session = await sessionOf(request, target);
    if (live.countOf(session.id) >= deps.requestsAtOnce) {
      throw new CloudError('too_many_requests', 'Too many requests at once.');
    }
    const connection = tunnels.connect(target.gatewayId) as Socket;
    const upstream = httpRequest({
      createConnection: () => connection,
      method: 'GET',
      path: target.path,
      headers: {
        ...forwardHeaders(request.headers, sideOf(request)),
        connection: 'Upgrade',
        upgrade: request.headers.upgrade ?? 'websocket',
      },
    });
    const letGo = live.hold({
      accountId: session.accountId,
      sessionId: session.id,
      gatewayId: target.gatewayId,
      close: () => {
        socket.destroy();
        upstream.destroy();
        connection.destroy();
      },
    });
    socket.on('close', () => {
      letGo();
      upstream.destroy();
      connection.destroy();
    });
    const statusLine = (incoming: IncomingMessage) =>
      [
        `HTTP/1.1 ${incoming.statusCode} ${incoming.statusMessage}`,
        ...backwardHeaders(incoming.rawHeaders, incoming.headers, target.prefix, ownHosts).map(
          ([name, value]) => `${name}: ${value}`,
        ),
      ].join('\r\n');
    upstream.on('error', () => {
      if (!socket.destroyed) refuseUpgrade(socket, new CloudError('gateway_offline', 'This VMS Local did not answer.'));
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
  };

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    upgrade(request, socket, head).catch((error: unknown) => {
      const known = toCloudError(error);
      if (!known) log.error({ err: error }, 'relay upgrade failed');
      refuseUpgrade(socket, known ?? new CloudError('gateway_offline', 'Something went wrong here.'));
    });
  };

  return {
    onRequest,
    onUpgrade,
    closeGateway(gatewayId: string) {
      forget();
      live.closeWhere((one) => one.gatewayId === gatewayId);
    },
    /** Start cutting what endings and lapses leave behind. */
    watch(): Disposable {
      const endings = deps.endings.subscribe(({ accountId, sessionId }) => {
        forget();
        live.closeWhere(
          (one) => one.accountId === accountId && (sessionId === undefined || one.sessionId === sessionId),
        );
      });
      const sweep = startInterval(realClock, sweepEveryMs, async () => {
        for (const id of live.sessions()) {
          if (!(await sessions.byId(id).catch(() => undefined))) live.closeWhere((one) => one.sessionId === id);
        }
      });
      return {
        [Symbol.dispose]() {
          endings[Symbol.dispose]();
          sweep[Symbol.dispose]();
          live.closeWhere(() => true);
        },
      };
    },
  };
}
export type Relay = ReturnType<typeof createRelay>;

/** What the gateway said to our assertion, as far as it is ours to tell. */
function gatewayRefusal(body: string): CloudError {
  let said: { code?: unknown; detail?: unknown } = {};
  try {
    said = JSON.parse(body) as typeof said;
  } catch {
    // No problem document: that it refused is all we know.
  }
  const gatewayCode = typeof said.code === 'string' ? said.code.slice(0, 64) : 'unknown';
  if (gatewayCode === 'second_factor_required') {
    return new CloudError('reauthentication_required', 'This VMS Local asks for a sign-in with the 6-digit code.', {
      gatewayCode,
    });
  }
  const detail = typeof said.detail === 'string' ? `: ${said.detail.slice(0, 200)}` : '.';
  return new CloudError('gateway_refused', `The VMS Local refused the sign-in${detail}`, { gatewayCode });
}
