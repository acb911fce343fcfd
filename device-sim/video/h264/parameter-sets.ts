import { BitWriter } from '../bit-writer.ts';
import { formatNal } from '../nal.ts';

export type H264Profile = 'Baseline' | 'Main' | 'High';

/** What the sequence parameter set says of a stream. */
export interface H264Format {
  profile: H264Profile;
  width: number;
  height: number;
  fps: number;
  /** Upper bound of the rate, for the level. */
  bitrateKbps: number;
}

/** nal_ref_idc and nal_unit_type of each kind of unit written here. */
export const nalHeader = { delta: 0x01, idr: 0x65, sei: 0x06, sps: 0x67, pps: 0x68, filler: 0x0c } as const;

/** Table A-1: level_idc, macroblocks a second, macroblocks a picture, kbit/s. */
const levels: [idc: number, perSecond: number, perPicture: number, kbps: number][] = [
  [10, 1485, 99, 64],
  [11, 3000, 396, 192],
  [12, 6000, 396, 384],
  [13, 11880, 396, 768],
  [20, 11880, 396, 2000],
  [21, 19800, 792, 4000],
  [22, 20250, 1620, 4000],
  [30, 40500, 1620, 10000],
  [31, 108000, 3600, 14000],
  [32, 216000, 5120, 20000],
  [40, 245760, 8192, 20000],
  [41, 245760, 8192, 50000],
  [42, 522240, 8704, 50000],
  [50, 589824, 22080, 135000],
  [51, 983040, 36864, 240000],
  [52, 2073600, 36864, 240000],
];

/** Lowest level that carries this format (§A.3.1); the highest there is when none does. */
export function levelOf({ width, height, fps, bitrateKbps }: Omit<H264Format, 'profile'>): number {
  const [columns, rows] = [macroblocks(width), macroblocks(height)];
  const fits = levels.find(
    ([, perSecond, perPicture, kbps]) =>
      columns * rows <= perPicture &&
      columns * rows * fps <= perSecond &&
      bitrateKbps <= kbps &&
      Math.max(columns, rows) <= Math.sqrt(perPicture * 8),
  );
  return (fits ?? levels.at(-1)!)[0];
}

/** Macroblocks that cover so many samples. */
export const macroblocks = (samples: number) => (samples + 15) >> 4;

/** Bits of pic_order_cnt_lsb: half its range must exceed twice the longest group, as all deltas count from the IDR. */
export const pocBits = 16;
/** Longest group of pictures those bits can count. */
export const longestGroup = 1 << (pocBits - 3);
export const frameNumBits = 4;

const profileIdc = { Baseline: 66, Main: 77, High: 100 } as const;
/**
 * constraint_set flags: what we write needs neither FMO nor arithmetic coding, so Baseline is Constrained Baseline,
 * which every decoder in use takes, where plain Baseline is refused by many.
 */
const constraints = { Baseline: 0xc0, Main: 0x40, High: 0x00 } as const;

export function sequenceParameterSet(format: H264Format): Buffer {
  const { profile, width, height, fps } = format;
  const bits = new BitWriter(64);
  bits.u(profileIdc[profile], 8).u(constraints[profile], 8).u(levelOf(format), 8);
  bits.ue(0); // seq_parameter_set_id
  if (profile === 'High') {
    bits.ue(1).ue(0).ue(0); // chroma_format_idc 4:2:0, 8 bits luma and chroma
    bits.flag(false).flag(false); // qpprime_y_zero_transform_bypass, seq_scaling_matrix_present
  }
  bits.ue(frameNumBits - 4);
  bits.ue(0).ue(pocBits - 4); // pic_order_cnt_type 0
  bits.ue(1).flag(false); // max_num_ref_frames, gaps_in_frame_num_value_allowed
  bits.ue(macroblocks(width) - 1).ue(macroblocks(height) - 1);
  bits.flag(true).flag(true); // frame_mbs_only, direct_8x8_inference
  const [cropRight, cropBottom] = [(macroblocks(width) * 16 - width) / 2, (macroblocks(height) * 16 - height) / 2];
  bits.flag(cropRight + cropBottom > 0);
  if (cropRight + cropBottom > 0) bits.ue(0).ue(cropRight).ue(0).ue(cropBottom);
  bits.flag(true); // vui_parameters_present
  writeVui(bits, fps);
  return formatNal([nalHeader.sps], bits.trail().written());
}

function writeVui(bits: BitWriter, fps: number): void {
  bits.flag(true).u(1, 8); // aspect_ratio_idc: square
  bits.flag(false); // overscan_info
  bits.flag(true).u(5, 3).flag(false).flag(true); // video_signal_type: unspecified, limited range, colours described
  bits.u(1, 8).u(1, 8).u(1, 8); // BT.709 primaries, transfer, matrix
  bits.flag(false); // chroma_loc_info
  const [ticks, scale] = frameTicks(fps);
  bits.flag(true).u(ticks, 32).u(scale, 32).flag(true); // timing_info: two ticks a frame, fixed_frame_rate
  bits.flag(false).flag(false).flag(false); // no HRD parameters, pic_struct absent
  bits.flag(true).flag(true); // bitstream_restriction, motion_vectors_over_pic_boundaries
  bits.ue(0).ue(0).ue(13).ue(11); // no size limits; vectors up to 2^13 and 2^11 quarter samples
  bits.ue(0).ue(1); // nothing is shown out of order; one picture is kept
}

/** num_units_in_tick and time_scale; a rate of 12.5 becomes 2 / 50. */
function frameTicks(fps: number): [ticks: number, scale: number] {
  const denominator = Number.isInteger(fps) ? 1 : 1000;
  return [denominator, Math.round(2 * fps * denominator)];
}

/** One set serves every stream here: CAVLC, one reference, loop filter by slice. */
export function pictureParameterSet(): Buffer {
  const bits = new BitWriter(16);
  bits.ue(0).ue(0).flag(false).flag(false); // ids, CAVLC, no bottom-field order
  bits.ue(0).ue(0).ue(0); // one slice group, one reference in each list
  bits.flag(false).u(0, 2); // no weighted prediction
  bits.se(0).se(0).se(0); // quantiser 26 to start from, chroma the same
  bits.flag(true).flag(false).flag(false); // deblocking control present, constrained intra prediction, redundant pictures
  return formatNal([nalHeader.pps], bits.trail().written());
}
