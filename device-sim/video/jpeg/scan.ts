import type { Planes } from '../planes.ts';
import { factorsOf, forwardDct } from './dct.ts';
import { codesOf, huffman, quantisersOf, zigzag } from './tables.ts';

/**
 * The scan of a baseline JPEG, 4:2:0, one restart interval a row of 16×16 units. Within a row only the difference of DC
 * depends on the neighbour to the left, so rows and single units are coded once and put together again.
 */

const codes = {
  dcLuma: codesOf(huffman.dcLuma),
  dcChroma: codesOf(huffman.dcChroma),
  acLuma: codesOf(huffman.acLuma),
  acChroma: codesOf(huffman.acChroma),
};

/** Bits in a growing array of 32-bit words, to be read back from anywhere. */
class BitStore {
  words = new Uint32Array(64);
  length = 0;

  put(value: number, count: number): void {
    const word = this.length >> 5;
    const room = 32 - (this.length & 31);
    if (word + 2 > this.words.length) {
      const larger = new Uint32Array(this.words.length * 2);
      larger.set(this.words);
      this.words = larger;
    }
    if (count <= room) this.words[word]! |= (value << (room - count)) >>> 0;
    else {
      this.words[word]! |= value >>> (count - room);
      this.words[word + 1]! |= (value << (32 - (count - room))) >>> 0;
    }
    this.length += count;
  }

  /** `count` ≤ 24 bits from `at` on. */
  read(at: number, count: number): number {
    const word = at >> 5;
    const offset = at & 31;
    const high = (this.words[word]! << offset) >>> (32 - count);
    const missing = count - (32 - offset);
    return missing > 0 ? high | (this.words[word + 1]! >>> (32 - missing)) : high;
  }
}

/** A row of units (four luma blocks, two of colour each), coded but for the DC differences. */
export interface CodedRow {
  /** DC levels, six a unit. */
  readonly dc: Int16Array;
  /** Where the AC bits of each block begin in `bits`, and the end. */
  readonly starts: Int32Array;
  readonly bits: BitStore;
}

/** Bytes of a scan with 0xFF escaped. */
export class ScanWriter {
  private bytes = Buffer.allocUnsafe(1 << 14);
  private length = 0;
  private held = 0;
  private heldBits = 0;
  private readonly before = [0, 0, 0];

  put(value: number, count: number): void {
    this.held = (this.held << count) | value;
    this.heldBits += count;
    while (this.heldBits >= 8) {
      this.heldBits -= 8;
      const byte = (this.held >>> this.heldBits) & 0xff;
      if (this.length + 2 > this.bytes.length) this.grow();
      this.bytes[this.length++] = byte;
      if (byte === 0xff) this.bytes[this.length++] = 0;
    }
    this.held &= 0xff >>> (8 - this.heldBits);
  }

  /** Unit `index` of a coded row. */
  unit(row: CodedRow, index: number): void {
    for (let block = 0; block < 6; block++) {
      const at = index * 6 + block;
      const component = block < 4 ? 0 : block - 3;
      const level = row.dc[at]!;
      const difference = level - this.before[component]!;
      this.before[component] = level;
      const size = 32 - Math.clz32(Math.abs(difference));
      const code = (component === 0 ? codes.dcLuma : codes.dcChroma)[size]!;
      this.put(code & 0xffff, code >> 16);
      if (size > 0) this.put((difference < 0 ? difference - 1 : difference) & ((1 << size) - 1), size);
      const end = row.starts[at + 1]!;
      for (let from = row.starts[at]!; from < end; from += 24) {
        const count = Math.min(24, end - from);
        this.put(row.bits.read(from, count), count);
      }
    }
  }

  /** The row's bytes, ones up to the last byte's end; ready for the next row. */
  end(): Buffer {
    if (this.heldBits > 0) this.put((1 << (8 - this.heldBits)) - 1, 8 - this.heldBits);
    const row = Buffer.from(this.bytes.subarray(0, this.length));
    this.length = 0;
    this.before.fill(0);
    return row;
  }

  private grow(): void {
    const larger = Buffer.allocUnsafe(this.bytes.length * 2);
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}

/** Codes units of pictures at one quality. */
export class UnitCoder {
  readonly quality: number;
  private readonly luma: Float64Array;
  private readonly chroma: Float64Array;
  private readonly block = new Float64Array(64);
  private readonly levels = new Int16Array(64);
  /** Colour of a unit in full range, 8×8 each. */
  private readonly cb = new Float64Array(64);
  private readonly cr = new Float64Array(64);

