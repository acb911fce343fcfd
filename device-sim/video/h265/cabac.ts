import { BitWriter } from '../bit-writer.ts';

/** Context-adaptive binary arithmetic coding (H.265 §9.3.4), encoder's side. */

/** Table 9-53 (rangeTabLps): ranges by state and by the two bits below the top one of the range. */
const lpsRanges = Uint8Array.from([
  128, 176, 208, 240, 128, 167, 197, 227, 128, 158, 187, 216, 123, 150, 178, 205, 116, 142, 169, 195, 111, 135, 160,
  185, 105, 128, 152, 175, 100, 122, 144, 166, 95, 116, 137, 158, 90, 110, 130, 150, 85, 104, 123, 142, 81, 99, 117,
  135, 77, 94, 111, 128, 73, 89, 105, 122, 69, 85, 100, 116, 66, 80, 95, 110, 62, 76, 90, 104, 59, 72, 86, 99, 56, 69,
  81, 94, 53, 65, 77, 89, 51, 62, 73, 85, 48, 59, 69, 80, 46, 56, 66, 76, 43, 53, 63, 72, 41, 50, 59, 69, 39, 48, 56,
  65, 37, 45, 54, 62, 35, 43, 51, 59, 33, 41, 48, 56, 32, 39, 46, 53, 30, 37, 43, 50, 29, 35, 41, 48, 27, 33, 39, 45,
  26, 31, 37, 43, 24, 30, 35, 41, 23, 28, 33, 39, 22, 27, 32, 37, 21, 26, 30, 35, 20, 24, 29, 33, 19, 23, 27, 31, 18,
  22, 26, 30, 17, 21, 25, 28, 16, 20, 23, 27, 15, 19, 22, 25, 14, 18, 21, 24, 14, 17, 20, 23, 13, 16, 19, 22, 12, 15,
  18, 21, 12, 14, 17, 20, 11, 14, 16, 19, 11, 13, 15, 18, 10, 12, 15, 17, 10, 12, 14, 16, 9, 11, 13, 15, 9, 11, 12, 14,
  8, 10, 12, 14, 8, 9, 11, 13, 7, 9, 11, 12, 7, 9, 10, 12, 7, 8, 10, 11, 6, 8, 9, 11, 6, 7, 9, 10, 6, 7, 8, 9, 2, 2, 2,
  2,
]);

/** Table 9-54: the state after a less probable symbol. */
const afterLps = Uint8Array.from([
  0, 0, 1, 2, 2, 4, 4, 5, 6, 7, 8, 9, 9, 11, 11, 12, 13, 13, 15, 15, 16, 16, 18, 18, 19, 19, 21, 21, 22, 22, 23, 24, 24,
  25, 26, 26, 27, 27, 28, 29, 29, 30, 30, 30, 31, 32, 32, 33, 33, 33, 34, 34, 35, 35, 35, 36, 36, 36, 37, 37, 37, 38,
  38, 63,
]);

/** Codes the bins of one slice segment. `states` holds, by context, twice the state plus the more probable symbol. */
export class CabacEncoder {
  private readonly states: Uint8Array;
  private readonly bits: BitWriter;
  private low = 0;
  private range = 510;
  private bitsLeft = 23;
  /** A byte that a carry may still change, and how many bytes of 0xFF follow it. */
  private heldByte = 0xff;
  private heldBytes = 0;

  constructor(contexts: number, roomBytes = 4096) {
    this.states = new Uint8Array(contexts);
    this.bits = new BitWriter(roomBytes);
  }

  /** §9.3.2.2: begin a slice at this quantiser. */
  start(initValues: ArrayLike<number>, qp: number): void {
    for (let i = 0; i < initValues.length; i++) {
      const slope = (initValues[i]! >> 4) * 5 - 45;
      const offset = ((initValues[i]! & 15) << 3) - 16;
      const state = Math.min(126, Math.max(1, ((slope * qp) >> 4) + offset));
      this.states[i] = state <= 63 ? (63 - state) << 1 : ((state - 64) << 1) | 1;
    }
    this.bits.reset();
    this.low = 0;
    this.range = 510;
    this.bitsLeft = 23;
    this.heldByte = 0xff;
    this.heldBytes = 0;
  }

  bin(context: number, value: number): void {
    const known = this.states[context]!;
    const state = known >> 1;
    const lps = lpsRanges[(state << 2) | ((this.range >> 6) & 3)]!;
    this.range -= lps;
    if (value === (known & 1)) {
      if (state < 62) this.states[context] = known + 2;
      if (this.range >= 256) return;
      this.low <<= 1;
      this.range <<= 1;
      this.bitsLeft -= 1;
    } else {
      const shift = Math.clz32(lps) - 23;
      this.low = (this.low + this.range) << shift;
      this.range = lps << shift;
      this.bitsLeft -= shift;
      this.states[context] = (afterLps[state]! << 1) | (state === 0 ? 1 - (known & 1) : known & 1);
    }
    if (this.bitsLeft < 12) this.flush();
  }

  /** Bins without a context, most significant first. */
  bypass(value: number, count: number): void {
    let left = count;
    let rest = value;
    while (left > 0) {
      const take = Math.min(8, left);
      left -= take;
      const part = Math.floor(rest / 2 ** left);
      rest -= part * 2 ** left;
      this.low = (this.low << take) + this.range * part;
      this.bitsLeft -= take;
      if (this.bitsLeft < 12) this.flush();
    }
  }

  /** end_of_slice_segment_flag. */
  terminate(value: 0 | 1): void {
    this.range -= 2;
    if (value === 1) {
      this.low = (this.low + this.range) << 7;
      this.range = 2 << 7;
      this.bitsLeft -= 7;
    } else if (this.range < 256) {
      this.low <<= 1;
      this.range <<= 1;
      this.bitsLeft -= 1;
    } else return;
    if (this.bitsLeft < 12) this.flush();
  }

  /** What was coded, with rbsp_slice_segment_trailing_bits. */
  end(): Uint8Array {
    const { bits } = this;
    if (this.low >>> (32 - this.bitsLeft) > 0) {
      bits.put(this.heldByte + 1, 8);
      for (; this.heldBytes > 1; this.heldBytes--) bits.put(0, 8);
      this.low -= 2 ** (32 - this.bitsLeft);
    } else {
      if (this.heldBytes > 0) bits.put(this.heldByte, 8);
      for (; this.heldBytes > 1; this.heldBytes--) bits.put(0xff, 8);
    }
    bits.u(this.low >>> 8, 24 - this.bitsLeft);
    return bits.trail().written().slice();
  }

  private flush(): void {
    const lead = this.low >>> (24 - this.bitsLeft);
    this.bitsLeft += 8;
    this.low &= 0xffffffff >>> this.bitsLeft;
    if (lead === 0xff) {
      this.heldBytes += 1;
      return;
    }
    if (this.heldBytes > 0) {
      const carry = lead >> 8;
      this.bits.put((this.heldByte + carry) & 0xff, 8);
      for (; this.heldBytes > 1; this.heldBytes--) this.bits.put((0xff + carry) & 0xff, 8);
    }
    this.heldBytes = 1;
    this.heldByte = lead & 0xff;
  }
}
