import { joinUnits, noUnits } from '../nal.ts';
import type { CodedPicture, PictureStream } from '../picture-stream.ts';
import { asSplice } from './access-units.ts';
import type { Clip } from './clip.ts';

/** Plays a film round and round. Who wants a key frame gets the next one there is, at once. */
export class ClipStream implements PictureStream {
  readonly fps: number;
  private readonly clip: Clip;
  private at = 0;

  constructor(clip: Clip) {
    this.clip = clip;
    this.fps = clip.fps;
  }

  /** Only before a key frame, or what is shown before it would come after. */
  get maySkip(): boolean {
    return this.clip.pictures[this.at]!.keyframe;
  }

  fits(): boolean {
    return true;
  }

  next(_at: number, _number: number, keyframeWanted: boolean, frozen = false): CodedPicture {
    // What is coded already cannot be said again: while it is frozen nothing comes, and the last picture stays.
    if (frozen) return { units: noUnits, keyframe: false };
    const { pictures, codec } = this.clip;
    const due = this.at;
    if (keyframeWanted) while (!pictures[this.at]!.keyframe) this.at = (this.at + 1) % pictures.length;
    const spliced = this.at === 0 || this.at !== due;
    const { nals, keyframe, shownLaterMs } = pictures[this.at]!;
    this.at = (this.at + 1) % pictures.length;
    return { units: joinUnits(spliced ? asSplice(codec, nals) : nals), keyframe, shownLaterMs };
  }
}
