/**
 * The 4×4 integer transform and its quantiser (§8.5). Blocks are Int32Array(16) in raster order; levels in scan order.
 * Everything works on scratch arrays, so one instance serves one encoder.
 */

/** Zig-zag scan of a frame block: raster position by scan index. */
export const zigzag = [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15] as const;

/** Multipliers of the forward quantiser and of its inverse, by QP % 6, for the three classes of positions. */
const forwardFactors = [
  [13107, 5243, 8066],
  [11916, 4660, 7490],
  [10082, 4194, 6554],
  [9362, 3647, 5825],
  [8192, 3355, 5243],
  [7282, 2893, 4559],
];
const inverseFactors = [
  [10, 16, 13],
  [11, 18, 14],
  [13, 20, 16],
  [14, 23, 18],
  [16, 25, 20],
  [18, 29, 23],
];
/** 0: both coordinates even; 1: both odd; 2: mixed. */
const classOf = (position: number) => {
  const odd = ((position >> 2) & 1) + (position & 1);
  return odd === 0 ? 0 : odd === 2 ? 1 : 2;
};

/** Table 8-15: quantiser of chroma by that of luma, from 30 up. */
const chromaQp = [29, 30, 31, 32, 32, 33, 34, 34, 35, 35, 36, 36, 37, 37, 37, 38, 38, 38, 39, 39, 39, 39];
export const chromaQpOf = (qp: number) => (qp < 30 ? qp : chromaQp[qp - 30]!);

export interface Quantiser {
  readonly qp: number;
  readonly shift: number;
  /** By raster position. */
  readonly forward: Int32Array;
  readonly inverse: Int32Array;
}

export function quantiserOf(qp: number): Quantiser {
  const position = Array.from({ length: 16 }, (_, i) => classOf(i));
  return {
    qp,
    shift: 15 + Math.floor(qp / 6),
    forward: Int32Array.from(position, (one) => forwardFactors[qp % 6]![one]!),
    inverse: Int32Array.from(position, (one) => inverseFactors[qp % 6]![one]! << Math.floor(qp / 6)),
  };
}

/** Core transform in place. */
export function transform(b: Int32Array): void {
  for (let i = 0; i < 16; i += 4) {
    const s03 = b[i]! + b[i + 3]!;
    const s12 = b[i + 1]! + b[i + 2]!;
    const d03 = b[i]! - b[i + 3]!;
    const d12 = b[i + 1]! - b[i + 2]!;
    b[i] = s03 + s12;
    b[i + 1] = 2 * d03 + d12;
    b[i + 2] = s03 - s12;
    b[i + 3] = d03 - 2 * d12;
  }
  for (let i = 0; i < 4; i++) {
    const s03 = b[i]! + b[i + 12]!;
    const s12 = b[i + 4]! + b[i + 8]!;
    const d03 = b[i]! - b[i + 12]!;
    const d12 = b[i + 4]! - b[i + 8]!;
    b[i] = s03 + s12;
    b[i + 4] = 2 * d03 + d12;
    b[i + 8] = s03 - s12;
    b[i + 12] = d03 - 2 * d12;
  }
}

/** Inverse core transform of scaled coefficients in place, rounded to samples. */
export function inverseTransform(b: Int32Array): void {
  for (let i = 0; i < 16; i += 4) {
    const s = b[i]! + b[i + 2]!;
    const d = b[i]! - b[i + 2]!;
    const e = (b[i + 1]! >> 1) - b[i + 3]!;
    const f = b[i + 1]! + (b[i + 3]! >> 1);
    b[i] = s + f;
    b[i + 1] = d + e;
    b[i + 2] = d - e;
    b[i + 3] = s - f;
  }
  for (let i = 0; i < 4; i++) {
    const s = b[i]! + b[i + 8]!;
    const d = b[i]! - b[i + 8]!;
    const e = (b[i + 4]! >> 1) - b[i + 12]!;
    const f = b[i + 4]! + (b[i + 12]! >> 1);
    b[i] = (s + f + 32) >> 6;
    b[i + 4] = (d + e + 32) >> 6;
    b[i + 8] = (d - e + 32) >> 6;
    b[i + 12] = (s - f + 32) >> 6;
  }
}

