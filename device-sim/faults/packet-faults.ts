import { type Clock, startTimer } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import type { ReceivedEntry } from '../camera.ts';
import type { Viewer } from '../rtsp/media-stream.ts';
import { type PacketBatch, pickPackets } from '../rtsp/rtp.ts';
import { formatEffect } from './fault.ts';
import type { FaultBook } from './fault-book.ts';

export interface PacketFaultDeps {
  book: FaultBook;
  clock: Clock;
  random: Random;
  received(entry: ReceivedEntry): void;
}

/**
 * A viewer to whom packets get lost, come late, or stop coming. Every packet to every viewer is one that a fault may
 * strike; what was lost stays lost, whether by UDP or in a connection.
 */
export function underPacketFaults(
  viewer: Viewer,
  stream: string,
  { book, clock, random, received }: PacketFaultDeps,
): Viewer {
  let toLose = 0;
  let stopsAt = Number.POSITIVE_INFINITY;
  /** What comes late keeps its order: nothing overtakes. */
  let clearAt = Number.NEGATIVE_INFINITY;

  /** How late this packet is, 0 for in time; undefined: it is lost. */
  function fate(): number | undefined {
    const effect = book.strike('rtp', stream);
    if (effect?.do === 'lose') toLose = Math.max(toLose, effect.count);
    if (toLose > 0) {
      toLose--;
      return undefined;
    }
    if (effect?.do === 'stop') {
      received({ protocol: 'rtsp', what: `packets of ${stream}`, peer: '', outcome: `fault ${formatEffect(effect)}` });
      stopsAt = Math.min(stopsAt, clock.now() + effect.ms);
    }
    return effect?.do === 'late' ? Math.round(random.unit() * effect.ms) : 0;
  }

  function send(batch: PacketBatch, keyframe: boolean): void {
    const now = clock.now();
    if (now >= stopsAt) return;
    if (!book.waitsAt('rtp') && toLose === 0 && now >= clearAt) {
      viewer.send(batch, keyframe);
      return;
    }
    const fates = batch.starts.slice(0, -1).map(() => (book.waitsAt('rtp') || toLose > 0 ? fate() : 0));
    if (clock.now() >= stopsAt) return;
    // Packets that go at the same time go together.
    for (let from = 0; from < fates.length; ) {
      let to = from + 1;
      while (to < fates.length && (fates[to] === undefined) === (fates[from] === undefined) && !fates[to]) to++;
      if (fates[from] !== undefined) {
        const part = pickPackets(batch, from, to);
        clearAt = Math.max(clearAt, now + fates[from]!);
        if (clearAt <= now) viewer.send(part, keyframe);
        else startTimer(clock, clearAt - now, () => viewer.send(part, keyframe));
      }
      from = to;
    }
  }

  return { begin: viewer.begin, report: viewer.report, send, ...(viewer.end ? { end: viewer.end } : {}) };
}
