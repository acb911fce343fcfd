import type { BitWriter } from './bit-writer.ts';
import type { NalUnits } from './nal.ts';

/** Pictures up to this size share a block of memory: a block for each would cost more than what is written into it. */
const sharedBytes = 1 << 14;
const blockBytes = 1 << 17;
/** A copy this short is quicker done byte by byte. */
const shortBytes = 24;

/** Puts the NAL units of a picture side by side. One serves all streams, as a picture is written in one go. */
export class UnitWriter {
  private bytes = new Uint8Array(1 << 16);
  private at = 0;
  private ends: number[] = [];
  private block = Buffer.alloc(0);
  private blockAt = 0;

  /** Forget what was written. */
  begin(): this {
    this.at = 0;
    this.ends = [];
    return this;
  }

  /** What the units take so far, a byte more for each. */
  get sizeBytes(): number {
    return this.at + this.ends.length;
  }

  /** A unit as it is. */
  whole(nal: Uint8Array): void {
    this.room(nal.length);
    this.copy(nal);
    this.ends.push(this.at);
  }

  /**
   * A unit of `header`, the bits of `head` kept from looking like a start code (H.264 §7.4.1.1, H.265 §7.4.2), and `rest`,
   * which was so already. `head` is whole bytes and may not end with a zero, unless nothing follows: no escape reaches
   * from it into the rest.
   */
  unit(header: readonly number[], head: BitWriter, rest?: Uint8Array): void {
    const written = head.written();
    this.room(header.length + written.length * 2 + (rest ? rest.length : 0));
    const { bytes } = this;
    let at = this.at;
    for (let i = 0; i < header.length; i++) bytes[at++] = header[i]!;
    let zeros = 0;
    for (let i = 0; i < written.length; i++) {
      const byte = written[i]!;
      if (zeros >= 2 && byte <= 3) {
        bytes[at++] = 3;
        zeros = 0;
      }
      bytes[at++] = byte;
      zeros = byte === 0 ? zeros + 1 : 0;
    }
    this.at = at;
    if (rest) this.copy(rest);
    this.ends.push(this.at);
  }

  /** The units, in memory of their own. */
  take(): NalUnits {
    const { at, ends } = this;
    const bytes = this.allocate(at);
    bytes.set(this.bytes.subarray(0, at));
    this.begin();
    return { bytes, ends };
  }

  private allocate(size: number): Buffer {
    if (size > sharedBytes) return Buffer.allocUnsafeSlow(size);
    if (this.blockAt + size > this.block.length) {
      this.block = Buffer.allocUnsafeSlow(blockBytes);
      this.blockAt = 0;
    }
    this.blockAt += size;
    return this.block.subarray(this.blockAt - size, this.blockAt);
  }

  private copy(from: Uint8Array): void {
    const { bytes, at } = this;
    const { length } = from;
    if (length > shortBytes) bytes.set(from, at);
    else for (let i = 0; i < length; i++) bytes[at + i] = from[i]!;
    this.at = at + length;
  }

  private room(more: number): void {
    if (this.at + more <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.at + more));
    larger.set(this.bytes.subarray(0, this.at));
    this.bytes = larger;
  }
}
