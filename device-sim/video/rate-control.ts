/** Share of the configured rate that is filled up: the rest is head room for packet headers. */
const target = 0.94;
/** Fillers smaller than this are not worth a packet. */
const leastBytes = 64;

/** Steps a stream may be coded coarser. */
const coarsest = 16;

/**
 * A calm drawn scene needs far less than a camera's sensor would. Filler data units bring the stream
 * to the rate that VideoEncoderConfiguration promises, so that recorders and networks see what they would see. When
 * things move and it takes more, they are coded coarser.
 */
export class RateControl {
  /** Steps by which what moves is coded coarser than usual. */
  coarseness = 0;
  private owedBytes = 0;
  private readonly fill: boolean;
  private readonly perFrame: number;
  private readonly slackBytes: number;
  private readonly fullUnit: Buffer;

  /** `fillerHeader` is what a filler data unit begins with. */
  constructor(bitrateKbps: number, fps: number, fill: boolean, fillerHeader: readonly number[]) {
    this.fill = fill;
    this.perFrame = (bitrateKbps * 1000 * target) / 8 / fps;
    this.slackBytes = this.perFrame * fps;
    this.fullUnit = Buffer.alloc(Math.ceil(this.perFrame) + 2, 0xff);
    this.fullUnit.set(fillerHeader);
  }

  /** The unit to add to a picture of so many bytes; large pictures are made up for by the next ones. */
  after(sizeBytes: number): Buffer | undefined {
    this.owedBytes += this.perFrame - sizeBytes;
    // Even a group's IDR is paid for within it; what is still owed then is too much.
    if (this.owedBytes < -this.slackBytes) this.coarseness = Math.min(coarsest, this.coarseness + 1);
    else if (this.owedBytes >= 0) this.coarseness = Math.max(0, this.coarseness - 1);
    // A picture that is far too large is not paid back for ever.
    this.owedBytes = Math.max(this.owedBytes, -this.perFrame * 60);
    if (!this.fill) {
      this.owedBytes = Math.min(this.owedBytes, this.perFrame);
      return undefined;
    }
    const size = Math.min(Math.floor(this.owedBytes), this.fullUnit.length);
    if (size < leastBytes) return undefined;
    this.owedBytes -= size;
    const unit = Buffer.from(this.fullUnit.subarray(0, size));
    unit[size - 1] = 0x80;
    return unit;
  }
}
