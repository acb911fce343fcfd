import type { IncomingMessage, ServerResponse } from 'node:http';
import { stringifySetCookie } from 'cookie';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import { CloudError } from '../errors.ts';
import { audit } from '../sign-in/audit.ts';
import type { Seal } from '../sign-in/seal.ts';
import { hashSecret, newSecret } from '../sign-in/secret-token.ts';
import type { Sessions } from '../sign-in/sessions.ts';
import type { Store } from '../store/store.ts';
import type { Assertions } from '../tokens/assertions.ts';
import { relayCookies } from './relay-cookies.ts';
import type { RelaySide } from './relay-origins.ts';
import type { PublicSide } from './relay-rewrite.ts';
import { relayCookie } from './relay-sessions.ts';
import type { Tunnels } from './tunnels.ts';

const assertionPath = '/api/v1/auth/assertion';
const longestTicketBodyBytes = 4096;

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) {
    text += part as string;
    if (text.length > longestTicketBodyBytes) throw new CloudError('body_too_large', 'The body is too large.');
  }
  return text;
}

async function ticketOf(request: IncomingMessage): Promise<string> {
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
}

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

const invalid = () =>
  new CloudError('ticket_invalid', 'This ticket was used or has run out. Open the VMS Local from the portal again.');

/** `POST /<gatewayId>/_open`: redeem the ticket, sign in at the gateway by assertion, hand both cookies out. */
export function createEntrance(deps: {
  store: Store;
  sessions: Sessions;
  seal: Seal;
  clock: Clock;
  random: Random;
  tunnels: Tunnels;
  assertions: Assertions;
  portalUrl: string;
  mayEnter(accountId: string, gatewayId: string): Promise<boolean>;
}) {
  const { store, sessions, seal, clock, random, tunnels, assertions } = deps;
  const portalOrigin = new URL(deps.portalUrl).origin;

  /** Nobody else's page may put a browser into a VMS Local of its choice. */
  const refuseForeignForm = (request: IncomingMessage, side: RelaySide) => {
    const { origin } = request.headers;
    const named = origin !== undefined && origin !== 'null';
    const foreign = named
      ? origin !== side.origin && origin !== portalOrigin
      : request.headers['sec-fetch-site'] === 'cross-site';
    if (foreign) throw new CloudError('origin_refused', 'This request does not come from the portal.');
  };

  return async (request: IncomingMessage, response: ServerResponse, side: RelaySide, from: PublicSide) => {
    if (request.method !== 'POST') throw new CloudError('not_found', 'There is nothing at this address.');
    refuseForeignForm(request, side);
    const { gatewayId } = side;
    const ticket = await ticketOf(request);
    const spent = await store.transaction((tx) => tx.relay.spendTicket(hashSecret(ticket), gatewayId, clock.now()));
    const session = spent && (await sessions.byId(spent.sessionId));
    if (!spent || !session || !(await deps.mayEnter(session.accountId, gatewayId))) throw invalid();

    const taken = await tunnels.ask(gatewayId, {
      method: 'POST',
      path: assertionPath,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'user-agent': request.headers['user-agent'] ?? '',
        'x-forwarded-host': from.host,
        'x-forwarded-proto': from.protocol,
        'x-forwarded-for': from.address,
      },
      body: JSON.stringify({ assertion: await assertions.signIn(session, gatewayId) }),
    });
    if (taken.status >= 300) throw gatewayRefusal(taken.body);

    const token = newSecret(random);
    const tokenHash = hashSecret(token);
    await store.relay.insertSession({ tokenHash, sessionId: session.id, gatewayId, createdAt: clock.now() });
    // Session or binding may have ended meanwhile, and its relay sessions with it, before this one was written.
    if (!(await sessions.byId(session.id)) || !(await deps.mayEnter(session.accountId, gatewayId))) {
      await store.relay.endSession(tokenHash);
      throw invalid();
    }
    const visit = {
      door: 'relay' as const,
      address: from.address,
      userAgent: (request.headers['user-agent'] ?? '').slice(0, 200),
    };
    const gateway = await store.gateways.byId(gatewayId);
    await audit(store, clock, 'gateway.opened', visit, {
      accountId: session.accountId,
      sessionId: session.id,
      ...(gateway ? { organisationId: gateway.organisationId } : {}),
      detail: {
        gatewayId,
        ...(gateway ? { name: gateway.name } : {}),
        ...(spent.cameraId === null ? {} : { camera: spent.cameraId }),
      },
    });
    const secure = from.protocol === 'https';
    const cookies = relayCookies(seal, gatewayId, tokenHash);
    const setCookie = taken.headers['set-cookie'];
    response.setHeader('Set-Cookie', [
      stringifySetCookie({
        name: relayCookie,
        value: token,
        path: `/${gatewayId}/`,
        httpOnly: true,
        sameSite: 'lax',
        secure,
      }),
      ...(Array.isArray(setCookie) ? setCookie : []).flatMap(
        (line) => cookies.outward(line, `/${gatewayId}`, secure) ?? [],
      ),
    ]);
    // The gateway's pages route by the fragment, which never reaches a server or its log.
    const path = `/${gatewayId}/${spent.cameraId === null ? '' : `#/devices/${encodeURIComponent(spent.cameraId)}`}`;
    response.setHeader('Cache-Control', 'no-store');
    if (/\bapplication\/json\b/.test(request.headers.accept ?? '')) {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ status: 'opened', url: `${side.origin}${path}` }));
    } else response.writeHead(303, { Location: path }).end();
  };
}
