/** Writes bits, most significant first, into a buffer that grows. Exp-Golomb codes as H.264 §9.1 and H.265 §9.2 spell them. */
export class BitWriter {
  private bytes: Uint8Array;
  private length = 0;
  private held = 0;
  private heldBits = 0;

  constructor(sizeBytes = 256) {
    this.bytes = new Uint8Array(sizeBytes + 8);
  }

  get bitLength(): number {
    return this.length * 8 + this.heldBits;
  }

  /** The low `count` bits of `value`; at most 24, since up to 7 wait already. */
  put(value: number, count: number): this {
    if (this.length + 8 > this.bytes.length) this.grow(8);
    this.held = (this.held << count) | value;
    this.heldBits += count;
    while (this.heldBits >= 8) {
      this.heldBits -= 8;
      this.bytes[this.length++] = this.held >>> this.heldBits;
    }
    this.held &= 0xff >>> (8 - this.heldBits);
    return this;
  }

  /** u(n) of any length up to 32. */
  u(value: number, count: number): this {
    if (count <= 24) return this.put(value, count);
    return this.put((value >>> 16) & 0xffff, count - 16).put(value & 0xffff, 16);
  }

  flag(value: boolean): this {
    return this.put(value ? 1 : 0, 1);
  }

  ue(value: number): this {
    const code = value + 1;
    const size = 32 - Math.clz32(code);
    if (size <= 12) return this.put(code, 2 * size - 1);
    return this.u(0, size - 1).u(code, size);
  }

  se(value: number): this {
    return this.ue(value > 0 ? 2 * value - 1 : -2 * value);
  }

  /** Zero bits up to the next byte. */
  align(): this {
    return this.heldBits > 0 ? this.put(0, 8 - this.heldBits) : this;
  }

  /** Whole bytes; the writer must stand at a byte's start. */
  append(bytes: Uint8Array): this {
    if (this.heldBits > 0) throw new RangeError('bytes go only to a byte’s start: align first');
    if (this.length + bytes.length + 8 > this.bytes.length) this.grow(bytes.length + 8);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
    return this;
  }

  /** The first `count` bits of `bytes`, wherever the writer stands. */
  appendBits(bytes: Uint8Array, count: number): this {
    const whole = count >> 3;
    let at = 0;
    for (; at + 3 <= whole; at += 3) this.put((bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!, 24);
    for (; at < whole; at++) this.put(bytes[at]!, 8);
    const rest = count & 7;
    return rest > 0 ? this.put(bytes[whole]! >> (8 - rest), rest) : this;
  }

  /** rbsp_trailing_bits: a one, then zeros up to the byte's end. */
  trail(): this {
    return this.put(1, 1).align();
  }

  /** What was written so far, whole bytes only. A view: valid until the writer goes on. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** Is the last whole byte zero? */
  get endsWithZero(): boolean {
    return this.length > 0 && this.bytes[this.length - 1] === 0;
  }

  /** Forget all, keep the room. */
  reset(): this {
    this.length = 0;
    this.held = 0;
    this.heldBits = 0;
    return this;
  }

  private grow(by: number): void {
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.bytes.length + by));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}
