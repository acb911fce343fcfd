import type { AccessUnit } from './access-units.ts';
import type { PictureFormat } from './sps.ts';

const timescale = 90_000;

const u32 = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, i * 4);
  return bytes;
};
const u16 = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(value & 0xffff, i * 2);
  return bytes;
};
const box = (type: string, ...parts: Buffer[]) => {
  const size = parts.reduce((sum, part) => sum + part.length, 8);
  return Buffer.concat([u32(size), Buffer.from(type, 'latin1'), ...parts]);
};
const full = (type: string, version: number, flags: number, ...parts: Buffer[]) =>
  box(type, u32((version << 24) | flags), ...parts);
const identity = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

/** The head of a fragmented MP4 with one H.264 track (ISO/IEC 14496-12 §8, 14496-15 §5.3.3): read before any picture. */
export function formatHead({ width, height }: PictureFormat, sps: Buffer, pps: Buffer): Buffer {
  const avcC = box(
    'avcC',
    Buffer.from([1, sps[1]!, sps[2]!, sps[3]!, 0xff, 0xe1]),
    u16(sps.length),
    sps,
    Buffer.from([1]),
    u16(pps.length),
    pps,
  );
  const avc1 = box(
    'avc1',
    Buffer.alloc(6),
    u16(1),
    Buffer.alloc(16),
    u16(width, height),
    u32(0x480000, 0x480000, 0),
    u16(1),
    Buffer.alloc(32),
    u16(0x18, 0xffff),
    avcC,
  );
  const tables = box(
    'stbl',
    full('stsd', 0, 0, u32(1), avc1),
    full('stts', 0, 0, u32(0)),
    full('stsc', 0, 0, u32(0)),
    full('stsz', 0, 0, u32(0, 0)),
    full('stco', 0, 0, u32(0)),
  );
  const media = box(
    'mdia',
    full('mdhd', 0, 0, u32(0, 0, timescale, 0), u16(0x55c4, 0)),
    full('hdlr', 0, 0, u32(0), Buffer.from('vide'), Buffer.alloc(12), Buffer.from('video\0')),
    box(
      'minf',
      full('vmhd', 0, 1, Buffer.alloc(8)),
      box('dinf', full('dref', 0, 0, u32(1), full('url ', 0, 1))),
      tables,
    ),
  );
  const track = box(
    'trak',
    full('tkhd', 0, 3, u32(0, 0, 1, 0, 0, 0, 0), u16(0, 0, 0, 0), identity, u32(width << 16, height << 16)),
    media,
  );
  return Buffer.concat([
    box('ftyp', Buffer.from('iso5'), u32(512), Buffer.from('iso5iso6avc1mp41')),
    box(
      'moov',
      full(
        'mvhd',
        0,
        0,
        u32(0, 0, timescale, 0, 0x10000),
        u16(0x100, 0),
        Buffer.alloc(8),
        identity,
        Buffer.alloc(24),
        u32(2),
      ),
      track,
      box('mvex', full('trex', 0, 0, u32(1, 1, 0, 0, 0))),
    ),
  ]);
}

/** One picture as a fragment of its own: it can be shown as soon as it has come. Times in 1/90,000 s. */
export function formatFragment(sequence: number, at: number, duration: number, { key, nals }: AccessUnit): Buffer {
  const picture = Buffer.concat(nals.filter(isPicturePart).flatMap((nal) => [u32(nal.length), nal]));
  const flags = key ? 0x02000000 : 0x01010000;
  const run = (dataOffset: number) => full('trun', 0, 0x000701, u32(1, dataOffset, duration, picture.length, flags));
  const moof = (dataOffset: number) =>
    box(
      'moof',
      full('mfhd', 0, 0, u32(sequence)),
      box(
        'traf',
        full('tfhd', 0, 0x020000, u32(1)),
        full('tfdt', 1, 0, u32(Math.floor(at / 2 ** 32), at % 2 ** 32)),
        run(dataOffset),
      ),
    );
  return Buffer.concat([moof(moof(0).length + 8), box('mdat', picture)]);
}

/** Parameter sets stand in the head, delimiters say nothing there. */
const isPicturePart = (nal: Buffer) => ![7, 8, 9].includes(nal[0]! & 0x1f);

const startCode = Buffer.from([0, 0, 0, 1]);
/** Annex B: each NAL unit behind a start code, as decoders and `ffplay` read it from a pipe. */
export const formatAnnexB = (nals: readonly Buffer[]): Buffer => Buffer.concat(nals.flatMap((nal) => [startCode, nal]));