/** Hadamard transform of the 16 luma DC values in place (no scaling). */
export function hadamard4(b: Int32Array): void {
  for (let i = 0; i < 16; i += 4) {
    const s01 = b[i]! + b[i + 1]!;
    const d01 = b[i]! - b[i + 1]!;
    const s23 = b[i + 2]! + b[i + 3]!;
    const d23 = b[i + 2]! - b[i + 3]!;
    b[i] = s01 + s23;
    b[i + 1] = s01 - s23;
    b[i + 2] = d01 - d23;
    b[i + 3] = d01 + d23;
  }
  for (let i = 0; i < 4; i++) {
    const s01 = b[i]! + b[i + 4]!;
    const d01 = b[i]! - b[i + 4]!;
    const s23 = b[i + 8]! + b[i + 12]!;
    const d23 = b[i + 8]! - b[i + 12]!;
    b[i] = s01 + s23;
    b[i + 4] = s01 - s23;
    b[i + 8] = d01 - d23;
    b[i + 12] = d01 + d23;
  }
}

/**
 * Quantise a transformed block from scan index `from` (0, or 1 when DC goes its own way) into `levels[at…]` and leave
 * the scaled coefficients in `b` for the inverse. `round` of 2^shift is a third for intra and a sixth for inter blocks.
 * Returns whether a level is not zero.
 */
export function quantise(
  b: Int32Array,
  q: Quantiser,
  round: number,
  from: 0 | 1,
  levels: Int32Array,
  at: number,
): boolean {
  let any = false;
  for (let i = from; i < 16; i++) {
    const position = zigzag[i]!;
    const value = b[position]!;
    // Products stay below 2^31 for residuals of 9 bits at the quantisers in use.
    const size = ((value < 0 ? -value : value) * q.forward[position]! + round) >>> q.shift;
    const level = value < 0 ? -size : size;
    levels[at + i - from] = level;
    b[position] = level * q.inverse[position]!;
    if (size !== 0) any = true;
  }
  return any;
}

/** Quantise luma DC (already Hadamard transformed) to scan-ordered levels; leaves the values to be put back into the blocks. */
export function quantiseLumaDc(b: Int32Array, q: Quantiser, levels: Int32Array): boolean {
  const round = Math.floor(2 ** (q.shift + 1) / 3);
  let any = false;
  for (let i = 0; i < 16; i++) {
    const value = b[zigzag[i]!]! >> 1;
    const size = Math.floor((Math.abs(value) * q.forward[0]! + round) / 2 ** (q.shift + 1));
    levels[i] = value < 0 ? -size : size;
    if (size !== 0) any = true;
  }
  for (let i = 0; i < 16; i++) b[zigzag[i]!] = levels[i]!;
  hadamard4(b);
  // inverse[0] holds 10 << (qp / 6): the flat scale of 16 and the shift of §8.5.10 come to a division by 4.
  for (let i = 0; i < 16; i++) b[i] = (b[i]! * q.inverse[0]! + 2) >> 2;
  return any;
}

/** The four DC values of one chroma plane: 2×2 transform, quantise, and back in place. */
export function quantiseChromaDc(b: Int32Array, q: Quantiser, intra: boolean, levels: Int32Array, at: number): boolean {
  const [a0, a1, a2, a3] = [b[0]!, b[1]!, b[2]!, b[3]!];
  b[0] = a0 + a1 + a2 + a3;
  b[1] = a0 - a1 + a2 - a3;
  b[2] = a0 + a1 - a2 - a3;
  b[3] = a0 - a1 - a2 + a3;
  const scale = 2 ** (q.shift + 1);
  const round = Math.floor(scale / (intra ? 3 : 6));
  let any = false;
  for (let i = 0; i < 4; i++) {
    const size = Math.floor((Math.abs(b[i]!) * q.forward[0]! + round) / scale);
    levels[at + i] = b[i]! < 0 ? -size : size;
    if (size !== 0) any = true;
  }
  const [l0, l1, l2, l3] = [levels[at]!, levels[at + 1]!, levels[at + 2]!, levels[at + 3]!];
  const back = q.inverse[0]!;
  b[0] = ((l0 + l1 + l2 + l3) * back) >> 1;
  b[1] = ((l0 - l1 + l2 - l3) * back) >> 1;
  b[2] = ((l0 + l1 - l2 - l3) * back) >> 1;
  b[3] = ((l0 - l1 - l2 + l3) * back) >> 1;
  return any;
}
