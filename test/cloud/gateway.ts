import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as jose from 'jose';
import type request from 'supertest';
import { WebSocket, WebSocketServer } from 'ws';
import { serveTunnel, tunnelProtocol } from '../../core/tunnel/tunnel.ts';
import type { TestCloud } from './cloud.ts';

type Browser = ReturnType<typeof request.agent>;

export interface Received {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** What `/whole` sends. */
export const wholeBytes = 8 << 20;

/** A VMS Local reduced to what the cloud sees of it: a key, a binding, a tunnel, and an HTTP server behind it. */
export async function createFakeGateway(cloud: TestCloud, name = 'Front office') {
  const { privateKey, publicKey } = await jose.generateKeyPair('ES256', { extractable: true });
  const jwk = await jose.exportJWK(publicKey);
  const id = `gw_${(await jose.calculateJwkThumbprint(jwk)).slice(0, 16)}`;
  const received: Received[] = [];
  const assertions: jose.JWTPayload[] = [];
  const logouts: jose.JWTPayload[] = [];
  const closes: number[] = [];
  /** Every connection that came through the tunnel. */
  const connections: { destroy(): void }[] = [];
  /** How much `/flood` was able to send, of all its callers together. */
  const flooded = { bytes: 0 };
  let passthrough: number | 'never' = 200;
  let refuse: { status: number; code: string } | undefined;
  let tunnel: { ws: WebSocket; serving: Disposable } | undefined;

  const verify = async (token: string, typ: string) => {
    const keys = jose.createRemoteJWKSet(new URL(`${cloud.issuer}/jwks`));
    const { payload } = await jose.jwtVerify(token, keys, {
      issuer: cloud.issuer,
      audience: id,
      typ,
      algorithms: ['ES256'],
      currentDate: new Date(cloud.clock.now()),
    });
    return payload;
  };

  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const part of incoming) body += String(part);
    received.push({ method: incoming.method!, url: incoming.url!, headers: incoming.headers, body });
    const json = (status: number, value: object, headers: Record<string, string | string[]> = {}) =>
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value));
    switch (incoming.url) {
      case '/api/v1/auth/assertion': {
        if (refuse) return json(refuse.status, { code: refuse.code, detail: 'no' });
        assertions.push(await verify((JSON.parse(body) as { assertion: string }).assertion, 'vigil-assertion+jwt'));
        return json(
          200,
          { user: {} },
          { 'Set-Cookie': ['vigil_vms=inside; Path=/; HttpOnly; Domain=evil.test', 'vigil_id=stolen; Path=/'] },
        );
      }
      case '/api/v1/auth/backchannel-logout':
        logouts.push(await verify(new URLSearchParams(body).get('logout_token')!, 'logout+jwt'));
        return response.writeHead(200).end();
      case '/moved':
        return response.writeHead(302, { Location: '/elsewhere?x=1', 'Clear-Site-Data': '"*"' }).end();
      case '/endless':
        response.writeHead(200, { 'Content-Type': 'multipart/x-mixed-replace' });
        response.write('first part');
        return;
      case '/api/v1/cameras/cam1/passthrough':
        if (passthrough === 'never') return;
        return json(passthrough, { url: incoming.url });
      case '/whole':
        response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': String(wholeBytes) });
        return response.end(Buffer.alloc(wholeBytes, 7));
      case '/flood': {
        // As much as the other side takes, without end.
        response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
        const piece = Buffer.alloc(64 * 1024, 7);
        const pour = () => {
          while (!response.destroyed && response.write(piece)) flooded.bytes += piece.length;
          flooded.bytes += piece.length;
        };
        response.on('drain', pour);
        return pour();
      }
      default:
        return json(200, { url: incoming.url, cookie: incoming.headers.cookie ?? null, remote: true });
    }
  };
  const server = createServer((incoming, response) => {
    // A body that is cut short ends here; the test looks at what its sender is told.
    answer(incoming, response).catch(() => response.destroy());
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (ws) => ws.on('message', (data) => ws.send(`echo ${String(data)}`)));

  const assertion = (more: jose.JWTPayload = {}) => {
    const now = Math.floor(cloud.clock.now() / 1000);
    return new jose.SignJWT({
      iss: id,
      sub: id,
      aud: cloud.issuer,
      iat: now,
      exp: now + 60,
      jti: randomUUID(),
      ...more,
    })
      .setProtectedHeader({ alg: 'ES256' })
      .sign(privateKey);
  };
  const redirectUri = 'http://127.0.0.1:7400/api/v1/auth/tplink/callback';

  return {
    id,
    jwk,
    privateKey,
    redirectUri,
    received,
    assertions,
    logouts,
    closes,
    flooded,
    connections,
    assertion,
    refuseAssertions: (status: number, code: string) => {
      refuse = { status, code };
    },
    /** How a camera's passthrough is answered from now on. */
    answerPassthrough: (status: number | 'never') => {
      passthrough = status;
    },
    /** Ask for a binding and have it approved by a signed-in browser. */
    async bind(owner: Browser) {
      const begun = await cloud
        .agent()
        .post('/api/v1/bindings')
        .send({ name, jwk, redirectUris: [redirectUri], version: '1.2.3' })
        .expect(201);
      await owner.post('/api/v1/bindings/approve').send({ userCode: begun.body.userCode }).expect(200);
      const { bindingId, pollToken } = begun.body;
      const { body } = await cloud.agent().post('/api/v1/bindings/poll').send({ bindingId, pollToken }).expect(200);
      return body as { status: string; gatewayId: string; issuer: string; tunnelUrl: string; owner: { email: string } };
    },
    /** Call the machine API. */
    call: async (method: 'get' | 'post' | 'patch', path: string) =>
      cloud
        .agent()
        [method](`/api/v1/gateway${path}`)
        .set('Authorization', `Bearer ${await assertion()}`),
    /** Report the cameras, as a VMS Local does at its dial-in and after each change. */
    report: async (...cameras: { id: string; name: string; state: string; [more: string]: unknown }[]) => {
      const { status } = await cloud
        .agent()
        .post('/api/v1/gateway/cameras')
        .set('Authorization', `Bearer ${await assertion()}`)
        .send({ cameras });
      if (status !== 204) throw new Error(`the report was answered ${status}`);
    },
    async dial(token?: string) {
      const ws = new WebSocket(`${cloud.url.replace('http', 'ws')}/tunnel`, tunnelProtocol, {
        headers: { authorization: `Bearer ${token ?? (await assertion())}` },
      });
      const serving = serveTunnel(ws, (socket) => {
        connections.push(socket);
        server.emit('connection', socket);
      });
      await new Promise<void>((resolve, reject) => {
        ws.once('open', () => resolve());
        ws.once('error', reject);
        ws.once('unexpected-response', (_request, response) => {
          response.setEncoding('utf8');
          response.once('data', (text) => reject(new Error(`${response.statusCode} ${text}`)));
        });
      });
      tunnel = { ws, serving };
      const closed = new Promise<number>((resolve) =>
        ws.once('close', (code) => {
          closes.push(code);
          resolve(code);
        }),
      );
      return { ws, closed };
    },
    /** Freeze the network: the socket stays, nothing is read from it any more. */
    freeze: () => (tunnel!.ws as unknown as { _socket: { pause(): void } })._socket.pause(),
    [Symbol.dispose]() {
      tunnel?.serving[Symbol.dispose]();
      sockets.close();
    },
  };
}
export type FakeGateway = Awaited<ReturnType<typeof createFakeGateway>>;

/** Wait until something holds, by real time: what is waited for happens on real sockets. */
export async function until(holds: () => boolean, what: string, withinMs = 5000): Promise<number> {
  const began = performance.now();
  while (!holds()) {
    if (performance.now() - began > withinMs) throw new Error(`${what} did not happen within ${withinMs} ms`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return performance.now() - began;
}
