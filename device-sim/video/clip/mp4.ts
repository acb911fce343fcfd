/** Reads the first video track of an MP4 file (ISO/IEC 14496-12 and -15). Throws ClipError for what it cannot. */

/** Why a file cannot be played. */
export class ClipError extends Error {
  override name = 'ClipError';
}

export interface Mp4Track {
  codec: 'H264' | 'H265';
  /** Parameter sets, as the track's header gives them. */
  parameterSets: Buffer[];
  samples: {
    nals: Buffer[];
    keyframe: boolean /** Until the next, milliseconds. */;
    ms: number /** To be shown so much later than its turn. */;
    shownLaterMs: number;
  }[];
}

interface Box {
  type: string;
  body: Buffer;
}

function boxesOf(bytes: Buffer): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    let size = bytes.readUInt32BE(at);
    let head = 8;
    if (size === 1 && at + 16 <= bytes.length) {
      size = Number(bytes.readBigUInt64BE(at + 8));
      head = 16;
    } else if (size === 0) size = bytes.length - at;
    if (size < head || at + size > bytes.length) throw new ClipError('it is cut short or no MP4 file');
    boxes.push({ type: bytes.toString('latin1', at + 4, at + 8), body: bytes.subarray(at + head, at + size) });
    at += size;
  }
  return boxes;
}

const child = (bytes: Buffer, ...path: string[]): Buffer | undefined =>
  path.reduce<Buffer | undefined>((body, type) => body && boxesOf(body).find((box) => box.type === type)?.body, bytes);

function need(bytes: Buffer, type: string): Buffer {
  const found = child(bytes, type);
  if (!found) throw new ClipError(`its video track has no ${type} box`);
  return found;
}

/** A table of entries behind version, flags and their number. */
const entries = (box: Buffer, sizeBytes: number): Buffer[] => {
  const count = box.readUInt32BE(4);
  if (8 + count * sizeBytes > box.length) throw new ClipError('one of its tables is cut short');
  return Array.from({ length: count }, (_, i) => box.subarray(8 + i * sizeBytes, 8 + (i + 1) * sizeBytes));
};

export function readMp4(file: Buffer): Mp4Track {
  const top = boxesOf(file);
  const movie = top.find(({ type }) => type === 'moov')?.body;
  if (!movie) throw new ClipError('it has no moov box: is it a whole MP4 file?');
  const media = boxesOf(movie)
    .filter(({ type }) => type === 'trak')
    .map(({ body }) => child(body, 'mdia'))
    .find((body) => body && child(body, 'hdlr')?.toString('latin1', 8, 12) === 'vide');
  if (!media) throw new ClipError('it has no video track');
  const scale = need(media, 'mdhd').readUInt32BE(need(media, 'mdhd')[0] === 1 ? 20 : 12);
  const table = child(media, 'minf', 'stbl');
  if (!table) throw new ClipError('its video track has no sample table');
  const { codec, parameterSets, lengthBytes } = readDescription(need(table, 'stsd'));
  const { sizes, offsets } = placesOf(table);
  if (sizes.length === 0)
    throw new ClipError('its samples lie in fragments: write it without (ffmpeg -c copy clip.mp4)');
  const durations = need(table, 'stts');
  const ms = entries(durations, 8).flatMap((entry) =>
    Array<number>(Math.min(entry.readUInt32BE(0), sizes.length)).fill((entry.readUInt32BE(4) * 1000) / scale),
  );
  const later = child(table, 'ctts');
  const shownLater = later
    ? entries(later, 8).flatMap((entry) =>
        Array<number>(Math.min(entry.readUInt32BE(0), sizes.length)).fill((entry.readInt32BE(4) * 1000) / scale),
      )
    : [];
  const sync = child(table, 'stss');
  const keys = sync && new Set(entries(sync, 4).map((entry) => entry.readUInt32BE(0)));
  return {
    codec,
    parameterSets,
    samples: sizes.map((size, i) => ({
      nals: cutSample(file.subarray(offsets[i]!, offsets[i]! + size), lengthBytes),
      keyframe: keys ? keys.has(i + 1) : true,
      ms: ms[i] ?? ms.at(-1) ?? 40,
      shownLaterMs: shownLater[i] ?? 0,
    })),
  };
}

