/** What a NAL unit is to a clip. */
export type NalRole = 'parameters' | 'key' | 'picture' | 'before' | 'after';

/** H.264 Table 7-1. */
const h264Role = (nal: Buffer): NalRole => {
  const type = nal[0]! & 0x1f;
  if (type === 5) return 'key';
  if (type >= 1 && type <= 4) return 'picture';
  if (type === 7 || type === 8) return 'parameters';
  return type === 6 || type === 9 ? 'before' : 'after';
};
/** H.265 Table 7-1; an IDR or CRA picture is one to begin with. */
const h265Role = (nal: Buffer): NalRole => {
  const type = (nal[0]! >> 1) & 0x3f;
  if (type >= 16 && type <= 23) return 'key';
  if (type < 32) return 'picture';
  if (type <= 34) return 'parameters';
  return type === 35 || type === 39 ? 'before' : 'after';
};

export const roleOf = (codec: 'H264' | 'H265', nal: Buffer): NalRole =>
  codec === 'H264' ? h264Role(nal) : h265Role(nal);

/** Is this the first slice of its picture? first_mb_in_slice is 0, or first_slice_segment_in_pic_flag is set. */
const begins = (codec: 'H264' | 'H265', nal: Buffer) => (nal[codec === 'H264' ? 1 : 2]! & 0x80) !== 0;

/** Units of a byte stream, a list a picture (H.264 §7.4.1.2.3, H.265 §7.4.2.4.4). */
export function cutAccessUnits(codec: 'H264' | 'H265', nals: readonly Buffer[]): Buffer[][] {
  const units: Buffer[][] = [];
  let unit: Buffer[] = [];
  let pictured = false;
  for (const nal of nals) {
    const role = roleOf(codec, nal);
    const slice = role === 'key' || role === 'picture';
    if (pictured && (slice ? begins(codec, nal) : role !== 'after')) {
      units.push(unit);
      unit = [];
      pictured = false;
    }
    unit.push(nal);
    pictured ||= slice;
  }
  if (pictured) units.push(unit);
  return units;
}

const cra = 21;
const blaWithLeading = 16;

/**
 * A key frame as it is where something else came before it. An H.265 CRA picture leans on its place in the stream, so it
 * becomes a BLA picture, which is what splicing makes of it (H.265 §8.1.3); an IDR picture may stand anywhere.
 */
export const asSplice = (codec: 'H264' | 'H265', nals: readonly Buffer[]): readonly Buffer[] =>
  codec === 'H264'
    ? nals
    : nals.map((nal) => {
        if (((nal[0]! >> 1) & 0x3f) !== cra) return nal;
        const spliced = Buffer.from(nal);
        spliced[0] = (nal[0]! & 0x81) | (blaWithLeading << 1);
        return spliced;
      });
