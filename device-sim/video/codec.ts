import type { VideoEncoderState } from '../camera.ts';
import type { Planes } from './planes.ts';
import type { UnitWriter } from './unit-writer.ts';

/**
 * Blocks of 16×16 samples next to each other in one row, coded for themselves: nothing in them leans on what is around
 * them, so a run is coded once and written again into any picture, at any place.
 */
export interface CodedRun {
  readonly qp: number;
  /** Slice data without the header in front of it; `bits` of it count. */
  readonly bytes: Uint8Array;
  readonly bits: number;
  /** Ready to be put behind a header that ends so many bits into a byte; kept by the slice writer. */
  readonly placed: (PlacedRun | undefined)[];
}

/** A run behind a header that ends within a byte: the rest of that byte, then bytes that need no more escapes. */
export interface PlacedRun {
  readonly first: number;
  readonly rest: Uint8Array;
}

/** Codes runs at one quantiser. */
export interface RunCoder {
  readonly qp: number;
  /** Columns `from` up to, not including, `to` of a view on one row; `decoded` gets what a decoder sees. */
  code(source: Planes, decoded: Planes, from: number, to: number): CodedRun;
}

/** Puts runs into slices, a NAL unit each. */
export interface SliceWriter {
  /** Begin a picture: an IDR (0), or the one that comes so many after it. Its units go to `out`. */
  start(sinceIdr: number, out: UnitWriter): void;
  /** `address` counts blocks from the picture's left top corner. */
  run(address: number, run: CodedRun): void;
  /** So many blocks as the IDR shows them; never in an IDR itself. */
  skip(address: number, count: number): void;
}

export interface VideoCodec {
  readonly name: 'H264' | 'H265';
  createRunCoder(qp: number): RunCoder;
  /** Size in blocks. */
  createSliceWriter(columns: number, rows: number): SliceWriter;
  /** What an IDR carries in front and the SDP tells. */
  parameterSets(encoder: VideoEncoderState): readonly Buffer[];
  /** First bytes of a filler data unit. */
  readonly fillerHeader: readonly number[];
  /** Longest group of pictures. */
  readonly longestGroup: number;
}
