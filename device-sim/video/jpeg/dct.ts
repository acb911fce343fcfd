/** What the transform below leaves in each coefficient beyond the true DCT: one factor a row and a column. */
const scale = [1, 1.387039845, 1.306562965, 1.175875602, 1, 0.785694958, 0.5411961, 0.275899379];

/** Divisors that turn the output of `forwardDct` into levels of this quantiser (raster order), as factors. */
export const factorsOf = (quantiser: readonly number[]): Float64Array =>
  Float64Array.from(quantiser, (step, i) => 1 / (step * scale[i >> 3]! * scale[i & 7]! * 8));

/** One pass of eight values (Arai, Agui and Nakajima: five multiplications). */
function pass(b: Float64Array, at: number, step: number): void {
  const [i1, i2, i3, i4] = [at + step, at + 2 * step, at + 3 * step, at + 4 * step];
  const [i5, i6, i7] = [at + 5 * step, at + 6 * step, at + 7 * step];
  const [s07, d07] = [b[at]! + b[i7]!, b[at]! - b[i7]!];
  const [s16, d16] = [b[i1]! + b[i6]!, b[i1]! - b[i6]!];
  const [s25, d25] = [b[i2]! + b[i5]!, b[i2]! - b[i5]!];
  const [s34, d34] = [b[i3]! + b[i4]!, b[i3]! - b[i4]!];

  const [even0, even3] = [s07 + s34, s07 - s34];
  const [even1, even2] = [s16 + s25, s16 - s25];
  b[at] = even0 + even1;
  b[i4] = even0 - even1;
  const turned = (even2 + even3) * Math.SQRT1_2;
  b[i2] = even3 + turned;
  b[i6] = even3 - turned;

  const odd0 = d34 + d25;
  const odd1 = d25 + d16;
  const odd2 = d16 + d07;
  const z5 = (odd0 - odd2) * 0.382683433;
  const z2 = 0.5411961 * odd0 + z5;
  const z4 = 1.306562965 * odd2 + z5;
  const z3 = odd1 * Math.SQRT1_2;
  const [z11, z13] = [d07 + z3, d07 - z3];
  b[i5] = z13 + z2;
  b[i3] = z13 - z2;
  b[i1] = z11 + z4;
  b[i7] = z11 - z4;
}

/** 8×8 forward DCT in place, scaled (see `factorsOf`). */
export function forwardDct(b: Float64Array): void {
  for (let row = 0; row < 64; row += 8) pass(b, row, 1);
  for (let column = 0; column < 8; column++) pass(b, column, 8);
}
