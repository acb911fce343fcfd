import type { Socket } from 'node:net';
import { startTimer } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { SimCamera } from '../sim-camera.ts';
import { formatEffect } from './fault.ts';
import type { FaultBook } from './fault-book.ts';

/** Faults of whole connections, at the RTSP port. */
export function acceptUnderFault(
  camera: SimCamera,
  book: FaultBook,
  socket: Socket,
  go: () => void,
  { clock }: Pick<RuntimeDeps, 'clock'>,
): void {
  const effect = book.waitsAt('rtsp') ? book.strike('rtsp', 'connect') : undefined;
  if (!effect) {
    go();
    return;
  }
  camera.received({
    protocol: 'rtsp',
    what: 'connect',
    peer: socket.remoteAddress ?? '',
    outcome: `fault ${formatEffect(effect)}`,
  });
  socket.on('error', () => undefined);
  if (effect.do === 'reset') socket.resetAndDestroy();
  else if (effect.do === 'delay') {
    const timer = startTimer(clock, effect.ms, go);
    socket.once('close', () => timer[Symbol.dispose]());
  }
  // Dropped: it stays connected and hears nothing.
}
