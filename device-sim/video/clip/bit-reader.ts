/** Reads the bits of a NAL unit, most significant first; emulation prevention bytes are left out (H.264 §7.4.1.1). */
export class BitReader {
  private readonly bytes: Uint8Array;
  private at = 0;

  /** `from` is the first byte behind the unit's header. */
  constructor(nal: Uint8Array, from: number) {
    const kept: number[] = [];
    for (let i = from, zeros = 0; i < nal.length; i++) {
      const byte = nal[i]!;
      if (zeros >= 2 && byte === 3) {
        zeros = 0;
        continue;
      }
      kept.push(byte);
      zeros = byte === 0 ? zeros + 1 : 0;
    }
    this.bytes = Uint8Array.from(kept);
  }

  /** u(n); past the end there are zeros. */
  u(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.at++)
      value = value * 2 + (((this.bytes[this.at >> 3] ?? 0) >> (7 - (this.at & 7))) & 1);
    return value;
  }

  flag(): boolean {
    return this.u(1) === 1;
  }

  skip(count: number): void {
    this.at += count;
  }

  ue(): number {
    let zeros = 0;
    while (zeros < 32 && this.at < this.bytes.length * 8 && !this.flag()) zeros++;
    return 2 ** zeros - 1 + this.u(zeros);
  }

  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