  constructor(quality: number) {
    this.quality = quality;
    const [luma, chroma] = quantisersOf(quality);
    this.luma = factorsOf(luma);
    this.chroma = factorsOf(chroma);
  }

  /** Units `from`…`to` of a view on one macroblock row. */
  row(planes: Planes, from = 0, to = planes.width >> 4): CodedRow {
    const units = to - from;
    const dc = new Int16Array(units * 6);
    const starts = new Int32Array(units * 6 + 1);
    const bits = new BitStore();
    for (let unit = 0; unit < units; unit++) {
      const column = from + unit;
      this.loadColour(planes, column);
      for (let part = 0; part < 4; part++) {
        starts[unit * 6 + part] = bits.length;
        this.loadLuma(planes, column, part);
        dc[unit * 6 + part] = this.code(this.luma, codes.acLuma, bits);
      }
      for (const [i, colour] of [this.cb, this.cr].entries()) {
        starts[unit * 6 + 4 + i] = bits.length;
        this.block.set(colour);
        dc[unit * 6 + 4 + i] = this.code(this.chroma, codes.acChroma, bits);
      }
    }
    starts[units * 6] = bits.length;
    return { dc, starts, bits };
  }

  /**
   * Our pictures are limited-range BT.709, JFIF is full-range BT.601. Colour first, as luma leans on it too.
   */
  private loadColour({ u, v, width }: Planes, column: number): void {
    const stride = width >> 1;
    for (let row = 0, k = 0; row < 8; row++) {
      const at = row * stride + column * 8;
      for (let x = 0; x < 8; x++, k++) {
        const b = (u[at + x]! - 128) * (255 / 224);
        const r = (v[at + x]! - 128) * (255 / 224);
        this.cb[k] = 0.989854 * b - 0.110653 * r;
        this.cr[k] = 0.983398 * r - 0.072453 * b;
      }
    }
  }

  private loadLuma({ y, u, v, width }: Planes, column: number, part: number): void {
    const [left, top] = [(part & 1) * 8, (part >> 1) * 8];
    const stride = width >> 1;
    for (let row = 0, k = 0; row < 8; row++) {
      const at = (top + row) * width + column * 16 + left;
      const chromaAt = ((top + row) >> 1) * stride + column * 8 + (left >> 1);
      for (let x = 0; x < 8; x++, k++) {
        const b = (u[chromaAt + (x >> 1)]! - 128) * (255 / 224);
        const r = (v[chromaAt + (x >> 1)]! - 128) * (255 / 224);
        this.block[k] = (y[at + x]! - 16) * (255 / 219) + 0.101579 * b + 0.196076 * r - 128;
      }
    }
  }

  /** Transform and quantise the block, write its AC code words, return its DC level. */
  private code(factors: Float64Array, ac: Int32Array, bits: BitStore): number {
    const { block, levels } = this;
    let flat = true;
    for (let i = 1; i < 64 && flat; i++) flat = block[i] === block[0];
    if (flat) {
      bits.put(ac[0]! & 0xffff, ac[0]! >> 16);
      return Math.round(block[0]! * 64 * factors[0]!);
    }
    forwardDct(block);
    let last = 0;
    for (let i = 0; i < 64; i++) {
      const at = zigzag[i]!;
      const level = Math.round(block[at]! * factors[at]!);
      levels[i] = level;
      if (level !== 0) last = i;
    }
    let run = 0;
    for (let i = 1; i <= last; i++) {
      const level = levels[i]!;
      if (level === 0) {
        run++;
        continue;
      }
      for (; run > 15; run -= 16) bits.put(ac[0xf0]! & 0xffff, ac[0xf0]! >> 16);
      const size = 32 - Math.clz32(Math.abs(level));
      const code = ac[(run << 4) | size]!;
      bits.put(code & 0xffff, code >> 16);
      bits.put((level < 0 ? level - 1 : level) & ((1 << size) - 1), size);
      run = 0;
    }
    if (last < 63) bits.put(ac[0]! & 0xffff, ac[0]! >> 16);
    return levels[0]!;
  }
}
