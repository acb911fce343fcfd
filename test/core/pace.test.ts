import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';
import { createWebSocketStream, WebSocket, WebSocketServer } from 'ws';
import { manualClock } from '../../core/runtime/clock.ts';
import { pace } from '../../core/tunnel/pace.ts';

test('what is above the rate of a tunnel waits, each way, and arrives whole', async () => {
  const clock = manualClock();
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[WebSocket]>;
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [[ws]] = await Promise.all([accepted, once(client, 'open')]);
  const wire = createWebSocketStream(ws);
  const piece = Buffer.alloc(1 << 19, 7);
  pace(ws, wire, 2 * piece.length, clock);
  const pieces = { in: 0, out: 0 };
  wire.on('data', (part: Buffer) => {
    pieces.in += part.length / piece.length;
  });
  client.on('message', (data: Buffer) => {
    pieces.out += data.length / piece.length;
  });

  for (let n = 0; n < 6; n++) {
    client.send(piece);
    wire.write(piece);
  }
  // Two are within the rate; the one that goes beyond it makes the rest wait.
  await vi.waitFor(() => expect(pieces).toEqual({ in: 3, out: 3 }), 10_000);
  expect(ws.isPaused).toBe(true);
  expect(wire.writableLength).toBe(4 * piece.length);
  await vi.waitFor(async () => {
    await clock.advance('500ms');
    expect(pieces).toEqual({ in: 6, out: 6 });
  }, 10_000);
  client.terminate();
  server.close();
});
