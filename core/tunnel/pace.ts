import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { type Clock, realClock, startTimer } from '../runtime/clock.ts';

/**
 * Hold a tunnel to a rate, each way, with one second's worth at once: what is above it waits. The sender feels that as
 * back-pressure, and nothing is refused. The network's time is the machine's. `wire` is the WebSocket as a stream.
 */
export function pace(ws: WebSocket, wire: Duplex, bytesPerSecond: number, clock: Clock = realClock): void {
  /** Milliseconds to rest after so many bytes. */
  const meter = () => {
    let left = bytesPerSecond;
    let at = clock.now();
    return (bytes: number): number => {
      const now = clock.now();
      left = Math.min(bytesPerSecond, left + ((now - at) * bytesPerSecond) / 1000) - bytes;
      at = now;
      return left < 0 ? (-left * 1000) / bytesPerSecond : 0;
    };
  };
  const received = meter();
  const sent = meter();
  let resting = false;
  const rest = (ms: number, then: () => void) => {
    const timer = startTimer(clock, ms, () => {
      ws.off('close', end);
      then();
    });
    const end = () => timer[Symbol.dispose]();
    ws.once('close', end);
  };

  ws.on('message', (data: Buffer) => {
    const restMs = received(data.length);
    if (restMs === 0 || resting) return;
    resting = true;
    ws.pause();
    rest(restMs, () => {
      resting = false;
      ws.resume();
    });
  });
  // The stream resumes the WebSocket when it is read; while it rests, that is ours to do.
  const { _read, _write } = wire;
  wire._read = (size) => void (resting || _read.call(wire, size));
  wire._write = (chunk: Buffer, encoding, done) => {
    const restMs = sent(chunk.length);
    _write.call(wire, chunk, encoding, restMs === 0 ? done : (error) => (error ? done(error) : rest(restMs, done)));
  };
}
