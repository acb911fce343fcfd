/** Bytes that may stand in for a start code get 0x03 in between (H.264 §7.4.1.1, H.265 §7.4.2); `header` goes in front. */
export function formatNal(header: readonly number[], rbsp: Uint8Array): Buffer {
  // Only two zeros in a row can call for an escape, and most payloads have none.
  let pairs = 0;
  for (let i = 1; i < rbsp.length; i++) if ((rbsp[i]! | rbsp[i - 1]!) === 0) pairs++;
  const out = Buffer.allocUnsafe(header.length + rbsp.length + pairs);
  let at = 0;
  for (const byte of header) out[at++] = byte;
  if (pairs === 0) {
    out.set(rbsp, at);
    return out;
  }
  let zeros = 0;
  for (let i = 0; i < rbsp.length; i++) {
    const byte = rbsp[i]!;
    if (zeros >= 2 && byte <= 3) {
      out[at++] = 3;
      zeros = 0;
    }
    out[at++] = byte;
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return out.subarray(0, at);
}

/**
 * Bytes kept from looking like a start code, for a part that begins behind a byte other than zero. In memory of their own:
 * they are kept, and must not keep a pool of buffers with them.
 */
export const escapeRbsp = (rbsp: Uint8Array): Uint8Array => new Uint8Array(formatNal([], rbsp));

/** NAL units side by side: each begins where the one before ends. */
export interface NalUnits {
  readonly bytes: Buffer;
  readonly ends: readonly number[];
}

export const noUnits: NalUnits = { bytes: Buffer.alloc(0), ends: [] };

/** Units that lie apart, put side by side. */
export function joinUnits(nals: readonly Uint8Array[]): NalUnits {
  let end = 0;
  return { bytes: Buffer.concat(nals), ends: nals.map((nal) => (end += nal.length)) };
}

/** Views on the units, one by one. */
export const cutUnits = ({ bytes, ends }: NalUnits): Buffer[] =>
  ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));

const startCode = Buffer.from([0, 0, 0, 1]);

/** NAL units as a file or a pipe carries them (Annex B). */
export const annexB = (nals: readonly Uint8Array[]): Buffer => Buffer.concat(nals.flatMap((nal) => [startCode, nal]));

/** The NAL units of an Annex B byte stream. */
export function parseAnnexB(bytes: Buffer): Buffer[] {
  const nals: Buffer[] = [];
  let start = -1;
  for (let at = bytes.indexOf('\0\0\u0001', 0, 'latin1'); at >= 0; ) {
    if (start >= 0) nals.push(trimZeros(bytes.subarray(start, at)));
    start = at + 3;
    at = bytes.indexOf('\0\0\u0001', start, 'latin1');
  }
  if (start >= 0) nals.push(trimZeros(bytes.subarray(start)));
  return nals.filter((nal) => nal.length > 0);
}

function trimZeros(nal: Buffer): Buffer {
  let end = nal.length;
  while (end > 0 && nal[end - 1] === 0) end--;
  return nal.subarray(0, end);
}
