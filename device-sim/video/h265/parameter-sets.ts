import { BitWriter } from '../bit-writer.ts';
import { formatNal } from '../nal.ts';

/** What the parameter sets say of a stream; the profile is always Main. */
export interface H265Format {
  width: number;
  height: number;
  fps: number;
  /** Upper bound of the rate, for the level. */
  bitrateKbps: number;
}

/** nal_unit_type of each kind of unit written here (Table 7-1). */
export const nalType = { delta: 0, idr: 19, vps: 32, sps: 33, pps: 34, filler: 38 } as const;
/** nal_unit_header: layer 0, temporal id 0. */
export const nalHeaderOf = (type: number): readonly number[] => [type << 1, 1];

/** Tables A.8 and A.9, main tier: general_level_idc, samples a picture, samples a second, kbit/s. */
const levels: [idc: number, perPicture: number, perSecond: number, kbps: number][] = [
  [30, 36_864, 552_960, 128],
  [60, 122_880, 3_686_400, 1500],
  [63, 245_760, 7_372_800, 3000],
  [90, 552_960, 16_588_800, 6000],
  [93, 983_040, 33_177_600, 10_000],
  [120, 2_228_224, 66_846_720, 12_000],
  [123, 2_228_224, 133_693_440, 20_000],
  [150, 8_912_896, 267_386_880, 25_000],
  [153, 8_912_896, 534_773_760, 40_000],
  [156, 8_912_896, 1_069_547_520, 60_000],
];

const whole = (samples: number) => 16 * ((samples + 15) >> 4);

/** Lowest level that carries this format; the highest there is when none does. */
export function levelOf({ width, height, fps, bitrateKbps }: H265Format): number {
  const [w, h] = [whole(width), whole(height)];
  const fits = levels.find(
    ([, perPicture, perSecond, kbps]) =>
      w * h <= perPicture &&
      w * h * fps <= perSecond &&
      bitrateKbps <= kbps &&
      Math.max(w, h) <= Math.sqrt(perPicture * 8),
  );
  return (fits ?? levels.at(-1)!)[0];
}

/** Bits of slice_pic_order_cnt_lsb: half its range exceeds the longest group, as all deltas count from the IDR. */
export const pocBits = 16;
export const longestGroup = 1 << (pocBits - 2);

/** profile_tier_level of one layer: Main, frames as they come. */
function profileTierLevel(bits: BitWriter, format: H265Format): void {
  bits.u(1, 8); // profile space 0, main tier, Main
  bits.u(0x60000000, 32); // compatible with Main and Main 10
  bits.flag(true).flag(false).flag(false).flag(true); // progressive, frames only
  bits.u(0, 24).u(0, 20); // no further constraint
  bits.u(levelOf(format), 8);
}

/** The IDR and the picture in work; nothing is shown out of order. */
const decoderBuffer = (bits: BitWriter) => bits.flag(true).ue(1).ue(0).ue(0);

export function videoParameterSet(format: H265Format): Buffer {
  const bits = new BitWriter(64);
  bits.u(0, 4).flag(true).flag(true).u(0, 6).u(0, 3).flag(true).u(0xffff, 16);
  profileTierLevel(bits, format);
  decoderBuffer(bits);
  bits.u(0, 6).ue(0); // one layer, one layer set
  writeTiming(bits, format.fps);
  bits.flag(false).ue(0).flag(false); // poc_proportional_to_timing, no HRD, no extension
  return formatNal(nalHeaderOf(nalType.vps), bits.trail().written());
}

export function sequenceParameterSet(format: H265Format): Buffer {
  const { width, height, fps } = format;
  const bits = new BitWriter(96);
  bits.u(0, 4).u(0, 3).flag(true);
  profileTierLevel(bits, format);
  bits.ue(0).ue(1); // id, 4:2:0
  bits.ue(whole(width)).ue(whole(height));
  const [right, bottom] = [(whole(width) - width) / 2, (whole(height) - height) / 2];
  bits.flag(right + bottom > 0);
  if (right + bottom > 0) bits.ue(0).ue(right).ue(0).ue(bottom);
  bits.ue(0).ue(0); // 8 bits
  bits.ue(pocBits - 4);
  decoderBuffer(bits);
  bits.ue(1).ue(0); // coding blocks of 16 samples, as large as the coding tree's
  bits.ue(0).ue(2); // transform blocks of 4 to 16
  bits.ue(0).ue(0); // never split
  bits.flag(false).flag(false).flag(false).flag(false); // scaling lists, asymmetric partitions, SAO, PCM
  bits.ue(0).flag(false).flag(false).flag(false); // reference sets, long term, temporal vectors, strong smoothing
  bits.flag(true);
  writeVui(bits, fps);
  bits.flag(false); // no extension
  return formatNal(nalHeaderOf(nalType.sps), bits.trail().written());
}

function writeVui(bits: BitWriter, fps: number): void {
  bits.flag(true).u(1, 8); // aspect_ratio_idc: square
  bits.flag(false); // overscan_info
  bits.flag(true).u(5, 3).flag(false).flag(true); // video_signal_type: unspecified, limited range, colours described
  bits.u(1, 8).u(1, 8).u(1, 8); // BT.709 primaries, transfer, matrix
  bits.flag(false).flag(false).flag(false).flag(false).flag(false); // chroma place, neutral, fields, frame info, window
  writeTiming(bits, fps);
  bits.flag(false).flag(false).flag(false); // poc_proportional_to_timing, no HRD, no restrictions
}

/** timing_info: one tick a frame; a rate of 12.5 becomes 1000 / 12500. */
function writeTiming(bits: BitWriter, fps: number): void {
  const ticks = Number.isInteger(fps) ? 1 : 1000;
  bits
    .flag(true)
    .u(ticks, 32)
    .u(Math.round(fps * ticks), 32);
}

/** One set serves every stream here. */
export function pictureParameterSet(): Buffer {
  const bits = new BitWriter(16);
  bits.ue(0).ue(0).flag(false).flag(false).u(0, 3); // ids, no dependent slices, no output flag, no extra header bits
  bits.flag(false).flag(false).ue(0).ue(0); // no hidden signs, no choice of initial contexts, one reference
  bits.se(0).flag(false).flag(false).flag(false); // quantiser 26 to start from, by slice only
  bits.se(0).se(0).flag(false); // chroma the same
  bits.flag(false).flag(false).flag(false).flag(false).flag(false); // weights, bypass, tiles, wavefronts
  bits.flag(false); // no filter across slices
  bits.flag(true).flag(false).flag(true); // deblocking control: not by slice, off
  bits.flag(false).flag(false).ue(0).flag(false).flag(false); // scaling lists, list order, merge level, extensions
  return formatNal(nalHeaderOf(nalType.pps), bits.trail().written());
}
