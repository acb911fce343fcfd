import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as jose from 'jose';
import { WebSocketServer } from 'ws';
import type { Clock } from '../../core/runtime/clock.ts';
import { type OpenTunnel, openTunnel, tunnelClose, tunnelProtocol } from '../../core/tunnel/tunnel.ts';

export interface Claims {
  sub?: string;
  email?: string;
  amr?: string[];
  auth_time?: number;
  second_factor_enabled?: boolean;
  sid?: string;
  [claim: string]: unknown;
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

const readBody = async (stream: IncomingMessage) => {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
};

/** As much of a cloud as the gateway speaks to, with every answer in the test's hand. */
export async function startFakeCloud(clock: Clock) {
  const keys = await jose.generateKeyPair('ES256', { extractable: true });
  const stranger = await jose.generateKeyPair('ES256', { extractable: true });
  const publicJwk = { ...(await jose.exportJWK(keys.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
  let url = '';
  let tunnel: OpenTunnel | undefined;
  let dialIns = 0;
  let bindings = 0;
  const codes = new Map<string, URLSearchParams>();
  const state = {
    approval: 'pending' as 'pending' | 'approved' | 'denied' | 'expired',
    /** Answer of the tunnel's door; undefined lets the gateway in. */
    refuseTunnel: undefined as { status: number; code: string } | undefined,
    down: false,
    jwk: undefined as jose.JWK | undefined,
    gatewayId: '',
    redirectUris: [] as string[],
    name: '',
    version: '',
    members: [] as { sub: string; email: string; role: string }[],
    /** The list of cameras, each time it was told. */
    cameraReports: [] as { id: string; name: string; state: string }[][],
    revocations: [] as { seq: number; sub: string; at: number; sid?: string }[],
    revocationsAskedAfter: [] as number[],
    elevations: new Map<string, { sub: string; email: string; amr: string[] }>(),
    idToken: {} as Claims,
    unbound: 0,
    policy: undefined as unknown,
  };
  const owner = { sub: 'owner-1', email: 'owner@vigil.test' };
  const issuer = () => `${url}/oidc`;
  const seconds = () => Math.floor(clock.now() / 1000);

  const defaults = (): Claims => ({
    sub: owner.sub,
    email: owner.email,
    amr: ['pwd', 'otp'],
    auth_time: seconds(),
    second_factor_enabled: true,
    sid: 'cloud-session-1',
  });

  async function assertion(
    claims: Claims = {},
    {
      typ = 'vigil-assertion+jwt',
      key = keys.privateKey as jose.CryptoKey,
      kid = 'k1',
      iat = seconds(),
      lifeSeconds = 60,
    } = {},
  ) {
    const { iss = issuer(), aud = state.gatewayId, jti = crypto.randomUUID(), ...rest } = { ...defaults(), ...claims };
    return new jose.SignJWT(rest as jose.JWTPayload)
      .setProtectedHeader({ alg: 'ES256', typ, kid })
      .setIssuer(iss as string)
      .setAudience(aud as string | string[])
      .setJti(jti as string)
      .setIssuedAt(iat)
      .setExpirationTime(iat + lifeSeconds)
      .sign(key);
  }

  const logoutToken = (
    claims: Record<string, unknown>,
    typ = 'logout+jwt',
    events: unknown = { 'http://schemas.openid.net/event/backchannel-logout': {} },
  ) =>
    new jose.SignJWT({ ...claims, ...(events ? { events } : {}) })
      .setProtectedHeader({ alg: 'ES256', typ, kid: 'k1' })
      .setIssuer(issuer())
      .setAudience(state.gatewayId)
      .setJti(crypto.randomUUID())
      .setIssuedAt(seconds())
      .setExpirationTime(seconds() + 60)
      .sign(keys.privateKey);

  async function idToken(nonce: string | null) {
    const now = seconds();
    const { iss = issuer(), aud = state.gatewayId, alg = 'ES256', ...rest } = { ...defaults(), ...state.idToken };
    const jwt = new jose.SignJWT({ ...rest, ...(nonce ? { nonce } : {}) } as jose.JWTPayload)
      .setProtectedHeader({ alg: alg as string, kid: 'k1' })
      .setIssuer(iss as string)
      .setAudience(aud as string)
      .setIssuedAt(now)
      .setExpirationTime(now + 300);
    return jwt.sign(state.idToken['strangerKey'] ? stranger.privateKey : keys.privateKey);
  }

  /** The gateway's own signature on a machine request. */
  async function machine(request: IncomingMessage): Promise<boolean> {
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    try {
      await jose.jwtVerify(token, await jose.importJWK(state.jwk!, 'ES256'), {
        issuer: state.gatewayId,
        subject: state.gatewayId,
        audience: issuer(),
        currentDate: new Date(clock.now()),
        maxTokenAge: 60,
        requiredClaims: ['jti', 'exp'],
      });
      return true;
    } catch {
      return false;
    }
  }

  const json = (response: ServerResponse, status: number, body?: unknown) => {
    response.writeHead(status, { 'content-type': status >= 400 ? 'application/problem+json' : 'application/json' });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = new URL(request.url!, url);
    const text = await readBody(request);
    const body = () => JSON.parse(text) as Record<string, unknown>;
    if (state.down) return void request.socket.destroy();
    switch (`${request.method} ${at.pathname}`) {
      case 'GET /oidc/.well-known/openid-configuration':
        return json(response, 200, {
          issuer: issuer(),
          authorization_endpoint: `${issuer()}/auth`,
          token_endpoint: `${issuer()}/token`,
          jwks_uri: `${issuer()}/jwks`,
          response_types_supported: ['code'],
          id_token_signing_alg_values_supported: ['ES256', 'HS256'],
          token_endpoint_auth_methods_supported: ['private_key_jwt'],
          authorization_response_iss_parameter_supported: true,
        });
      case 'GET /oidc/jwks':
        return json(response, 200, { keys: [publicJwk] });
      case 'GET /oidc/auth': {
        const code = crypto.randomUUID();
        codes.set(code, at.searchParams);
        const back = new URL(at.searchParams.get('redirect_uri')!);
        back.searchParams.set('code', code);
        back.searchParams.set('state', at.searchParams.get('state')!);
        back.searchParams.set('iss', issuer());
        response.writeHead(302, { location: back.href }).end();
        return;
      }
      case 'POST /oidc/token': {
        const form = new URLSearchParams(text);
        const asked = codes.get(form.get('code') ?? '');
        codes.delete(form.get('code') ?? '');
        const challenge = await crypto.subtle.digest('SHA-256', Buffer.from(form.get('code_verifier') ?? ''));
        const { payload } = await jose.jwtVerify(
          form.get('client_assertion')!,
          await jose.importJWK(state.jwk!, 'ES256'),
          // The client counts in whole seconds of the machine's clock and a whole difference to ours.
          {
            issuer: state.gatewayId,
            subject: state.gatewayId,
            currentDate: new Date(clock.now()),
            clockTolerance: 5,
          },
        );
        if (!asked || !payload.jti || asked.get('code_challenge') !== Buffer.from(challenge).toString('base64url'))
          return json(response, 400, { error: 'invalid_grant' });
        return json(response, 200, {
          access_token: 'unused',
          token_type: 'Bearer',
          id_token: await idToken(state.idToken['noNonce'] ? null : asked.get('nonce')),
        });
      }
      case 'POST /api/v1/bindings': {
        const { jwk, redirectUris, name, version } = body();
        state.version = version as string;
        state.jwk = jwk as jose.JWK;
        state.redirectUris = redirectUris as string[];
        state.name = name as string;
        const { kty, crv, x, y } = state.jwk;
        state.gatewayId = `gw_${(await jose.calculateJwkThumbprint({ kty, crv, x, y })).slice(0, 16)}`;
        return json(response, 201, {
          bindingId: `b${++bindings}`,
          pollToken: 'poll-secret',
          userCode: 'ABCD-EFGH',
          verificationUri: `${url}/bind`,
          verificationUriComplete: `${url}/bind?code=ABCD-EFGH`,
          expiresAt: new Date(clock.now() + 600_000).toISOString(),
          intervalSeconds: 2,
        });
      }
      case 'POST /api/v1/bindings/poll':
        if (body()['pollToken'] !== 'poll-secret') return json(response, 401, { code: 'poll_token_invalid' });
        return json(
          response,
          200,
          state.approval === 'approved'
            ? { status: 'approved', gatewayId: state.gatewayId, issuer: issuer(), tunnelUrl: `${url}/tunnel`, owner }
            : { status: state.approval },
        );
    }
    if (!at.pathname.startsWith('/api/v1/gateway/')) return json(response, 404, { code: 'not_found' });
    if (!(await machine(request))) return json(response, 401, { code: 'machine_assertion_invalid' });
    switch (`${request.method} ${at.pathname.slice('/api/v1/gateway/'.length)}`) {
      case 'GET self':
        return json(response, 200, {
          owner,
          members: state.members,
          redirectUris: state.redirectUris,
          name: state.name,
          version: state.version,
        });
      case 'PATCH self': {
        const { redirectUris, policy } = body();
        if (redirectUris) state.redirectUris = redirectUris as string[];
        if (policy) state.policy = policy;
        return json(response, 200, {});
      }
      case 'POST cameras':
        state.cameraReports.push(body()['cameras'] as { id: string; name: string; state: string }[]);
        return json(response, 204);
      case 'POST self/unbind':
        state.unbound++;
        return json(response, 204);
      case 'GET revocations': {
        const after = Number(at.searchParams.get('after'));
        state.revocationsAskedAfter.push(after);
        const revocations = state.revocations.filter(({ seq }) => seq > after);
        return json(response, 200, {
          revocations: revocations.map((one) => ({ ...one, at: new Date(one.at).toISOString() })),
          last: state.revocations.at(-1)?.seq ?? after,
        });
      }
      case 'POST elevations/redeem': {
        const elevation = String(body()['elevation']);
        const found = state.elevations.get(elevation);
        if (!found) return json(response, 401, { code: 'elevation_invalid' });
        state.elevations.delete(elevation);
        return json(response, 200, { ...found, scope: 'device:pair', elevationId: `e-${elevation}` });
      }
      default:
        return json(response, 404, { code: 'not_found' });
    }
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => json(response, 500, { code: String(error) }));
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => tunnelProtocol });
  const waitingForDialIn: (() => void)[] = [];
  server.on('upgrade', async (request, socket, head) => {
    const refuse = async ({ status, code }: { status: number; code: string }) => {
      const body = JSON.stringify({ code });
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`);
    };
    socket.on('error', () => undefined);
    if (state.down) return socket.destroy();
    if (state.refuseTunnel) return refuse(state.refuseTunnel);
    if (!(await machine(request))) return refuse({ status: 401, code: 'machine_assertion_invalid' });
    sockets.handleUpgrade(request, socket, head, (ws) => {
      dialIns++;
      tunnel = openTunnel(ws);
      for (const wake of waitingForDialIn.splice(0)) wake();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    owner,
    state,
    strangerKey: stranger.privateKey as jose.CryptoKey,
    ownKey: keys.privateKey as jose.CryptoKey,
    get issuer() {
      return issuer();
    },
    get dialIns() {
      return dialIns;
    },
    /** Resolves with the next dial-in. */
    nextDialIn: () => new Promise<void>((resolve) => waitingForDialIn.push(resolve)),
    assertion,
    logoutToken,
    /** One HTTP request through the tunnel, as the relay makes it. */
    through(
      method: string,
      path: string,
      { headers = {}, body }: { headers?: Record<string, string>; body?: string } = {},
    ) {
      return new Promise<Answer>((resolve, reject) => {
        const out = httpRequest(
          {
            method,
            path,
            headers: { host: 'relay.test', ...headers },
            createConnection: () => tunnel!.connect() as never,
          },
          (response) => {
            readBody(response).then(
              (text) => resolve({ status: response.statusCode!, headers: response.headers, text }),
              reject,
            );
          },
        );
        out.on('error', reject);
        out.end(body);
      });
    },
    connect: () => tunnel!.connect(),
    cut: () => tunnel?.[Symbol.dispose](),
    unbindFromHere() {
      for (const ws of sockets.clients) ws.close(tunnelClose.unbound, 'unbound');
    },
    freezeTunnel() {
      for (const ws of sockets.clients) (ws as unknown as { _socket: { pause(): void } })._socket.pause();
    },
    async [Symbol.asyncDispose]() {
      for (const ws of sockets.clients) ws.terminate();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export type FakeCloud = Awaited<ReturnType<typeof startFakeCloud>>;
