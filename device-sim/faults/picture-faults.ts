import type { Clock } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import type { ReceivedEntry } from '../camera.ts';
import { formatEffect } from './fault.ts';
import type { FaultBook } from './fault-book.ts';

/** What goes wrong with one picture. */
export interface PictureFault {
  /** It shows what the one before showed. */
  readonly frozen: boolean;
  /** If it is a key frame, it is not sent. */
  readonly withheld: boolean;
  /** Its time stamp is off by this, milliseconds. */
  readonly stampOffMs: number;
}

export interface PictureFaultDeps {
  book: FaultBook;
  clock: Pick<Clock, 'now'>;
  random: Random;
  received(entry: ReceivedEntry): void;
}

const none: PictureFault = { frozen: false, withheld: false, stampOffMs: 0 };

/** Faults of one stream's pictures. Called once a picture. */
export interface PictureFaults {
  next(): PictureFault;
  /** A key frame was withheld. */
  keptBack(): void;
}

export function createPictureFaults(
  stream: string,
  { book, clock, random, received }: PictureFaultDeps,
): PictureFaults {
  let frozenUntil = Number.NEGATIVE_INFINITY;
  let withheldUntil = Number.NEGATIVE_INFINITY;
  let keyFramesLeft = 0;
  return {
    next() {
      const now = clock.now();
      const effect = book.waitsAt('video') ? book.strike('video', stream) : undefined;
      let stampOffMs = 0;
      if (effect?.do === 'stamp') stampOffMs = Math.round((2 * random.unit() - 1) * effect.ms);
      else if (effect) {
        received({ protocol: 'rtsp', what: `picture ${stream}`, peer: '', outcome: `fault ${formatEffect(effect)}` });
        if (effect.do === 'freeze') frozenUntil = now + effect.ms;
        else if (effect.do === 'withhold' && 'ms' in effect) withheldUntil = now + effect.ms;
        else if (effect.do === 'withhold') keyFramesLeft = effect.count;
      }
      const frozen = now < frozenUntil;
      const withheld = now < withheldUntil || keyFramesLeft > 0;
      return frozen || withheld || stampOffMs !== 0 ? { frozen, withheld, stampOffMs } : none;
    },
    keptBack() {
      keyFramesLeft = Math.max(0, keyFramesLeft - 1);
    },
  };
}