/** avcC or hvcC (ISO/IEC 14496-15 §5.3.3, §8.3.3). */
function readDescription(description: Buffer): Pick<Mp4Track, 'codec' | 'parameterSets'> & { lengthBytes: number } {
  const entry = boxesOf(description.subarray(8))[0];
  if (!entry) throw new ClipError('its video track says nothing of its codec');
  // 78 bytes of a visual sample entry come before its boxes.
  const inside = entry.body.subarray(78);
  const parameterSets: Buffer[] = [];
  let at: number;
  const take = (box: Buffer, count: number) => {
    for (let i = 0; i < count; i++) {
      const size = box.readUInt16BE(at);
      parameterSets.push(box.subarray(at + 2, at + 2 + size));
      at += 2 + size;
    }
  };
  const avc = child(inside, 'avcC');
  if (avc) {
    at = 6;
    take(avc, avc[5]! & 31);
    const count = avc[at]!;
    at += 1;
    take(avc, count);
    return { codec: 'H264', parameterSets, lengthBytes: (avc[4]! & 3) + 1 };
  }
  const hevc = child(inside, 'hvcC');
  if (!hevc) throw new ClipError(`its video is "${entry.type}", and only H.264 and H.265 can be played`);
  at = 23;
  for (let array = 0; array < hevc[22]!; array++) {
    const count = hevc.readUInt16BE(at + 1);
    at += 3;
    take(hevc, count);
  }
  return { codec: 'H265', parameterSets, lengthBytes: (hevc[21]! & 3) + 1 };
}

/** Where each sample lies: sizes, chunks and how many samples a chunk has. */
function placesOf(table: Buffer): { sizes: number[]; offsets: number[] } {
  const sizeBox = need(table, 'stsz');
  const [same, count] = [sizeBox.readUInt32BE(4), sizeBox.readUInt32BE(8)];
  if (same === 0 && 12 + count * 4 > sizeBox.length) throw new ClipError('its table of sizes is cut short');
  if (count > 1_000_000) throw new ClipError('it has more than a million pictures');
  const sizes = Array.from({ length: count }, (_, i) => same || sizeBox.readUInt32BE(12 + i * 4));
  const wide = child(table, 'co64');
  const chunks = wide
    ? entries(wide, 8).map((entry) => Number(entry.readBigUInt64BE(0)))
    : entries(need(table, 'stco'), 4).map((entry) => entry.readUInt32BE(0));
  const runs = entries(need(table, 'stsc'), 12).map((entry) => [entry.readUInt32BE(0), entry.readUInt32BE(4)] as const);
  const offsets: number[] = [];
  let run = 0;
  for (const [i, chunk] of chunks.entries()) {
    while (run + 1 < runs.length && runs[run + 1]![0] <= i + 1) run++;
    let at = chunk;
    for (let n = 0; n < (runs[run]?.[1] ?? 0) && offsets.length < count; n++) {
      offsets.push(at);
      at += sizes[offsets.length - 1]!;
    }
  }
  if (offsets.length < count) throw new ClipError('it says nothing of where some pictures lie');
  return { sizes, offsets };
}

function cutSample(sample: Buffer, lengthBytes: number): Buffer[] {
  const nals: Buffer[] = [];
  for (let at = 0; at + lengthBytes <= sample.length; ) {
    const size = sample.readUIntBE(at, lengthBytes);
    if (at + lengthBytes + size > sample.length) throw new ClipError('one of its pictures is cut short');
    nals.push(sample.subarray(at + lengthBytes, at + lengthBytes + size));
    at += lengthBytes + size;
  }
  return nals;
}
