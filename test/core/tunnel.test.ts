import http from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { listen } from '../../core/runtime/listen.ts';
import { disposeAll, type Owned } from '../../core/runtime/start-all.ts';
import { type OpenTunnel, openTunnel, serveTunnel } from '../../core/tunnel/tunnel.ts';

const owned: Owned[] = [];
const own = <T extends Owned>(one: T) => {
  owned.push(one);
  return one;
};
afterEach(() => disposeAll(owned));

/** A gateway whose HTTP server is reachable only through the tunnel, and the cloud's end of it. */
async function tunnelTo(handler: http.RequestListener): Promise<{ tunnel: OpenTunnel; gateway: http.Server }> {
  const gateway = http.createServer(handler);
  const cloud = http.createServer();
  const { port } = own(await listen(cloud, 0));
  const arrived = new Promise<OpenTunnel>((resolve) =>
    new WebSocketServer({ server: cloud }).on('connection', (ws) => resolve(own(openTunnel(ws)))),
  );
  own(serveTunnel(new WebSocket(`ws://127.0.0.1:${port}`), (socket) => gateway.emit('connection', socket)));
  return { tunnel: await arrived, gateway };
}

const get = (tunnel: OpenTunnel, path: string, headers = {}) =>
  new Promise<Buffer>((resolve, reject) => {
    const connect = () => tunnel.connect() as never;
    http
      .get({ path, headers, createConnection: connect }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part) => parts.push(part)).on('end', () => resolve(Buffer.concat(parts)));
      })
      .on('error', reject);
  });

test('requests through the tunnel reach the ordinary server and are marked remote at the socket', async () => {
  const { tunnel } = await tunnelTo((request, response) => {
    const { remote } = request.socket as { remote?: boolean };
    response.end(JSON.stringify({ url: request.url, remote }));
  });
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, n) => get(tunnel, `/${n}`, { 'x-remote': 'false' })),
  );
  expect(answers.map((answer) => JSON.parse(String(answer)))).toEqual(
    Array.from({ length: 100 }, (_, n) => ({ url: `/${n}`, remote: true })),
  );
});

test('a large download arrives whole while a reader that stands still holds up nobody', async () => {
  const size = 8 << 20;
  const { tunnel } = await tunnelTo((request, response) => {
    if (request.url === '/big') response.end(Buffer.alloc(size, 7));
    else response.end('quick');
  });
  const stalled = http.get({ path: '/big', createConnection: () => tunnel.connect() as never });
  const halted = new Promise<http.IncomingMessage>((resolve) =>
    stalled.on('response', (response) => resolve(response.pause())),
  );
  const response = await halted;
  expect(String(await get(tunnel, '/quick'))).toBe('quick');
  expect((await get(tunnel, '/big')).length).toBe(size);
  response.destroy();
});

test('WebSockets work through the tunnel', async () => {
  const { tunnel, gateway } = await tunnelTo((_, response) => response.end());
  new WebSocketServer({ server: gateway }).on('connection', (ws) =>
    ws.on('message', (text) => ws.send(`echo ${text}`)),
  );
  const feed = new WebSocket('ws://gateway/feed', { createConnection: () => tunnel.connect() as never });
  const echoed = new Promise((resolve) => feed.on('message', (text) => resolve(String(text))));
  await new Promise((resolve) => feed.on('open', resolve));
  feed.send('hello');
  expect(await echoed).toBe('echo hello');
  feed.terminate();
});

test('a cut tunnel is noticed and refuses further use', async () => {
  const { tunnel } = await tunnelTo((_, response) => response.end('x'));
  expect(await tunnel.ping()).toBeGreaterThanOrEqual(0);
  tunnel[Symbol.dispose]();
  await tunnel.closed;
  await expect(tunnel.ping()).rejects.toThrow();
});

test('connections that are opened and left in the same turn do the gateway no harm', async () => {
  const { tunnel } = await tunnelTo((_request, response) => response.end('still here'));
  for (let round = 0; round < 20; round++) {
    const left = Array.from({ length: 20 }, () => tunnel.connect());
    // Once they are on the wire, all are reset at once.
    await new Promise((resolve) => setImmediate(resolve));
    for (const one of left) one.destroy();
  }
  expect(String(await get(tunnel, '/'))).toBe('still here');
});
