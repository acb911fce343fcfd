/** What the sequence parameter set says of the picture. */
export interface PictureFormat {
  width: number;
  height: number;
  /** RFC 6381 §3.3: `avc1.640028`. */
  codec: string;
}

/** Bits of a NAL unit, emulation prevention taken out (H.264 §7.4.1). Reads past the end as zero. */
function bitsOf(nal: Buffer) {
  const bytes: number[] = [];
  for (let i = 1; i < nal.length; i++) {
    if (nal[i] === 3 && nal[i - 1] === 0 && nal[i - 2] === 0 && i > 2) continue;
    bytes.push(nal[i]!);
  }
  let at = 0;
  const bit = () => {
    const value = ((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1;
    at += 1;
    return value;
  };
  const fixed = (count: number) => {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 2 + bit();
    return value;
  };
  const unsigned = () => {
    let zeros = 0;
    while (zeros < 32 && bit() === 0) zeros += 1;
    return 2 ** zeros - 1 + fixed(zeros);
  };
  const signed = () => {
    const value = unsigned();
    return value % 2 === 0 ? -value / 2 : (value + 1) / 2;
  };
  return { bit, fixed, unsigned, signed };
}

const highProfiles = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

function skipScalingList({ signed }: ReturnType<typeof bitsOf>, size: number) {
  let last = 8;
  let next = 8;
  for (let i = 0; i < size; i++) {
    if (next !== 0) next = (last + signed() + 256) % 256;
    last = next === 0 ? last : next;
  }
}

/** Read a sequence parameter set (H.264 §7.3.2.1.1). Undefined when it is none, or not of a sensible size. */
export function parseSps(nal: Buffer): PictureFormat | undefined {
  if (nal.length < 4 || (nal[0]! & 0x1f) !== 7) return undefined;
  const codec = `avc1.${nal.toString('hex', 1, 4)}`;
  const bits = bitsOf(nal);
  const { bit, fixed, unsigned, signed } = bits;
  const profile = fixed(8);
  fixed(16);
  unsigned();
  let chroma = 1;
  let separate = 0;
  if (highProfiles.has(profile)) {
    chroma = unsigned();
    if (chroma === 3) separate = bit();
    unsigned();
    unsigned();
    bit();
    const lists = bit() ? (chroma === 3 ? 12 : 8) : 0;
    for (let list = 0; list < lists; list++) {
      const present = bit();
      if (present) skipScalingList(bits, list < 6 ? 16 : 64);
    }
  }
  unsigned();
  const order = unsigned();
  if (order === 0) unsigned();
  else if (order === 1) {
    bit();
    signed();
    signed();
    const cycle = Math.min(unsigned(), 255);
    for (let i = 0; i < cycle; i++) signed();
  }
  unsigned();
  bit();
  const macroblocksWide = unsigned() + 1;
  const mapUnitsHigh = unsigned() + 1;
  const framesOnly = bit();
  if (!framesOnly) bit();
  bit();
  const crop = bit() ? [unsigned(), unsigned(), unsigned(), unsigned()] : [0, 0, 0, 0];
  const unitX = chroma === 0 || separate || chroma === 3 ? 1 : 2;
  const unitY = (chroma === 1 && !separate ? 2 : 1) * (2 - framesOnly);
  const width = macroblocksWide * 16 - unitX * (crop[0]! + crop[1]!);
  const height = mapUnitsHigh * 16 * (2 - framesOnly) - unitY * (crop[2]! + crop[3]!);
  return width > 0 && height > 0 && width <= 16384 && height <= 16384 ? { width, height, codec } : undefined;
}
