import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import * as jose from 'jose';
import { WebSocket } from 'ws';
import { serveTunnel, tunnelProtocol } from '../../../core/tunnel/tunnel.ts';

/** JSON to the cloud, as somebody at an address of their own behind a proxy. */
export async function ask<T>(url: string, body: object, more: { token?: string; from?: string } = {}): Promise<T> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(more.token ? { authorization: `Bearer ${more.token}` } : {}),
      ...(more.from ? { 'x-forwarded-for': more.from } : {}),
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status} ${await answer.text()}`);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

/** An HTTP server that is reached through the cloud's tunnel, and directly for comparison. */
export interface TunnelledGateway extends Disposable {
  id: string;
  server: Server;
}

/** Bind a gateway of nothing but an answer to an account of the cloud, and dial in. */
export async function dialIn(
  cloud: { url: string; issuer: string },
  token: string,
  n: number,
): Promise<TunnelledGateway> {
  const { privateKey, publicKey } = await jose.generateKeyPair('ES256', { extractable: true });
  const jwk = await jose.exportJWK(publicKey);
  const from = `10.1.${n >> 8}.${n & 255}`;
  const begun = await ask<{ userCode: string }>(`${cloud.url}/api/v1/bindings`, { name: `Bench ${n}`, jwk }, { from });
  const { gatewayId: id } = await ask<{ gatewayId: string }>(
    `${cloud.url}/api/v1/bindings/approve`,
    { userCode: begun.userCode },
    { token, from },
  );
  const assertion = await new jose.SignJWT({})
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(id)
    .setSubject(id)
    .setAudience(cloud.issuer)
    .setIssuedAt()
    .setExpirationTime('60s')
    .setJti(randomUUID())
    .sign(privateKey);
  const body = JSON.stringify({ status: 'ok', n });
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
  });
  const ws = new WebSocket(`${cloud.url.replace('http', 'ws')}/tunnel`, tunnelProtocol, {
    headers: { authorization: `Bearer ${assertion}` },
    perMessageDeflate: false,
  });
  const serving = serveTunnel(ws, (socket) => server.emit('connection', socket));
  await new Promise<void>((resolve, reject) => ws.once('open', resolve).once('error', reject));
  return { id, server, [Symbol.dispose]: () => serving[Symbol.dispose]() };
}
