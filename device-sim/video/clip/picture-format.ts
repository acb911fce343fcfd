import { BitReader } from './bit-reader.ts';

/** What a sequence parameter set says of its pictures. */
export interface PictureFormat {
  width: number;
  height: number;
  /** When it says so. */
  fps?: number;
  /** profile_idc, or general_profile_idc. */
  profileIdc: number;
}

const withScalingLists = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

/** H.264 §7.3.2.1.1. */
export function readH264Format(sps: Uint8Array): PictureFormat {
  const bits = new BitReader(sps, 1);
  const profileIdc = bits.u(8);
  bits.skip(16);
  bits.ue();
  let chroma = 1;
  if (withScalingLists.has(profileIdc)) {
    chroma = bits.ue();
    if (chroma === 3) bits.skip(1);
    bits.ue();
    bits.ue();
    bits.skip(1);
    const lists = bits.flag() ? (chroma === 3 ? 12 : 8) : 0;
    for (let list = 0; list < lists; list++) {
      const present = bits.flag();
      if (present) skipScalingList(bits, list < 6 ? 16 : 64);
    }
  }
  bits.ue();
  const order = bits.ue();
  if (order === 0) bits.ue();
  else if (order === 1) {
    bits.skip(1);
    bits.se();
    bits.se();
    for (let left = bits.ue(); left > 0; left--) bits.se();
  }
  bits.ue();
  bits.skip(1);
  const columns = bits.ue() + 1;
  const units = bits.ue() + 1;
  const frames = bits.flag();
  if (!frames) bits.skip(1);
  bits.skip(1);
  const crop = bits.flag() ? [bits.ue(), bits.ue(), bits.ue(), bits.ue()] : [0, 0, 0, 0];
  const [unitX, unitY] = [chroma === 1 || chroma === 2 ? 2 : 1, (chroma === 1 ? 2 : 1) * (frames ? 1 : 2)];
  let fps: number | undefined;
  if (bits.flag()) {
    if (bits.flag() && bits.u(8) === 255) bits.skip(32);
    if (bits.flag()) bits.skip(1);
    if (bits.flag()) {
      bits.skip(4);
      if (bits.flag()) bits.skip(24);
    }
    if (bits.flag()) {
      bits.ue();
      bits.ue();
    }
    if (bits.flag()) {
      const [ticks, scale] = [bits.u(32), bits.u(32)];
      if (ticks > 0 && scale > 0) fps = scale / ticks / 2;
    }
  }
  return {
    profileIdc,
    width: columns * 16 - (crop[0]! + crop[1]!) * unitX,
    height: units * 16 * (frames ? 1 : 2) - (crop[2]! + crop[3]!) * unitY,
    ...(fps === undefined ? {} : { fps }),
  };
}

function skipScalingList(bits: BitReader, size: number): void {
  let [last, next] = [8, 8];
  for (let i = 0; i < size; i++) {
    if (next !== 0) next = (last + bits.se() + 256) % 256;
    last = next === 0 ? last : next;
  }
}

/** H.265 §7.3.2.2. */
export function readH265Format(sps: Uint8Array): PictureFormat {
  const bits = new BitReader(sps, 2);
  bits.skip(4);
  const layers = bits.u(3);
  bits.skip(1);
  bits.skip(3);
  const profileIdc = bits.u(5);
  bits.skip(88);
  const present = Array.from({ length: layers }, () => [bits.flag(), bits.flag()]);
  if (layers > 0) bits.skip(2 * (8 - layers));
  for (const [profile, level] of present) bits.skip((profile ? 88 : 0) + (level ? 8 : 0));
  bits.ue();
  const chroma = bits.ue();
  if (chroma === 3) bits.skip(1);
  const [width, height] = [bits.ue(), bits.ue()];
  const crop = bits.flag() ? [bits.ue(), bits.ue(), bits.ue(), bits.ue()] : [0, 0, 0, 0];
  const [unitX, unitY] = [chroma === 1 || chroma === 2 ? 2 : 1, chroma === 1 ? 2 : 1];
  const fps = readH265Rate(bits, layers);
  return {
    profileIdc,
    width: width - (crop[0]! + crop[1]!) * unitX,
    height: height - (crop[2]! + crop[3]!) * unitY,
    ...(fps === undefined ? {} : { fps }),
  };
}

/** The rest of the set up to the timing of §E.2.1; undefined when there is none, or scaling lists hide it. */
function readH265Rate(bits: BitReader, layers: number): number | undefined {
  bits.ue();
  bits.ue();
  const pocBits = bits.ue() + 4;
  for (let layer = bits.flag() ? 0 : layers; layer <= layers; layer++) for (let i = 0; i < 3; i++) bits.ue();
  for (let i = 0; i < 6; i++) bits.ue();
  if (bits.flag() && bits.flag()) return undefined;
  bits.skip(2);
  if (bits.flag()) {
    bits.skip(8);
    bits.ue();
    bits.ue();
    bits.skip(1);
  }
  skipReferenceSets(bits);
  if (bits.flag()) for (let left = Math.min(32, bits.ue()); left > 0; left--) bits.skip(pocBits + 1);
  bits.skip(2);
  if (!bits.flag()) return undefined;
  if (bits.flag() && bits.u(8) === 255) bits.skip(32);
  if (bits.flag()) bits.skip(1);
  if (bits.flag()) {
    bits.skip(4);
    if (bits.flag()) bits.skip(24);
  }
  if (bits.flag()) {
    bits.ue();
    bits.ue();
  }
  bits.skip(3);
  if (bits.flag()) for (let i = 0; i < 4; i++) bits.ue();
  if (!bits.flag()) return undefined;
  const [ticks, scale] = [bits.u(32), bits.u(32)];
  return ticks > 0 && scale > 0 ? scale / ticks : undefined;
}

/** st_ref_pic_set (§7.3.7), all of them: a set may be told by what differs from the one before. */
function skipReferenceSets(bits: BitReader): void {
  let before = 0;
  const count = Math.min(64, bits.ue());
  for (let set = 0; set < count; set++) {
    if (set > 0 && bits.flag()) {
      bits.skip(1);
      bits.ue();
      let kept = 0;
      for (let i = 0; i <= before; i++) {
        const used = bits.flag();
        if (used || bits.flag()) kept++;
      }
      before = kept;
      continue;
    }
    const [negative, positive] = [Math.min(16, bits.ue()), Math.min(16, bits.ue())];
    for (let i = 0; i < negative + positive; i++) {
      bits.ue();
      bits.skip(1);
    }
    before = negative + positive;
  }
}
